import App
import Kernel
import PeopleAPI
import Scheduling
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import Vault
import Web

/// What a patient says of the earlier time that they wait for by their link.
@Suite("Pages on which a patient says which earlier times suit")
struct EarlierWishPageTests {
    private func link(_ world: PageWorld) async throws -> String {
        let maria = try await world.people.register(.maria)
        let visit = try await world.people.book(maria, day: "2026-03-12")
        return VisitLinks.path(visit, try await world.spine.vault(world.tenant))
    }

    /// The wishes that are on the list, each in one line.
    private func wishes(_ world: PageWorld) async throws -> [String] {
        try await world.platform.installation.database.read(world.tenant) { transaction in
            try transaction.rows(
                """
                SELECT visit_type, practitioners, locations, weekdays, from_minute, to_minute,
                    COALESCE(latest, '') AS latest
                FROM waitlist_entry WHERE tenant = \(.tenant) ORDER BY id
                """
            ).map { row -> String in
                let texts: [String] = [
                    try row["visit_type"], try row["practitioners"], try row["locations"], try row["weekdays"],
                ]
                let from: Int = try row["from_minute"], to: Int = try row["to_minute"]
                let latest: String = try row["latest"]
                return (texts + ["\(from)", "\(to)", latest]).joined(separator: "|")
            }
        }
    }

    @Test("the one button waits for any earlier time at the place, with anyone", arguments: TestStores.engines)
    func plain(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let link = try await link(world)
            let page = try await world.stranger.get(link)
            let answer = try await world.stranger.post("\(link)/waiting", try page.form("\(link)/waiting"))
            #expect(answer.location == "\(link)?said=waiting")
            #expect(try await wishes(world) == ["annual-physical||denver-northside||0|1440|2026-03-11"])
        }
    }

    @Test("weekdays, hours and with whom are kept as the wish", arguments: TestStores.engines)
    func wish(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let link = try await link(world)
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            let said: [(Language, [String])] = [
                (.english, ["Days that suit you", "Monday", "Not earlier than", "Only with the same person"]),
                (.spanish, ["Días que le convienen", "Lunes", "No antes de las", "Solo con la misma persona"]),
            ]
            for (language, words) in said {
                let page = try await world.stranger.get(link, language)
                for word in words { #expect(page.visible.contains(word), "\(word)") }
                #expect(reader.found(in: page.visible).isEmpty)
            }
            let fields = [
                ("weekday", "1"), ("weekday", "4"), ("weekday", "9"), ("weekday", "x"), ("from", "08:00"),
                ("to", "11:30"), ("who", "same"),
            ]
            for _ in 0..<2 { _ = try await world.stranger.post("\(link)/waiting", fields) }
            let kept = "annual-physical|elena-alvarez|denver-northside|1 4|480|690|2026-03-11"
            #expect(try await wishes(world) == [kept])
            // Who waits already is asked for nothing more.
            let page = try await world.stranger.get(link)
            #expect(page.visible.contains("on the list for an earlier time") && !page.html.contains("wish-from"))
        }
    }

    @Test(
        "hours that cannot be read, or end before they begin, are told beside them, and nobody waits",
        arguments: TestStores.engines)
    func wrong(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let link = try await link(world)
            let lines = [
                ("later", "", "Write a time such as 9:30.", "Escriba una hora como 9:30."),
                ("", "25:00", "Write a time such as 9:30.", "Escriba una hora como 9:30."),
                ("12:00", "09:00", "The hours end after they begin.", "Las horas terminan después de empezar."),
                ("09:00", "09:00", "The hours end after they begin.", "Las horas terminan después de empezar."),
            ]
            for (from, to, english, spanish) in lines {
                let fields = [("weekday", "2"), ("from", from), ("to", to), ("who", "any")]
                let page = try await world.stranger.post("\(link)/waiting", fields)
                #expect(page.status == 422 && page.visible.contains(english), "\(from) \(to)")
                // What was typed stays, where it can be seen.
                #expect(page.html.contains("<details class=\"panel own-day\" open>"), "\(from) \(to)")
                #expect(page.html.contains("name=\"weekday\" value=\"2\" checked"), "\(from) \(to)")
                #expect(page.html.contains("name=\"from\" value=\"\(from)\""), "\(from) \(to)")
                let other = try await world.stranger.post("\(link)/waiting", fields, .spanish)
                #expect(other.status == 422 && other.visible.contains(spanish), "\(from) \(to)")
            }
            #expect(try await wishes(world).isEmpty)
            let nowhere = try await world.stranger.post(
                "/v/\(String(repeating: "A", count: 24))/waiting", [("from", "later")])
            #expect(nowhere.status == 404)
        }
    }

    @Test("only the same person is not promised when they do such visits no more")
    func gone() async throws {
        try await PageWorld.with(.sqlite) { world in
            let link = try await link(world)
            try await world.publish { blueprint in
                for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "annual-physical" {
                    blueprint.visitTypes[index].practitioners = ["mei-chen"]
                }
            }
            #expect(try await !world.stranger.get(link).html.contains("wish-who"))
            let answer = try await world.stranger.post("\(link)/waiting", [("who", "same")])
            #expect(answer.location == "\(link)?said=changed")
            #expect(try await wishes(world).isEmpty)
            #expect(try await world.stranger.post("\(link)/waiting", []).location == "\(link)?said=waiting")
        }
    }
}
