package import Kernel

/// A patient that a search found, as one line.
package struct FoundPatient: Sendable {
    package let id: ID<Patient>
    package let name: String
    package let initials: String
    /// Date of birth and record number.
    package let detail: String

    package init(id: ID<Patient>, name: String, initials: String, detail: String) {
        self.id = id
        self.name = name
        self.initials = initials
        self.detail = detail
    }
}
