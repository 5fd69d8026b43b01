package import ConversationsAPI
package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
import StudioAPI
import TimeZones
package import Vault
import Web

// Visits in people's calendars.
//
// - To the patient goes the least that finds the place in time: whose practice, where, when and whom to call. Nothing
//   says what the visit is for, nor with whom: a calendar is looked at by others.
// - One visit is one event for ever. What is changed of it has a higher number than what went before, so that a
//   calendar that gets two files in the wrong order keeps the newest.
// - When the rules of a zone change, who was invited by e-mail to a visit whose moment moved is invited again: the file
//   they have brings the rules of before, by which a calendar may show another moment.

struct VisitCalendar: Sendable {
    let catalogue: Catalogue

    /// The same for a visit in every file, of whatever kind.
    static func uid(_ visit: ID<Appointment>, _ tenant: ID<Tenant>) -> String {
        "\(visit.text.lowercased())-\(tenant.text.lowercased())@throughline"
    }

    /// What goes to the patient with a notice of a visit that was booked, moved or cancelled.
    func invitation(
        _ kind: NoticeKind, _ row: AppointmentRow, _ words: VisitWording, tenant: ID<Tenant>, to parties: MailParties
    ) -> CalendarFile {
        let isCancelled = kind == .cancellation
        var event = event(row, words, tenant, stamp: words.now)
        event.isCancelled = isCancelled
        event.organizer = .init(name: words.configuration.organization?.name, address: parties.organizer)
        event.attendee = .init(address: parties.attendee)
        let method: CalendarFile.Method = isCancelled ? .cancel : .request
        return CalendarFile(method: method, text: ICalendar(method, [event]).text)
    }

    /// The same visit to keep, without anybody being asked.
    func file(_ row: AppointmentRow, _ words: VisitWording, tenant: ID<Tenant>) -> CalendarFile {
        var event = event(row, words, tenant, stamp: row.changedAt)
        event.isCancelled = row.status == .cancelled
        return CalendarFile(method: .publish, text: ICalendar(.publish, [event]).text)
    }

    private func event(
        _ row: AppointmentRow, _ words: VisitWording, _ tenant: ID<Tenant>, stamp: Instant
    ) -> ICalendar.Event {
        let organization = words.configuration.organization?.value
        let phone = organization.map { PhoneNumber($0.phone)?.display ?? $0.phone } ?? ""
        let values = ["practice": organization?.name ?? "", "phone": phone]
        let place = [words.locationName, words.location?.address.oneLine].compactMap { $0 }.joined(separator: ", ")
        return ICalendar.Event(
            uid: Self.uid(row.id, tenant), sequence: row.calendarSequence, stamp: stamp.microseconds,
            start: row.place.span.start, end: row.place.span.end, zone: words.zone,
            summary: catalogue.text("calendar.visit", words.language, values), place: place,
            text: catalogue.text("calendar.visit.text", words.language, values))
    }
}

extension AppointmentRow {
    /// When it last became what it is, as far as the row tells.
    var changedAt: Instant {
        [createdAt, bookedAt, confirmedAt, arrivedAt, completedAt, missedAt, cancelledAt].compactMap { $0 }.max()
            ?? createdAt
    }

    /// How often anything of it was changed: at least as often as it was moved, placed anew or called off.
    var calendarSequence: Int { version - 1 }
}

extension Scheduling {
    /// One visit as a calendar file to keep, for whoever may see its patient: the page that offers it has found out
    /// who that is. Absent and hidden look alike; the reading is on the trail.
    package func visitFile(
        _ id: ID<Appointment>, language: Language, spine: Spine, as caller: Caller
    ) async throws -> CalendarFile {
        guard let calendar else {
            throw Fault(.unavailable, "calendar.words", "There are no words for calendar files.")
        }
        let row = try await spine.ask(ReadAppointment(id), as: caller)
        let words = VisitWording(
            row.place, configuration: try desk.plans.configuration(of: caller.tenant), language: language,
            zone: try desk.plans.timeZones.zone(row.place.zone), now: spine.clock.now())
        return calendar.file(row, words, tenant: caller.tenant)
    }
}
