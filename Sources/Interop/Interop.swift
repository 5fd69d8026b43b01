package import PeopleAPI
package import SchedulingAPI
package import Spine
package import Store
import Vault
package import Web

/// Somebody or something from outside that a document leads to.
package struct ExternalParticipant: Sendable, Equatable {
    package let role: String
    /// The row of `external_resource`.
    package let id: Int64
    /// FHIR resource type.
    package let type: String
    /// Of organizations and locations; a practitioner's name is sealed.
    package let name: String?
}

/// The Interop area: records that come from and go to other systems.
package struct Interop: Sendable {
    let directory: any PatientIntake
    let documents: any ClinicalDocuments
    let referrals: any ReferralIntake

    /// - Parameters:
    ///   - directory: registers the patients that come in and keeps them up to date.
    ///   - documents: the shelf of what we keep of a patient but do not own.
    ///   - referrals: follows the requests that come in.
    package init(
        directory: any PatientIntake, documents: any ClinicalDocuments, referrals: any ReferralIntake = NoReferrals()
    ) {
        self.referrals = referrals
        self.directory = directory
        self.documents = documents
    }

    package var capabilities: [Capability] {
        [
            Capability(
                "import-fhir", schema: [FHIRImportSchema.migration, FHIRImportSchema.identifiersByPatient],
                tables: FHIRImportSchema.tables, seals: [ExternalContent.sealKind], permissions: [.patientImport]),
            serviceRequests,
        ]
    }

    /// Imports FHIR R4 files into this installation.
    package func importer(spine: Spine) -> FHIRImporter {
        FHIRImporter(spine: spine, directory: directory, documents: documents, referrals: referrals)
    }

    /// Who took part in an imported visit and where it was, as far as those records came: by the source hash of the
    /// visit's document. Roles: `practitioner`, `location`, `organization`; of an order: `medication`.
    package func participants(
        of sourceHash: [UInt8], in transaction: any Transaction
    ) throws -> [ExternalParticipant] {
        try FHIRImportStore.linked(sourceHash, in: transaction)
    }
}
