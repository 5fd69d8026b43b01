import Kernel
import Spine
import Store
import StudioAPI
import Vault

/// Makes a link for the caller. The secret is made by whoever asks, who shows it once.
struct MakeCalendarFeed: Command {
    static let permission = Permission.calendarShare

    let source: CalendarFeed.Source
    let language: Language
    let token: Redacted<String>
    let desk: SchedulingDesk

    func run(_ context: CommandContext) throws -> Int64 {
        guard case .user(let owner) = context.caller.actor else {
            throw Fault(.forbidden, "calendar-feed.person", "Only a person has calendar links.")
        }
        let configuration = try desk.plans.configuration(of: context.caller.tenant)
        guard CalendarFeed.choices(configuration, context.caller).contains(source) else {
            throw Fault.invalid("source", "Choose one of the calendars that are offered.")
        }
        guard try FeedStore.of(owner, in: context.transaction).count < CalendarFeed.mostPerPerson else {
            throw Fault(
                .conflict, "calendar-feed.most", "You have \(CalendarFeed.mostPerPerson) calendar links already.",
                remedy: "End one that you no longer need.")
        }
        guard let hash = CalendarFeed.hash(token.value, context.vault) else {
            throw Fault(.internalError, "calendar-feed.token", "A calendar link has no secret.")
        }
        let row = FeedRow(
            id: context.newID(), owner: owner, source: source, language: language, madeAt: context.now, readAt: nil)
        try FeedStore.insert(row, hash: hash, in: context.transaction)
        return row.id.raw
    }
}

/// Ends a link of the caller's.
struct EndCalendarFeed: Command {
    static let permission = Permission.calendarShare

    let id: ID<CalendarFeed>

    func run(_ context: CommandContext) throws -> Bool {
        guard case .user(let owner) = context.caller.actor,
            try FeedStore.end(id, of: owner, at: context.now, in: context.transaction)
        else { throw Fault.notFound("calendar link") }
        return true
    }
}

extension CalendarFeed {
    /// The calendars that a caller may have a link for: every practitioner's, and those of the places they work at.
    /// Which visits are in them is asked at each reading.
    static func choices(_ configuration: Configuration, _ caller: Caller) -> [Source] {
        let places = configuration.sortedLocations.map(\.key).filter { key in
            switch caller.locations {
            case .all: true
            case .only(let allowed): allowed.contains(LocationKeys.id(key))
            }
        }
        let practitioners = configuration.practitioners.values
            .sorted { ($0.value.name.family, $0.key) < ($1.value.name.family, $1.key) }.map(\.key)
        return practitioners.map { Source(.practitioner, $0) } + places.map { Source(.location, $0) }
    }
}
