import App
import Kernel
import People
import PeopleAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

/// Each rule of the policy at each door: pages, lists, search, counts, the log.
@Suite("What the policy hides")
struct PolicyDoorsTests {
    private static func label(
        _ labels: [String], _ address: String, _ visitor: Visitor
    ) async throws -> Answer {
        try await visitor.post(address, labels.map { ("label-" + $0, "yes") })
    }

    /// The answer without what differs between any two requests: ids and references.
    private static func plain(_ answer: Answer) -> String {
        "\(answer.status) " + answer.html.replacing(/[0-9A-HJKMNP-TV-Z]{13}/, with: "ID")
    }

    private static func newestRecords(_ world: PageWorld) async throws -> Int {
        try await world.platform.installation.database.read(world.tenant) {
            try $0.value("SELECT COUNT(*) FROM audit_record WHERE tenant = \(.tenant)") ?? 0
        }
    }

    @Test("a labelled record is in no list, search or page of who lacks the right", arguments: TestStores.engines)
    func labels(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let page = "/patients/\(patient.text)"
            let officer = try await world.signIn("privacy-officer")
            let admin = try await world.signIn()
            let clinician = try await world.signIn("clinician")
            #expect(try await admin.get(page).status == 200)
            for language in Language.allCases {
                #expect(try await officer.get("\(page)/protection", language).status == 200)
            }
            let done = try await Self.label(["behavioural-health", "vip"], "\(page)/protection", officer)
            #expect(done.status == 303)
            #expect(try await admin.get(page).status == 404)
            #expect(try await admin.get("\(page)/panel").status == 404)
            for address in ["/patients", "/patients?q=delgado", "/palette?q=delgado"] {
                #expect(try await !admin.get(address).html.contains(patient.text), "\(address)")
                #expect(try await clinician.get("/patients?q=delgado").html.contains(patient.text))
            }
            let seen = try await clinician.get(page)
            #expect(seen.status == 200)
            #expect(seen.visible.contains("Behavioural health"))
            let why = try await admin.get("\(page)/why")
            #expect(why.visible.contains("This record is labelled"))
            #expect(try await officer.get("\(page)/why").visible.contains("It is shown to you"))
            // Nobody writes labels without the right to.
            #expect(try await Self.label([], "\(page)/protection", clinician).status == 403)
            _ = try await Self.label([], "\(page)/protection", officer)
            #expect(try await admin.get(page).status == 200)
        }
    }

    @Test("what is not there and what is out of reach: the same answer and the same on the trail")
    func absentIsForbidden() async throws {
        try await PageWorld.with(.sqlite) { world in
            let filled = try await world.people.fill()
            let officer = try await world.signIn("privacy-officer")
            _ = try await Self.label(
                ["restricted"], "/patients/\(filled.patient.text)/protection", officer)
            let admin = try await world.signIn()
            let absent = ID<Patient>(raw: filled.patient.raw + 77).text
            let mine = try await world.people.ids(
                "SELECT id FROM need WHERE tenant = \(.tenant) AND patient = \(filled.patient)", of: Need.self)
            let need = try #require(mine.first).text
            let talk = try #require(
                await world.people.ids(
                    "SELECT conversation FROM need WHERE tenant = \(.tenant) AND patient = \(filled.patient)",
                    of: Conversation.self
                ).first
            ).text
            let patient = filled.patient.text
            for (hidden, path) in [
                (patient, "/patients/%"), (patient, "/patients/%?tab=timeline"), (patient, "/patients/%/panel"),
                (patient, "/patients/%/edit"), (patient, "/patients/%/consent"),
                (patient, "/patients/%/documents/\(absent)"), (filled.visit.text, "/appointments/%"),
                (need, "/inbox/%"), (talk, "/conversations/%"), (talk, "/conversations/%/media/\(absent)"),
            ] {
                let before = try await Self.newestRecords(world)
                let one = try await admin.get(path.replacing("%", with: hidden))
                let between = try await Self.newestRecords(world)
                let other = try await admin.get(path.replacing("%", with: absent))
                let after = try await Self.newestRecords(world)
                #expect(one.status == 404, "\(path)")
                #expect(Self.plain(one) == Self.plain(other), "\(path)")
                #expect(between - before == after - between, "\(path)")
            }
            for (hidden, path) in [
                (need, "/needs/%/owner"), (need, "/needs/%/closure"), (need, "/needs/%/reopening"),
                (filled.visit.text, "/appointments/%/confirmation"),
            ] {
                let fields = [("outcome", "completed")]
                let one = try await admin.post(path.replacing("%", with: hidden), fields)
                let other = try await admin.post(path.replacing("%", with: absent), fields)
                #expect(one.status == 404 || one.status == 405, "\(path)")
                #expect(Self.plain(one) == Self.plain(other), "\(path)")
            }
        }
    }

    @Test(
        "parts of a record that a role has no right to are not there, and pages say so", arguments: TestStores.engines)
    func fields(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let page = "/patients/\(patient.text)"
            let admin = try await world.signIn()
            let whole = try await admin.get(page)
            #expect(whole.html.contains("555-0142") && whole.html.contains("0048213"))
            try await world.changeRole("administrator") { role in
                role.permissions.removeAll { Permission.fields.map(\.rawValue).contains($0) }
            }
            for language in Language.allCases {
                for address in [page, "\(page)?tab=details", "\(page)?tab=documents", "\(page)/panel"] {
                    let answer = try await admin.get(address, language)
                    #expect(answer.status == 200)
                    for value in ["555-0142", "0048213", "Bluepeak", "Alder", "m.delgado@"] {
                        #expect(!answer.html.contains(value), "\(address) \(value)")
                    }
                }
                let words = language == .english ? "Not shown to your role" : "No se muestra a su función"
                #expect(try await admin.get(page, language).visible.contains(words))
            }
            #expect(try await !admin.get(page).html.contains("\(page)/edit"))
            #expect(try await admin.get("\(page)/edit").status == 403)
            // Nobody finds out whose number it is by searching for it.
            for query in ["3035550142", "0048213"] {
                #expect(try await !admin.get("/patients?q=\(query)").html.contains(patient.text), "\(query)")
            }
            let named = try await admin.get("/patients?q=delgado")
            #expect(named.html.contains(patient.text))
            #expect(!named.html.contains("555-0142") && !named.html.contains("0048213"))
        }
    }

    @Test("nobody opens their own record or that of their family, and what was opened in an emergency is flagged")
    func own() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            let page = "/patients/\(patient.text)"
            let officer = try await world.signIn("privacy-officer")
            let admin = try await world.signIn()
            #expect(try await admin.get(page).status == 200)
            let noted = try await officer.post(
                "/audit/signals/ties",
                [("user", try await world.user("administrator").text), ("patient", patient.text), ("kind", "family")])
            #expect(noted.status == 303)
            world.clock.advance(by: .seconds(1))
            #expect(try await admin.get(page).status == 404)
            #expect(try await !admin.get("/patients?q=delgado").html.contains(patient.text))
            #expect(try await admin.get("\(page)/why").visible.contains("It is your own"))
            let opened = try await admin.post(
                "/break-glass",
                [("patient", patient.text), ("reason", "He fell here and nobody else is in the building.")])
            #expect(opened.status == 303)
            #expect(try await admin.get(page).status == 200)
        }
    }

    @Test("a labelled conversation is in no inbox, count, timeline or figure of who lacks the right")
    func conversation() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            try await world.people.receive("I need to move my visit", from: "+13035550142")
            let need = try #require(
                await world.people.ids("SELECT id FROM need WHERE tenant = \(.tenant)", of: Need.self).first)
            let talk = try #require(
                await world.people.ids("SELECT id FROM conversation WHERE tenant = \(.tenant)", of: Conversation.self)
                    .first)
            let officer = try await world.signIn("privacy-officer")
            let admin = try await world.signIn()
            let address = "/conversations/\(talk.text)/labels"
            let timeline = "/patients/\(patient.text)?tab=timeline"
            #expect(try await admin.get("/inbox").html.contains(need.text))
            #expect(try await admin.get(timeline).html.contains("/inbox/\(need.text)"))
            for language in Language.allCases {
                #expect(try await officer.get(address, language).status == 200)
            }
            #expect(try await Self.label(["reproductive"], address, officer).status == 303)
            try await world.people.settle()
            #expect(try await admin.get("/inbox/\(need.text)").status == 404)
            #expect(try await admin.get("/conversations/\(talk.text)").status == 404)
            for place in [
                "/inbox", timeline, "/patients/\(patient.text)", "/events?measure=open", "/events?measure=inbound",
            ] {
                #expect(try await !admin.get(place).html.contains(need.text), "\(place)")
            }
            // What happens from now on is labelled too.
            try await world.people.receive("Hello, are you there?", from: "+13035550142")
            #expect(try await !admin.get(timeline).html.contains("/inbox/\(need.text)"))
            let clinician = try await world.signIn("clinician")
            #expect(try await clinician.get("/inbox/\(need.text)").status == 200)
            #expect(try await clinician.get("/inbox").html.contains(need.text))
        }
    }

    @Test("a visit of a labelled kind is not there for who lacks the right, but its time is taken")
    func visit() async throws {
        try await PageWorld.with(.sqlite) { world in
            try await world.publish { blueprint in
                for index in blueprint.visitTypes.indices where blueprint.visitTypes[index].key == "annual-physical" {
                    blueprint.visitTypes[index].labels = ["reproductive"]
                }
            }
            let patient = try await world.people.register(.maria)
            let visit = try await world.people.book(patient)
            let admin = try await world.signIn()
            let clinician = try await world.signIn("clinician")
            let visits = "/patients/\(patient.text)?tab=visits"
            let day = "/schedule?date=2026-03-05&location=denver-northside"
            for place in [visits, day, "/patients/\(patient.text)", "/patients/\(patient.text)?tab=timeline"] {
                #expect(try await !admin.get(place).html.contains(visit.text), "\(place)")
            }
            #expect(try await clinician.get(visits).html.contains(visit.text))
            #expect(try await clinician.get("/appointments/\(visit.text)").status == 200)
            #expect(try await admin.get("/appointments/\(visit.text)").status == 404)
            let taken = await faultCode { _ = try await world.people.book(patient) }
            #expect(taken != nil)
        }
    }

    @Test("a role that asks for a part in the care reaches those whom a visit, a need or a note brings")
    func relationship() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let ines = try await world.people.register(.named("Ines", "Ruiz"))
            try await world.changeRole("clinician") { role in
                role.relationship = .required
                role.locationScope = .everywhere
            }
            let clinician = try await world.signIn("clinician")
            let admin = try await world.signIn()
            func sees(_ patient: ID<Patient>) async throws -> Bool {
                let page = try await clinician.get("/patients/\(patient.text)").status == 200
                let list = try await clinician.get("/patients").html.contains(patient.text)
                #expect(page == list)
                return page
            }
            #expect(try await !sees(maria))
            #expect(try await !sees(ines))
            let user = try await world.user("clinician").text
            let care = try await admin.post("/patients/\(ines.text)/protection/care", [("user", user), ("days", "30")])
            #expect(care.status == 303)
            #expect(try await sees(ines))
            #expect(try await !sees(maria))
            // The clinician is Dr. Alvarez, with whom a visit is booked.
            _ = try await world.people.book(maria)
            _ = try await admin.post("/users/practitioners", [("user", user), ("practitioner", "elena-alvarez")])
            world.clock.advance(by: .seconds(1))
            #expect(try await sees(maria))
            _ = try await admin.post(
                "/patients/\(ines.text)/protection/care", [("user", user), ("end", "yes")])
            #expect(try await !sees(ines))
            #expect(try await clinician.get("/patients/\(ines.text)/why").visible.contains("No part in the care"))
        }
    }

    @Test("records under 42 CFR Part 2 are there while consent is on record", arguments: TestStores.engines)
    func part2(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let page = "/patients/\(patient.text)"
            let officer = try await world.signIn("privacy-officer")
            let clinician = try await world.signIn("clinician")
            _ = try await Self.label(["substance-use"], "\(page)/protection", officer)
            #expect(try await clinician.get(page).status == 404)
            #expect(try await clinician.get("\(page)/why").visible.contains("42 CFR Part 2"))
            let consent = "\(page)/protection/consent"
            let nameless = try await officer.post(consent, [("decision", "given"), ("until", "2026-06-30")])
            #expect(nameless.status == 422)
            let past = try await officer.post(
                consent, [("decision", "given"), ("until", "2020-06-30"), ("document", "Part 2 form 1")])
            #expect(past.status == 422)
            let given = try await officer.post(
                consent, [("decision", "given"), ("until", "2026-03-02"), ("document", "Part 2 form 1")])
            #expect(given.status == 303)
            #expect(try await clinician.get(page).status == 200)
            #expect(try await officer.get("\(page)/protection").visible.contains("Part 2 form 1"))
            _ = try await officer.post(consent, [("decision", "withdrawn")])
            #expect(try await clinician.get(page).status == 404)
            // What has run out is as if it was withdrawn.
            _ = try await officer.post(
                consent, [("decision", "given"), ("until", "2026-03-02"), ("document", "Part 2 form 2")])
            let expiry = try #require(
                world.platform.capabilities.flatMap(\.recurring).first { $0.name == "part2-consent-expiry" })
            _ = try await expiry.run(world.spine, world.tenant)
            let labels = try await world.platform.installation.database.read(world.tenant) {
                try Policy.labels(of: [patient], in: $0).get()[patient] ?? []
            }
            #expect(labels == [.substanceUse, .part2Consent])
            world.clock.advance(by: .days(1))
            _ = try await expiry.run(world.spine, world.tenant)
            let later = try await world.platform.installation.database.read(world.tenant) {
                try Policy.labels(of: [patient], in: $0).get()[patient] ?? []
            }
            #expect(later == .substanceUse)
        }
    }
}
