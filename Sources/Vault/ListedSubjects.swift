import Kernel
import Store

/// Which patients the lists of records name, as a count and a sum that does not depend on the order.
///
/// The records' own words are hashed in the chain; the rows of `audit_subject`, by which a patient's looks are found, are
/// not. Both are summed and compared, so that a look that was taken out of a patient's page alone is found.
struct ListedSubjects: Sendable, Equatable {
    private var count = 0
    private var sum: UInt64 = 0

    mutating func add(_ patient: Int64, _ record: Int64) {
        count += 1
        sum &+= Self.mixed(UInt64(bitPattern: patient) &+ Self.mixed(UInt64(bitPattern: record)))
    }

    mutating func add(_ other: ListedSubjects) {
        count += other.count
        sum &+= other.sum
    }

    /// The patients of `patient:0123…,conversation:…`, each once.
    mutating func add(subjects value: RawValue, of record: Int64) {
        guard value.kind == .text else { return }
        var seen: [Int64] = []
        for subject in value.bytes.split(separator: UInt8(ascii: ",")) {
            guard subject.count == Self.prefix.count + 13, subject.starts(with: Self.prefix),
                let patient = Crockford.decode(String(decoding: subject.dropFirst(Self.prefix.count), as: UTF8.self)),
                !seen.contains(patient)
            else { continue }
            seen.append(patient)
            add(patient, record)
        }
    }

    /// What is wrong with the rows beside the records; nil: nothing.
    func difference(from rows: ListedSubjects) -> String? {
        if self == rows { return nil }
        let missing = count - rows.count
        let what = missing > 0 ? "\(missing) are missing" : missing < 0 ? "\(-missing) are too many" : "some differ"
        return "of the entries by which a patient's looks in lists are found, \(what); the records themselves are whole"
    }

    private static let prefix = Array("patient:".utf8)

    /// SplitMix64's finaliser.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var bits = value &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
