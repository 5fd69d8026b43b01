import JSON
package import Kernel
package import SchedulingAPI
package import Spine
package import Store
import TimeZones
package import Vault

/// The schedule as other areas may ask it. Needs only definitions, so the composition root can make it first.
package struct StoredAppointmentBook: AppointmentBook {
    private let plans: SchedulePlans

    package init(plans: SchedulePlans) {
        self.plans = plans
    }

    package func next(
        of patients: PatientSet, after now: Instant, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<AppointmentSummary?> {
        try AppointmentStore.next(of: patients.members, after: now, for: caller, in: transaction).map { $0?.summary }
    }

    package func visits(
        of patients: PatientSet, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [AppointmentSummary] {
        try AppointmentStore.visits(of: patients.members, limit: limit, for: caller, in: transaction).map(\.summary)
    }

    package func appointment(_ id: ID<Appointment>, in transaction: any Transaction) throws -> AppointmentSummary? {
        try AppointmentStore.find(id, in: transaction)?.summary ?? OfferReplies.proposed(id, in: transaction)
            ?? BumpReplies.proposed(id, in: transaction) ?? TextReplies.proposed(id, in: transaction)
    }

    /// False also for a visit that does not exist, or that waits for the calendar's owner: then the answer changes
    /// nothing. The need is the caller's to move, who heard the answer.
    package func confirm(_ id: ID<Appointment>, by channel: String, context: CommandContext) throws -> Bool {
        guard let row = try AppointmentStore.find(id, locking: true, in: context.transaction) else {
            // A yes to a time that is offered is acted on at once, by who may book.
            _ =
                try OfferReplies.keep(id, OfferReplies.yes, context: context)
                || BumpReplies.keep(id, BumpReplies.choice, context: context)
                || TextReplies.keep(id, isNo: false, context: context)
            return false
        }
        if case .refused = AppointmentMachine.apply(.confirm, to: row.state(at: context.now)) { return false }
        return try AppointmentChange.apply(.confirm, to: row, ChangeDetails(by: channel), in: context).changed
    }

    package func decline(_ id: ID<Appointment>, context: CommandContext) throws -> Bool {
        try OfferReplies.keep(id, OfferReplies.no, context: context)
            || BumpReplies.keep(id, BumpReplies.no, context: context)
            || TextReplies.keep(id, isNo: true, context: context)
    }

    package func servesTexts(of tenant: ID<Tenant>) throws -> Bool { try plans.plan(of: tenant).servesTexts }

    package func asked(_ ask: TextAsk, context: CommandContext) throws {
        try TextReplies.asked(ask, plans, context: context)
    }

    package func said(_ said: TextSaid, context: CommandContext) throws -> ID<Need>? {
        try TextReplies.said(said, plans, context: context)
    }

    package func late(
        _ patients: PatientSet, minutes: Int, context: CommandContext
    ) throws -> AppointmentSummary? {
        guard let meant = try LatenessStore.meant(patients, in: context),
            let row = try AppointmentStore.find(meant, locking: true, in: context.transaction),
            LatenessRules.mayBeSaid(of: row, at: context.now)
        else { return nil }
        do {
            _ = try LatenessStore.say(min(minutes, LatenessRules.most), by: "sms", of: row, in: context)
            return row.summary
        } catch let fault as Fault where fault.category == .conflict {
            return nil
        }
    }

    package func waiting(
        of patients: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> [WaitlistSummary] {
        guard caller.may(.waitlistRead) else { return [] }
        return try WaitlistStore.of(patients.members, for: caller, in: transaction).map {
            WaitlistSummary(entry: $0.id.text, visitType: $0.wish.visitType, joinedAt: $0.joinedAt)
        }
    }

    /// A booked visit takes its own time of practitioner and patient, without buffers: the calendar it comes from has
    /// judged those. One that is over or called off takes none. Throws `slot.taken` before anything is written.
    package func record(_ visit: RecordedVisit, context: CommandContext) throws -> ID<Appointment> {
        guard let status = AppointmentStatus(rawValue: visit.status), status != .pending, status != .arrived else {
            throw Fault.invalid("status", "One of booked, fulfilled, noshow, cancelled.")
        }
        guard let local = CivilDateTime(iso: visit.localStart) else {
            throw Fault.invalid("local_start", "A local date and time such as 2026-11-30T09:40.")
        }
        guard (1...1_440).contains(visit.minutes) else { throw Fault.invalid("minutes", "From 1 to 1440.") }
        let zone = try plans.zone(ofLocation: visit.location, tenant: context.caller.tenant)
        let start = zone.instant(of: local)
        let span = TimeSpan(start: start, end: start + Int64(visit.minutes) * DayFrame.minute)
        let id: ID<Appointment> = context.newID()
        if status == .booked {
            let what = TimeClaim.Visit(
                place: StableKey.place(visit.location), visitType: StableKey.visitType(visit.visitType),
                start: span.start)
            let claims = [
                TimeClaim(
                    resource: BookableResource.practitioner(visit.practitioner).key, span: span, visit: what),
                TimeClaim(.patient(visit.patient), span),
            ]
            let over = try TimeTaking.inTheWay(claims, in: context)
            try TimeTaking.take(claims, from: over, owner: id.raw, patient: visit.patient, in: context)
        }
        var row = row(visit, id, status, span, zone.name)
        row.place.labels = try plans.labels(of: visit.visitType, tenant: context.caller.tenant)
        if status == .booked {
            row.place.reminders = try plans.reminders(of: visit.visitType, tenant: context.caller.tenant)
        }
        try AppointmentStore.insert(row, in: context.transaction)
        let event: AppointmentEvent =
            switch status {
            case .fulfilled: .completed
            case .noshow: .noShow
            case .cancelled: .cancelled
            case .booked, .pending, .arrived: .booked
            }
        context.emit(
            .appointment(
                event, id: id, patient: visit.patient, need: nil,
                at: status == .booked ? row.createdAt : Instant(microseconds: span.start), row.place,
                [("source", .string(visit.source)), ("lead_days", .int(Int64(visit.leadDays))), ("tell", .bool(false))])
        )
        return id
    }

    private func row(
        _ visit: RecordedVisit, _ id: ID<Appointment>, _ status: AppointmentStatus, _ span: TimeSpan, _ zone: String
    ) -> AppointmentRow {
        let start = Instant(microseconds: span.start), end = Instant(microseconds: span.end)
        let booked = start - .days(max(0, visit.leadDays))
        let place = Placement(
            visitType: visit.visitType, practitioner: visit.practitioner, location: visit.location,
            localStart: visit.localStart, zone: zone, timeZoneVersion: plans.timeZones.version, span: span)
        var row = AppointmentRow(
            id: id, patient: visit.patient, need: nil, status: status, place: place, placement: 0, version: 1,
            source: visit.source, createdAt: booked, bookedAt: booked, keySubject: nil, note: nil)
        switch status {
        case .fulfilled:
            row.arrivedAt = start
            row.completedAt = end
        case .noshow: row.missedAt = end
        case .cancelled: row.cancelledAt = max(booked, start - .days(1))
        case .booked, .pending, .arrived: break
        }
        return row
    }
}
