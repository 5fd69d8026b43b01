import Kernel
import PeopleAPI
import Store
import StudioAPI
import TestKit
import Testing
import Vault
import Web

@Suite("Pages of legal holds")
struct LegalHoldPageTests {
    private static let words = [("matter", "Case 7"), ("reason", "The court asked.")]

    @Test(
        "the privacy page of a patient leads to their holds, with the form filled in for them",
        arguments: TestStores.engines)
    func fromPrivacy(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let other = try await world.people.register(.named("Mateo", "Ortega"))
            let officer = try await world.signIn("privacy-officer")
            let address = "/legal-holds?patient=\(maria.text)"
            let privacy = try await officer.get("/privacy/patients/\(maria.text)")
            #expect(privacy.html.contains("href=\"\(address)\""))

            let empty = try await officer.get(address)
            #expect(empty.html.contains("name=\"patient\" value=\"\(maria.text)\""))
            #expect(empty.visible.contains("Delgado"))
            #expect(empty.visible.contains("No legal hold has been placed on this person’s data."))
            for patient in [maria, other] {
                let placed = try await officer.post("/legal-holds", [("patient", patient.text)] + Self.words)
                #expect(placed.status == 303)
            }
            // Those of the one person, and everybody's.
            for (address, isShown) in [(address, false), ("/legal-holds", true)] {
                let list = try await officer.get(address)
                #expect(list.visible.contains("Case 7"))
                #expect(list.visible.contains("Ortega") == isShown, "\(address)")
            }
            let wrong = try await officer.post("/legal-holds", [("patient", maria.text), ("matter", "Case 8")])
            #expect(wrong.status == 422)
            #expect(wrong.html.contains("name=\"patient\" value=\"\(maria.text)\""))
            #expect(wrong.html.contains("value=\"Case 8\""))
            for unknown in ["0000000000001", "x"] {
                #expect(try await officer.get("/legal-holds?patient=\(unknown)").status == 404, "\(unknown)")
            }
        }
    }

    @Test("who may not hold has no link to holds on the privacy page")
    func withoutTheRight() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            try await world.changeRole("privacy-officer") { role in
                role.permissions.removeAll { $0 == "legal-hold.manage" }
            }
            let officer = try await world.signIn("privacy-officer")
            let privacy = try await officer.get("/privacy/patients/\(maria.text)")
            #expect(privacy.status == 200)
            #expect(!privacy.html.contains("/legal-holds"))
        }
    }

    @Test(
        "a hold is released after the password when it was given a while ago, and stays until then",
        arguments: TestStores.engines)
    func release(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let officer = try await world.signIn("privacy-officer")
            #expect(try await officer.post("/legal-holds", [("patient", maria.text)] + Self.words).status == 303)
            let list = try await officer.get("/legal-holds")
            let hold = try #require(list.html.firstMatch(of: /\/legal-holds\/([0-9A-Z]{13})\/release/)).output.1
            let address = "/legal-holds/\(hold)/release"
            world.clock.advance(by: .minutes(6))
            // What is wrong is told before anything is asked.
            let empty = try await officer.post(address, [("note", "")])
            #expect(empty.status == 422 && !empty.html.contains("confirm-password"))
            let asked = try await officer.post(address, [("note", "The case is closed.")])
            #expect(asked.status == 200 && asked.html.contains("confirm-password"))
            let kept = try asked.form(address)
            #expect(kept["note"] == "The case is closed.")
            #expect(try await officer.post(address, kept.with("confirm-password", "not it")).status == 422)
            #expect(try await officer.get("/legal-holds").html.contains("action=\"\(address)\""))
            let given = try await officer.post(address, kept.with("confirm-password", PageWorld.password))
            #expect(given.status == 303 && given.location == "/legal-holds")
            let ended = try await officer.get("/legal-holds")
            #expect(ended.visible.contains("Ended") && !ended.html.contains("action=\"\(address)\""))
        }
    }

    @Test("the patient is found by name and by record number; who may not search types the id")
    func search() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            _ = try await world.people.register(.named("Mateo", "Ortega"))
            let officer = try await world.signIn("privacy-officer")
            let number = try #require(NewPatient.maria.mrn)
            for query in ["Delgado", number] {
                let found = try await officer.get("/legal-holds?q=\(FormFields.encode(query))")
                #expect(found.html.contains("href=\"/legal-holds?patient=\(maria.text)\""), "\(query)")
                #expect(!found.visible.contains("Ortega"), "\(query)")
            }
            for language in Language.allCases {
                let none = try await officer.get("/legal-holds?q=Quillfeather", language)
                #expect(none.visible.contains("Quillfeather"))
                #expect(!none.html.contains("/legal-holds?patient="))
            }

            try await world.changeRole("privacy-officer") { role in
                role.permissions.removeAll { $0 == "patient.search" }
            }
            let typist = try await world.signIn("privacy-officer")
            let form = try await typist.get("/legal-holds?q=Delgado")
            #expect(form.html.contains("id=\"hold-patient\""))
            #expect(!form.visible.contains("Delgado Ruiz"))
        }
    }
}
