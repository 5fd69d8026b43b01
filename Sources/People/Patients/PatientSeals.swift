package import Kernel
package import TimeZones
package import Vault

/// Who somebody is, as it is sealed in the patient's row and in its revisions.
package struct PatientRecord: Sealable, Equatable {
    package static let sealKind = SealKind(100)

    package var given: [String] = []
    package var family: String?
    package var preferredName: String?
    package var birthDate: CivilDate?
    package var gender: String?
    package var addressLines: [String] = []
    package var city: String?
    package var state: String?
    package var postalCode: String?
    package var needsInterpreter = false
    package var contactPreference: String?
    package var flags: [String] = []
    package var preferences: [Preference] = []
    /// Only of fields that were changed after the record was made.
    package var sources: [PatientField: FieldSource] = [:]

    /// Takes out where somebody lives.
    mutating func removeAddress() {
        (addressLines, city, state, postalCode) = ([], nil, nil, nil)
        sources[.address] = nil
    }

    package init() {}

    package func pack(into packer: inout Packer) {
        packer.put(1, given)
        packer.put(2, family)
        packer.put(3, preferredName)
        packer.put(4, birthDate?.iso)
        packer.put(5, gender)
        packer.put(6, addressLines)
        packer.put(7, city)
        packer.put(8, state)
        packer.put(9, postalCode)
        packer.put(10, needsInterpreter)
        packer.put(11, contactPreference)
        packer.put(12, flags)
        packer.put(13, list: preferences) { preference, inner in
            inner.put(1, preference.kind)
            inner.put(2, preference.code)
            inner.put(3, preference.note)
            inner.put(4, preference.source.source)
            inner.put(5, preference.source.at)
        }
        packer.put(14, list: sources.sorted { $0.key.rawValue < $1.key.rawValue }) { entry, inner in
            inner.put(1, entry.key.rawValue)
            inner.put(2, entry.value.source)
            inner.put(3, entry.value.at)
        }
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        given = fields.strings(1)
        family = fields.string(2)
        preferredName = fields.string(3)
        birthDate = fields.string(4).flatMap { CivilDate(iso: $0) }
        gender = fields.string(5)
        addressLines = fields.strings(6)
        city = fields.string(7)
        state = fields.string(8)
        postalCode = fields.string(9)
        needsInterpreter = fields.bool(10)
        contactPreference = fields.string(11)
        flags = fields.strings(12)
        preferences = try fields.list(13) { (inner) throws(Fault) in
            Preference(
                kind: try inner.required(1), code: try inner.required(2), note: inner.string(3),
                source: FieldSource(source: try inner.required(4), at: inner.instant(5) ?? Instant(microseconds: 0)))
        }
        for (field, source) in try fields.list(14, Self.source) {
            if let field { sources[field] = source }
        }
    }

    /// A field that this release does not know any more is left aside.
    private static func source(_ inner: Unpacker) throws(Fault) -> (PatientField?, FieldSource) {
        let field = PatientField(rawValue: try inner.required(1))
        return (field, FieldSource(source: try inner.required(2), at: inner.instant(3) ?? Instant(microseconds: 0)))
    }
}

/// A phone number in E.164 or an e-mail address as it is written.
struct ContactValue: Sealable {
    static let sealKind = SealKind(101)
    let value: String

    init(_ value: String) { self.value = value }
    func pack(into packer: inout Packer) { packer.put(1, value) }
    init(unpacking fields: Unpacker) throws(Fault) { value = try fields.required(1) }
}

/// A number somebody gave the patient: a record number, a licence.
struct IdentifierValue: Sealable {
    static let sealKind = SealKind(102)
    let value: String

    init(_ value: String) { self.value = value }
    func pack(into packer: inout Packer) { packer.put(1, value) }
    init(unpacking fields: Unpacker) throws(Fault) { value = try fields.required(1) }
}

/// What stands on an insurance card.
struct CoverageDetails: Sealable {
    static let sealKind = SealKind(103)
    let payer: String
    let plan: String?
    let memberID: String?

    init(payer: String, plan: String?, memberID: String?) {
        self.payer = payer
        self.plan = plan
        self.memberID = memberID
    }

    func pack(into packer: inout Packer) {
        packer.put(1, payer)
        packer.put(2, plan)
        packer.put(3, memberID)
    }

    init(unpacking fields: Unpacker) throws(Fault) {
        payer = try fields.required(1)
        plan = fields.string(2)
        memberID = fields.string(3)
    }
}
