import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
import StudioAPI
import Vault

extension EventKind {
    /// `appointment.booked` and its kind. Bodies: `appointment`, `visit_type`, `practitioner`, `location`, `local_start`,
    /// `zone`, `starts_at`, and what the kind adds.
    package static func appointment(_ event: AppointmentEvent) -> EventKind {
        EventKind("appointment." + event.rawValue)
    }
}

extension NewEvent {
    static func appointment(
        _ event: AppointmentEvent, id: ID<Appointment>? = nil, patient: ID<Patient>?, need: ID<Need>?,
        at: Instant? = nil,
        _ place: Placement, _ more: [(String, JSONValue)] = []
    ) -> NewEvent {
        var body = JSONObject()
        if let id { body["appointment"] = .string(id.text) }
        body["visit_type"] = .string(place.visitType)
        body["practitioner"] = .string(place.practitioner)
        body["location"] = .string(place.location)
        body["local_start"] = .string(place.localStart)
        body["zone"] = .string(place.zone)
        body["starts_at"] = .string(Instant(microseconds: place.span.start).iso8601)
        for (key, value) in more { body[key] = value }
        return NewEvent(
            .appointment(event), occurredAt: at, patient: patient, need: need, labels: place.labels,
            body: .object(body))
    }
}

/// What comes with an input besides the input.
struct ChangeDetails {
    /// How it was said: sms, phone, console, api.
    var by: String?
    /// A code.
    var reason: String?
    /// Whether the patient is to be told.
    var tells = true
    /// Who asked for it; nil: the patient, or nobody in particular.
    var asker: ID<PatientProxy>?
    /// For a move.
    var place: Placement?
    var wish: TimeWish?
    /// For a move, and for whoever comes after having been marked as missed.
    var desk: SchedulingDesk?
    /// The hold whose time the move takes over.
    var hold: ID<SlotHold>?
    /// Takes the place of the note there was.
    var note: (sealed: Sealed<AppointmentNote>, subject: ID<KeySubject>)?
}

/// An input applied to a row: the one place where the state machine meets the store.
enum AppointmentChange {
    struct Done {
        let row: AppointmentRow
        let changed: Bool
        /// What the need is to be told.
        let needs: [AppointmentEvent]
        /// What was taken again of time that had been given back.
        var retaken: Retaken?
    }

    /// The row, locked against others for the rest of the transaction, with its patient, when the caller may act for
    /// them. Absent and out of reach look alike.
    static func row(
        _ id: ID<Appointment>, desk: SchedulingDesk, in context: CommandContext
    ) throws -> (row: AppointmentRow, client: SchedulingDesk.Client) {
        guard let row = try AppointmentStore.find(id, locking: true, in: context.transaction) else {
            throw try absent(in: context)
        }
        do {
            let client = try desk.client(row.patient, .appointmentWrite, labels: row.place.labels, in: context)
            return (row, client)
        } catch let fault as Fault where fault.category == .notFound {
            throw Fault.notFound("appointment")
        }
    }

    /// A visit that nobody asked for by its id, locked, when the caller may act for its patient; nil: hidden, or not
    /// there. That it is hidden is no attempt of the caller's, so nothing is put on the trail.
    static func reachable(
        _ id: ID<Appointment>, desk: SchedulingDesk, in context: CommandContext
    ) throws -> AppointmentRow? {
        guard let row = try AppointmentStore.find(id, locking: true, in: context.transaction) else { return nil }
        let set = try desk.directory.set(of: row.patient, in: context.transaction)
        let scopes = try Policy.scopeRows(of: set.members, for: context.caller, in: context.transaction)
        let decision = Policy.decide(
            context.caller, .appointmentWrite, .item(of: scopes[row.patient] ?? [], row.place.labels))
        return decision == .permit ? row : nil
    }

    /// What is told of a visit that is not there, after as much work as a hidden one takes.
    static func absent(in context: CommandContext) throws -> Fault {
        _ = try Policy.scopeRows(of: [ID(raw: 0)], for: context.caller, in: context.transaction)
        return context.access.absent(.appointmentWrite, "appointment")
    }

    static func apply(
        _ input: AppointmentInput, to row: AppointmentRow, _ details: ChangeDetails, in context: CommandContext
    ) throws -> Done {
        switch AppointmentMachine.apply(input, to: row.state(at: context.now)) {
        case .refused(let refusal): throw refusal.fault
        case .unchanged: return Done(row: row, changed: false, needs: [])
        case .changed(let state, let actions):
            let new = changed(row, to: state, input, details, at: context.now)
            // Whether a new time is free is read before anything is written.
            let chosen = try time(actions, details, in: context)
            try write(new, over: row, in: context)
            if input == .arrive { try QueueStore.enter(new, in: context.transaction) }
            return try perform(actions, old: row, new, chosen, details, in: context)
        }
    }

    static let meanwhile = Fault(
        .conflict, "appointment.changed", "Somebody else changed this visit meanwhile.", remedy: "Look at it again.")

    static func write(_ new: AppointmentRow, over row: AppointmentRow, in context: CommandContext) throws {
        guard try AppointmentStore.update(new, from: row.version, in: context.transaction) else { throw meanwhile }
    }

    private static func changed(
        _ row: AppointmentRow, to state: AppointmentState, _ input: AppointmentInput, _ details: ChangeDetails,
        at now: Instant
    ) -> AppointmentRow {
        var new = row
        new.status = state.status
        new.version += 1
        if !state.confirmed {
            new.confirmedAt = nil
            new.confirmedBy = nil
        }
        switch input {
        case .externalAnswer(true): new.bookedAt = now
        case .externalAnswer(false), .cancel:
            new.cancelledAt = now
            new.cancelReason = details.reason
        case .confirm:
            new.confirmedAt = now
            new.confirmedBy = details.by
        case .arrive:
            new.arrivedAt = now
            new.missedAt = nil
            new.missedReason = nil
        case .complete: new.completedAt = now
        case .miss:
            new.missedAt = now
            new.missedReason = details.reason
        case .move:
            if let place = details.place { new.place = place }
            if let note = details.note {
                new.note = note.sealed
                new.keySubject = note.subject
            }
            new.placement += 1
            new.bookedAt = state.status == .booked ? now : nil
        }
        return new
    }

    /// The time that a move takes.
    private static func time(
        _ actions: [AppointmentAction], _ details: ChangeDetails, in context: CommandContext
    ) throws -> ChosenTime? {
        guard actions.contains(.changeTime) else { return nil }
        guard let wish = details.wish, let desk = details.desk else {
            throw Fault(.internalError, "appointment.move", "A move does not say where to.")
        }
        return try TimeTaking.choose(wish, desk: desk, in: context)
    }

    private static func perform(
        _ actions: [AppointmentAction], old: AppointmentRow, _ row: AppointmentRow, _ chosen: ChosenTime?,
        _ details: ChangeDetails, in context: CommandContext
    ) throws -> Done {
        var needs: [AppointmentEvent] = []
        var retaken: Retaken?
        // For a patient who comes after all.
        let had =
            try actions.contains(.emit(.noShow))
            ? details.desk.map {
                try LateArrival.things(of: old, desk: $0, in: context)
            } : nil
        for action in actions {
            switch action {
            case .freeTime: try IntervalStore.free(row.id.raw, in: context.transaction)
            case .retakeTime:
                guard let desk = details.desk else {
                    throw Fault(.internalError, "appointment.arrival", "A late arrival does not say by which rules.")
                }
                retaken = try LateArrival.retake(row, desk: desk, in: context)
            case .changeTime:
                try IntervalStore.free(row.id.raw, in: context.transaction)
                if let hold = details.hold { try IntervalStore.free(hold.raw, in: context.transaction) }
                if let chosen, let wish = details.wish, let desk = details.desk {
                    _ = try TimeTaking.take(
                        chosen, for: wish, owner: row.id.raw, patient: row.patient, desk: desk, in: context)
                }
            case .emit(let event):
                context.emit(
                    .appointment(
                        event, id: row.id, patient: row.patient, need: row.need, row.place,
                        facts(event, old: old, details, retaken, had ?? [])))
            case .moveNeed(let event): needs.append(event)
            }
        }
        return Done(row: row, changed: true, needs: needs, retaken: retaken)
    }

    private static func facts(
        _ event: AppointmentEvent, old: AppointmentRow, _ details: ChangeDetails, _ retaken: Retaken?,
        _ had: [String]
    ) -> [(String, JSONValue)] {
        var facts = Askers.fact(details.asker)
        if let by = details.by { facts.append(("by", .string(by))) }
        if let reason = details.reason { facts.append(("reason", .string(reason))) }
        if event == .cancelled || event == .moved { facts.append(("tell", .bool(details.tells))) }
        if event == .moved { facts += Self.from(old) }
        if event == .noShow, !had.isEmpty { facts.append(("things", .array(had.map { .string($0) }))) }
        if let retaken, event == .arrived {
            facts.append(("time", .string(retaken.time.rawValue)))
            if !retaken.missing.isEmpty {
                facts.append(("missing_things", .array(retaken.missing.map { .string($0.rawValue) })))
            }
        }
        return facts
    }

    /// What a move leaves: the time that others may have.
    private static func from(_ old: AppointmentRow) -> [(String, JSONValue)] {
        [
            ("from_local_start", .string(old.place.localStart)), ("from_zone", .string(old.place.zone)),
            ("from_starts_at", .int(old.place.span.start)), ("from_minutes", .int(Int64(old.place.minutes))),
            ("from_visit_type", .string(old.place.visitType)), ("from_practitioner", .string(old.place.practitioner)),
            ("from_location", .string(old.place.location)), ("placement", .int(Int64(old.placement))),
        ]
    }
}
