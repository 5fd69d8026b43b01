import Foundation
import Testing
import TimeZones

@Suite("The tz database")
struct TimeZoneDatabaseTests {
    @Test("it says its release and has the zones people live in, and nothing that is not a zone")
    func contents() throws {
        let database = try shippedDatabase()
        #expect(database.version.hasPrefix("20"))
        #expect(database.version.count == 5)
        for name in ["America/Denver", "America/Indiana/Indianapolis", "Etc/GMT+12", "UTC", "US/Mountain"] {
            #expect(database.names.contains(name))
        }
        #expect(database.names == database.names.sorted())
        for name in database.names {
            #expect(try database.zone(name).name == name)
        }
    }

    @Test(
        "text that is not a zone name is refused and never becomes a path",
        arguments: [
            "", "/etc/passwd", "../../../etc/passwd", "America/../America/Denver", "America//Denver", "./UTC",
            "America/Denver/", "tzdata.zi", "zone.tab", "version", "América/Denver", "UTC\n",
            String(repeating: "A", count: 65),
        ])
    func hostileNames(name: String) throws {
        try expectRefused(name)
    }

    // Apart from the others, as a test's arguments are printed.
    @Test("a name with a NUL byte, and one of 80,000 letters, is refused and shown short and printable")
    func unprintableNames() throws {
        try expectRefused("America/Denver\0")
        try expectRefused(String(repeating: "A/", count: 40_000))
    }

    private func expectRefused(_ name: String) throws {
        let database = try shippedDatabase()
        do {
            _ = try database.zone(name)
            Issue.record("accepted")
        } catch {
            guard case .invalidName(let shown) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(shown.utf8.count <= 64)
            #expect(shown.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        }
    }

    @Test(
        "a proper name without a zone says which release lacks it", arguments: ["America", "Mars/Olympus_Mons", "uTC"])
    func unknown(name: String) throws {
        let database = try shippedDatabase()
        #expect {
            _ = try database.zone(name)
        } throws: { error in
            let error = error as? TimeZoneError
            let mentions = error?.description.contains(name) ?? false
            return mentions && (error == .unknownZone(name, version: database.version) || error == .invalidName(name))
        }
    }

    @Test("a zone that this release lacks is no zone, and one whose file cannot be read is an error")
    func zonesIfKnown() throws {
        let database = try shippedDatabase()
        #expect(try database.zone(ifKnown: "America/Denver")?.name == "America/Denver")
        #expect(try database.zone(ifKnown: "America/Atlantis") == nil)
        #expect(try database.zone(ifKnown: "../etc/passwd") == nil)
        #expect(database.has("US/Mountain") && !database.has("US/mountain"))
        let folder = FileManager.default.temporaryDirectory.appending(path: "throughline-tz-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing to mend if the scratch folder stays
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("2026a".utf8).write(to: folder.appending(path: "version"))
        try Data("not a zone".utf8).write(to: folder.appending(path: "UTC"))
        let broken = try TimeZoneDatabase(folder: folder.path)
        #expect(throws: TimeZoneError.self) { try broken.zone(ifKnown: "UTC") }
    }

    @Test("an absent folder, one without zones, and one without a release are told apart")
    func incompleteFolders() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "throughline-tz-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing to mend if the scratch folder stays
        #expect(throws: TimeZoneError.folderMissing(folder.path)) { try TimeZoneDatabase(folder: folder.path) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("not a zone".utf8).write(to: folder.appending(path: "zone.tab"))
        #expect(throws: TimeZoneError.folderMissing(folder.path)) { try TimeZoneDatabase(folder: folder.path) }
        try Data("not a zone".utf8).write(to: folder.appending(path: "UTC"))
        #expect(throws: TimeZoneError.versionMissing(folder: folder.path)) {
            try TimeZoneDatabase(folder: folder.path)
        }
        try Data("# version 2026f\n".utf8).write(to: folder.appending(path: "tzdata.zi"))
        #expect(try TimeZoneDatabase(folder: folder.path).version == "2026f")
    }

    @Test("a damaged or huge file fails when its zone is asked for, with the place, and harms no other zone")
    func damagedFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "throughline-tz-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing to mend if the scratch folder stays
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("2026f\n".utf8).write(to: folder.appending(path: "version"))
        try Data("TZif9 and then nothing of sense".utf8).write(to: folder.appending(path: "Broken"))
        try Data(count: Zone.largestFile + 1).write(to: folder.appending(path: "Huge"))
        try Data(sampleTZif(footer: "UTC0")).write(to: folder.appending(path: "Good"))
        let database = try TimeZoneDatabase(folder: folder.path)
        #expect(database.names == ["Broken", "Good", "Huge"])
        #expect(throws: TimeZoneError.self) { try database.zone("Broken") }
        #expect {
            try database.zone("Huge")
        } throws: { error in
            "\(error)".contains("Huge") && "\(error)".contains("longer than")
        }
        #expect(try database.zone("Good").offset(at: 0) == 0)
    }

    @Test("many threads asking for all zones at once, more than are kept, get the same as one asking alone")
    func concurrency() async throws {
        let shared = try shippedDatabase()
        let alone = try shippedDatabase()
        #expect(shared.names.count > TimeZoneDatabase.capacity)
        let expected = try alone.names.map { try alone.zone($0) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { try shared.names.map { try shared.zone($0) } == expected }
            }
            for try await same in group {
                #expect(same)
            }
        }
    }
}
