import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
package import StudioAPI
import TimeZones
package import Vault

// Running late: who waits is told when their visit begins noticeably later than agreed.
//
// The rules:
// - The delay is the expected start's (`QueueForecast`), against the time that was agreed.
// - The practice's delay policy says from how many minutes on, how long before, and how often at most. Staff can tell
//   those who wait at any time; how often at most holds for them too.
// - The system tells by itself only where call-ins are recorded: else nobody knows who is still waiting.
// - A text, or an e-mail to who gets those, says when the visit will probably begin, and nothing of why. Consent,
//   language and a shared number are the messages' own business. In quiet hours nothing is said: in the morning it
//   would be wrong.
// - What was said, or why not, stands in a row; the schedule of texts goes by these rows.

package enum DelayRules {
    /// Staff tell of no less than this.
    static let leastMinutes = 5

    /// What is known of one visit that may be told of.
    package struct Visit: Sendable {
        package var lateMinutes: Int
        /// Until the agreed time; negative: it has passed.
        package var minutesAhead: Int
        /// Since the patient's last text about a delay.
        package var minutesSinceText: Int?
        /// What that visit's patient was told last; nil: nothing, or nothing that went out.
        package var toldLate: Int?
        /// Since a text about this visit that could not be sent.
        package var minutesSinceWithheld: Int?

        package init(
            lateMinutes: Int, minutesAhead: Int, minutesSinceText: Int? = nil, toldLate: Int? = nil,
            minutesSinceWithheld: Int? = nil
        ) {
            self.lateMinutes = lateMinutes
            self.minutesAhead = minutesAhead
            self.minutesSinceText = minutesSinceText
            self.toldLate = toldLate
            self.minutesSinceWithheld = minutesSinceWithheld
        }
    }

    package static func tells(_ visit: Visit, by policy: DelayPolicyDefinition, staff: Bool) -> Bool {
        guard visit.lateMinutes >= (staff ? leastMinutes : policy.lateMinutes),
            visit.minutesAhead <= policy.aheadMinutes
        else { return false }
        if let since = visit.minutesSinceText, since < policy.gapMinutes { return false }
        if let since = visit.minutesSinceWithheld, since < policy.gapMinutes { return false }
        if !staff, let told = visit.toldLate, visit.lateMinutes < told + policy.lateMinutes { return false }
        return true
    }
}

/// What became of telling those who wait.
package struct DelayAnswer: Sendable, Codable, Equatable {
    package var told = 0
    package var withheld = 0
}

/// Tells a practitioner's patients of today at one place that their visits begin later, as the rules allow.
package struct TellDelay: Command {
    package static let permission = Permission.appointmentWrite
    private let practitioner: String
    private let location: String
    private let staff: Bool
    private let desk: SchedulingDesk

    /// `staff`: somebody wants it told now, whatever the policy says of when the system does.
    package init(practitioner: String, location: String, staff: Bool, desk: SchedulingDesk) {
        self.practitioner = practitioner
        self.location = location
        self.staff = staff
        self.desk = desk
    }

    package func run(_ context: CommandContext) throws -> DelayAnswer {
        let tenant = context.caller.tenant
        let policy = try desk.plans.configuration(of: tenant).delayPolicy?.value ?? .builtIn
        guard let zone = try desk.plans.plan(of: tenant).zone(ofLocation: location) else {
            throw Fault.notFound("location")
        }
        let date = zone.civil(at: context.now.microseconds).date
        let start = zone.startOfDay(date), end = zone.startOfDay(date.adding(days: 1))
        // Whoever tells at the same time waits, and then sees what was told.
        try IntervalStore.takeTurn([.turn("delay:\(practitioner):\(location)")], in: context.transaction)
        // The system tells each patient of their own visit alone; staff tell those whom they see.
        let rows = try QueueStore.visits(
            of: practitioner, at: location, from: start, to: end, for: context.caller, Self.permission,
            everybody: !staff, limit: ListDay.most, in: context.transaction
        ).filter { $0.status != .cancelled && $0.status != .pending }
        let reading = try QueueReading(
            rows, from: start, to: end, zone: zone, now: context.now, desk: desk, for: context.caller,
            Self.permission, everybody: !staff, in: context.transaction)
        if !staff, !reading.marks.values.contains(where: { $0.calledAt != nil }) { return DelayAnswer() }
        let waiting = rows.filter { reading.position(of: $0) != nil && $0.source != "generated" }
        return try tell(waiting, reading, policy, zone, context)
    }

    private func tell(
        _ waiting: [AppointmentRow], _ reading: QueueReading, _ policy: DelayPolicyDefinition, _ zone: Zone,
        _ context: CommandContext
    ) throws -> DelayAnswer {
        let now = context.now
        func minutes(since moment: Instant) -> Int { Int((now - moment).microseconds / 60_000_000) }
        let told = try QueueStore.told(waiting.map(\.id), in: context.transaction)
        let texts = try QueueStore.lastTexts(
            to: Set(waiting.map(\.patient)).sorted(), since: now - .minutes(policy.gapMinutes), in: context.transaction)
        let plain = try desk.directory.plain(of: Set(waiting.map(\.patient)).sorted(), in: context.transaction)
        let quiet = try QuietTimes(
            desk, location: location, zone: zone.name, tenant: context.caller.tenant, for: .runningLate,
            Self.permission, context.access, in: context.transaction
        ).holding(plain.values, at: now)
        var answer = DelayAnswer()
        var written: Set<ID<Patient>> = []
        for row in waiting {
            let last = told[row.id]
            let visit = DelayRules.Visit(
                lateMinutes: reading.late(row),
                minutesAhead: Int((row.place.span.start - now.microseconds) / 60_000_000),
                minutesSinceText: texts[row.patient].map(minutes),
                toldLate: last.flatMap { $0.state == "sent" ? $0.lateMinutes : nil },
                minutesSinceWithheld: last.flatMap { $0.state == "withheld" ? minutes(since: $0.at) : nil })
            guard DelayRules.tells(visit, by: policy, staff: staff), let expected = reading.start(of: row)?.median,
                let person = plain[row.patient], !person.deceased, !written.contains(row.patient),
                !quiet.contains(person.id)
            else { continue }
            let sent = try tell(row, person, expected: expected, late: visit.lateMinutes, zone, context)
            if sent { answer.told += 1 } else { answer.withheld += 1 }
            written.insert(row.patient)
        }
        return answer
    }

    /// True: a text is on its way.
    private func tell(
        _ row: AppointmentRow, _ person: PatientPlain, expected: Instant, late: Int, _ zone: Zone,
        _ context: CommandContext
    ) throws -> Bool {
        let words = VisitWording(
            row.place, configuration: try desk.plans.configuration(of: context.caller.tenant),
            language: Language(tag: person.language), zone: zone, now: context.now)
        let rounded = DelayRules.rounded(expected)
        var values = words.values
        values[TemplateVariable.expected.rawValue] = words.dates.time(zone.civil(at: rounded.microseconds).time)
        let outcome = try desk.messaging.send(
            MessageRequest(
                patient: row.patient, purpose: MessagePurpose.appointmentChange.rawValue,
                template: TemplateUse.runningLate.rawValue, values: values, need: row.need, appointment: row.id,
                locationZone: row.place.zone, location: row.place.location, mail: MailForm(),
                labels: row.place.labels), context: context)
        let id: ID<DelayNotice> = context.newID()
        let by = staff ? "staff" : "system"
        switch outcome {
        case .withheld(let reason):
            try QueueStore.tell(
                id, row, expected: rounded, late: late, by: by, message: nil, reason: reason, at: context.now,
                in: context.transaction)
            return false
        case .queued(let message), .held(let message, _):
            try QueueStore.tell(
                id, row, expected: rounded, late: late, by: by, message: message, reason: nil, at: context.now,
                in: context.transaction)
            context.emit(
                .appointment(
                    .delayed, id: row.id, patient: row.patient, need: row.need, row.place,
                    [
                        ("expected_at", .string(rounded.iso8601)), ("late_minutes", .int(Int64(late))),
                        ("message", .string(message.text)),
                    ]))
            return true
        }
    }
}

extension DelayRules {
    /// To the next five minutes: nobody believes 10:07.
    static func rounded(_ moment: Instant) -> Instant {
        let step: Int64 = 300_000_000
        return Instant(microseconds: (moment.microseconds + step - 1) / step * step)
    }
}

/// Looks at a practitioner's queue whenever somebody moves on in it, and every few minutes while somebody waits.
struct DelayWatch: Sendable {
    static let timer = "running-late"
    static let every: Duration = .minutes(5)
    /// A visit that has not ended after so long is not waited for any more.
    static let back: Duration = .hours(18)
    let desk: SchedulingDesk

    static func target(_ practitioner: String, _ location: String) -> Int64 {
        StableKey.hash("delay:\(practitioner):\(location)")
    }

    var subscriber: Subscriber {
        let kinds: [AppointmentEvent] = [.arrived, .called, .completed, .noShow]
        return Subscriber(Self.timer, kinds: Set(kinds.map(EventKind.appointment)), permissions: [.appointmentRead]) {
            for event in $0 { try handle(event, $1) }
        }
    }

    private func handle(_ event: StoredEvent, _ context: CommandContext) throws {
        guard let practitioner = event.body["practitioner"]?.string, let location = event.body["location"]?.string,
            event.occurredAt > context.now - Self.back
        else { return }
        try Timers.set(
            Self.timer, target: Self.target(practitioner, location), due: context.now, ids: context.ids,
            in: context.transaction)
    }

    var handler: TimerHandler {
        TimerHandler(Self.timer, permissions: [.messageSend, .appointmentRead, .appointmentWrite, .patientRead]) {
            try look($0, $1)
        }
    }

    private func look(_ target: Int64, _ context: CommandContext) throws {
        let policy = try desk.plans.configuration(of: context.caller.tenant).delayPolicy?.value ?? .builtIn
        guard policy.automatic else { return }
        let busy = try QueueStore.busy(since: context.now - Self.back, in: context.transaction)
        // Nobody waits any more: the next who checks in starts it again.
        guard let found = busy.first(where: { Self.target($0.practitioner, $0.location) == target }) else { return }
        let told = TellDelay(
            practitioner: found.practitioner, location: found.location, staff: false, desk: desk)
        // A place that was retired since has nobody to tell.
        guard try desk.plans.plan(of: context.caller.tenant).location(found.location) != nil else { return }
        _ = try context.run(told)
        try Timers.set(
            Self.timer, target: target, due: context.now + Self.every, ids: context.ids, in: context.transaction)
    }
}
