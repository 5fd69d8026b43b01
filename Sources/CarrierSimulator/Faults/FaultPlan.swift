/// Decides which faults strike, the same way again for the same seed and the same order of questions per kind.
///
/// Each kind has its own stream of draws: how often one kind is asked about does not shift another's outcomes, so a
/// test may switch one fault on without moving the rest.
package struct FaultPlan: Sendable {
    package var settings: FaultSettings {
        didSet { if settings.seed != oldValue.seed { drawn = [:] } }
    }
    private var drawn: [FaultKind: UInt64] = [:]
    /// How often each kind has struck since the start or the last reset.
    package private(set) var struck: [FaultKind: Int] = [:]

    package init(settings: FaultSettings) {
        self.settings = settings
    }

    /// Whether `kind` strikes now. A count left is used up first; after that the probability decides.
    package mutating func strikes(_ kind: FaultKind) -> Bool {
        let rule = settings[kind]
        let draw = draw(kind)
        if rule.count > 0 {
            settings[kind].count -= 1
        } else if draw >= rule.probability {
            return false
        }
        struck[kind, default: 0] += 1
        return true
    }

    /// A number in 0..<1 from the kind's own stream.
    private mutating func draw(_ kind: FaultKind) -> Double {
        let ordinal = drawn[kind, default: 0]
        drawn[kind] = ordinal + 1
        let mixed = Self.mix(settings.seed ^ Self.mix(kind.streamNumber) &+ ordinal &* 0x9E37_79B9_7F4A_7C15)
        return Double(mixed >> 11) * 0x1p-53
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension FaultKind {
    /// FNV-1a of the name: a kind keeps its stream when others are added.
    fileprivate var streamNumber: UInt64 {
        rawValue.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
