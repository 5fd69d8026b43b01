package import Kernel
package import Spine
package import Store
package import Vault

/// Identifies one row of `clinical_document`.
package enum ClinicalDocument {}

/// The shelf of what we keep but do not own: conditions, results, medications, encounters, as they came in. Implemented
/// by the People area, filled by the import.
package protocol ClinicalDocuments: Sendable {
    /// Puts a document on the patient's shelf, sealed under the patient's key. A document with the same source hash is
    /// replaced in place; false when its content hash shows that nothing changed.
    func record(_ document: NewClinicalDocument, context: CommandContext) throws -> Bool
    /// The content hash of the document with this source hash; nil when it is not on the shelf.
    func contentHash(of sourceHash: [UInt8], in transaction: any Transaction) throws -> [UInt8]?
    /// Tells the planner how the shelf has grown, after many documents came in at once.
    func refreshStatistics(in transaction: any Transaction) throws
}

/// A document as it came in, with the few plain elements that lists, segments and care gaps ask for.
package struct NewClinicalDocument: Sendable {
    package var patient: ID<Patient>
    /// The patient's key subject, from `PatientPlain`.
    package var keySubject: ID<KeySubject>
    /// FHIR resource type: `Condition`, `Observation`.
    package var type: String
    /// The main code and its system, when there is one: `44054006`, `http://snomed.info/sct`.
    package var code: String?
    package var codeSystem: String?
    /// The code in words; sealed.
    package var title: String?
    /// When it was true or done, as the type defines it.
    package var primaryAt: Instant?
    /// A keyed hash of source, type and source id: knows the document again.
    package var sourceHash: [UInt8]
    /// A keyed hash of the raw bytes: tells that it changed.
    package var contentHash: [UInt8]
    /// The resource's JSON as it came in; sealed.
    package var raw: [UInt8]
    /// `import`, `api`.
    package var source: String
    /// What makes it more sensitive than the rest of the record.
    package var labels: Labels

    package init(
        patient: ID<Patient>, keySubject: ID<KeySubject>, type: String, code: String? = nil, codeSystem: String? = nil,
        title: String? = nil, primaryAt: Instant? = nil, sourceHash: [UInt8], contentHash: [UInt8], raw: [UInt8],
        source: String, labels: Labels = []
    ) {
        self.labels = labels
        self.patient = patient
        self.keySubject = keySubject
        self.type = type
        self.code = code
        self.codeSystem = codeSystem
        self.title = title
        self.primaryAt = primaryAt
        self.sourceHash = sourceHash
        self.contentHash = contentHash
        self.raw = raw
        self.source = source
    }
}
