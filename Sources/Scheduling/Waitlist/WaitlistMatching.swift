package import Kernel
package import StudioAPI
package import TimeZones

// The waitlist: people who want a visit sooner than there is one, and time that came free.
//
// The rules:
// - Somebody waits for one visit type; they may say with whom, where, on which days, at which hours, between which dates,
//   and how much notice they need. Once per person and visit type.
// - When a visit is called off or moved, the time it leaves is an *opening*. It is offered to those it suits, several at
//   once; the first yes has it. So many are asked because few say yes.
// - Nobody is put on the list for what they could not have, and nobody is written to about a time that booking would
//   refuse them: the visit type's own rules are asked, by the judge that booking asks.
// - Whom a guard keeps away is kept away by name of the guard, so that staff can say why somebody was not asked.
// - Order: priority; then the group that has had the fewest offers per head, and within it who has had the fewest; then
//   who has waited longest. A group that is behind another by more than the policy's points goes before the order of
//   priorities, but never before the most urgent.
// - An offer goes by text or by e-mail, as notices do. One that does not arrive is none, and the next is asked. To whom
//   nothing may be sent takes that turn as if asked, and comes after all others for a day: a long list would begin with
//   them every time, and end with them.
// - When nobody of a wave has said yes and their time to answer is over, the next are asked; until the notice is reached.
// - Who says yes and has a later visit of the type is moved, and leaves an opening in turn.
// - The same code decides for the practice and for the simulation of it.

/// Somebody's place on the list.
package enum WaitlistEntry {}
/// Time that came free.
package enum WaitlistOpening {}
/// One question to one who waits, about one opening.
package enum WaitlistOffer {}

/// Why a time is not offered to somebody: the first of these that holds. The raw value ends the text's key.
package enum WaitlistExclusion: String, Sendable, CaseIterable, Codable {
    // What they asked for.
    case otherVisitType = "other-visit-type"
    case otherPractitioner = "other-practitioner"
    case otherLocation = "other-location"
    case otherDay = "other-day"
    case otherHour = "other-hour"
    case beforeEarliest = "before-earliest"
    case afterLatest = "after-latest"
    case ownNotice = "own-notice"
    // What is so.
    case ownTime = "own-time"
    case busy
    case hasSooner = "has-sooner"
    case alreadyAsked = "already-asked"
    case asking
    /// The rules of the visit type, of who may have it. Asked last, of those alone whom nothing else keeps away.
    case rules
    // The guards of the policy.
    case notice
    case template
    case preparation
    case authorization
    case dailyCap = "daily-cap"
    case quietHours = "quiet-hours"

    package static let guards: [WaitlistExclusion] = [
        .notice, .template, .preparation, .authorization, .dailyCap, .quietHours,
    ]

    /// Whether it may be over before the time begins, so that asking again later is worth it.
    package var passes: Bool { self == .asking || self == .dailyCap || self == .quietHours }
}

/// What somebody wants; an empty set is no wish.
package struct WaitlistWish: Sendable, Equatable {
    package var visitType: String
    package var practitioners: Set<String>
    package var locations: Set<String>
    /// ISO, Monday is 1.
    package var weekdays: Set<Int>
    /// Minutes after local midnight, the end not included.
    package var fromMinute: Int
    package var toMinute: Int
    package var earliest: CivilDate?
    package var latest: CivilDate?
    /// How long before they have to know.
    package var noticeMinutes: Int

    package init(
        visitType: String, practitioners: Set<String> = [], locations: Set<String> = [], weekdays: Set<Int> = [],
        fromMinute: Int = 0, toMinute: Int = 1_440, earliest: CivilDate? = nil, latest: CivilDate? = nil,
        noticeMinutes: Int = 0
    ) {
        self.visitType = visitType
        self.practitioners = practitioners
        self.locations = locations
        self.weekdays = weekdays
        self.fromMinute = fromMinute
        self.toMinute = toMinute
        self.earliest = earliest
        self.latest = latest
        self.noticeMinutes = noticeMinutes
    }
}

/// Time that came free, as the decision sees it.
package struct OpenedTime: Sendable {
    package let practitioner: String
    package let location: String
    package let localStart: CivilDateTime
    package let start: Instant
    /// The visit type of the visit that left.
    package let template: String
    /// Those that could be there by all rules, the template's own among them as long as it could.
    package let fitting: Set<String>

    package init(
        practitioner: String, location: String, localStart: CivilDateTime, start: Instant, template: String,
        fitting: Set<String>
    ) {
        self.practitioner = practitioner
        self.location = location
        self.localStart = localStart
        self.start = start
        self.template = template
        self.fitting = fitting
    }
}

/// One who waits, as the decision sees them.
package struct WaitlistCandidate: Sendable {
    package let entry: Int64
    package let wish: WaitlistWish
    /// 0 is the most urgent.
    package let rank: Int
    package let group: String
    package let joinedAt: Instant
    /// Offers within the days the fairness floor looks back, and attempts to make one.
    package var offers = 0
    package var offersToday = 0
    /// Whether they were asked about this opening before.
    package var wasAsked = false
    /// Whether another offer waits for their answer.
    package var isAsked = false
    /// Whether nothing could be sent to them for such a time, less than `WaitlistRules.unreachedHours` ago.
    package var wasUnreached = false
    /// Whether the visit that left was theirs.
    package var leftIt = false
    package var isBusy = false
    /// The start of a visit of the type that they have and that is sooner than the opening.
    package var hasSooner = false
    package var needsPreparation = false
    package var needsAuthorization = false
    package var hasAuthorization = false
    /// Whether nobody writes to them at this hour.
    package var isQuiet = false

    package init(
        entry: Int64, wish: WaitlistWish, rank: Int, group: String, joinedAt: Instant
    ) {
        self.entry = entry
        self.wish = wish
        self.rank = rank
        self.group = group
        self.joinedAt = joinedAt
    }
}

/// How many wait in a group, and how many offers they have had.
package struct GroupTally: Sendable, Equatable {
    package var heads: Int
    package var offers: Int

    package init(heads: Int = 0, offers: Int = 0) {
        self.heads = heads
        self.offers = offers
    }

    /// Offers per hundred people.
    package var rate: Double { heads == 0 ? 0 : Double(offers) * 100 / Double(heads) }
}

/// Decides whom to ask, in which order, how many at once and until when.
package struct WaitlistMatching: Sendable {
    package let policy: WaitlistPolicyDefinition

    package init(_ policy: WaitlistPolicyDefinition) {
        self.policy = policy
    }

    package struct Decision: Sendable {
        /// Those whom the time suits.
        package var line: WaitlistLine
        /// How many of them may be asked now.
        package let room: Int
        package let answerBy: Instant
        /// How many more may be asked about this opening, ever.
        fileprivate let left: Int
        /// Whether somebody was left out for a reason that passes.
        package var somePass: Bool

        /// Whether somebody may be asked later, once so many are asked now.
        package func hasMore(asked: Int) -> Bool { asked < left && (somePass || !line.isEmpty) }
    }

    /// How many are asked at once about an opening now, and until when they may answer: never past the moment at which
    /// the notice is reached.
    package func wave(_ start: Instant, now: Instant) -> (offers: Int, answerBy: Instant) {
        let wave = policy.wave(minutesLeft: Int((start - now).microseconds / 60_000_000))
        return (wave.offers, min(now + .minutes(wave.answerMinutes), lastMoment(start)))
    }

    /// The moment after which a time is no longer offered.
    package func lastMoment(_ start: Instant) -> Instant { start - .hours(policy.guards.noticeHours) }

    /// - Parameters:
    ///   - asked: offers of this opening that were made before.
    ///   - waiting: those of them that still wait for an answer.
    package func decide(
        _ opening: OpenedTime, _ candidates: [WaitlistCandidate], asked: Int = 0, waiting: Int = 0, now: Instant
    ) -> Decision {
        let wave = wave(opening.start, now: now)
        let left = policy.mostOffers - asked
        var suited: [WaitlistCandidate] = []
        var somePass = false
        for candidate in candidates {
            if let why = exclusion(of: candidate, opening, now: now) {
                somePass = somePass || why.passes
            } else {
                suited.append(candidate)
            }
        }
        return Decision(
            line: WaitlistLine(suited, points: policy.fairness.points), room: max(0, min(wave.offers - waiting, left)),
            answerBy: wave.answerBy, left: left, somePass: somePass)
    }

    // MARK: Who

    /// The first reason why an opening is not offered to somebody; nil: it suits them.
    package func exclusion(
        of candidate: WaitlistCandidate, _ opening: OpenedTime, now: Instant
    ) -> WaitlistExclusion? {
        wished(candidate, opening, now: now) ?? standing(candidate) ?? guarded(candidate, opening, now: now)
    }

    private func wished(_ candidate: WaitlistCandidate, _ opening: OpenedTime, now: Instant) -> WaitlistExclusion? {
        let wish = candidate.wish
        let date = opening.localStart.date
        let minute = opening.localStart.time.minutesOfDay
        if !opening.fitting.contains(wish.visitType) { return .otherVisitType }
        if !wish.practitioners.isEmpty, !wish.practitioners.contains(opening.practitioner) { return .otherPractitioner }
        if !wish.locations.isEmpty, !wish.locations.contains(opening.location) { return .otherLocation }
        if !wish.weekdays.isEmpty, !wish.weekdays.contains(date.weekday) { return .otherDay }
        if minute < wish.fromMinute || minute >= wish.toMinute { return .otherHour }
        if let earliest = wish.earliest, date < earliest { return .beforeEarliest }
        if let latest = wish.latest, date > latest { return .afterLatest }
        if opening.start - now < .minutes(wish.noticeMinutes) { return .ownNotice }
        return nil
    }

    private func standing(_ candidate: WaitlistCandidate) -> WaitlistExclusion? {
        if candidate.leftIt { return .ownTime }
        if candidate.isBusy { return .busy }
        if candidate.hasSooner { return .hasSooner }
        if candidate.wasAsked { return .alreadyAsked }
        if candidate.isAsked { return .asking }
        return nil
    }

    private func guarded(_ candidate: WaitlistCandidate, _ opening: OpenedTime, now: Instant) -> WaitlistExclusion? {
        let guards = policy.guards
        let left = opening.start - now
        if left < .hours(guards.noticeHours) { return .notice }
        if guards.sameTemplate, candidate.wish.visitType != opening.template { return .template }
        if candidate.needsPreparation, left < .hours(guards.prepHours) { return .preparation }
        if guards.authorization, candidate.needsAuthorization, !candidate.hasAuthorization { return .authorization }
        if guards.offersPerDay > 0, candidate.offersToday >= guards.offersPerDay { return .dailyCap }
        if guards.quietHours, candidate.isQuiet { return .quietHours }
        return nil
    }
}

package enum WaitlistRules {
    /// The fairness floor looks at the offers of so many days.
    package static let fairnessDays = 28
    /// Of so many it is asked at one look whether they could have the time.
    package static let mostJudged = 500
    /// To whom nothing could be sent comes after all others for so many hours.
    package static let unreachedHours = 24
    /// When nobody can be asked now, and somebody may be later, they are looked for again after so many minutes.
    package static let retryMinutes = 30
}
