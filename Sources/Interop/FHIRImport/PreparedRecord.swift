import FHIR
import JSON
import Kernel
import PeopleAPI
import Vault

/// Where an entry stands in the input: what the report names. Never holds an id of the source.
package struct RecordPlace: Sendable, Equatable {
    package let file: String
    /// From 0 within the file; nil where the file itself is at fault.
    package let entry: Int?
    /// From 1, after decompression.
    package let line: Int
    package let type: String?

    init(_ place: FHIRPlace, file: String) {
        self.file = file
        entry = place.entry
        line = place.line
        type = place.resourceType
    }

    init(file: String, entry: Int, line: Int) {
        self.file = file
        self.entry = entry
        self.line = line
        type = nil
    }
}

/// A reference from a document to who or what took part.
struct RecordLink: Sendable, Equatable {
    /// `practitioner`, `location`, `organization`, `medication`.
    let role: String
    /// The key of the record, or of the identifier it bears.
    let target: [UInt8]
}

/// Whose record an entry is, as it names them.
enum RecordOwner: Sendable, Equatable {
    case record([UInt8])
    case identifier([UInt8])
    /// The one patient among what it refers to.
    case among([[UInt8]])
}

/// One entry, read and hashed outside of any transaction.
struct PreparedRecord: Sendable {
    enum Body: Sendable {
        case patient(NewPatient)
        case document(PreparedDocument)
        case external(name: String?, npi: String?, title: String?)
    }

    let place: RecordPlace
    let type: String
    let key: [UInt8]
    let contentHash: [UInt8]
    /// The resource alone, as compact JSON with its members in their order.
    let raw: [UInt8]
    /// The identifier that `ifNoneExist` asks for.
    let condition: [UInt8]?
    let identifiers: [[UInt8]]
    let notes: [ImportNote]
    let body: Body
}

struct PreparedDocument: Sendable {
    let owner: RecordOwner
    let code: String?
    let codeSystem: String?
    let title: String?
    let primaryAt: Instant?
    let links: [RecordLink]
    let coverage: CoverageClaim?
    /// What a ServiceRequest asks for.
    let request: ServiceRequestContent?
    let labels: Labels
}

/// The insurance that a Coverage or a bill tells of.
struct CoverageClaim: Sendable {
    let coverage: NewCoverage
    let hash: [UInt8]
    /// From when; nil: it stands by itself and counts from now.
    let from: Instant?
}

/// Why an entry is not taken.
enum RecordRefusal: Error, Sendable {
    /// There is nothing to take in it, by its nature.
    case skip(String)
    /// It is broken.
    case broken(String)
}
