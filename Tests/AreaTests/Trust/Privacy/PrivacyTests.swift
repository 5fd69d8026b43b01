import App
import Kernel
import People
import PeopleAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

@Suite("Privacy requests, restrictions and disclosures")
struct PrivacyTests {
    private static func day(_ text: String) throws -> CivilDate { try #require(CivilDate(iso: text)) }

    private static func asked(
        _ kind: RequestKind, _ law: PrivacyLaw = .hipaa, on day: String = "2026-03-02"
    ) throws -> NewPrivacyRequest {
        NewPrivacyRequest(
            kind: kind, law: law, channel: .letter, asker: .patient, receivedOn: try Self.day(day),
            details: RequestDetails(text: "I want it", representative: nil, identity: "Photo ID seen"))
    }

    private static func disclosure(
        to recipient: String, _ basis: DisclosureBasis, law: String? = nil, door: NewDisclosure.Door = .export,
        on day: String = "2026-03-02"
    ) throws -> NewDisclosure {
        NewDisclosure(
            door: door, basis: basis, on: try Self.day(day),
            details: DisclosureDetails(
                recipient: recipient, address: nil, what: "The whole record", why: "They asked", law: law))
    }

    @Test("each kind of request has the time its law gives")
    func times() throws {
        let from = try Self.day("2026-01-31")
        func due(_ kind: RequestKind, _ law: PrivacyLaw) -> String {
            RequestTime.first(kind, law).end(from: from).iso
        }
        #expect(due(.access, .hipaa) == "2026-03-02")
        #expect(due(.correction, .hipaa) == "2026-04-01")
        #expect(due(.accounting, .hipaa) == "2026-04-01")
        #expect(due(.erasure, .gdpr) == "2026-02-28")
        #expect(due(.access, .ccpa) == "2026-03-17")
        #expect(RequestTime.more(.gdpr).end(from: from).iso == "2026-03-31")
        #expect(RequestTime.more(.gdpr).end(from: try Self.day("2026-11-30")).iso == "2027-01-30")
        #expect(RequestTime.Span.months(1).end(from: try Self.day("2028-01-31")).iso == "2028-02-29")
        #expect(RequestTime.more(.hipaa) == .days(30) && RequestTime.more(.ccpa) == .days(45))
    }

    @Test("a request is extended once, closed once, and a refusal takes a statement", arguments: TestStores.engines)
    func request(_ engine: Engine) async throws {
        try await RecordWorld.with(engine) { world in
            let patient = try await world.data.register(.maria)
            let today = try Self.day("2026-03-02")
            let raw = try await world.perform(
                RecordPrivacyRequest(
                    patient, try Self.asked(.correction), today: today, directory: world.directory))
            let id: ID<PrivacyRequest> = ID(raw: raw)
            func step(_ step: RequestStep) async -> String? {
                await faultCode {
                    _ = try await world.perform(StepPrivacyRequest(id, step, directory: world.directory))
                }
            }
            let unsaid = await step(.extend(reason: ""))
            #expect(unsaid == "request.invalid")
            let early = await step(.disagree(statement: "No"))
            #expect(early == "privacy.closed")
            let extended = await step(.extend(reason: "The old chart is in storage."))
            #expect(extended == nil)
            let twice = await step(.extend(reason: "Still there."))
            #expect(twice == "privacy.extended")
            let stranger = await step(.assign(ID(raw: 99)))
            #expect(stranger == "request.invalid")
            let refused = await step(.refuse(reason: "It is right as it stands."))
            #expect(refused == nil)
            let closed = await step(.fulfil(note: ""))
            #expect(closed == "privacy.closed")
            let said = await step(.disagree(statement: "It is wrong."))
            #expect(said == nil)
            let entry = try #require(try await world.copy(patient).entries(of: "privacy_request").first)
            let shown = "\(entry.fields)"
            for words in ["2026-05-31", "refused", "It is right as it stands.", "It is wrong.", "in storage"] {
                #expect(shown.contains(words), "\(words)")
            }
        }
    }

    @Test("what is wrong with a request is told together, and nothing is written")
    func wrong() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let patient = try await world.data.register(.maria)
            var new = try Self.asked(.access, on: "2026-03-03")
            new.asker = .representative
            new.details = RequestDetails(text: "", representative: nil, identity: "")
            do {
                _ = try await world.perform(
                    RecordPrivacyRequest(
                        patient, new, today: try Self.day("2026-03-02"), directory: world.directory))
                Issue.record("it was taken")
            } catch let fault as Fault {
                #expect(fault.fields.map(\.path) == ["text", "identity", "representative"])
            }
            let rows = try await world.data.ids(
                "SELECT id FROM privacy_request WHERE tenant = \(.tenant)", of: PrivacyRequest.self)
            #expect(rows == [])
        }
    }

    @Test(
        "nothing goes to whom the patient has shut out, unless a law or an order is named; then it is in the account",
        arguments: TestStores.engines)
    func restricted(_ engine: Engine) async throws {
        try await RecordWorld.with(engine) { world in
            let patient = try await world.data.register(.maria)
            let today = try Self.day("2026-03-02")
            let made = try await world.perform(
                AgreeRestriction(
                    patient, .payer, RestrictionDetails(whom: "Bluepeak", note: "Paid in cash"),
                    directory: world.directory))
            func disclose(_ new: NewDisclosure) async -> String? {
                await faultCode {
                    _ = try await world.perform(
                        RecordDisclosure(patient, new, today: today, directory: world.directory))
                }
            }
            for name in ["Bluepeak", "BLUEPEAK PPO, Inc.", "Blúepeak"] {
                let fault = await disclose(try Self.disclosure(to: name, .payment))
                #expect(fault == "disclosure.restricted", "\(name)")
            }
            // A law must be named, not only meant.
            let unnamed = await disclose(try Self.disclosure(to: "Bluepeak", .court))
            #expect(unnamed == "disclosure.restricted")
            let missing = await disclose(try Self.disclosure(to: "Bluepeak", .requiredByLaw))
            #expect(missing == "request.invalid")
            let ordered = await disclose(
                try Self.disclosure(to: "Bluepeak", .court, law: "Order 26-117"))
            #expect(ordered == nil)
            let other = await disclose(try Self.disclosure(to: "Harbor Mutual", .payment))
            #expect(other == nil)
            // What has happened elsewhere is written down whatever was agreed.
            let happened = await disclose(try Self.disclosure(to: "Bluepeak", .mistake, door: .byHand))
            #expect(happened == nil)
            let ledger = try await world.spine.ask(
                ReadDisclosures(patient, from: try Self.day("2020-03-02"), directory: world.directory),
                as: world.data.caller)
            #expect(ledger.map(\.row.isAccounted) == [true, false, true])

            _ = try await world.perform(EndRestriction(ID(raw: made), directory: world.directory))
            let after = await disclose(try Self.disclosure(to: "Bluepeak", .payment))
            #expect(after == nil)
            let ended = await faultCode {
                _ = try await world.perform(EndRestriction(ID(raw: made), directory: world.directory))
            }
            #expect(ended == "restriction.ended")
        }
    }

    @Test("a restriction of a linked record holds for the whole person")
    func linked() async throws {
        try await RecordWorld.with(.sqlite) { world in
            let patient = try await world.data.register(.maria)
            let second = try await world.data.register(.named("Mari", "Delgado"))
            _ = try await world.perform(LinkPatients(second, to: patient, directory: world.directory))
            _ = try await world.perform(
                AgreeRestriction(
                    second, .person, RestrictionDetails(whom: "Her brother", note: nil), directory: world.directory))
            let fault = await faultCode {
                _ = try await world.perform(
                    RecordDisclosure(
                        patient, try Self.disclosure(to: "her brother", .authorization),
                        today: try Self.day("2026-03-02"), directory: world.directory))
            }
            #expect(fault == "disclosure.restricted")
        }
    }

    @Test(
        "the register outlives the person without them, and an erasure asked for is done by it",
        arguments: TestStores.engines)
    func disposed(_ engine: Engine) async throws {
        try await RecordWorld.with(engine) { world in
            let patient = try await world.data.register(.maria)
            let today = try Self.day("2026-03-02")
            for kind in [RequestKind.erasure, .access] {
                _ = try await world.perform(
                    RecordPrivacyRequest(patient, try Self.asked(kind), today: today, directory: world.directory))
            }
            _ = try await world.perform(
                AgreeRestriction(
                    patient, .person, RestrictionDetails(whom: "Her brother", note: nil), directory: world.directory))
            _ = try await world.platform.disposal.dispose(
                .patient(patient), reason: "request", as: world.data.caller)
            let rows = try await world.platform.installation.database.read(world.pages.tenant) { transaction in
                try transaction.rows(
                    "SELECT kind, state, patient, sealed, disposed FROM privacy_request WHERE tenant = \(.tenant) ORDER BY id"
                ).map { row -> [String] in
                    let (patient, disposed): (Int64?, Int64?) = (try row["patient"], try row["disposed"])
                    let sealed: [UInt8]? = try row["sealed"]
                    return [
                        try row["kind"], try row["state"], patient == nil && sealed == nil ? "nobody" : "somebody",
                        disposed.map { ID<Patient>(raw: $0).text } ?? "",
                    ]
                }
            }
            #expect(
                rows == [
                    ["erasure", "fulfilled", "nobody", patient.text], ["access", "open", "nobody", patient.text],
                ])
            let left = try await world.data.ids(
                "SELECT id FROM privacy_restriction WHERE tenant = \(.tenant)", of: Restriction.self)
            #expect(left == [])
            #expect(try await world.platform.verifyDisposals(world.pages.tenant).findings == [])
        }
    }
}
