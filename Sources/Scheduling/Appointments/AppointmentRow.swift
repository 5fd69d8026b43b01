package import Kernel
package import SchedulingAPI
import Store
package import Vault
import Web

/// What was agreed about where and when, with what follows from it.
package struct Placement: Sendable, Equatable {
    package var visitType: String
    package var practitioner: String
    package var location: String
    /// `2026-11-30T09:40`, in `zone`.
    package var localStart: String
    package var zone: String
    package var timeZoneVersion: String
    package var span: TimeSpan
    /// The plan by which the patient is reminded, as it was when this was agreed; nil: the one that is built in.
    package var reminders: ReminderPlanVersion?
    /// What the kind of visit makes of it.
    package var labels: Labels

    package init(
        visitType: String, practitioner: String, location: String, localStart: String, zone: String,
        timeZoneVersion: String, span: TimeSpan, reminders: ReminderPlanVersion? = nil,
        labels: Labels = []
    ) {
        self.visitType = visitType
        self.practitioner = practitioner
        self.location = location
        self.localStart = localStart
        self.zone = zone
        self.timeZoneVersion = timeZoneVersion
        self.span = span
        self.reminders = reminders
        self.labels = labels
    }

    var minutes: Int { Int((span.end - span.start) / 60_000_000) }
}

/// A published reminder plan that a visit keeps to.
package struct ReminderPlanVersion: Sendable, Equatable {
    package let key: String
    package let version: Int

    package init(key: String, version: Int) {
        self.key = key
        self.version = version
    }
}

/// An appointment as it stands in its row.
package struct AppointmentRow: Sendable {
    package let id: ID<Appointment>
    package let patient: ID<Patient>
    package let need: ID<Need>?
    package var status: AppointmentStatus
    package var place: Placement
    /// How often it was moved.
    package var placement: Int
    package var version: Int
    /// console, api, import, generated …
    package let source: String
    package let createdAt: Instant
    package var bookedAt: Instant?
    package var confirmedAt: Instant?
    /// sms, phone, console, api …
    package var confirmedBy: String?
    package var arrivedAt: Instant?
    package var completedAt: Instant?
    package var missedAt: Instant?
    package var cancelledAt: Instant?
    package var cancelReason: String?
    package var missedReason: String?
    var keySubject: ID<KeySubject>?
    var note: Sealed<AppointmentNote>?

    func state(at now: Instant) -> AppointmentState {
        AppointmentState(
            status: status, confirmed: confirmedAt != nil, hasBegun: place.span.start <= now.microseconds)
    }

    package var summary: AppointmentSummary {
        AppointmentSummary(
            id: id, patient: patient, need: need, status: status.rawValue, confirmed: confirmedAt != nil,
            pendingExternal: status == .pending, localStart: place.localStart, zone: place.zone,
            startsAt: Instant(microseconds: place.span.start), endsAt: Instant(microseconds: place.span.end),
            minutes: place.minutes, visitType: place.visitType, practitioner: place.practitioner,
            location: place.location)
    }
}

/// What somebody wrote about a visit.
struct AppointmentNote: ExportedContent {
    static let sealKind = SealKind(300)
    static let longest = 2_000
    let text: String

    init(_ text: String) { self.text = text }

    static func check(_ text: String?) throws(Fault) {
        if let text, text.count > longest { throw Fault.invalid("note", "At most \(longest) characters.") }
    }

    func pack(into packer: inout Packer) { packer.put(1, text) }
    init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }

    var exported: [ExportedField] { [ExportedField("note", text)].compactMap { $0 } }
}
