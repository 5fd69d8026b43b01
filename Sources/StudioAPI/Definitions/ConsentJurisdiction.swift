/// What the law of some states asks for beyond the practice's own rules: other hours, a stronger consent. Both the state
/// the patient lives in and the one the place stands in count, and the stricter rule wins.
package struct ConsentJurisdiction: Codable, Sendable, Equatable {
    /// Two letters each.
    package var states: [String]
    package var purposes: [MessagePurpose]
    package var channels: [MessageChannel]
    /// The consent needed at least; nil: what the rules say.
    package var basis: ConsentBasis?
    /// The hours in which it may be sent, which narrow the practice's own; nil: those alone.
    package var hours: ClockRange?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case states, purposes, channels, basis, hours
    }

    package init(
        states: [String], purposes: [MessagePurpose], channels: [MessageChannel], basis: ConsentBasis? = nil,
        hours: ClockRange? = nil
    ) {
        self.states = states
        self.purposes = purposes
        self.channels = channels
        self.basis = basis
        self.hours = hours
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        states = try fields.required(.states)
        purposes = try fields.required(.purposes)
        channels = try fields.required(.channels)
        basis = try fields.optional(.basis)
        hours = try fields.optional(.hours)
    }

    func covers(_ purpose: MessagePurpose, _ channel: MessageChannel, _ states: Set<String>) -> Bool {
        purposes.contains(purpose) && channels.contains(channel) && !states.isDisjoint(with: self.states)
    }
}

extension ConsentBasis {
    /// How much it asks for; a stricter rule may replace a laxer one.
    fileprivate var strictness: Int {
        switch self {
        case .notRequired: 0
        case .implied: 1
        case .optIn: 2
        case .never: 3
        }
    }
}

extension ConsentPolicyDefinition {
    /// What the policy asks for where these states' law counts: the strictest rule.
    package func basis(
        for purpose: MessagePurpose, on channel: MessageChannel, in states: Set<String>
    ) -> ConsentBasis {
        let own = basis(for: purpose, on: channel)
        let legal = jurisdictions.filter { $0.covers(purpose, channel, states) }.compactMap(\.basis)
        return legal.reduce(own) { $1.strictness > $0.strictness ? $1 : $0 }
    }

    /// All quiet hours that count: the practice's own, and what is left of the day by the law of these states.
    package func quietHours(
        for purpose: MessagePurpose, on channel: MessageChannel, in states: Set<String>
    ) -> [QuietHours] {
        let legal = jurisdictions.filter { $0.covers(purpose, channel, states) }.compactMap(\.hours)
        return [quietHours] + legal.map { QuietHours(from: $0.to, to: $0.from) }
    }

    func checkJurisdictions(into findings: inout Findings) {
        for (index, jurisdiction) in jurisdictions.enumerated() {
            let path = "jurisdictions[\(index)]"
            findings.require(!jurisdiction.states.isEmpty, path + ".states", "Name at least one state.")
            for state in jurisdiction.states {
                findings.require(
                    state.utf8.count == 2 && state.utf8.allSatisfy { (65...90).contains($0) }, path + ".states",
                    "“\(state)” is no state; write two letters, such as FL.")
            }
            findings.require(!jurisdiction.purposes.isEmpty, path + ".purposes", "Name at least one purpose.")
            findings.require(!jurisdiction.channels.isEmpty, path + ".channels", "Name at least one channel.")
            findings.require(
                jurisdiction.basis != nil || jurisdiction.hours != nil, path, "Say hours, a basis, or both.")
            findings.require(
                jurisdiction.basis != .notRequired, path + ".basis", "A state's law never asks for less than the rules."
            )
        }
    }
}
