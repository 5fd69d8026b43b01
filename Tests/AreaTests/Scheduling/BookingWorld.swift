import Conversations
import Kernel
import People
import PeopleAPI
import Scheduling
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// A practice that books: the shipped blueprint, real patients, real messages, a clock that stands still on Monday 2 March
/// 2026, 8:00 in Denver.
struct BookingWorld {
    let base: ConversationsWorld
    let desk: SchedulingDesk
    let area: Scheduling

    var world: TestWorld { base.world }
    var agent: Caller { base.agent }

    static func with(
        _ engine: Engine, definitions: (any DefinitionReading)? = nil, mail: MailSettings? = nil,
        _ body: @escaping (BookingWorld) async throws -> Void
    ) async throws {
        try await ConversationsWorld.with(engine, mail: mail) { base in
            let published: any DefinitionReading = try definitions ?? ShippedDefinitions()
            let zones = try ShippedDefinitions.zones()
            let plans = SchedulePlans(definitions: published, timeZones: zones)
            let proxies = StoredProxies(definitions: published, zones: zones)
            let area = Scheduling(
                plans: plans, directory: base.directory, messaging: base.messaging, staff: NothingElsewhere(),
                shell: { _, _, _, _ in View() }, panel: { _, _, _ in nil }, proxies: proxies)
            let desk = SchedulingDesk(
                plans: plans, directory: base.directory, messaging: base.messaging, proxies: proxies)
            try await body(BookingWorld(base: base, desk: desk, area: area))
        }
    }

    // MARK: People

    func patient(_ given: String = "Maria", number: Int = 142) async throws -> ID<Patient> {
        let digits = String(number)
        return try await base.patient(
            given, "Delgado", phone: "+1303555" + String(repeating: "0", count: 4 - digits.count) + digits)
    }

    func patients(_ count: Int) async throws -> [ID<Patient>] {
        var patients: [ID<Patient>] = []
        for index in 0..<count { patients.append(try await patient("Guest", number: 1_000 + index)) }
        return patients
    }

    // MARK: Times

    /// A check-up with Dr. Alvarez, who is in Denver on Thursdays from eight to twelve.
    static func question(_ time: String = "09:00", day: String = "2026-03-05") throws -> SlotFinder.Question {
        SlotFinder.Question(
            visitType: "annual-physical", practitioner: "elena-alvarez", location: "denver-northside",
            localStart: try #require(CivilDateTime(iso: "\(day)T\(time)")))
    }

    func book(
        _ patient: ID<Patient>, _ time: String = "09:00", day: String = "2026-03-05", key: String? = nil
    ) async throws -> AppointmentAnswer {
        let command = BookAppointment(.slot(try Self.question(time, day: day), patient: patient), desk: desk)
        let promise = key.flatMap { IdempotencyKey($0) }.map { (key: $0, payload: [UInt8]("same".utf8)) }
        return try await world.spine.perform(command, as: agent, idempotency: promise)
    }

    func hold(_ patient: ID<Patient>, _ time: String = "09:00", as caller: Caller? = nil) async throws -> HoldAnswer {
        try await world.spine.perform(
            HoldSlot(try Self.question(time), patient: patient, desk: desk), as: caller ?? agent)
    }

    func slots(day: String = "2026-03-05", patient: ID<Patient>? = nil) async throws -> [String] {
        let date = try #require(CivilDate(iso: day))
        let request = SlotRequest(
            visitType: "annual-physical", from: date, to: date, practitioners: ["elena-alvarez"],
            locations: ["denver-northside"])
        return try await world.spine.ask(
            FindSlots(request, patient: patient, now: world.clock.now(), desk: desk), as: agent
        ).map(\.localStart.time.hhmm)
    }

    // MARK: What came of it

    func count(_ sql: SQL) async throws -> Int { try await world.count(sql) }

    /// The code of the fault; nil when none was thrown.
    func fault(_ body: () async throws -> Void) async throws -> String? {
        do {
            try await body()
            return nil
        } catch let fault as Fault {
            return fault.code
        }
    }

    /// Runs what runs by itself until nothing is left: positions, subscribers, timers that are due.
    func settle() async throws {
        let spine = world.spine
        let subscribers = area.capabilities.flatMap(\.subscribers)
        let timers = Dictionary(uniqueKeysWithValues: area.capabilities.flatMap(\.timers).map { ($0.kind, $0) })
        let rights = Set(timers.values.flatMap(\.permissions)).union(subscribers.flatMap(\.permissions))
        var busy = true
        while busy {
            try await world.sequence()
            busy = false
            for subscriber in subscribers {
                let caller = try await spine.openRun(subscriber.name, tenant: world.tenant, permissions: rights)
                while try await spine.advance(subscriber, as: caller) > 0 { busy = true }
            }
            let caller = try await spine.openRun("timers", tenant: world.tenant, permissions: rights)
            if try await spine.fireTimers(timers, as: caller) > 0 { busy = true }
        }
    }

    /// Notices of a visit: `reminder 1 planned`.
    func notices(_ id: Int64) async throws -> [String] {
        try await base.rows(
            """
            SELECT kind, ordinal, placement, state FROM appointment_notice
            WHERE tenant = \(.tenant) AND appointment = \(id) ORDER BY placement, due_at, kind, ordinal
            """
        ).map { row in
            let kind: String = try row["kind"], state: String = try row["state"]
            let ordinal: Int = try row["ordinal"], placement: Int = try row["placement"]
            return "\(placement) \(kind) \(ordinal) \(state)"
        }
    }
}
