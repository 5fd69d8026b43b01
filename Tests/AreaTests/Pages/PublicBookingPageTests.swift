import App
import Conversations
import Kernel
import PeopleAPI
import Scheduling
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import Web

@Suite("Pages on which anybody books")
struct PublicBookingPageTests {
    private static let slot = "annual-physical~elena-alvarez~denver-northside~2026-03-12T09:00"

    private func hold(_ visitor: Visitor, _ slot: String = Self.slot) async throws -> Answer {
        try await visitor.post("/book/holds", [("slot", slot), ("type", "annual-physical")])
    }

    private func who(
        _ given: String = "Nora", _ family: String = "Whitfield", _ born: String = "1980-04-02",
        _ phone: String = "(303) 555-0171"
    ) -> [(String, String)] {
        [("given", given), ("family", family), ("birthDate", born), ("phone", phone), ("agree", "yes")]
    }

    /// The code of the newest text to a number that is nobody's.
    private func code(_ world: PageWorld) async throws -> String {
        let conversations = try await world.people.ids(
            """
            SELECT conversation FROM message WHERE tenant = \(.tenant) AND template = 'booking-code'
            ORDER BY id DESC
            """, of: Conversation.self)
        let texts = try await world.spine.ask(
            ReadThreadTexts(
                conversation: try #require(conversations.first), messaging: world.people.messaging),
            as: world.people.caller)
        return try #require(texts.last?.firstMatch(of: /\b([0-9]{6})\b/)).output.1.text
    }

    /// All the way; the last answer.
    private func book(
        _ world: PageWorld, _ fields: [(String, String)], slot: String = Self.slot, as visitor: Visitor? = nil
    ) async throws -> (last: Answer, path: String) {
        let visitor = visitor ?? world.stranger
        let path = try #require(try await hold(visitor, slot).location)
        let asked = try await visitor.post("\(path)/person", fields)
        #expect(asked.status == 200, "\(asked.visible)")
        let form = try asked.form("\(path)/code").with("code", try await code(world))
        return (try await visitor.post("\(path)/code", form), path)
    }

    private func visits(_ world: PageWorld) async throws -> [ID<Patient>] {
        try await world.people.ids(
            "SELECT patient FROM appointment WHERE tenant = \(.tenant) ORDER BY id", of: Patient.self)
    }

    private static let maria = [
        ("given", "Maria"), ("family", "Delgado"), ("birthDate", "1961-06-14"), ("phone", "(303) 555-0142"),
        ("agree", "yes"),
    ]

    /// Maria, who has been here.
    private func established(_ world: PageWorld) async throws -> ID<Patient> {
        let (desk, caller) = (world.people.desk, world.people.caller)
        let maria = try await world.people.register(.maria)
        let visit = try await world.people.book(maria)
        world.clock.advance(by: .days(3) + .hours(1))
        _ = try await world.spine.perform(ArriveAppointment(visit, desk: desk), as: caller)
        _ = try await world.spine.perform(CompleteAppointment(visit, desk: desk), as: caller)
        return maria
    }

    /// All that somebody is answered on the way to a visit, without what is new each time.
    private func way(_ world: PageWorld, _ fields: [(String, String)], _ slot: String) async throws -> [String] {
        let path = try #require(try await hold(world.stranger, slot).location)
        let first = try await world.stranger.get(path)
        let asked = try await world.stranger.post("\(path)/person", fields)
        let form = try asked.form("\(path)/code")
        let sealed = try #require(form["person"])
        let bad = try await world.stranger.post("\(path)/code", form.with("code", "0"))
        let done = try await world.stranger.post("\(path)/code", form.with("code", try await code(world)))
        let last = try await world.stranger.get(path)
        let link = try #require(last.html.firstMatch(of: /href="(\/v\/[^"]+)"/)).output.1.text
        return [first.html, asked.html, bad.html, "\(done.status) \(done.location ?? "")", last.html].map {
            $0.replacing(path, with: "/book/steps/…").replacing(sealed, with: "…")
                .replacing(link, with: "/v/…").replacing("10:00", with: "9:00")
        }
    }

    /// Publishes that Dr. Alvarez takes no new patients. `alone`: and that nobody else does check-ups.
    private func close(_ world: PageWorld, alone: Bool = false) async throws {
        try await world.publish { blueprint in
            for index in blueprint.practitioners.indices where blueprint.practitioners[index].key == "elena-alvarez" {
                blueprint.practitioners[index].acceptsNew = false
            }
            for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "annual-physical" {
                if alone { blueprint.visitTypes[index].practitioners = ["elena-alvarez"] }
            }
        }
    }

    @Test(
        "a stranger books: what, when, who, a code, done; and gets a record, a consent and a link",
        arguments: TestStores.engines)
    func whole(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            for language in Language.allCases {
                for address in [
                    "/book", "/book/denver-northside", "/book?type=annual-physical&from=2026-03-12",
                    "/book/denver-northside?type=annual-physical&part=morning",
                    "/book?type=annual-physical&practitioner=elena-alvarez&from=2027-01-01",
                ] {
                    let page = try await world.stranger.get(address, language)
                    #expect(page.status == 200, "\(address)")
                    #expect(reader.found(in: page.visible).isEmpty, "\(address)")
                }
            }
            #expect(try await world.stranger.get("/book").visible.contains("Yearly check-up"))
            #expect(try await !world.stranger.get("/book").visible.contains("Follow-up visit"))
            let (done, path) = try await book(world, who())
            #expect(done.status == 303 && done.location == path)
            let patients = try await visits(world)
            #expect(patients.count == 1)
            for language in Language.allCases {
                let page = try await world.stranger.get(path, language)
                #expect(page.status == 200 && page.html.contains("href=\"/v/") && !page.html.contains("Whitfield"))
                #expect(reader.found(in: page.visible).isEmpty)
                // What the type links is said, and who to ask for it.
                #expect(page.visible.contains(language == .english ? "Fasting blood draw" : "Extracción de sangre"))
            }
            let agent = try await world.signIn()
            let person = try await agent.get("/patients/\(try #require(patients.first).text)")
            #expect(person.visible.contains("Nora Whitfield"))
            let ledger = try await agent.get("/patients/\(try #require(patients.first).text)/consent")
            #expect(ledger.visible.contains("booking-texts/1"))
            // The form once more books nothing more.
            _ = try await world.stranger.post("\(path)/code", [("person", "x"), ("code", "000000")])
            #expect(try await visits(world).count == 1)
        }
    }

    @Test("an address that names somebody lists what they do, and nothing else")
    func whose() async throws {
        try await PageWorld.with(.sqlite) { world in
            let hers = try await world.stranger.get("/book?practitioner=elena-alvarez")
            #expect(hers.html.contains("/book?type=annual-physical&amp;practitioner=elena-alvarez"))
            // Why the best ones are.
            let times = try await world.stranger.get("/book/denver-northside?type=annual-physical")
            #expect(times.visible.contains("Best times") && times.visible.contains("Soonest"))
            let surgeon = try await world.stranger.get("/book?practitioner=marcus-reyes")
            #expect(surgeon.status == 200 && !surgeon.html.contains("type=annual-physical"))
            #expect(surgeon.visible.contains("Nothing to book here"))
        }
    }

    @Test("what is typed wrong is said beside it, and the form keeps it")
    func wrong() async throws {
        try await PageWorld.with(.sqlite) { world in
            let path = try #require(try await hold(world.stranger).location)
            let page = try await world.stranger.post(
                "\(path)/person", [("given", "Nora"), ("family", ""), ("birthDate", "2999-01-01"), ("phone", "12")])
            #expect(page.status == 422 && page.visible.contains("A phone number with area code."))
            #expect(try page.form("\(path)/person")["given"] == "Nora")
            let asked = try await world.stranger.post("\(path)/person", who())
            let form = try asked.form("\(path)/code")
            let right = try await code(world)
            let bad = try await world.stranger.post(
                "\(path)/code", form.with("code", right == "123456" ? "654321" : "123456"))
            #expect(bad.status == 422 && bad.visible.contains("not the code"))
            for _ in 0..<5 { _ = try await world.stranger.post("\(path)/code", form.with("code", "000001")) }
            let late = try await world.stranger.post("\(path)/code", form.with("code", right))
            #expect(late.status == 303)
            #expect(try await visits(world).isEmpty)
        }
    }

    @Test(
        "whether somebody is known changes no byte of any answer, and who is known gets no second record",
        arguments: TestStores.engines)
    func enumeration(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let known = try await way(world, Self.maria, Self.slot)
            let unknown = try await way(world, who(), Self.slot.replacing("T09:00", with: "T10:00"))
            #expect(known == unknown)
            let patients = try await visits(world)
            #expect(patients.first == maria && patients.count == 2)
        }
    }

    @Test(
        "a visit for new patients is booked alike for who has been here and for who has not",
        arguments: TestStores.engines)
    func newOnly(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await established(world)
            let slot = "new-patient~elena-alvarez~denver-northside~2026-03-12T09:00"
            let known = try await way(world, Self.maria, slot)
            let unknown = try await way(world, who(), slot.replacing("T09:00", with: "T10:00"))
            #expect(known == unknown)
            // Her own record may not have such a visit: it is booked for a new one.
            let patients = try await visits(world)
            #expect(patients.count == 3 && patients.first == maria && !patients.dropFirst().contains(maria))
        }
    }

    @Test("who takes no new patients is not offered; whose link names them is told so, and whom to call")
    func noNewPatients() async throws {
        try await PageWorld.with(.sqlite) { world in
            try await close(world)
            let times = try await world.stranger.get("/book?type=annual-physical&from=2026-03-12")
            #expect(times.html.contains("annual-physical~mei-chen~") && !times.html.contains("elena-alvarez"))
            let named = "/book?type=annual-physical&practitioner=elena-alvarez"
            let words: [Language: String] = [
                .english: "Dr. Elena Alvarez takes no new patients online",
                .spanish: "Dr. Elena Alvarez no acepta pacientes nuevos en línea",
            ]
            let addresses = [
                named, "/book?practitioner=elena-alvarez", "/book/denver-northside?practitioner=elena-alvarez",
            ]
            for language in Language.allCases {
                let said = try #require(words[language])
                for address in addresses {
                    let page = try await world.stranger.get(address, language)
                    #expect(page.status == 200 && page.visible.contains(said), "\(address)")
                    #expect(page.html.contains("href=\"tel:+13035550110\"") && !page.html.contains("name=\"slot\""))
                }
            }
            // Nor is a time of theirs held, wherever the form came from.
            #expect(try await hold(world.stranger).location == named)
            let held = try await world.people.ids(
                "SELECT id FROM slot_hold WHERE tenant = \(.tenant)", of: SlotHold.self)
            #expect(held.isEmpty)
            // A type that nobody else does is not there at all.
            try await close(world, alone: true)
            let what = try await world.stranger.get("/book").visible
            #expect(what.contains("New patient visit") && !what.contains("Yearly check-up"))
        }
    }

    @Test(
        "when somebody stops taking new patients while times are held, who has been here is told what all others are",
        arguments: TestStores.engines)
    func closedMeanwhile(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await established(world)
            var ways: [(path: String, form: [(String, String)])] = []
            for (fields, slot) in [(Self.maria, Self.slot), (who(), Self.slot.replacing("T09:00", with: "T10:00"))] {
                let path = try #require(try await hold(world.stranger, slot).location)
                let asked = try await world.stranger.post("\(path)/person", fields)
                ways.append((path, try asked.form("\(path)/code").with("code", try await code(world))))
            }
            try await close(world)
            var pages: [[String]] = []
            for way in ways {
                let done = try await world.stranger.post("\(way.path)/code", way.form)
                let last = try await world.stranger.get(way.path)
                #expect(last.visible.contains("not held any more"))
                pages.append(
                    ["\(done.status) \(done.location ?? "")", done.html, last.html].map {
                        $0.replacing(way.path, with: "/book/steps/…")
                    })
            }
            #expect(pages[0] == pages[1])
            #expect(try await visits(world) == [maria])
        }
    }

    @Test("who is only like somebody gets a record of their own, and staff are told of the pair until it is settled")
    func alike() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let (done, _) = try await book(world, who("Maria", "Delgado", "1961-06-14", "(303) 555-0177"))
            #expect(done.status == 303)
            let made = try #require(try await visits(world).first)
            #expect(made != maria)
            let agent = try await world.signIn()
            for language in Language.allCases {
                let page = try await agent.get("/patients/look-alikes", language)
                #expect(page.status == 200 && page.html.contains(maria.text) && page.html.contains(made.text))
            }
            #expect(try await agent.get("/patients").html.contains("/patients/look-alikes"))
            let settled = try await agent.post(
                "/patients/look-alikes/settlement", [("patient", made.text), ("other", maria.text)])
            #expect(settled.status == 303)
            #expect(try await agent.get("/patients/look-alikes").visible.contains("No records to compare"))
        }
    }

    @Test("a visit that the known record may not have is booked for a new one: a refusal would tell of it")
    func noRefusal() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            _ = try await world.people.book(maria, day: "2026-03-12")
            // Somewhere else at the same time: her own time is taken.
            let page = try await world.stranger.get("/book?type=annual-physical&from=2026-03-12")
            let token = try #require(
                page.html.firstMatch(of: /value="(annual-physical~mei-chen~denver-northside~2026-03-12T09:00)"/)
            ).output.1.text
            let (done, path) = try await book(world, Self.maria, slot: token)
            #expect(done.location == path)
            let patients = try await visits(world)
            #expect(patients.count == 2 && patients.last != maria)
        }
    }

    @Test("two who want one time: one has it, the other is led to more times; a browser holds one time at once")
    func once() async throws {
        try await PageWorld.with(.sqlite) { world in
            let first = try await hold(world.stranger)
            #expect(first.location?.hasPrefix("/book/steps/") == true)
            let second = try await hold(world.stranger)
            #expect(second.location?.contains("said=taken") == true)
            var browser = world.stranger
            browser.more = ["throughline-book=\(try #require(first.cookie("throughline-book")))"]
            let moved = try await hold(browser, Self.slot.replacing("T09:00", with: "T10:00"))
            #expect(moved.location?.hasPrefix("/book/steps/") == true)
            // What it held before is free.
            #expect(try await hold(world.stranger).location?.hasPrefix("/book/steps/") == true)
            let over = try await browser.get(try #require(first.location))
            #expect(over.visible.contains("not held any more"))
            let given = try await browser.post("\(try #require(moved.location))/release", [])
            #expect(given.location == "/book?type=annual-physical")
            #expect(try await visits(world).isEmpty)
        }
    }

    @Test("codes for a number and holds of an address run out, and nothing of a link that is none is told")
    func limits() async throws {
        try await PageWorld.with(.sqlite) { world in
            let path = try #require(try await hold(world.stranger).location)
            var last = 0
            for _ in 0..<4 { last = try await world.stranger.post("\(path)/person", who()).status }
            #expect(last == 429)
            for wrong in ["/book/steps/AAAA", "/book/nowhere"] {
                #expect(try await world.stranger.get(wrong).status == 404)
            }
            #expect(
                try await hold(world.stranger, "follow-up~elena-alvarez~denver-northside~2026-03-12T11:00").location?
                    .contains("said=taken") == true)
        }
    }
}
