package import Kernel
package import Store
package import Vault

/// What everybody who opens a patient's page must know before they act: what the practice has agreed to. Implemented by
/// the Trust area.
package protocol PatientNotices: Sendable {
    /// Those that hold, the newest first. The grant is the one that opened the page.
    func notices(of set: PatientSet, grant: Grant, in transaction: any Transaction) throws -> [PatientNotice]
}

package struct PatientNotice: Sendable, Equatable {
    /// payer, person, confidential.
    package let kind: String
    /// Who is to learn nothing, or where to write.
    package let whom: String
    package let note: String?

    package init(kind: String, whom: String, note: String?) {
        self.kind = kind
        self.whom = whom
        self.note = note
    }
}

/// For a program without a register.
package struct NoPatientNotices: PatientNotices {
    package init() {}

    package func notices(of _: PatientSet, grant _: Grant, in _: any Transaction) throws -> [PatientNotice] { [] }
}
