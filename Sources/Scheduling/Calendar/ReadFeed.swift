import ConversationsAPI
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// The visits of a calendar as its owner may see them now.
struct ReadFeed: Query {
    static let permission = Permission.calendarShare

    struct Content: Sendable {
        let rows: [AppointmentRow]
        /// By patient, as much as the practice lets out; empty: nothing.
        let names: [ID<Patient>: String]
    }

    let feed: FeedRow
    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> Content {
        try access.require(.scheduleRead)
        access.noteCommand("calendar-feed.read", subject: nil)
        let configuration = try desk.plans.configuration(of: access.caller.tenant)
        let rows = try AppointmentStore.calendar(
            of: feed.source.kind == .practitioner ? feed.source.key : nil,
            at: feed.source.kind == .location ? [feed.source.key] : configuration.knownLocations,
            from: (now - .days(CalendarFeed.daysBack)).microseconds,
            to: (now + .days(CalendarFeed.daysAhead)).microseconds, for: access.caller, .scheduleRead,
            limit: CalendarFeed.mostVisits, in: transaction)
        let detail = configuration.organization?.value.calendarFeeds ?? .busy
        guard detail != .busy else { return Content(rows: rows, names: [:]) }
        let patients = Set(rows.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(.scheduleRead, forList: patients.map { ($0, scopes[$0] ?? []) })
        let names = try desk.directory.names(of: patients, grant: grant, in: transaction)
        return Content(rows: rows, names: detail == .names ? names : names.mapValues(Self.initials))
    }

    private static func initials(_ name: String) -> String {
        name.split(separator: " ").compactMap { $0.first.map { "\($0.uppercased())." } }.joined(separator: " ")
    }
}

extension VisitCalendar {
    /// The file of a feed. The same visits give the same bytes.
    func feed(
        _ feed: FeedRow, _ content: ReadFeed.Content, _ configuration: Configuration, _ zones: TimeZoneDatabase,
        tenant: ID<Tenant>
    ) throws -> String {
        let events = try content.rows.map { row in
            var event = ICalendar.Event(
                uid: Self.uid(row.id, tenant), sequence: row.calendarSequence, stamp: row.changedAt.microseconds,
                start: row.place.span.start, end: row.place.span.end, zone: try zones.zone(row.place.zone),
                summary: content.names[row.patient] ?? catalogue.text("calendar.busy", feed.language))
            // Where two sites are one calendar, the place tells which way to go.
            if feed.source.kind == .practitioner {
                event.place = configuration.known(location: row.place.location)?.name
            }
            return event
        }
        return ICalendar(
            .publish, name: feed.source.name(configuration), refreshMinutes: CalendarFeed.refreshMinutes, events
        ).text
    }
}

extension CalendarFeed.Source {
    /// What people call it; its key when it is no longer there.
    func name(_ configuration: Configuration) -> String {
        switch kind {
        case .practitioner: configuration.known(practitioner: key)?.name.display ?? key
        case .location: configuration.known(location: key)?.name ?? key
        }
    }
}
