/// What makes a record, or one thing in it, more sensitive than the rest. A bit mask in plain columns named `labels`; the
/// bits are frozen.
///
/// Each label hides what carries it from everybody without its right: absent from lists, counts, search, timelines, events
/// and the live feed. `part2Consent` hides nothing: it says what the patient has allowed.
package struct Labels: OptionSet, Hashable, Sendable {
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }

    /// Somebody asked for it, for a reason that need not be told.
    package static let restricted = Labels(rawValue: 1 << 0)
    package static let behaviouralHealth = Labels(rawValue: 1 << 1)
    /// Records of a substance use disorder programme: 42 CFR Part 2.
    package static let substanceUse = Labels(rawValue: 1 << 2)
    package static let reproductive = Labels(rawValue: 1 << 3)
    /// What a minor was promised would stay between them and their clinician.
    package static let minor = Labels(rawValue: 1 << 4)
    package static let vip = Labels(rawValue: 1 << 5)
    package static let employee = Labels(rawValue: 1 << 6)
    /// The patient's consent under 42 CFR §2.31 to treatment, payment and operations is on record. On patients only.
    package static let part2Consent = Labels(rawValue: 1 << 32)
    /// It tells of somebody who was disposed of and stands without a person from then on. On events and figures only, set
    /// by the disposal; there for those whom `Policy.seesDisposed` names, whatever other labels they see through.
    package static let disposed = Labels(rawValue: 1 << 33)

    /// A label that hides, with its name in definitions and forms and the right that sees through it.
    package struct Kind: Sendable {
        package let label: Labels
        package let code: String
        package let permission: Permission
    }

    package static let kinds: [Kind] = [
        Kind(label: .restricted, code: "restricted", permission: .patientRestricted),
        Kind(label: .behaviouralHealth, code: "behavioural-health", permission: Permission("label.behavioural-health")),
        Kind(label: .substanceUse, code: "substance-use", permission: .labelSubstanceUse),
        Kind(label: .reproductive, code: "reproductive", permission: Permission("label.reproductive")),
        Kind(label: .minor, code: "minor", permission: Permission("label.minor")),
        Kind(label: .vip, code: "vip", permission: Permission("label.vip")),
        Kind(label: .employee, code: "employee", permission: Permission("label.employee")),
    ]

    /// All that hide.
    package static let hiding = Labels(kinds.map(\.label))
    /// The rights that see through them.
    package static let permissions = Set(kinds.map(\.permission))

    /// Those that hide, by name, in the order of `kinds`.
    package var codes: [String] { Self.kinds.filter { contains($0.label) }.map(\.code) }

    /// Nil: a name that is no label.
    package init?(code: String) {
        guard let kind = Self.kinds.first(where: { $0.code == code }) else { return nil }
        self = kind.label
    }

    /// Names that are no label are left out: check them where they come in.
    package init(codes: some Sequence<String>) { self = Labels(codes.compactMap { Labels(code: $0) }) }
}
