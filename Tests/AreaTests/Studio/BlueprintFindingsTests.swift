import Store
import App
import Foundation
import Studio
import StudioAPI
import TestKit
import Testing

@Suite("What is told when a blueprint is applied")
struct BlueprintFindingsTests {
    /// The shipped blueprint, with one change in its visit types.
    private static func folder(_ change: (String) -> String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/findings-" + UUID().uuidString
        try FileManager.default.copyItem(
            atPath: ShippedDefinitions.root + "/blueprints/primary-care", toPath: folder)
        let file = URL(fileURLWithPath: folder + "/visit-types.yaml")
        try Data(change(try String(contentsOf: file, encoding: .utf8)).utf8).write(to: file)
        return folder
    }

    @Test("a visit type that can never be booked is told and published, and again when nothing is new")
    func warnings() async throws {
        try await PageWorld.with(.sqlite) { world in
            let before = try await world.platform.apply(blueprint: ShippedDefinitions.root + "/blueprints/primary-care")
            #expect(before.outcome.published == [])
            // Longer than any template.
            let sick = "names: { en: Sick visit, es: Visita por enfermedad }\nminutes: "
            let folder = try Self.folder { $0.replacing(sick + "20\n", with: sick + "450\n") }
            defer { try? FileManager.default.removeItem(atPath: folder) }  // a scratch folder that stays does no harm
            for published in [["visit-type/sick-visit"], []] {
                let done = try await world.platform.apply(blueprint: folder)
                #expect(done.outcome.published == published)
                let new = done.findings.filter { !before.findings.contains($0) }
                #expect(Set(new.map(\.key)) == ["sick-visit"])
                #expect(new.contains { $0.severity == .warning && $0.sentence.hasPrefix("It can never be booked") })
            }
            // What the console shows is the same.
            let setup = try await (try await world.signIn()).get("/setup")
            #expect(setup.visible.contains("It can never be booked"))
        }
    }
}
