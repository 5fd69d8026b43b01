import Foundation
import Kernel
import Scheduling
import StudioAPI
import Testing
import TimeZones

/// Two tz databases that disagree: the one the practice was started with is used, whatever another one says.
@Suite("A stale tz database")
struct StaleZonesTests {
    @Test("a winter's visit in Vancouver is an hour apart in the two, and each plan keeps to its own")
    func vancouver() throws {
        let shipped = try ScheduleWorld.database()
        try StaleZones.with { stale in
            #expect(stale.version == StaleZones.version && shipped.version != stale.version)
            let now = Instant(microseconds: 1_796_083_200_000_000)  // 1 December 2026
            let day = try #require(CivilDate(iso: "2026-12-08"))
            func nine(_ database: TimeZoneDatabase) throws -> OpenSlot {
                let plan = try SessionsAtClockChangesTests.plan(zone: "America/Vancouver", database)
                #expect(plan.timeZoneVersion == database.version)
                let slots = SlotFinder(plan).slots(
                    for: SlotRequest(visitType: "short", from: day, to: day, practitioners: ["all"]), .none, now: now)
                return try #require(slots.first { $0.localStart.iso == "2026-12-08T09:00" })
            }
            let ours = try nine(shipped).span.start, theirs = try nine(stale).span.start
            #expect(ours == 1_796_745_600_000_000, "16:00 UTC: on daylight time all year since 2026")
            #expect(theirs - ours == 3_600_000_000)
            let zone = try shipped.zone("America/Vancouver")
            let reminders = ReminderRules.plan(.builtIn, start: ours, place: zone, reader: nil, now: now)
            #expect(reminders.map { zone.civil(at: $0.due.microseconds).time.hhmm } == ["10:00", "10:00"])
            #expect(zone.startOfDay(day) != (try stale.zone("America/Vancouver")).startOfDay(day))
        }
    }

    @Test("what has not changed is the same in both")
    func unchanged() throws {
        let shipped = try ScheduleWorld.database()
        try StaleZones.with { stale in
            for name in StaleZones.unchanged {
                let ours = try shipped.zone(name), theirs = try stale.zone(name)
                #expect(ClockChanges.of(ours) == ClockChanges.of(theirs), "\(name)")
            }
            for name in StaleZones.neighbours.keys {
                let ours = try shipped.zone(name), theirs = try stale.zone(name)
                #expect(ClockChanges.of(ours) != ClockChanges.of(theirs), "\(name)")
            }
        }
    }

    /// Debian's files stand for whatever the machine has; nil where it has none, or the same release.
    static let system: TimeZoneDatabase? = {
        // Absent on machines without the package tzdata; another shape of folder is as good as absent.
        guard let system = try? TimeZoneDatabase(folder: "/usr/share/zoneinfo"),
            let shipped = try? ScheduleWorld.database(), system.version != shipped.version
        else { return nil }
        return system
    }()

    @Test(
        "the operating system's data are not asked, also where they say something else",
        .enabled(if: StaleZonesTests.system != nil, "this machine has none, or the same release"))
    func otherSystem() throws {
        _ = try expectOurs(beside: try #require(Self.system))
    }

    @Test("wherever other data say something else, times are offered by ours")
    func others() throws {
        let compared = try StaleZones.with { try expectOurs(beside: $0) }
        #expect(compared == StaleZones.neighbours.keys.sorted())
    }

    /// Looks for times round the first change that only one of the two databases knows; the zones that have one.
    private func expectOurs(beside other: TimeZoneDatabase) throws -> [String] {
        let shipped = try ScheduleWorld.database()
        var compared: [String] = []
        for name in shipped.names.filter(other.has) {
            let ours = try shipped.zone(name), theirs = try other.zone(name)
            let differing = Set(ClockChanges.of(ours)).symmetricDifference(ClockChanges.of(theirs))
            guard let change = differing.map(\.instant).min() else { continue }
            let finder = SlotFinder(try SessionsAtClockChangesTests.plan(zone: name, shipped))
            let days = (0...3).map { ours.civil(at: change).date.adding(days: $0 - 1) }
            let slots = finder.slots(
                for: SlotRequest(visitType: "short", from: days[0], to: days[3], practitioners: ["all"]), .none,
                now: Instant(microseconds: change - 5 * 86_400_000_000))
            #expect(!slots.isEmpty)
            #expect(slots.allSatisfy { ours.civil(at: $0.span.start) == $0.localStart }, "\(name)")
            #expect(slots.contains { theirs.civil(at: $0.span.start) != $0.localStart }, "\(name)")
            compared.append(name)
        }
        return compared.sorted()
    }

    @Test("no source asks the operating system for a zone or a calendar")
    func sources() throws {
        let folder = URL(filePath: ShippedDefinitions.root).appending(path: "Sources")
        let paths = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        let refused = [
            " TimeZone(", "(TimeZone(", "TimeZone.current", " Calendar(", "(Calendar(", "Calendar.current",
            "DateFormatter",
            "localtime",
        ]
        var read = 0
        for case let file as URL in paths where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            read += 1
            for word in refused { #expect(text.range(of: word) == nil, "\(file.lastPathComponent): \(word)") }
        }
        #expect(read > 300)
    }
}
