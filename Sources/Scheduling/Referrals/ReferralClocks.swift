package import Kernel
package import StudioAPI
package import TimeZones

/// What has to happen next, and is counted.
package enum ReferralClock: String, Sendable, CaseIterable, Codable {
    case firstContact = "first-contact"
    case schedule, seen
    case closeLoop = "close-loop"
    case acknowledge
    /// The day on which one on hold is looked at again.
    case review
    /// The last day on which the referral, or its authorization, holds.
    case expiry
}

/// The rules by which clocks run, with the place in whose hours they do.
package struct ReferralRules: Sendable {
    package let policy: ReferralPolicyDefinition
    /// Nil: clocks run day and night.
    package let location: LocationDefinition?
    /// The practice's, in which days begin.
    package let zone: Zone?

    package init(policy: ReferralPolicyDefinition, location: LocationDefinition?, zone: Zone?) {
        self.policy = policy
        self.location = location
        self.zone = zone
    }

    /// The clock that runs for a referral, and when it has run out; nil: it is closed.
    package func next(of row: ReferralRow) -> (clock: ReferralClock, due: Instant)? {
        guard row.stage != .closed else { return nil }
        if row.status == .onHold, let day = row.heldUntil, let due = start(of: day) { return (.review, due) }
        let target = policy.target(row.priority, serviceLine: row.serviceLine)
        let running: (clock: ReferralClock, from: Instant, minutes: Int?)
        switch row.stage {
        case .received, .accepted: running = (.firstContact, row.receivedAt, target.firstContactMinutes)
        case .contacting: running = (.schedule, row.returnedAt ?? row.receivedAt, target.scheduleMinutes)
        case .scheduled: running = (.seen, row.receivedAt, target.seenMinutes)
        case .seen: running = (.closeLoop, row.seenAt ?? row.receivedAt, target.closeLoopMinutes)
        case .reported where row.kind.awaitsReport && row.acknowledgedAt == nil:
            running = (.acknowledge, row.reportedAt ?? row.receivedAt, target.acknowledgeMinutes)
        case .reported, .closed:
            running = (
                .closeLoop, row.acknowledgedAt ?? row.seenAt ?? row.reportedAt ?? row.receivedAt,
                target.closeLoopMinutes
            )
        }
        let due = due(from: running.from, minutes: running.minutes ?? Self.week)
        if row.stage.isBeforeSeen, let last = expiry(of: row), last < due { return (.expiry, last) }
        return (running.clock, due)
    }

    /// Where a policy of another release leaves something out.
    private static let week = 7 * 1_440

    package func due(from start: Instant, minutes: Int) -> Instant {
        guard policy.running == .openingHours, let location, let zone else { return start + .minutes(minutes) }
        return OpeningClock.due(from: start, minutes: minutes, at: location, zone)
    }

    /// The beginning of the last day on which it can be used.
    private func expiry(of row: ReferralRow) -> Instant? {
        let days = [row.expiresOn, row.authorization == .granted ? row.authorizedTo : nil].compactMap { $0 }
        return days.min().flatMap(start(of:))
    }

    private func start(of day: String) -> Instant? {
        guard let date = CivilDate(iso: day) else { return nil }
        guard let zone else { return Instant(microseconds: Int64(date.daysSinceEpoch) * 86_400_000_000) }
        return Instant(microseconds: zone.startOfDay(date))
    }
}
