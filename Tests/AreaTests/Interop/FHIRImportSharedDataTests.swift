import Foundation
import Interop
import Kernel
import PeopleAPI
import Store
import TestKit
import Testing

@Suite("FHIR import on the shared records") struct FHIRImportSharedDataTests {
    /// Larger sets of records that may lie beside the repository; nothing depends on them.
    private static let folder: String? = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        let path = root.appendingPathComponent("shared/data/synthea").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    @Test(
        "hospitals, practitioners and four patients go in whole, and again change nothing",
        .enabled(if: folder != nil, "needs ../shared/data/synthea"), arguments: TestStores.engines)
    func synthea(_ engine: Engine) async throws {
        let folder = try #require(Self.folder)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
        let small = files.filter { !$0.contains("Information") }
            .sorted { (Self.size($0), $0) < (Self.size($1), $1) }.prefix(4)
        let inputs = (files.filter { $0.contains("Information") } + small).map { ImportInput.path($0) }
        try await ImportWorld.with(engine) { world in
            let importer = world.interop.importer(spine: world.world.spine)
            let first = try await importer.run(inputs, tenant: world.world.tenant)
            #expect(first.failures.isEmpty)
            #expect(first.accounted == first.entries && first.takenCount == first.entries)
            #expect(first.taken["Patient"] == 4)
            #expect(first.unresolvedReferences == 0)
            #expect(try await world.isConsistent())
            #expect(
                try await world.cards().allSatisfy {
                    $0.mrn != nil && $0.zone == "America/New_York" && $0.coverage != nil
                })
            let before = try await world.state()
            let second = try await importer.run(inputs, tenant: world.world.tenant)
            #expect(second.unchanged == first.entries)
            #expect(try await world.state() == before)
        }
    }

    private static func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int) ?? .max  // unreadable: last
    }
}
