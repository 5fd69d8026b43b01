package import Kernel
package import Store
package import Vault

/// Somebody who acts for a patient.
package enum PatientProxy {}

/// What other areas may ask of proxies. Implemented by the People area.
package protocol ProxyReading: Sendable {
    /// Whether this proxy may see now who looked at the patient's record: it is asked each time, since a birthday or an
    /// order of a court may have ended it. The grant covers the patient.
    func maySeeAccesses(
        _ proxy: ID<PatientProxy>, of patient: ID<Patient>, grant: Grant, at now: Instant,
        in transaction: any Transaction
    ) throws -> Bool
}
