import App
import Kernel
import People
import PeopleAPI
import Spine
import Store
import StudioAPI
import Testing
import TimeZones
import Trust
import Vault

/// Who acts for people, what they ask for, and what is kept of them.
extension PageWorld {
    /// Somebody who acts for a patient.
    func proxy(of patient: ID<Patient>, person: ID<Patient>?) async throws -> ID<PatientProxy> {
        let from = try #require(CivilDate(iso: "2026-01-05"))
        var proxy = NewProxy(name: "Rosa Vance", terms: ProxyTerms(basis: .chosen, ceiling: .full, from: from))
        proxy.person = person
        let made = try await spine.perform(
            AddProxy(
                patient, proxy, directory: platform.directory, definitions: platform.definitions,
                zones: platform.zones), as: everywhere())
        return try #require(ID(made))
    }

    /// Says that a proxy is a patient too, which changes no other row and takes no id.
    func tie(_ proxy: ID<PatientProxy>, to person: ID<Patient>) async throws {
        try await platform.installation.database.write(tenant) { transaction in
            try transaction.send(
                "UPDATE patient_proxy SET person = \(person) WHERE tenant = \(.tenant) AND id = \(proxy)")
        }
    }

    private var today: CivilDate { get throws { try #require(CivilDate(iso: "2026-03-02")) } }

    /// A patient asks for their record, or for something else.
    func ask(_ patient: ID<Patient>, for kind: RequestKind = .access) async throws -> ID<PrivacyRequest> {
        let details = RequestDetails(text: "All of it, please.", representative: nil, identity: "Known here.")
        let request = NewPrivacyRequest(
            kind: kind, law: .hipaa, channel: .letter, asker: .patient, receivedOn: try today, details: details)
        return ID(
            raw: try await spine.perform(
                RecordPrivacyRequest(patient, request, today: try today, directory: platform.directory),
                as: everywhere()))
    }

    func agree(_ patient: ID<Patient>) async throws -> ID<Restriction> {
        ID(
            raw: try await spine.perform(
                AgreeRestriction(
                    patient, .person, RestrictionDetails(whom: "Otto Vance", note: nil), directory: platform.directory),
                as: everywhere()))
    }

    func disclose(_ patient: ID<Patient>) async throws {
        let details = DisclosureDetails(
            recipient: "County Health Office", address: nil, what: "A report", why: "A case of measles", law: nil)
        let disclosure = NewDisclosure(door: .byHand, basis: .publicHealth, on: try today, details: details)
        _ = try await spine.perform(
            RecordDisclosure(patient, disclosure, today: try today, directory: platform.directory), as: everywhere())
    }

    /// A legal hold.
    func keep(_ patient: ID<Patient>) async throws -> ID<LegalHold> {
        ID(
            raw: try await spine.perform(
                PlaceLegalHold(
                    patient, matter: "Case 26-118", reason: "A claim is announced.", directory: platform.directory),
                as: everywhere()))
    }

    /// Puts a patient on the list of those whose records are due, as the schedule's round does after years.
    func due(_ patient: ID<Patient>) async throws -> ID<RetentionItem> {
        let (id, now): (ID<RetentionItem>, Instant) = (spine.ids.next(), spine.clock.now())
        try await platform.installation.database.write(tenant) { transaction in
            try transaction.send(
                """
                INSERT INTO retention_item (tenant, id, subject_kind, subject, due_at, found_at, state)
                VALUES (\(.tenant), \(id), 'patient', \(patient), \(now), \(now), 'waiting')
                """)
        }
        return id
    }
}
