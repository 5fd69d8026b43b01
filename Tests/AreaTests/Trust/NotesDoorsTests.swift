import App
import JSON
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
import Trust
import Vault
import Web

/// What staff write for each other, and what patients answer, is for who may read notes. A scheduler finds none of it at
/// any door and is told that something is not shown; the rest of the same answers is whole.
@Suite("Notes that are withheld from a scheduler")
struct NotesDoorsTests {
    private enum Note: String, CaseIterable {
        case handoff = "xq-handoff"
        case closing = "xq-closing"
        case visit = "xq-visit"
        case attempt = "xq-attempt"
        case proxy = "xq-proxy"
        case answer = "xq-pharmacy"
        /// Why somebody is sent elsewhere.
        case reason = "torn meniscus"
    }

    /// Where they were written.
    private struct Written {
        let patient: String
        let needs: [String]
        let conversation: String
        let visit: String
        let referral: String

        /// The pages that show notes, each with those of it.
        var pages: [(address: String, notes: [Note])] {
            var pages: [(address: String, notes: [Note])] = [
                (address: "/appointments/\(visit)", notes: [.visit, .answer]),
                (address: "/referrals/\(referral)", notes: [.attempt, .reason]),
                (address: "/patients/\(patient)/proxies", notes: [.proxy]),
            ]
            for need in needs { pages.append((address: "/inbox/\(need)", notes: [.handoff, .closing])) }
            return pages
        }

        /// Other doors to the same things.
        var others: [String] {
            let day = "/schedule?date=2026-03-05&location=denver-northside&visit=\(visit)"
            let tabs = ["", "/panel", "?tab=details", "?tab=visits", "?tab=timeline"]
            return ["/inbox", "/inbox?filter=closed", "/referrals", day] + tabs.map { "/patients/\(patient)\($0)" }
        }

        var programs: [String] {
            let parts = ["", "/timeline", "/proxies"].map { "patients/\(patient)\($0)" }
            let one = ["referrals/\(referral)", "conversations/\(conversation)", "appointments/\(visit)"]
            let all = parts + one + ["referrals", "needs"] + needs.map { "needs/\($0)" }
            return all.map { "/api/v1/\($0)" }
        }
    }

    /// One patient with a note at each place that keeps one, on the morning of the visit.
    private static func write(_ world: PageWorld) async throws -> Written {
        let maria = try await world.people.register(.maria)
        try await world.people.receive("I need to move my visit, also my insurance changed", from: "+13035550142")
        let needs = try await world.people.ids(
            "SELECT id FROM need WHERE tenant = \(.tenant) AND patient = \(maria) ORDER BY id", of: Need.self)
        try #require(needs.count == 2)
        let administrator = try await world.signIn()
        let colleague = try await world.user("administrator").text
        let acts: [(address: String, fields: [(String, String)])] = [
            ("/needs/\(needs[0].text)/handoff", [("to", "user:\(colleague)"), ("note", Note.handoff.rawValue)]),
            ("/needs/\(needs[1].text)/closure", [("outcome", "completed"), ("note", Note.closing.rawValue)]),
            (
                "/patients/\(maria.text)/proxies",
                [
                    ("name", "Jorge Ruiz"), ("basis", "chosen"), ("access", "limited"), ("from", "2026-03-02"),
                    ("note", Note.proxy.rawValue),
                ]
            ),
        ]
        for act in acts {
            #expect(try await administrator.post(act.address, act.fields).status == 303, "\(act.address)")
        }
        let (desk, caller) = (world.people.desk, world.people.caller)
        let booked = try await world.spine.perform(
            BookAppointment(
                .slot(try BookingWorld.question(), patient: maria), note: Note.visit.rawValue, desk: desk), as: caller)
        let visit = ID<Appointment>(raw: booked.id)
        let referral = try await world.refer(maria)
        for step in [ReferralStep.accept, .attempt(.phone, .noAnswer, note: Note.attempt.rawValue)] {
            _ = try await world.spine.perform(StepReferral(referral, step, desk: desk), as: caller)
        }
        try await world.people.settle()
        world.clock.advance(by: .hours(72))
        try await checkIn(visit, world)
        return Written(
            patient: maria.text, needs: needs.map(\.text),
            conversation: try await world.conversation(of: needs[0]).text, visit: visit.text, referral: referral.text)
    }

    private static func checkIn(_ visit: ID<Appointment>, _ world: PageWorld) async throws {
        let link = VisitLinks.path(visit, try await world.spine.vault(world.tenant))
        let given = try await world.stranger.post(
            "\(link)/checkin",
            [
                ("phone", "(303) 555-0190"), ("answer-changes", "no"), ("answer-pharmacy", Note.answer.rawValue),
                ("answer-way", "bus"), ("payer", "Harbor Mutual"), ("member", "HM-77"), ("later", "yes"),
                ("agree-visit-texts", "visit-texts/1"),
            ])
        #expect(given.status == 303)
    }

    /// Somebody in Denver who has this role as it is shipped.
    private static func colleague(_ role: String, _ world: PageWorld) async throws -> Visitor {
        let hash = try await Password.hash(PageWorld.password)
        try await world.spine.run(
            "set-up", tenant: world.tenant, purpose: .systemMaintenance, permissions: world.platform.permissions,
            origin: "cli"
        ) { caller in
            _ = try await world.spine.perform(
                AddUser(
                    email: "\(role)@clinic.example", displayName: "Dora Desk", roles: [role],
                    locations: ["denver-northside"], passwordHash: hash), as: caller)
            return ((), 1)
        }
        return try await world.signIn(role)
    }

    private static func count(_ words: String, in answer: Answer) -> Int {
        answer.visible.ranges(of: words).count
    }

    @Test("the shipped role of the front desk reads no notes, that of an access agent does")
    func shipped() throws {
        let roles = try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care").roles
        let desk = try #require(roles.first { $0.key == "front-desk" })
        let agent = try #require(roles.first { $0.key == "access-agent" })
        #expect(!desk.grants.contains(.noteRead))
        #expect(agent.grants.contains(.noteRead))
    }

    @Test(
        "no page shows the front desk a word of a note, and an access agent reads them all",
        arguments: TestStores.engines)
    func notes(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let written = try await Self.write(world)
            let desk = try await Self.colleague("front-desk", world)
            let agent = try await Self.colleague("access-agent", world)
            for (address, notes) in written.pages {
                for language in Language.allCases {
                    let (hidden, whole) = try await (desk.get(address, language), agent.get(address, language))
                    #expect(hidden.status == 200 && whole.status == 200, "\(address)")
                    for note in Note.allCases {
                        #expect(!hidden.html.contains(note.rawValue), "\(address) \(note)")
                    }
                    for note in notes { #expect(whole.visible.contains(note.rawValue), "\(address) \(note)") }
                    guard let said = Self.said(at: address, language) else { continue }
                    // The agent's role leaves other things out, in the same words.
                    #expect(Self.count(said, in: hidden) > Self.count(said, in: whole), "\(address) \(language)")
                }
            }
            for address in written.others {
                let hidden = try await desk.get(address)
                #expect(hidden.status == 200, "\(address)")
                for note in Note.allCases { #expect(!hidden.html.contains(note.rawValue), "\(address) \(note)") }
            }
            // What else the patient gave is there.
            let visit = try await desk.get("/appointments/\(written.visit)")
            #expect(visit.visible.contains("HM-77") && visit.visible.contains("(303) 555-0190"))
        }
    }

    /// What a page says in place of a note; nil: it says nothing.
    private static func said(at address: String, _ language: Language) -> String? {
        let isEnglish = language == .english
        if address.hasPrefix("/inbox/") {
            return isEnglish
                ? "Notes of the staff are not shown to your role."
                : "Las notas del personal no se muestran a su función."
        }
        if address.hasSuffix("/proxies") { return nil }
        return isEnglish ? "Not shown to your role" : "No se muestra a su función"
    }

    @Test("nor does the API tell a program of the front desk", arguments: TestStores.engines)
    func programs(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let written = try await Self.write(world)
            // With all that the role may.
            let desk = try await KeyedProgram.with([], of: "front-desk", in: world)
            let agent = try await KeyedProgram.with([], of: "access-agent", in: world)
            for address in written.programs {
                let answer = try await desk.get(address)
                #expect(answer.status == 200, "\(address)")
                for note in Note.allCases { #expect(!answer.text.contains(note.rawValue), "\(address) \(note)") }
            }
            let address = "/api/v1/referrals/\(written.referral)"
            let (hidden, whole) = try await (desk.get(address).json, agent.get(address).json)
            #expect(whole["tries"]?[0]?["note"]?.string == Note.attempt.rawValue)
            #expect(whole["reason"]?.string?.contains(Note.reason.rawValue) == true)
            #expect(hidden["tries"]?[0]?["outcome"]?.string == "no-answer")
            #expect(hidden["tries"]?[0]?["note"] == nil, "an empty note would say that there is none")
            #expect(hidden["reason"] == nil)
        }
    }
}
