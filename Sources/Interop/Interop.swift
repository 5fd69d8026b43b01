package import PeopleAPI
package import Spine
import Vault
package import Web

/// The Interop area: records that come from and go to other systems.
package struct Interop: Sendable {
    let directory: any PatientIntake
    let documents: any ClinicalDocuments

    /// - Parameters:
    ///   - directory: registers the patients that come in and keeps them up to date.
    ///   - documents: the shelf of what we keep of a patient but do not own.
    package init(directory: any PatientIntake, documents: any ClinicalDocuments) {
        self.directory = directory
        self.documents = documents
    }

    package var capabilities: [Capability] {
        [
            Capability(
                "import-fhir", schema: [FHIRImportSchema.migration], tables: FHIRImportSchema.tables,
                seals: [ExternalContent.sealKind], permissions: [.patientImport])
        ]
    }

    /// Imports FHIR R4 files into this installation.
    package func importer(spine: Spine) -> FHIRImporter {
        FHIRImporter(spine: spine, directory: directory, documents: documents)
    }
}
