import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension People {
    var documentRoutes: [Route] {
        [.get("/patients/{id}/documents/{document}", .page(.clinicalRead, downloadDocument))]
    }

    /// One document as it came in, to be kept as a file: never shown inside a page of ours.
    func downloadDocument(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient = try request.id("id", of: Patient.self)
        let document = try request.id("document", of: ClinicalDocument.self)
        let directory = directory
        let (type, raw) = try await request.spine.read(.clinicalRead, as: signedIn.caller) { transaction, access in
            let (set, grant) = try directory.grant(.clinicalRead, for: patient, access: access, in: transaction)
            guard
                let stored = try DocumentsStore.document(
                    document.raw, of: set, for: access.caller, in: transaction)
            else {
                throw Fault.notFound("document")
            }
            return (stored.type, try stored.open(grant).raw)
        }
        var response = WebResponse(.ok, headers: [.contentType: "application/fhir+json"], bytes: raw)
        let name = type.unicodeScalars.filter { $0.isASCII && $0.properties.isAlphabetic }
        response.headers[.contentDisposition] =
            "attachment; filename=\"\(String(String.UnicodeScalarView(name)))-\(document.text).json\""
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentSecurityPolicy] = "sandbox; default-src 'none'"
        return response
    }
}

extension PatientPage {
    private static let shownPerType = 4
    private static let documentsPerPage = 30

    /// The clinical summary: each type with its count and its newest documents.
    func clinical(_ counts: [(type: String, count: Int)]) throws -> [View] {
        let grant = try clinicalGrant(counts)
        return try counts.filter { Self.summarised.contains($0.type) }.map { type, count in
            let newest = try DocumentsStore.newest(
                type, of: summary.set, limit: Self.shownPerType, for: caller, in: transaction)
            return View([
                "kind": .text(wording.code("patients.document", type)), "count": .text(String(count)),
                "entries": .views(
                    try newest.map { document in
                        View([
                            "what": .text(try title(document, grant)),
                            "when": .text(document.primaryAt.map(wording.plainDate) ?? ""),
                        ])
                    }),
            ])
        }
    }

    /// What a person at the desk asks for first; everything else is under the tab.
    private static let summarised: Set<String> = [
        "AllergyIntolerance", "Condition", "MedicationRequest", "Procedure", "Immunization",
    ]

    /// The right under which documents are opened, with its purpose on the trail.
    private func clinicalGrant(_ counts: [(type: String, count: Int)]) throws -> Grant {
        if counts.isEmpty { return summary.grant }
        return try people.directory.grant(
            .clinicalRead, for: summary.set.primary, of: summary.set, access: access, in: transaction
        ).grant
    }

    func documents(of counts: [(type: String, count: Int)]) throws -> View {
        let total = counts.reduce(0) { $0 + $1.count }
        let grant = try clinicalGrant(counts)
        let place = after.flatMap { $0.values.count == 2 ? (at: $0.values[0], id: $0.values[1]) : nil }
        let found = try DocumentsStore.page(
            of: summary.set, before: place, limit: Self.documentsPerPage + 1, for: caller, in: transaction)
        let shown = found.prefix(Self.documentsPerPage)
        var next: View?
        if found.count > shown.count, let last = shown.last {
            let cursor = try Cursor(last.primaryAt?.microseconds ?? 0, last.id).text(
                for: PatientTab.documents.rawValue, vault: vault)
            next = View([
                "shown": .text(
                    wording.text("patients.documents.shown", ["n": String(shown.count), "all": String(total)])),
                "href": .text("/patients/\(summary.plain.id.text)?tab=documents&cursor=\(FormFields.encode(cursor))"),
            ])
        }
        return View(["list": .views(try shown.map { try document($0, grant) }), "next": .optional(next)])
    }

    private func document(_ document: DocumentsStore.Stored, _ grant: Grant) throws -> View {
        var lines: [View] = []
        func add(_ key: String, _ value: String?) {
            guard let value else { return }
            lines.append(View(["label": .text(wording.text("patients.document.\(key)")), "value": .text(value)]))
        }
        add("date", document.primaryAt.map(wording.plainDate))
        add("code", document.code)
        add("system", document.codeSystem)
        add("received", wording.plainDate(document.recordedAt))
        let id = ID<ClinicalDocument>(raw: document.id)
        return View([
            "title": .text(try title(document, grant)), "kind": .text(wording.code("patients.document", document.type)),
            "from": .text(
                wording.text(
                    "patients.from",
                    [
                        "source": wording.code("patients.source", document.source),
                        "date": wording.plainDate(document.primaryAt ?? document.recordedAt),
                    ])),
            "lines": .views(lines), "download": .text("/patients/\(summary.plain.id.text)/documents/\(id.text)"),
        ])
    }

    private func title(_ document: DocumentsStore.Stored, _ grant: Grant) throws -> String {
        try document.open(grant).title ?? document.code ?? wording.code("patients.document", document.type)
    }
}
