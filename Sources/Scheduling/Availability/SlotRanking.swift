import StudioAPI
import TimeZones

/// What the times of one wish weigh, and what is said of it.
struct SlotScale {
    private typealias Weights = SlotWish.Weights

    private struct Share {
        var points = 0
        var merits: [SlotMerit] = []
    }

    private let wish: SlotWish
    private let isFasting: Bool
    /// Of practitioners, by key.
    private let people: [String: Share]
    private let kilometres: [String: Int]
    private let leastOfPlaces: Int
    /// No time weighs less, but for its day.
    let least: Int

    /// `places`: keys of those that are looked at; `kilometres`: to those whose centre is known.
    init(
        _ wish: SlotWish, _ type: VisitTypeDefinition, _ practitioners: [PractitionerDefinition], places: Set<String>,
        kilometres: [String: Int]
    ) {
        self.wish = wish
        self.kilometres = kilometres
        isFasting = type.rules.fasting
        let shares = practitioners.map { ($0.key, Self.share(of: $0, wish)) }
        people = Dictionary(shares, uniquingKeysWith: { first, _ in first })
        let leastOfPeople = shares.map(\.1.points).min() ?? 0
        leastOfPlaces = places.map { Self.points(ofPlace: $0, kilometres[$0], wish) }.min() ?? 0
        least = leastOfPeople + leastOfPlaces
    }

    /// No time of a practitioner's weighs less, but for its day.
    func least(of practitioner: String) -> Int { (people[practitioner]?.points ?? 0) + leastOfPlaces }

    /// `days`: from the first day on which there is anything; none for what begins first of all.
    func points(_ slot: OpenSlot, after days: Int) -> Int {
        var points = days * Weights.day + (people[slot.practitioner]?.points ?? 0)
        points += Self.points(ofPlace: slot.location, kilometres[slot.location], wish)
        if isFasting { points += slot.localStart.time.minutesOfDay / 30 * Weights.fastingHalfHour }
        if wish.besides.contains(slot.localStart.date) { points += Weights.dayChosen }
        return points
    }

    func merits(_ slot: OpenSlot, after days: Int, isSoonest: Bool) -> [SlotMerit] {
        var merits: [SlotMerit] = []
        if isSoonest {
            merits.append(.soonest)
        } else if days > 0 {
            merits.append(.later(days: days))
        }
        merits += people[slot.practitioner]?.merits ?? []
        if let distance = kilometres[slot.location] { merits.append(.near(kilometres: distance)) }
        if isFasting { merits.append(.early(minute: slot.localStart.time.minutesOfDay)) }
        return merits
    }

    private static func share(of person: PractitionerDefinition, _ wish: SlotWish) -> Share {
        var share = Share()
        if wish.known.contains(person.key) {
            share.merits.append(.continuity)
            share.points += Weights.continuity
        }
        if let language = wish.language, person.languages.contains(where: { SlotVisitor.isSame($0, language) }) {
            share.merits.append(.language(language))
            share.points += Weights.language
        }
        return share
    }

    private static func points(ofPlace key: String, _ kilometres: Int?, _ wish: SlotWish) -> Int {
        let isOther = wish.place.map { $0 != key } ?? false
        return (kilometres ?? 0) * Weights.kilometre + (isOther ? Weights.otherPlace : 0)
    }
}

/// The first so many times of an order, kept while they are found.
struct BestSlots {
    struct Weighed {
        let slot: OpenSlot
        let points: Int

        var order: (Int, Int64, String, String) { (points, slot.span.start, slot.practitioner, slot.location) }
    }

    private let most: Int
    /// Best first once they are in order.
    private(set) var kept: [Weighed] = []
    /// The last of as many as may be; nil: there is room.
    private(set) var worst: Weighed?

    init(most: Int) {
        self.most = most
    }

    mutating func add(_ slot: OpenSlot, _ points: Int) {
        let weighed = Weighed(slot: slot, points: points)
        if let worst, worst.order <= weighed.order { return }
        kept.append(weighed)
        if kept.count >= 2 * most + 200 { putInOrder() }
    }

    /// Lets go of what is too many.
    mutating func putInOrder() {
        kept.sort { $0.order < $1.order }
        if kept.count > most { kept.removeLast(kept.count - most) }
        worst = kept.count == most ? kept.last : nil
    }
}

/// A ranking while the search goes on, day by day: the same as if everything were found first and put in order then.
struct SlotRanking {
    private let scale: SlotScale
    private let zones: [Zone]
    private let limit: Int
    private var all: BestSlots
    /// Those that begin first of all, whose day costs nothing.
    private var soonest: BestSlots
    private var start = Int64.max
    private var firstDay: Int?
    private var lastDay = 0

    init(_ scale: SlotScale, zones: [Zone], limit: Int) {
        self.scale = scale
        self.zones = zones
        self.limit = limit
        all = BestSlots(most: limit)
        soonest = BestSlots(most: limit)
    }

    /// The times of one day; days come in order.
    mutating func add(_ slots: [OpenSlot]) {
        guard let day = slots.first?.localStart.date.daysSinceEpoch else { return }
        let days = day - (firstDay ?? day)
        firstDay = firstDay ?? day
        lastDay = day
        for slot in slots {
            if slot.span.start < start {
                start = slot.span.start
                soonest = BestSlots(most: limit)
            }
            if slot.span.start == start { soonest.add(slot, scale.points(slot, after: 0)) }
            all.add(slot, scale.points(slot, after: days))
        }
        all.putInOrder()
    }

    /// What a time of a later day may weigh at most, its day left out, to be among the best; nil: anything. Where clocks
    /// differ one may still begin before all others.
    private var bound: Int? {
        guard let firstDay, let worst = all.worst else { return nil }
        let next = lastDay + 1
        guard zones.allSatisfy({ $0.startOfDay(CivilDate(daysSinceEpoch: next)) > start }) else { return nil }
        return worst.points - (next - firstDay) * SlotWish.Weights.day
    }

    /// Those whose times of later days can be among the best; nil: all.
    func hopeful(_ practitioners: [String]) -> Set<String>? {
        bound.map { bound in Set(practitioners.filter { scale.least(of: $0) <= bound }) }
    }

    /// Best first.
    mutating func best() -> [RankedSlot] {
        guard let firstDay else { return [] }
        soonest.putInOrder()
        let first = start
        let later = all.kept.filter { $0.slot.span.start != first }
        return (soonest.kept + later).sorted { $0.order < $1.order }.prefix(limit).map { weighed in
            let slot = weighed.slot
            let merits = scale.merits(
                slot, after: slot.localStart.date.daysSinceEpoch - firstDay, isSoonest: slot.span.start == first)
            return RankedSlot(slot: slot, points: weighed.points, merits: merits)
        }
    }
}
