import App
import Conversations
import Kernel
import PeopleAPI
import Scheduling
import Spine
import Store
import Studio
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
            let known = who("Maria", "Delgado", "1961-06-14", "(303) 555-0142")
            var pages: [[String]] = []
            for (fields, slot) in [(known, Self.slot), (who(), Self.slot.replacing("T09:00", with: "T10:00"))] {
                let path = try #require(try await hold(world.stranger, slot).location)
                let first = try await world.stranger.get(path)
                let asked = try await world.stranger.post("\(path)/person", fields)
                let form = try asked.form("\(path)/code")
                let sealed = try #require(form["person"])
                let bad = try await world.stranger.post("\(path)/code", form.with("code", "0"))
                let done = try await world.stranger.post("\(path)/code", form.with("code", try await code(world)))
                let last = try await world.stranger.get(path)
                let link = try #require(last.html.firstMatch(of: /href="(\/v\/[^"]+)"/)).output.1.text
                pages.append(
                    [first.html, asked.html, bad.html, "\(done.status) \(done.location ?? "")", last.html].map {
                        $0.replacing(path, with: "/book/steps/…").replacing(sealed, with: "…")
                            .replacing(link, with: "/v/…").replacing("10:00", with: "9:00")
                    })
            }
            #expect(pages[0] == pages[1])
            let patients = try await visits(world)
            #expect(patients.first == maria && patients.count == 2)
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
            let token = page.html.matches(of: /value="(annual-physical~[^"]+~2026-03-12T09:00)"/)
                .map { $0.output.1.text }.first
            guard let token else { return }
            let (done, path) = try await book(
                world, who("Maria", "Delgado", "1961-06-14", "(303) 555-0142"), slot: token)
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
