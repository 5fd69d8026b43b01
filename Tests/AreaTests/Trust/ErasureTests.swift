import App
import JSON
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

@Suite("Erasing somebody at the console")
struct ErasureTests {
    /// Long after the last sign of somebody who is registered at the start: the schedule asks for nothing any more.
    private static func pass(_ world: PageWorld) { world.clock.advance(by: .days(4_100)) }

    /// A request of the patient for erasure; its page.
    private static func asked(_ world: PageWorld, _ patient: ID<Patient>) async throws -> String {
        let zone = try world.platform.zones.zone("America/Denver")
        let today = zone.civil(at: world.clock.now().microseconds).date
        let details = RequestDetails(text: "Everything, please.", representative: nil, identity: "Known here.")
        let request = NewPrivacyRequest(
            kind: .erasure, law: .gdpr, channel: .letter, asker: .patient, receivedOn: today, details: details)
        let id = try await world.spine.perform(
            RecordPrivacyRequest(patient, request, today: today, directory: world.platform.directory),
            as: world.everywhere())
        return "/privacy/requests/\(ID<PrivacyRequest>(raw: id).text)"
    }

    private static func expectPlain(_ answer: Answer, _ world: PageWorld) throws {
        let reader = RawCodes(
            world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
        let found = reader.found(in: answer.visible)
        #expect(found.isEmpty, "\(answer.address) shows \(found.joined(separator: ", "))")
    }

    private static func disposal(_ patient: ID<Patient>, _ world: PageWorld) async throws -> DisposalRecord? {
        try await world.spine.vault(world.tenant).disposal(of: .patient(patient))
    }

    private static func isThere(_ patient: ID<Patient>, _ world: PageWorld) async throws -> Bool {
        try await !world.people.ids(
            "SELECT id FROM patient WHERE tenant = \(.tenant) AND id = \(patient)", of: Patient.self
        ).isEmpty
    }

    @Test(
        "a privacy officer erases after typing the number and confirming, and has the certificate",
        arguments: TestStores.engines)
    func story(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            Self.pass(world)
            let page = try await Self.asked(world, patient)
            let officer = try await world.signIn("privacy-officer")
            #expect(try await officer.get(page).html.contains("\(page)/erasure"))
            for language in Language.allCases {
                let shown = try await officer.get(page + "/erasure", language)
                #expect(shown.status == 200)
                #expect(shown.visible.contains("Delgado Ruiz") && shown.html.contains("0048213"))
                try Self.expectPlain(shown, world)
                let wrong = try await officer.post(page + "/erasure", [("number", "48")], language)
                #expect(wrong.status == 422 && wrong.html.contains("aria-invalid=\"true\""))
                try Self.expectPlain(wrong, world)
            }
            #expect(try await Self.disposal(patient, world) == nil)

            // The password again, when it was given a while ago; what was typed comes along.
            world.clock.advance(by: .minutes(6))
            let again = try await officer.post(page + "/erasure", [("number", " 0048213 ")])
            #expect(again.html.contains("confirm-password") && again.html.contains("0048213"))
            #expect(try await Self.disposal(patient, world) == nil)
            let kept = try again.form(page + "/erasure")
            let mistyped = try await officer.post(page + "/erasure", kept.with("confirm-password", "not it"))
            #expect(mistyped.status == 422)
            #expect(try await Self.disposal(patient, world) == nil)
            let erased = try await officer.post(page + "/erasure", kept.with("confirm-password", PageWorld.password))
            #expect(erased.status == 303 && erased.location == page)

            let record = try #require(try await Self.disposal(patient, world))
            #expect(record.reason == "request" && record.certificate != nil)
            #expect(record.actor == .user(try await world.user("privacy-officer")))
            #expect(try await !Self.isThere(patient, world))
            #expect(try await officer.get("/patients/\(patient.text)").status == 404)
            for language in Language.allCases {
                let closed = try await officer.get(page, language)
                #expect(closed.visible.contains(record.id.text) && closed.html.contains("/certificate\""))
                #expect(!closed.visible.contains("Delgado"))
                try Self.expectPlain(closed, world)
            }
            let row = try await world.spine.database.read(world.tenant) { transaction -> [String] in
                try transaction.rows(
                    "SELECT state, closed_at, closed_by FROM privacy_request WHERE tenant = \(.tenant)"
                ).map { row in
                    let (at, by): (Instant, ID<User>) = (try row["closed_at"], try row["closed_by"])
                    return "\(try row["state"] as String) \(at.microseconds) \(by.text)"
                }
            }
            let officerID = try await world.user("privacy-officer")
            #expect(row == ["fulfilled \(record.requestedAt.microseconds) \(officerID.text)"])
            let file = try await officer.get(page + "/certificate")
            #expect(file.html.hasPrefix(try #require(record.certificate).text))
            #expect(file.html.contains("signature ed25519 "))
            try await Self.expectCheckable(file.html, world)

            // Another key signs now: the certificate is the one it was, and its key is told still.
            let told = try await world.platform.rotateSigningKey()
            let later = try await officer.get(page + "/certificate")
            #expect(later.html == file.html && !later.html.contains(told.key))
            try await Self.expectCheckable(later.html, world, among: 2)

            // Sent once more it changes nothing.
            let repeated = try await officer.post(page + "/erasure", [("number", "0048213")])
            #expect(repeated.status == 303 && repeated.location == page)
            #expect(try await officer.get(page + "/erasure").status == 303)
            #expect(try await Self.disposal(patient, world) == record)
            #expect(try await world.platform.verifyDisposals(world.tenant).findings == [])
        }
    }

    @Test(
        "a legal hold, the schedule and a decision to keep stand in the way, by name, and nothing is erased",
        arguments: TestStores.engines)
    func obstacles(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            let page = try await Self.asked(world, patient)
            func refused(_ key: String, _ link: String) async throws {
                let officer = try await world.signIn("privacy-officer")
                for language in Language.allCases {
                    let shown = try await officer.get(page + "/erasure", language)
                    let title = world.platform.pages.catalogue.text("privacy.erasure.obstacle.\(key).title", language)
                    #expect(shown.html.contains(Pages.escape(title)), "\(key)")
                    #expect(shown.html.contains("href=\"\(link)") && !shown.html.contains("name=\"number\""))
                    try Self.expectPlain(shown, world)
                }
                let sent = try await officer.post(page + "/erasure", [("number", "0048213")])
                #expect(sent.status == 409)
                #expect(try await Self.disposal(patient, world) == nil)
                #expect(try await Self.isThere(patient, world))
            }
            try await refused("schedule", "/retention")
            Self.pass(world)
            let hold = try await world.keep(patient)
            try await refused("hold", "/legal-holds?patient=\(patient.text)")
            _ = try await world.spine.perform(
                ReleaseLegalHold(hold, note: "The claim was settled."), as: world.everywhere())
            let item = try await world.due(patient)
            _ = try await world.spine.perform(DecideRetention(item, .keep(years: 2)), as: world.everywhere())
            try await refused("decision", "/retention")
            world.clock.advance(by: .days(800))
            let officer = try await world.signIn("privacy-officer")
            #expect(try await officer.post(page + "/erasure", [("number", "0048213")]).status == 303)
            #expect(try await Self.disposal(patient, world)?.certificate != nil)
        }
    }

    @Test("who may not erase is told whom to ask, and a request of another kind erases nobody")
    func rights() async throws {
        try await PageWorld.with(.sqlite) { world in
            let patient = try await world.people.register(.maria)
            Self.pass(world)
            let page = try await Self.asked(world, patient)
            let access = try await world.ask(patient)
            let other = "/privacy/requests/\(access.text)"
            let clinician = try await world.signIn("clinician")
            #expect(try await clinician.get(page + "/erasure").status == 403)
            #expect(try await clinician.post(page + "/erasure", [("number", "0048213")]).status == 403)
            let officer = try await world.signIn("privacy-officer")
            for address in [other, "/privacy/requests/0000000000001"] {
                #expect(try await officer.get(address + "/erasure").status == 404, "\(address)")
                #expect(try await officer.post(address + "/erasure", [("number", "0048213")]).status == 404)
                #expect(try await officer.get(address + "/certificate").status == 404)
            }
            #expect(try await officer.get(page + "/certificate").status == 404)
            try await world.changeRole("privacy-officer") { role in
                role.permissions.removeAll { $0 == "subject.dispose" }
            }
            let without = try await world.signIn("privacy-officer")
            let shown = try await without.get(page)
            let told = world.platform.pages.catalogue.text("privacy.erasure.by-others", .english)
            #expect(shown.html.contains(Pages.escape(told)) && !shown.html.contains("/erasure\""))
            #expect(try await without.get(page + "/erasure").status == 403)
            #expect(try await without.post(page + "/erasure", [("number", "0048213")]).status == 403)
            #expect(try await Self.disposal(patient, world) == nil)
        }
    }

    @Test(
        "one that was cut off after the keys went is told, and finished from the same page",
        arguments: TestStores.engines)
    func interrupted(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let patient = try await world.people.register(.maria)
            Self.pass(world)
            let page = try await Self.asked(world, patient)
            let plain = try await world.spine.database.read(world.tenant) { [directory = world.platform.directory] in
                try directory.plain(of: [patient], in: $0)
            }
            let target = DisposalTarget(
                subject: .patient(patient), patients: [patient], keys: plain.values.map(\.keySubject))
            let begun = DisposalRecord(
                id: world.spine.ids.next(), target: target, reason: "request", actor: .user(ID(raw: 7)),
                requestedAt: world.clock.now())
            _ = try await world.spine.vault(world.tenant).beginDisposal(begun)
            let officer = try await world.signIn("privacy-officer")
            let request = try await officer.get(page)
            #expect(request.status == 303 && request.location == page + "/erasure")
            for language in Language.allCases {
                let shown = try await officer.get(page + "/erasure", language)
                #expect(shown.status == 200 && !shown.html.contains("name=\"number\""))
                try Self.expectPlain(shown, world)
            }
            #expect(try await officer.post(page + "/erasure", []).status == 303)
            let done = try #require(try await Self.disposal(patient, world))
            #expect(done.id == begun.id && done.certificate != nil)
            #expect(try await officer.get(page).visible.contains(done.id.text))
            #expect(try await !Self.isThere(patient, world))
        }
    }

    /// Whoever has the file and the published key can check one by the other.
    private static func expectCheckable(_ file: String, _ world: PageWorld, among count: Int = 1) async throws {
        let read = try CertificateFile(reading: Array(file.utf8))
        let published = try await world.stranger.get("/.well-known/throughline-signing-keys.json")
        #expect(published.status == 200)
        let keys = try JSONValue(parsing: published.html)["keys"]?.array ?? []
        #expect(keys.count == count)
        let told = try #require(keys.first { $0["kid"]?.string == read.keyID })
        let key = try #require(told["hex"]?.string.flatMap { PublicSigningKey(hex: $0) })
        #expect(read.keyID == key.id)
        #expect(read.problem(under: key) == nil)
    }
}
