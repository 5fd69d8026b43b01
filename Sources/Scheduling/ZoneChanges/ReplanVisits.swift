import JSON
import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import TimeZones
import Vault

/// Places visits anew by the tz release of this program. See `ZoneChanges`.
struct ReplanVisits: Command {
    static let permission = Permission.appointmentWrite
    static let busy = Fault(
        .conflict, "zone-change.busy", "Somebody has just taken the time that a visit was to have.",
        remedy: "Nothing to do: it is tried again within the hour.")

    private let ids: [ID<Appointment>]
    private let desk: SchedulingDesk

    init(_ ids: [ID<Appointment>], desk: SchedulingDesk) {
        self.ids = ids
        self.desk = desk
    }

    func run(_ context: CommandContext) throws -> [ReplannedVisit] {
        var done: [Int64: ReplannedVisit] = [:]
        for id in ids where done[id.raw] == nil {
            for visit in try replan(id, context) { done[visit.id] = visit }
        }
        return done.values.sorted { ($0.from, $0.id) < ($1.from, $1.id) }
    }

    private func replan(_ id: ID<Appointment>, _ context: CommandContext) throws -> [ReplannedVisit] {
        let version = desk.plans.timeZones.version
        guard let row = try AppointmentStore.find(id, locking: true, in: context.transaction) else { return [] }
        let candidate = ReplanCandidate(
            id: id, localStart: row.place.localStart, zone: row.place.zone, start: row.place.span.start)
        guard row.status == .pending || row.status == .booked, row.place.timeZoneVersion < version,
            candidate.start > context.now.microseconds
        else { return [candidate.replanned(.gone, to: candidate.start)] }
        guard let moment = try candidate.moment(desk.plans.timeZones) else {
            let found = candidate.replanned(.unknownZone, to: candidate.start)
            try ZoneChangeStore.note(row, found, version, at: context.now, in: context.transaction)
            return [found]
        }
        if moment == candidate.start {
            var same = row
            same.place.timeZoneVersion = version
            try keep(same, from: row, context)
            try NoticeReplanning(desk: desk).keep(to: same, context)
            return [candidate.replanned(.unchanged, to: moment)]
        }
        guard
            let unit = try ReplanUnit.read(row, by: moment - candidate.start, locking: true, in: context.transaction),
            // A group meets at one place and moment, so all of it was placed by the same rules.
            unit.visits.allSatisfy({ $0.place.span.start == candidate.start && $0.place.timeZoneVersion < version })
        else { return try [conflict(row, moment, context)] }
        let others = try unit.inTheWay(at: context.now, in: context.transaction)
        guard others.allSatisfy({ $0.owner > 0 && $0.isOver(at: context.now) }) else {
            return try unit.visits.map { try conflict($0, moment, context) }
        }
        for hold in Set(others.map(\.owner)).sorted() {
            try IntervalStore.freeExpired(hold, at: context.now, in: context.transaction)
        }
        guard try unit.move(in: context.transaction) else { throw Self.busy }
        return try unit.visits.map { try moved($0, by: unit.shift, context) }
    }

    private func conflict(_ row: AppointmentRow, _ moment: Int64, _ context: CommandContext) throws -> ReplannedVisit {
        let found = candidate(row).replanned(.conflict, to: moment)
        try ZoneChangeStore.note(
            row, found, desk.plans.timeZones.version, at: context.now, in: context.transaction)
        return found
    }

    private func moved(_ old: AppointmentRow, by shift: Int64, _ context: CommandContext) throws -> ReplannedVisit {
        var row = old
        row.place.timeZoneVersion = desk.plans.timeZones.version
        row.place.span = TimeSpan(start: old.place.span.start + shift, end: old.place.span.end + shift)
        row.version += 1
        try keep(row, from: old, context)
        try NoticeReplanning(desk: desk).keep(to: row, context)
        try NoticeReplanning(desk: desk).invite(to: row, context)
        let found = candidate(old).replanned(.moved, to: row.place.span.start)
        try ZoneChangeStore.note(old, found, row.place.timeZoneVersion, at: context.now, in: context.transaction)
        context.concerns(.patient(row.patient))
        context.emit(
            .appointment(
                .replanned, id: row.id, patient: row.patient, need: row.need, row.place,
                [
                    ("from_starts_at", .int(old.place.span.start)),
                    ("from_tz_version", .string(old.place.timeZoneVersion)),
                    ("tz_version", .string(row.place.timeZoneVersion)),
                ]))
        return found
    }

    private func candidate(_ row: AppointmentRow) -> ReplanCandidate {
        ReplanCandidate(
            id: row.id, localStart: row.place.localStart, zone: row.place.zone, start: row.place.span.start)
    }

    private func keep(_ row: AppointmentRow, from old: AppointmentRow, _ context: CommandContext) throws {
        // The row is locked: nobody has changed it since it was read.
        guard try AppointmentStore.update(row, from: old.version, in: context.transaction) else { throw Self.busy }
    }
}

/// Says that who has to know of a visit's new moment was told.
struct TellZoneChange: Command {
    static let permission = Permission.appointmentWrite

    private let id: ID<Appointment>
    private let desk: SchedulingDesk

    init(_ id: ID<Appointment>, desk: SchedulingDesk) {
        self.id = id
        self.desk = desk
    }

    /// False: it was said already, or there is nothing to tell.
    func run(_ context: CommandContext) throws -> Bool {
        _ = try AppointmentChange.row(id, desk: desk, in: context)
        return try ZoneChangeStore.tell(id, by: context.caller.actor, at: context.now, in: context.transaction)
    }
}

/// Keeps what is planned to be said to its hour, and invitations to the moment of their visit.
struct NoticeReplanning {
    let desk: SchedulingDesk

    /// Reminders that are planned get the moment that their plan's hour has by the clocks as they are now; one whose hour
    /// is over by them is not sent.
    func keep(to row: AppointmentRow, _ context: CommandContext) throws {
        let notices = try NoticeStore.of(row.id, in: context.transaction).filter {
            $0.kind == .reminder && $0.state == "planned" && $0.placement == row.placement
        }
        if notices.isEmpty { return }
        let place = try desk.plans.timeZones.zone(row.place.zone)
        let home = try desk.directory.plain(of: [row.patient], in: context.transaction)[row.patient]?.zone
        let reader = try home.flatMap { try desk.plans.timeZones.zone(ifKnown: $0) }
        let planned = ReminderRules.plan(
            try desk.reminderPlan(of: row, in: context), start: row.place.span.start, place: place, reader: reader,
            now: context.now)
        for notice in notices {
            guard let due = planned.first(where: { $0.ordinal == notice.ordinal })?.due else {
                try NoticeStore.settle(notice.id, as: "cancelled", at: context.now, in: context.transaction)
                try Timers.cancel(NoticeSending.timer, target: notice.id.raw, in: context.transaction)
                continue
            }
            if due == notice.dueAt { continue }
            try ZoneChangeStore.postpone(notice.id, to: due, in: context.transaction)
            try Timers.set(
                NoticeSending.timer, target: notice.id.raw, due: due, ids: context.ids, in: context.transaction)
        }
    }

    /// Who got an invitation by e-mail to the visit as it stands gets it again: the rules that came with it give
    /// another moment. What is still to be said brings the new one by itself.
    func invite(to row: AppointmentRow, _ context: CommandContext) throws {
        guard row.status == .booked else { return }
        let told = try NoticeStore.of(row.id, in: context.transaction).filter {
            $0.kind.isInvitation && $0.placement == row.placement
        }
        guard !told.contains(where: { $0.state == "planned" }),
            try !desk.messaging.letters(among: told.compactMap(\.message), in: context.transaction).isEmpty
        else { return }
        let id: ID<Notice> = context.newID()
        let isNew = try NoticeStore.plan(
            id, .confirmation, ordinal: row.version, nil, of: row, due: context.now, at: context.now,
            in: context.transaction)
        guard isNew else { return }
        try Timers.set(
            NoticeSending.timer, target: id.raw, due: context.now, ids: context.ids, in: context.transaction)
    }
}
