import Foundation
import JSON
import Testing

/// The arrows between targets are the architecture. What may point where stands here; a new arrow is a change of it.
@Suite("The arrows between targets")
struct ArrowsTests {
    private static let formats: Set = ["JSON", "TimeZones", "FHIR", "Synthetic"]
    private static let bases: Set = ["Kernel", "Store", "Vault", "Spine", "Web"]
    private static let drivers: Set = ["StoreSQLite", "StorePostgres"]
    private static let libraries: Set = ["CPostgres", "CSQLite", "CArgon2", "CBzip2", "CZlib", "CCurl"]
    private static let offers: Set = ["StudioAPI", "PeopleAPI", "ConversationsAPI", "SchedulingAPI"]
    private static let areas: Set = [
        "Trust", "Studio", "People", "Conversations", "Scheduling", "Interop", "Insights", "Console",
    ]

    /// Our own targets that each target may use; areas and tests follow below.
    private static let allowed: [String: Set<String>] = [
        "JSON": [], "TimeZones": [], "Synthetic": [], "FHIR": ["JSON", "CBzip2", "CZlib"],
        "CPostgres": [], "CSQLite": [], "CArgon2": [], "CBzip2": [], "CZlib": [], "CCurl": [],
        "Kernel": [], "Store": ["Kernel"], "StoreSQLite": ["Kernel", "Store", "CSQLite"],
        "StorePostgres": ["Kernel", "Store", "CPostgres"], "Vault": ["Kernel", "Store"],
        "Spine": ["Kernel", "Store", "Vault", "JSON"], "Web": ["Kernel", "Store", "Vault", "Spine", "JSON"],
        "App": formats.union(bases).union(drivers).union(offers).union(areas), "throughline": ["App"],
        "CarrierSimulator": [], "carrier-simulator": ["CarrierSimulator"],
        "TestKit": bases.union(drivers).union(["JSON", "TimeZones", "Studio", "StudioAPI"]),
        "Oracles": ["Kernel", "TimeZones", "StudioAPI", "Trust", "Scheduling", "TestKit"],
    ]

    /// Which of our targets may use a package's product. A package stands behind as few doors as can be.
    private static let doors: [String: Set<String>] = [
        "GRDB": ["StoreSQLite"], "GRDBSQLite": ["StoreSQLite"],
        "Crypto": ["Vault", "Trust", "Conversations", "Interop", "CarrierSimulator"],
        "HummingbirdCore": ["App"], "Yams": ["Studio"], "SystemPackage": ["App"], "Configuration": ["App"],
        "ArgumentParser": ["App", "carrier-simulator"],
        "CryptoExtras": ["Trust"], "JWTKit": ["Trust"],
        "AsyncHTTPClient": ["Web", "Conversations", "App", "CarrierSimulator", "Trust"],
        "NIOSSL": ["App"], "NIOPosix": ["App"], "NIOTLS": ["App"],
        "Hummingbird": areas.subtracting(["Studio", "Interop"]).union(["Web", "App", "CarrierSimulator"]),
        "NIOCore": ["Web", "Trust", "Conversations", "App", "CarrierSimulator"],
        "NIOHTTP1": ["Web", "Trust", "Conversations", "CarrierSimulator"],
        "ServiceLifecycle": ["Web", "App", "CarrierSimulator"],
        "HTTPTypes": areas.union(["Web", "App", "CarrierSimulator", "TestKit"]),
        "Logging": areas.union(["Spine", "Web", "App", "CarrierSimulator", "TestKit"]),
    ]

    private struct Target {
        let name: String
        let isTest: Bool
        let targets: Set<String>
        let products: Set<String>
    }

    /// Asks SwiftPM itself, in a scratch folder of its own: the checkout's is locked while its tests run.
    private func targets() throws -> [Target] {
        let scratch = FileManager.default.temporaryDirectory.path + "/arrows-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: scratch) }  // a scratch folder that stays does no harm
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", Checkout.root, "--scratch-path", scratch, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "swift package dump-package failed")
        let dump = try JSONValue(parsing: Array(data))
        let all = try #require(dump["targets"]?.array)
        return try all.map { target in
            let dependencies = target["dependencies"]?.array ?? []
            let own = dependencies.compactMap { ($0["byName"] ?? $0["target"])?.array?.first?.string }
            return Target(
                name: try #require(target["name"]?.string), isTest: target["type"]?.string == "test", targets: Set(own),
                products: Set(dependencies.compactMap { $0["product"]?.array?.first?.string }))
        }
    }

    private static func allowance(_ target: Target) -> Set<String>? {
        if areas.contains(target.name) {
            let library: Set<String> =
                target.name == "Trust" ? ["CArgon2"] : target.name == "Conversations" ? ["CCurl"] : []
            return bases.union(formats).union(offers).union(library)
        }
        if offers.contains(target.name) { return ["Kernel", "Store", "Vault", "Spine", "TimeZones"] }
        return allowed[target.name]
    }

    @Test("every arrow between our targets is allowed")
    func ownTargets() throws {
        let targets = try targets()
        for target in targets where !target.isTest {
            guard let allowance = Self.allowance(target) else {
                Issue.record("\(target.name) has no place in the architecture: give it one here and in ARCHITECTURE.md")
                continue
            }
            let wrong = target.targets.subtracting(allowance).sorted()
            #expect(wrong == [], "\(target.name) must not use \(wrong.joined(separator: ", "))")
        }
        let names = Set(targets.map(\.name))
        let gone = Set(Self.allowed.keys).union(Self.areas).union(Self.offers).subtracting(names).sorted()
        #expect(gone == [], "these targets are gone: take them off the list")
    }

    @Test("only tests use the test kit and the oracles; the root, the kit and store tests alone name drivers")
    func testKit() throws {
        for target in try targets() {
            if !target.isTest {
                let isOracle = target.name == "Oracles"
                #expect(isOracle || !target.targets.contains("TestKit"), "\(target.name) uses the test kit")
                #expect(!target.targets.contains("Oracles"), "\(target.name) uses the oracles")
            }
            if target.targets.isDisjoint(with: Self.drivers) { continue }
            #expect(["App", "TestKit", "StoreTests"].contains(target.name), "\(target.name) names a driver")
        }
    }

    @Test("every package stands behind its own doors")
    func packages() throws {
        for target in try targets() where !target.isTest {
            for product in target.products.sorted() {
                let doors = Self.doors[product] ?? []
                #expect(doors.contains(target.name), "\(target.name) must not use the package product \(product)")
            }
        }
    }

    @Test("a source file imports only what its target declares")
    func imports() throws {
        let targets = try targets()
        let declared = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0.targets.union($0.products)) })
        let ours = Set(targets.map { $0.name.replacingOccurrences(of: "-", with: "_") })
        let known = ours.union(targets.flatMap(\.products))
        for file in try Checkout.files("Sources", ".swift") + Checkout.files("Tests", ".swift") {
            for line in file.lines {
                let words = line.split(separator: " ").filter {
                    $0 != "package" && $0 != "public" && $0 != "@preconcurrency"
                }
                guard words.count >= 2, words[0] == "import" else { continue }
                let module = String(words.count > 2 ? words[2] : words[1]).split(separator: ".")[0]
                guard known.contains(String(module)), module != file.target else { continue }
                let isDeclared = declared[file.target]?.contains(String(module)) ?? false
                #expect(isDeclared, "\(file.path) imports \(module), which its target does not declare")
            }
        }
    }
}
