package import Kernel
import Spine
import TimeZones
package import Web

/// A patient as a one-line suggestion.
package struct QuickHit: Sendable {
    package let id: ID<Patient>
    package let name: String
    package let initials: String
    /// Date of birth and MRN.
    package let detail: String
}

extension People {
    /// The first few patients that a text finds, by the search of every other door: same index, same policy, same trail.
    package func quickSearch(_ text: String, _ request: WebRequest, _ signedIn: SignedIn) async throws -> [QuickHit] {
        let today = CivilDate.utc(request.spine.clock.now())
        let wording = DateWording(request.language == .spanish ? .spanish : .english)
        let result = try await request.spine.ask(
            FindPatients(text, limit: 6, today: today, indexes: directory.indexes), as: signedIn.caller)
        return result.hits.map { hit in
            let born = hit.record.birthDate.map { wording.date($0, today: today) }
            return QuickHit(
                id: hit.id, name: hit.record.fullName, initials: hit.record.initials,
                detail: [born, hit.mrn].compactMap { $0 }.joined(separator: " · "))
        }
    }
}
