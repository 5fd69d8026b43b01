import StudioAPI

/// The definitions of a practice that searches are measured on: plain, or with the rules that cost time.
///
/// By the plain ones everybody works at one place a day, and visits need nothing but a practitioner. With rules the
/// place changes at noon and the way takes longer than the break, Friday afternoons are kept for procedures, some
/// practitioners have a limit of the day, procedures have buffers, a room and limits, and there is a group.
struct MeasuredPractice {
    static let procedure = "procedure"
    static let group = "group"
    static let groupSize = 6
    static let roomsPerPlace = 2
    /// The break at noon is an hour.
    private static let wayMinutes = 90
    private static let zones = ["America/Denver", "America/Phoenix", "America/New_York", "America/Chicago"]
    private static let weekdays = Weekday.allCases.prefix(5)

    let practitioners: Int
    let sites: Int
    let days: Int
    let hasRules: Bool

    /// Of which visit types searches are.
    var searched: [String] { hasRules ? [Self.procedure, Self.group, Self.procedure] : ["visit", "long", "rare"] }

    static func room(_ number: Int, at place: String) -> String { "\(place)-room-\(number)" }

    /// The other place where those work whose first place this is.
    private func other(_ site: Int) -> Int {
        // With rules in the same zone, or the halves of a day could overlap.
        hasRules ? (site + Self.zones.count) % sites : (site * 7 + 3) % sites
    }

    var places: [LocationDefinition] {
        let week = WeeklyHours(
            Dictionary(uniqueKeysWithValues: Self.weekdays.map { ($0, [ClockRange("07:00-19:00")].compactMap { $0 }) }))
        return (0..<sites).map { index in
            let there = other(index)
            let travel =
                hasRules && there != index ? [TravelTime(location: "site-\(there)", minutes: Self.wayMinutes)] : []
            return LocationDefinition(
                key: "site-\(index)", name: "Site \(index)", zone: Self.zones[index % Self.zones.count],
                address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: "80202"),
                phone: "+13035550100", openingHours: week, directions: LocalizedText("North door."),
                parking: LocalizedText("In front."), travel: travel)
        }
    }

    var people: [PractitionerDefinition] {
        (0..<practitioners).map { index in
            PractitionerDefinition(
                key: "person-\(index)", name: PractitionerName(given: "Ada", family: "P\(index)"),
                serviceLines: index.isMultiple(of: 4) ? ["care", "rare"] : ["care"],
                templates: templates(from: index % sites),
                dailyLimit: hasRules && index.isMultiple(of: 3) ? 22 : nil)
        }
    }

    private func templates(from site: Int) -> [AvailabilityTemplate] {
        let homes = ["site-\(site)", "site-\(other(site))"]
        let halves = ["08:00-12:00", "13:00-17:00"].compactMap { ClockRange($0) }
        var templates: [AvailabilityTemplate] = []
        for (number, day) in Self.weekdays.enumerated() {
            for (half, hours) in halves.enumerated() {
                let isKept = hasRules && day == .friday && half == 1
                templates.append(
                    AvailabilityTemplate(
                        location: homes[(hasRules ? half : number) % 2], weekdays: [day], from: hours.from,
                        to: hours.to, visitTypes: isKept ? [Self.procedure] : [],
                        releaseMinutes: isKept ? 2 * 1_440 : nil))
            }
        }
        return templates
    }

    var visitTypes: [VisitTypeDefinition] {
        let plain = [("visit", 20, "care"), ("long", 40, "care"), ("rare", 60, "rare")].map { key, minutes, line in
            VisitTypeDefinition(
                key: key, names: LocalizedText(key), minutes: minutes, startEvery: 10, serviceLine: line,
                leadMinutes: 60, horizonDays: days + 1)
        }
        return hasRules ? plain + ruled : plain
    }

    private var ruled: [VisitTypeDefinition] {
        let need = ResourceNeed(type: .room, features: [Self.procedure], after: 10)
        return [
            VisitTypeDefinition(
                key: Self.procedure, names: LocalizedText(Self.procedure), minutes: 30, bufferBefore: 5,
                bufferAfter: 10, startEvery: 10, serviceLine: "care", leadMinutes: 60, horizonDays: days + 1,
                rules: VisitRules(
                    resources: [need], limits: DailyLimits(perPractitioner: 4, perLocation: 16))),
            VisitTypeDefinition(
                key: Self.group, names: LocalizedText(Self.group), minutes: 20, startEvery: 20, serviceLine: "care",
                leadMinutes: 60, horizonDays: days + 1, rules: VisitRules(groupSize: Self.groupSize)),
        ]
    }

    var rooms: [ResourceDefinition] {
        guard hasRules else { return [] }
        return (0..<sites).flatMap { site in
            (0..<Self.roomsPerPlace).map { number in
                let key = Self.room(number, at: "site-\(site)")
                return ResourceDefinition(
                    key: key, names: LocalizedText(key), type: .room, locations: ["site-\(site)"],
                    features: [Self.procedure])
            }
        }
    }
}
