import App
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import Vault
import Web

@Suite("A visit with all that belongs to it, in the console")
struct TripPageTests {
    private static let address = "type=annual-physical&location=denver-northside&from=2026-03-10"

    /// The hours at which the check-ups of the proposals begin.
    private static func hours(_ page: Answer) -> [Int] {
        page.html.matches(of: /name="visit" value="[^"]*~annual-physical~[^"]*T(\d\d):\d\d"/)
            .compactMap { Int($0.output.1) }
    }

    @Test("the time of day narrows what is proposed and stays chosen, for one person and for several")
    func part() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            let visitor = try await world.signIn()
            let people = [maria, ines].map { "person=\($0.text)&type=annual-physical" }.joined(separator: "&")
            for address in [
                "/booking/trip?patient=\(maria.text)&\(Self.address)",
                "/booking/family?\(people)&location=denver-northside&from=2026-03-10&find=yes",
            ] {
                let unasked = Self.hours(try await visitor.get(address))
                #expect(unasked.contains { $0 < 12 }, "\(address)")
                let page = try await visitor.get(address + "&part=afternoon")
                let found = Self.hours(page)
                #expect(!found.isEmpty, "\(address)")
                #expect(found.allSatisfy { (12..<17).contains($0) }, "\(address): \(found)")
                #expect(page.html.contains("<option value=\"afternoon\" selected>"))
                #expect(!page.visible.contains("Not all combinations were tried"))
            }
        }
    }

    @Test("where the search gave up the page says so, in both languages", arguments: TestStores.engines)
    func gaveUp(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            // Fifteen hours after a draw everybody has gone home.
            try await world.publish { blueprint in
                let never = LinkedVisit(
                    visitType: "labs", order: .after, minGapMinutes: 900, maxGapMinutes: 960, sameDay: true)
                for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "fasting-labs" {
                    blueprint.visitTypes[index].rules.linked = [never]
                }
            }
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            let address = "/booking/trip?patient=\(maria.text)&\(Self.address)"
            for (language, said) in [
                (Language.english, "Not all combinations were tried"),
                (Language.spanish, "No se probaron todas las combinaciones"),
            ] {
                let page = try await visitor.get(address, language)
                #expect(page.status == 200 && page.visible.contains(said))
                #expect(reader.found(in: page.visible) == [])
            }
        }
    }
}
