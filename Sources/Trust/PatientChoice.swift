import Kernel
import PeopleAPI
import Web

extension Trust {
    /// The search for the patient that a page is about: each hit leads back to the page.
    func find(
        _ request: WebRequest, _ signedIn: SignedIn, _ words: TrustWords, at page: String
    ) async throws -> View {
        let query = request.query.trimmed("q") ?? ""
        let found = query.isEmpty || query.count > 200 ? [] : try await search(request, signedIn, query)
        let none = words.text("trust.holds.find.none", ["query": query])
        return View([
            "query": .text(query), "hasHits": .flag(!found.isEmpty),
            "hits": .views(
                found.map { patient in
                    View([
                        "href": .text("\(page)?patient=" + patient.id.text), "name": .text(patient.name),
                        "initials": .text(patient.initials), "tone": .number(tone(patient.id.raw)),
                        "detail": .text(patient.detail),
                    ])
                }),
            "none": .optional(query.isEmpty || !found.isEmpty ? nil : none),
        ])
    }
}
