package import Kernel
package import StudioAPI
package import TimeZones

// Who may be written to, and when.
//
// 1. A deceased patient gets nothing, whatever it is.
// 2. A number that said STOP, and a person who said no to everything, get nothing but the one confirmation of it, and
//    answers to their own START and HELP.
// 3. The definition says, by purpose and channel, what consent is needed: a recorded yes, an implied one, or none.
//    A purpose it does not mention is never sent.
//    A yes that was limited in time allows nothing afterwards, not even what would be implied: whoever said "until May"
//    did not say "for ever". Where the law of a state asks for more than the practice does, the stricter counts.
// 4. The hour must be allowed by the wall clock of the patient's zone and of the location's; when the patient's zone is
//    not known, the location's decides. What may not go now is held until both allow it, never dropped.
// 5. An answer to what the patient wrote from that number a moment ago goes at once, whatever the hour: they are awake and
//    wait for it. The definition says which purposes answer, and for how long. Nothing else passes the quiet hours.
//
// The function is pure: everything it looks at is handed in, and its answer names the consent and the rule, which stand
// beside the message for ever.

/// What somebody said about being written to, on one channel. The newest word for a purpose counts; a withdrawal of
/// everything (`*`) counts for every purpose until everything is given back.
package struct ConsentState: Sendable, Equatable {
    /// The newest entry about everything on the channel.
    package var everything: Entry?
    /// The newest entry about this purpose.
    package var purpose: Entry?

    /// The entries that stand for what the policy allows without anybody's word, by basis.
    package var standing: [String: Int64] = [:]

    package struct Entry: Sendable, Equatable {
        package let id: Int64
        package let given: Bool
        /// From then on a yes allows nothing.
        package let expiresAt: Instant?

        package init(id: Int64, given: Bool, expiresAt: Instant? = nil) {
            self.id = id
            self.given = given
            self.expiresAt = expiresAt
        }

        func allows(at moment: Instant) -> Bool { given && expiresAt.map { moment < $0 } ?? true }
    }

    var isWithdrawn: Bool { [everything, purpose].contains { $0?.given == false } }
    private var lasting: Entry? { purpose ?? everything }
    /// Whether the last word was a yes that has run out.
    func hasExpired(at moment: Instant) -> Bool {
        lasting.map { $0.given && !$0.allows(at: moment) } ?? false
    }

    package init(everything: Entry? = nil, purpose: Entry? = nil) {
        self.everything = everything
        self.purpose = purpose
    }
}

package enum ContactPolicy {
    package struct Question: Sendable {
        package var purpose: MessagePurpose
        package var channel: MessageChannel
        package var now: Instant
        package var notBefore: Instant?
        package var deceased: Bool
        /// The ledger for the patient.
        package var consent: ConsentState
        /// The ledger for the number itself, which STOP and START write.
        package var number: ConsentState
        /// Whether this answers STOP, START or HELP from that number, just now.
        package var answersKeyword: Bool
        /// When the patient last wrote from that number; nil: never.
        package var heardAt: Instant?
        /// Nil: not known.
        package var patientZone: Zone?
        package var locationZone: Zone
        /// The states whose law counts: the patient's and the place's, as two letters.
        package var states: Set<String> = []

        package init(
            purpose: MessagePurpose, channel: MessageChannel = .sms, now: Instant, notBefore: Instant? = nil,
            deceased: Bool = false, consent: ConsentState = ConsentState(), number: ConsentState = ConsentState(),
            answersKeyword: Bool = false, heardAt: Instant? = nil, patientZone: Zone? = nil, locationZone: Zone
        ) {
            self.purpose = purpose
            self.channel = channel
            self.now = now
            self.notBefore = notBefore
            self.deceased = deceased
            self.consent = consent
            self.number = number
            self.answersKeyword = answersKeyword
            self.heardAt = heardAt
            self.patientZone = patientZone
            self.locationZone = locationZone
        }
    }

    package enum Verdict: Sendable, Equatable {
        /// It may go at `at`; `held` when that is later than asked for because of quiet hours. `consent` and `decision`
        /// are the codes that stand beside the message.
        case allowed(at: Instant, held: Bool, consent: String, decision: String)
        /// Codes: deceased, opted-out, no-consent, consent-expired, no-hour.
        case withheld(reason: String)
    }

    package static func decide(_ question: Question, by policy: Published<ConsentPolicyDefinition>) -> Verdict {
        if question.deceased { return .withheld(reason: "deceased") }
        let wanted = max(question.now, question.notBefore ?? question.now)
        guard let allowing = consent(question, at: wanted, policy.value) else {
            return .withheld(reason: refusal(question, at: wanted))
        }
        guard let at = firstAllowed(wanted, question, policy.value) else { return .withheld(reason: "no-hour") }
        // A yes may run out while the message waits for the morning.
        guard let consent = at == wanted ? allowing : consent(question, at: at, policy.value) else {
            return .withheld(reason: refusal(question, at: at))
        }
        let held = at > wanted
        let passes = !held && blocking(zones(question), wanted, question, policy.value) != nil
        let word = held ? "held-quiet-hours" : passes ? "answer-at-once" : "allowed"
        let decision = "\(policy.value.key)/\(policy.version):\(word)"
        return .allowed(at: at, held: held, consent: consent, decision: decision)
    }

    /// The consent that allows it, or nil when none does: a word for its kind and, once it stands in the ledger, its
    /// entry: `given:0000000000042`.
    private static func consent(
        _ question: Question, at moment: Instant, _ policy: ConsentPolicyDefinition
    ) -> String? {
        let basis = policy.basis(for: question.purpose, on: question.channel, in: question.states)
        if basis == .never { return nil }
        if question.answersKeyword {
            guard basis == .notRequired else { return nil }
            return named("keyword", question.number.everything?.id ?? standing("answer", question))
        }
        if isWithdrawn(question) { return nil }
        let given = given(question, at: moment).map { named("given", $0) }
        switch basis {
        case .never: return nil
        case .notRequired: return named("not-required", standing("answer", question))
        case .implied:
            return given ?? (hasExpired(question, at: moment) ? nil : named("implied", standing("implied", question)))
        case .optIn: return given
        }
    }

    private static func named(_ word: String, _ entry: Int64?) -> String {
        entry.map { "\(word):\(Crockford.encode($0))" } ?? word
    }

    private static func standing(_ basis: String, _ question: Question) -> Int64? {
        question.consent.standing[basis] ?? question.number.standing[basis]
    }

    private static func refusal(_ question: Question, at moment: Instant) -> String {
        if isWithdrawn(question) { return "opted-out" }
        return hasExpired(question, at: moment) ? "consent-expired" : "no-consent"
    }

    private static func isWithdrawn(_ question: Question) -> Bool {
        question.number.isWithdrawn || question.consent.isWithdrawn
    }

    private static func hasExpired(_ question: Question, at moment: Instant) -> Bool {
        question.consent.hasExpired(at: moment) || question.number.hasExpired(at: moment)
    }

    /// The entry that gives consent: the one for the purpose before the one for everything.
    private static func given(_ question: Question, at moment: Instant) -> Int64? {
        [question.consent.purpose, question.number.purpose, question.consent.everything, question.number.everything]
            .compactMap { $0 }.first { $0.allows(at: moment) }?.id
    }

    /// The first moment at or after `wanted` at which the message may go: at once for an answer, else when every clock
    /// that counts allows it. Nil when there is none within ten days: zones half a day apart and long quiet hours can
    /// leave no common hour.
    package static func firstAllowed(
        _ wanted: Instant, _ question: Question, _ policy: ConsentPolicyDefinition
    ) -> Instant? {
        if policy.answersAtOnce(question.purpose, ago: question.heardAt.map { wanted - $0 }) { return wanted }
        let zones = zones(question)
        var moment = wanted
        let limit = wanted + .days(10)
        while moment < limit {
            guard let (zone, hours) = blocking(zones, moment, question, policy) else { return moment }
            moment = quietEnd(after: moment, in: zone, hours)
        }
        return nil
    }

    private static func zones(_ question: Question) -> [Zone] {
        [question.patientZone, question.locationZone].compactMap { $0 }
    }

    /// The clock that forbids it at this moment, and the quiet hours by which it does: the practice's or a state's.
    private static func blocking(
        _ zones: [Zone], _ moment: Instant, _ question: Question, _ policy: ConsentPolicyDefinition
    ) -> (Zone, QuietHours)? {
        let all = policy.quietHours(for: question.purpose, on: question.channel, in: question.states)
        for zone in zones {
            let minute = zone.civil(at: moment.microseconds).time.minutesOfDay
            if let hours = all.first(where: { $0.contains(minuteOfDay: minute) }) { return (zone, hours) }
        }
        return nil
    }

    /// The next time the zone's clock shows the end of the quiet hours.
    private static func quietEnd(after moment: Instant, in zone: Zone, _ quiet: QuietHours) -> Instant {
        let date = zone.civil(at: moment.microseconds).date
        for days in 0...2 {
            let whole = quiet.to.minutes / 1_440
            let rest = quiet.to.minutes % 1_440
            guard let time = CivilTime(hour: rest / 60, minute: rest % 60) else { continue }
            let end = zone.firstInstant(atOrAfter: CivilDateTime(date: date.adding(days: days + whole), time: time))
            if end > moment.microseconds { return Instant(microseconds: end) }
        }
        return moment + .days(1)
    }
}
