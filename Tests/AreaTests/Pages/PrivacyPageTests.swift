import App
import Kernel
import PeopleAPI
import Store
import Studio
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Privacy pages")
struct PrivacyPageTests {
    private static func fill(_ patient: ID<Patient>, kind: RequestKind = .access) -> [(String, String)] {
        [
            ("patient", patient.text), ("kind", kind.rawValue), ("law", "hipaa"), ("received", "2026-03-02"),
            ("channel", "in-person"), ("asker", "patient"), ("text", "A copy of everything"),
            ("identity", "Photo ID seen"),
        ]
    }

    private static func reader(_ world: PageWorld) throws -> RawCodes {
        RawCodes(world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
    }

    private static func expectPlain(_ answer: Answer, _ reader: RawCodes) {
        let found = reader.found(in: answer.visible)
        #expect(found.isEmpty, "\(answer.address) shows \(found.joined(separator: ", "))")
    }

    @Test(
        "a privacy officer records a request, gives the record out after confirming, and closes it",
        arguments: TestStores.engines)
    func story(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let officer = try await world.signIn("privacy-officer")
            let reader = try Self.reader(world)
            let start = try await officer.get("/patients/\(patient.text)")
            #expect(start.html.contains("href=\"/privacy/patients/\(patient.text)\""))
            for language in Language.allCases {
                let blank = try await officer.get("/privacy/requests/new?patient=\(patient.text)", language)
                #expect(blank.html.contains("value=\"\(patient.text)\""))
                Self.expectPlain(blank, reader)
                let wrong = try await officer.post(
                    "/privacy/requests", Self.fill(patient).with("text", "").with("identity", ""), language)
                #expect(wrong.status == 422)
                #expect(wrong.html.contains("aria-invalid=\"true\""))
                Self.expectPlain(wrong, reader)
            }
            let made = try await officer.post("/privacy/requests", Self.fill(patient))
            #expect(made.status == 303)
            let page = try #require(made.location)
            for language in Language.allCases {
                for address in [page, "/privacy/requests", "/privacy/requests?show=mine&kind=access"] {
                    let answer = try await officer.get(address, language)
                    #expect(answer.status == 200)
                    #expect(answer.visible.contains("Delgado Ruiz"), "\(address)")
                    Self.expectPlain(answer, reader)
                }
            }
            #expect(try await officer.get(page).visible.contains("30 days left"))

            // The password again, when it was given a while ago.
            world.clock.advance(by: .minutes(6))
            let asked = try await officer.post(page + "/record", [("language", "en")])
            #expect(asked.html.contains("confirm-password"))
            let given = try await officer.post(
                page + "/record", [("language", "en"), ("confirm-password", PageWorld.password)])
            #expect(given.status == 200)
            #expect(given.html.hasPrefix("PK"))
            #expect(given.html.contains("record.html") && given.html.contains("m.delgado@example.org"))
            #expect(given.html.contains("everything.json"))

            let unsaid = try await officer.post(page + "/decision", [("decision", "refused"), ("reason", "")])
            #expect(unsaid.status == 422)
            let closed = try await officer.post(page + "/decision", [("decision", "fulfilled"), ("reason", "Mailed")])
            #expect(closed.status == 303)
            #expect(try await officer.get(page).visible.contains("Fulfilled"))
            #expect(try await !officer.get("/privacy/requests").visible.contains("Delgado Ruiz"))
            #expect(try await officer.get("/privacy/requests?show=closed").visible.contains("Delgado Ruiz"))
        }
    }

    @Test("every kind of request shows what to do next, in words, in both languages")
    func kinds() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            let officer = try await world.signIn()
            for kind in RequestKind.allCases {
                let made = try await officer.post("/privacy/requests", Self.fill(patient, kind: kind))
                let page = try #require(made.location)
                for language in Language.allCases {
                    let answer = try await officer.get(page, language)
                    #expect(answer.status == 200)
                    let help = world.platform.pages.catalogue.text("privacy.help.\(kind.rawValue)", language)
                    #expect(answer.html.contains(Pages.escape(help)), "\(kind)")
                }
                let answer = try await officer.get(page)
                #expect(answer.html.contains("/edit\"") == (kind == .correction))
                #expect(answer.html.contains("/erasure\"") == (kind == .erasure))
                #expect(answer.html.contains("value=\"fulfilled\"") == (kind != .erasure))
                #expect(answer.html.contains("/record\"") == (kind == .access || kind == .portability))
            }
            world.clock.advance(by: .days(31))
            let again = try await world.signIn()
            let late = try await again.get("/privacy/requests?show=overdue")
            #expect(late.visible.contains("days late") || late.visible.contains("day late"))
            #expect(late.html.contains("class=\"due late\""))
        }
    }

    @Test("a restriction is told to everybody on the patient's page, and stops the record from leaving")
    func restriction() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            let officer = try await world.signIn("privacy-officer")
            let reader = try Self.reader(world)
            let page = "/privacy/patients/\(patient.text)"
            let wrong = try await officer.post(page + "/restrictions", [("restriction", "person"), ("whom", "")])
            #expect(wrong.status == 422)
            let agreed = try await officer.post(
                page + "/restrictions", [("restriction", "person"), ("whom", "Jorge Ruiz"), ("note", "Her brother")])
            #expect(agreed.status == 303)
            for role in ["administrator", "clinician"] {
                let answer = try await world.signIn(role).get("/patients/\(patient.text)")
                #expect(answer.visible.contains("Tell nothing to Jorge Ruiz"), "\(role)")
            }
            let details = [
                ("recipient", "jorge ruiz"), ("address", ""), ("basis", "authorization"), ("statute", ""),
                ("why", "He asked"), ("language", ""),
            ]
            let refused = try await officer.post(page + "/disclosed-record", details)
            #expect(refused.status == 422)
            #expect(refused.visible.contains("Nothing was disclosed"))
            #expect(refused.html.contains("value=\"jorge ruiz\""))
            let other = try await officer.post(
                page + "/disclosed-record", details.with("recipient", "County coroner").with("basis", "coroner"))
            #expect(other.status == 200)
            #expect(other.html.hasPrefix("PK"))
            for language in Language.allCases {
                let answer = try await officer.get(page, language)
                #expect(answer.visible.contains("County coroner") && !answer.visible.contains("jorge ruiz"))
                Self.expectPlain(answer, reader)
            }
            let shown = try await officer.get(page).html
            let ending = try #require(shown.firstMatch(of: /action="([^"]*\/ending)"/)).output.1.text
            #expect(try await officer.post(ending, []).status == 303)
            #expect(try await !officer.get("/patients/\(patient.text)").visible.contains("Tell nothing to"))
        }
    }

    @Test("whoever may not keep the register sees nothing of it")
    func refused() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            let clinician = try await world.signIn("clinician")
            for address in ["/privacy/requests", "/privacy/requests/new", "/privacy/patients/\(patient.text)"] {
                #expect(try await clinician.get(address).status == 403, "\(address)")
            }
            #expect(try await clinician.post("/privacy/patients/\(patient.text)/disclosed-record", []).status == 403)
            let page = try await clinician.get("/patients/\(patient.text)")
            #expect(!page.html.contains("/privacy/"))
            let officer = try await world.signIn("privacy-officer")
            for address in ["/privacy/requests/0000000000001", "/privacy/patients/0000000000001"] {
                #expect(try await officer.get(address).status == 404, "\(address)")
            }
        }
    }
}
