import Store
import App
import Foundation
import Studio
import StudioAPI
import TestKit
import Testing

@Suite("What is told when a blueprint is applied")
struct BlueprintFindingsTests {
    /// A place that opens before anybody is there.
    private static let annex = """
        kind: location
        key: annex
        name: Annex
        zone: America/Denver
        address: { lines: [1 Harbor Road], city: Denver, state: CO, postalCode: "80205" }
        openingHours: { mon: ["07:00-08:00"] }
        phone: "+13035550119"
        directions: { en: Behind the mill., es: Detrás del molino. }
        parking: { en: Park in front., es: Estacione delante. }
        calendarOwner: ours
        ---
        kind: practitioner
        key: ada-lund
        name: { given: Ada, family: Lund }
        languages: [en]
        serviceLines: [primary-care]
        templates:
          - { location: annex, weekdays: [mon], from: "09:00", to: "12:00", visitTypes: [annex-visit] }
        ---
        kind: visit-type
        key: annex-visit
        names: { en: Visit at the annex, es: Visita en el anexo }
        minutes: 20
        startEvery: 10
        modality: in-person
        serviceLine: primary-care
        leadMinutes: 60
        horizonDays: 30
        appointmentType: ROUTINE
        practitioners: [ada-lund]

        """

    /// The shipped blueprint and the annex.
    private static func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/findings-" + UUID().uuidString
        try FileManager.default.copyItem(
            atPath: ShippedDefinitions.root + "/blueprints/primary-care", toPath: folder)
        try Data(annex.utf8).write(to: URL(fileURLWithPath: folder + "/annex.yaml"))
        return folder
    }

    @Test("a visit type that can never be booked is told and published, and again when nothing is new")
    func warnings() async throws {
        try await PageWorld.with(.sqlite) { world in
            let before = try await world.platform.apply(blueprint: ShippedDefinitions.root + "/blueprints/primary-care")
            #expect(before.outcome.published == [])
            let folder = try Self.folder()
            defer { try? FileManager.default.removeItem(atPath: folder) }  // a scratch folder that stays does no harm
            for published: Set in [["location/annex", "practitioner/ada-lund", "visit-type/annex-visit"], []] {
                let done = try await world.platform.apply(blueprint: folder)
                #expect(Set(done.outcome.published) == published)
                let new = done.findings.filter { !before.findings.contains($0) }
                #expect(
                    new.contains {
                        $0.key == "annex-visit" && $0.severity == .warning
                            && $0.sentence.hasPrefix("It can never be booked")
                    })
            }
            // What the console shows is the same.
            let setup = try await (try await world.signIn()).get("/setup")
            #expect(setup.visible.contains("It can never be booked"))
        }
    }
}
