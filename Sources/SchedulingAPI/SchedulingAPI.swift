package import Kernel
package import Spine
package import Store
package import Vault

/// What other areas may ask of the schedule. Implemented by the Scheduling area.
package protocol AppointmentBook: Sendable {
    /// The next visit that is neither cancelled nor over.
    /// `caller` sees all of these patients; visits that a label hides from them are not there.
    func next(
        of patients: PatientSet, after now: Instant, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<AppointmentSummary?>
    /// Visits of a person, newest first, at most `limit`.
    func visits(
        of patients: PatientSet, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [AppointmentSummary]
    func appointment(_ id: ID<Appointment>, in transaction: any Transaction) throws -> AppointmentSummary?
    /// The patient said yes. False when it was already confirmed, cancelled or over.
    func confirm(_ id: ID<Appointment>, by channel: String, context: CommandContext) throws -> Bool
    /// The patient said no to a time that was proposed to them. False when it is no such time: what is meant by a no to
    /// a visit is asked by a person.
    func decline(_ id: ID<Appointment>, context: CommandContext) throws -> Bool
    /// The patient says they will be so many minutes late. The visit they mean: the nearest of theirs that it can be said
    /// of; nil when there is none, or it was said too often.
    func late(_ patients: PatientSet, minutes: Int, context: CommandContext) throws -> AppointmentSummary?
    /// Whether visits of some kind may be booked, moved or called off by text.
    func servesTexts(of tenant: ID<Tenant>) throws -> Bool
    /// Somebody wants one thing of their visits, and a need was opened for it just now. As far as the visit types let
    /// texts do it, they are asked for what is missing a moment later, by rules; all else is a person's.
    func asked(_ ask: TextAsk, context: CommandContext) throws
    /// Somebody wrote what answers no question: the one of their needs for which rules hear it. Nil: a person reads it,
    /// and rules serve none of these needs any more.
    func said(_ said: TextSaid, context: CommandContext) throws -> ID<Need>?
    /// What a person waits for, as far as the caller may see it.
    func waiting(
        of patients: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> [WaitlistSummary]
    /// Records a visit as it happened elsewhere or before: import and generation.
    func record(_ visit: RecordedVisit, context: CommandContext) throws -> ID<Appointment>
}

extension AppointmentBook {
    package func late(_: PatientSet, minutes _: Int, context _: CommandContext) throws -> AppointmentSummary? { nil }
    package func servesTexts(of _: ID<Tenant>) throws -> Bool { false }
    package func asked(_: TextAsk, context _: CommandContext) throws {}
    package func said(_: TextSaid, context _: CommandContext) throws -> ID<Need>? { nil }
}

/// A place on the waitlist, as other areas show it.
package struct WaitlistSummary: Sendable {
    package let entry: String
    package let visitType: String
    package let joinedAt: Instant

    package init(entry: String, visitType: String, joinedAt: Instant) {
        self.entry = entry
        self.visitType = visitType
        self.joinedAt = joinedAt
    }
}

package struct AppointmentSummary: Sendable {
    package let id: ID<Appointment>
    package let patient: ID<Patient>
    package let need: ID<Need>?
    /// FHIR Appointment.status: proposed, pending, booked, arrived, fulfilled, cancelled, noshow. Beside them `question`:
    /// an answer to a numbered question. It is no visit, has no place, and begins when nobody waits for it any more.
    package let status: String
    package let confirmed: Bool
    /// Whether the owner of the calendar (an EHR) has not answered yet.
    package let pendingExternal: Bool
    /// `2026-11-30T09:40`, in `zone`.
    package let localStart: String
    package let zone: String
    package let startsAt: Instant
    package let endsAt: Instant
    package let minutes: Int
    /// Keys of definitions.
    package let visitType: String
    package let practitioner: String
    package let location: String

    package init(
        id: ID<Appointment>, patient: ID<Patient>, need: ID<Need>?, status: String, confirmed: Bool,
        pendingExternal: Bool, localStart: String, zone: String, startsAt: Instant, endsAt: Instant, minutes: Int,
        visitType: String, practitioner: String, location: String
    ) {
        self.id = id
        self.patient = patient
        self.need = need
        self.status = status
        self.confirmed = confirmed
        self.pendingExternal = pendingExternal
        self.localStart = localStart
        self.zone = zone
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.minutes = minutes
        self.visitType = visitType
        self.practitioner = practitioner
        self.location = location
    }
}

/// A visit whose place is known: no slot search, but the same rules of the schema (no overlap for those that hold time).
package struct RecordedVisit: Sendable {
    package var patient: ID<Patient>
    package var visitType: String
    package var practitioner: String
    package var location: String
    package var localStart: String
    package var minutes: Int
    /// booked, fulfilled, noshow, cancelled.
    package var status: String
    package var leadDays: Int
    package var source: String

    package init(
        patient: ID<Patient>, visitType: String, practitioner: String, location: String, localStart: String,
        minutes: Int, status: String, leadDays: Int, source: String
    ) {
        self.patient = patient
        self.visitType = visitType
        self.practitioner = practitioner
        self.location = location
        self.localStart = localStart
        self.minutes = minutes
        self.status = status
        self.leadDays = leadDays
        self.source = source
    }
}
