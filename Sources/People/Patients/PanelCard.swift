import Vault
import StudioAPI
import PeopleAPI
package import Kernel
import Spine
package import Web

extension People {
    /// The view of `patients/panel` for pages of other areas; nil when this person may not see the patient.
    package func panelView(_ request: WebRequest, _ signedIn: SignedIn, _ id: ID<Patient>) async throws -> View? {
        guard signedIn.may(.patientRead) else { return nil }
        let summary = try await request.spine.ask(
            ReadPatient(id, now: request.spine.clock.now(), sources: sources), as: signedIn.caller)
        return try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: summary.plain.zone,
            zones: zones
        ).panel(summary)
    }
}
