import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

/// The record numbers that stand in two records, for who may see both.
extension People {
    private static let shownDisputes = 100

    private struct Disputes: Sendable {
        let disputes: [DisputedNumber]
        let names: [ID<Patient>: String]
        /// By the row of the number.
        let numbers: [Int64: String]
    }

    func disputedPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let (caller, directory) = (signedIn.caller, directory)
        let read = try await request.spine.read(.identifierRead, as: caller) { transaction, access in
            let found = try RecordNumberStore.disputes(
                for: caller, limit: Self.shownDisputes, in: transaction)
            let people = Set(found.flatMap { [$0.patient, $0.holder] }).sorted()
            let scopes = try Policy.scopeRows(of: people, for: caller, in: transaction)
            let grant = try access.grant(.identifierRead, forList: people.map { ($0, scopes[$0] ?? []) })
            var numbers: [Int64: String] = [:]
            for number in try PatientsStore.identifiers(of: found.map(\.patient), in: transaction).get() {
                numbers[number.id] = try number.open(grant)
            }
            return Disputes(
                disputes: found, names: try directory.names(of: people, grant: grant, in: transaction),
                numbers: numbers)
        }
        let wording = try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: nil, zones: zones)
        let title = wording.text("patients.disputed.title")
        let none = View([
            "icon": "check", "title": .text(wording.text("patients.disputed.none.title")),
            "text": .text(wording.text("patients.disputed.none.text")), "action": nil,
        ])
        let rows = read.disputes.map { dispute in
            View([
                "number": .text(read.numbers[dispute.identifier] ?? ""),
                "given": .text(read.names[dispute.patient] ?? ""),
                "givenHref": .text("/patients/\(dispute.patient.text)"),
                "holder": .text(read.names[dispute.holder] ?? ""),
                "holderHref": .text("/patients/\(dispute.holder.text)"),
                "when": .text(wording.plainDate(dispute.foundAt)),
            ])
        }
        return .html(
            try request.pages.render(
                "patients/record-numbers",
                View([
                    "shell": .view(shell(request, signedIn, title, "patients")), "csrf": .text(signedIn.csrf),
                    "hasRows": .flag(!rows.isEmpty), "rows": .views(rows),
                    "none": .optional(rows.isEmpty ? none : nil),
                ]), request.language))
    }

    /// What the list of patients says of them; nil: there is nothing to say to this caller.
    func disputedCount(_ request: WebRequest, _ signedIn: SignedIn) async throws -> String? {
        guard signedIn.may(.identifierRead) else { return nil }
        let caller = signedIn.caller
        let count = try await request.spine.database.read(request.tenant) { transaction in
            try RecordNumberStore.disputes(for: caller, limit: Self.shownDisputes, in: transaction).count
        }
        if count == 0 { return nil }
        return request.pages.catalogue.count("patients.disputed.count", request.language, count)
    }
}
