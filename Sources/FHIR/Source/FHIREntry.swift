package import JSON

/// Where in the input something stands.
package struct FHIRPlace: Sendable, Equatable {
    /// The file as it was named, or its path below the directory that was named.
    package var file: String
    /// From 0, within the file; `nil` where the fault is one of the file itself.
    package var entry: Int?
    /// From 1, in the text after decompression.
    package var line: Int
    /// Bytes before the place, after decompression.
    package var offset: Int
    /// The type of the resource as far as it could be read.
    package var resourceType: String?
    /// The logical id of the resource as far as it could be read. May identify a patient: not for logs.
    package var resourceID: String?
}

/// Without the id of the resource, so it may be logged.
extension FHIRPlace: CustomStringConvertible {
    package var description: String {
        let entryText = entry.map { ", entry \($0)" } ?? ""
        let typeText = resourceType.map { " (\($0))" } ?? ""
        return "\(file)\(entryText)\(typeText), line \(line), byte \(offset)"
    }
}

/// `Bundle.entry.request`: what the sender asks to be done with the resource.
package struct FHIRRequest: Sendable, Equatable {
    package enum Method: String, Sendable {
        case get = "GET", head = "HEAD", post = "POST", put = "PUT", delete = "DELETE", patch = "PATCH"
    }

    package let method: Method
    package let url: String
    /// The condition of a conditional create, a search query such as `identifier=system|value`.
    package let ifNoneExist: FHIRSearchQuery?
    package let ifMatch: String?
}

/// One resource of the input.
package struct FHIREntry: Sendable {
    package let place: FHIRPlace
    /// `Bundle.entry.fullUrl`, by which other entries of the bundle refer to this one.
    package let fullURL: String?
    package let request: FHIRRequest?
    package let resource: JSONValue
    /// The bytes of the entry, or of the resource where it stands alone, as they came in.
    package let raw: [UInt8]

    /// `resourceType`, always there.
    package var resourceType: String { place.resourceType ?? "" }
    package var id: String? { place.resourceID }
}

/// What `FHIRSource` gives for each piece of the input.
package enum FHIRItem: Sendable {
    case entry(FHIREntry)
    /// An entry or a file that could not be read; the next item is the next that can.
    case fault(FHIRFault)
}

/// Why an entry or a file could not be read, and where.
package struct FHIRFault: Error, Sendable, Equatable {
    package enum Reason: Error, Sendable, Equatable {
        // of one entry
        case json(JSONError)
        case element(FHIRElementError)
        case notAnObject
        case noResource
        case noResourceType
        case entryTooLarge(limit: Int)
        /// Quotes or brackets do not match. `resumed`: a later entry was found and follows.
        case notFollowable(resumed: Bool)
        /// `Bundle.entry` is something else than a list.
        case entriesNotAList
        // of a file: nothing more comes from it
        case truncated
        case trailingBytes
        case emptyFile
        case corrupt(compression: FHIRCompression)
        case tooLarge(limit: Int)
        case ratioTooHigh(limit: Int)
        case cannotRead(code: Int32)
        case notARegularFile
        case unknownFormat
    }

    package let place: FHIRPlace
    package let reason: Reason
}

extension FHIRFault: CustomStringConvertible {
    package var description: String { "\(place): \(reason)" }
}

extension FHIRFault.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .json(let error): "not JSON: \(error.reason)\(error.path.isEmpty ? "" : " at \(error.path)")"
        case .element(let error): error.description
        case .notAnObject: "an object was expected"
        case .noResource: "the entry has no resource"
        case .noResourceType: "there is no resourceType"
        case .entryTooLarge(let limit): "larger than the limit of \(limit) bytes for one entry"
        case .notFollowable(true): "quotes or brackets do not match; reading goes on at the next entry"
        case .notFollowable(false): "quotes or brackets do not match; the rest of the file cannot be read"
        case .entriesNotAList: "entry must be a list"
        case .truncated: "the file ends too early"
        case .trailingBytes: "something follows the end of the JSON"
        case .emptyFile: "the file is empty"
        case .corrupt(let compression): "not a valid \(compression.rawValue) file, or damaged"
        case .tooLarge(let limit): "larger than the limit of \(limit) bytes after decompression"
        case .ratioTooHigh(let limit): "grows more than \(limit) times on decompression, which looks like an attack"
        case .cannotRead(let code): "cannot be read (system error \(code))"
        case .notARegularFile: "not a regular file"
        case .unknownFormat: "not .json, .ndjson or .jsonl, plain or with .gz or .bz2"
        }
    }
}
