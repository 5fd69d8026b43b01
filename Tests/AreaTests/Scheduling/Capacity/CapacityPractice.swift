import Kernel
import Scheduling
import SchedulingAPI
import StudioAPI
import Testing
import TimeZones

/// A small practice to count: two practitioners in Denver, one of whom keeps her Thursdays for urgent visits.
struct CapacityPractice {
    static let monday = CivilDate(year: 2026, month: 3, day: 2)?.daysSinceEpoch ?? 0

    let plan: SchedulePlan
    let timeZones: TimeZoneDatabase

    init(release: Int? = 1_440, dailyHours: (from: String, to: String) = ("09:00", "12:00")) throws {
        timeZones = try ScheduleWorld.database()
        let hours = WeeklyHours(
            Dictionary(
                uniqueKeysWithValues: Weekday.allCases.map { ($0, [ClockRange("06:00-22:00")].compactMap { $0 }) }))
        let place = LocationDefinition(
            key: "centre", name: "Centre", zone: "America/Denver",
            address: AddressDefinition(lines: ["1 Main St"], city: "Denver", state: "CO", postalCode: "80202"),
            phone: "+13035550100", openingHours: hours, directions: LocalizedText("North door."),
            parking: LocalizedText("In front."))
        let from = try #require(ClockTime(dailyHours.from)), to = try #require(ClockTime(dailyHours.to))
        let ada = PractitionerDefinition(
            key: "ada", name: PractitionerName(given: "Ada", family: "Lane"), serviceLines: ["care"],
            templates: [
                AvailabilityTemplate(location: "centre", weekdays: [.monday, .tuesday, .wednesday], from: from, to: to)
            ])
        let bea = PractitionerDefinition(
            key: "bea", name: PractitionerName(given: "Bea", family: "Moss"), serviceLines: ["care"],
            templates: [
                AvailabilityTemplate(
                    location: "centre", weekdays: [.thursday], from: from, to: to, visitTypes: ["urgent"],
                    releaseMinutes: release)
            ])
        func type(_ key: String, _ minutes: Int, buffer: Int = 0) -> VisitTypeDefinition {
            VisitTypeDefinition(
                key: key, names: LocalizedText(key), minutes: minutes, bufferAfter: buffer, startEvery: 10,
                serviceLine: "care", leadMinutes: 0, horizonDays: 90)
        }
        plan = try SchedulePlan(
            locations: [place], practitioners: [ada, bea],
            visitTypes: [type("usual", 20), type("urgent", 20), type("long", 30, buffer: 10)], timeZones: timeZones)
    }

    /// `day`: from Monday 2 March 2026.
    func visit(
        _ id: Int64, _ practitioner: String = "ada", _ type: String = "usual", day: Int, _ time: String,
        minutes: Int = 20, _ status: AppointmentStatus = .booked, bookedDaysBefore: Int = 7,
        cancelledHoursBefore: Int? = nil, reason: String? = nil, notice: Int = 1_440
    ) throws -> CapacityVisit {
        let civil = try #require(CivilTime(hhmm: time))
        let date = CivilDate(daysSinceEpoch: Self.monday + day)
        let zone = try #require(plan.zone(ofLocation: "centre"))
        let start = zone.instant(of: CivilDateTime(date: date, time: civil))
        let hour: Int64 = 3_600_000_000
        return CapacityVisit(
            id: ID(raw: id), visitType: type, practitioner: practitioner, location: "centre",
            span: TimeSpan(start: start, end: start + Int64(minutes) * 60_000_000), day: date.daysSinceEpoch,
            minute: civil.minutesOfDay, status: status, bookedAt: start - Int64(bookedDaysBefore) * 24 * hour,
            cancelledAt: cancelledHoursBefore.map { start - Int64($0) * hour }, cancelReason: reason,
            notice: notice)
    }

    var week: Range<Int> { Self.monday..<(Self.monday + 7) }
}
