import Kernel
import StudioAPI
import TimeZones

/// A visit in words of one language, by the clocks of its place.
struct VisitWording: Sendable {
    let place: Placement
    let configuration: Configuration
    let language: Language
    let zone: Zone
    let now: Instant

    init(_ place: Placement, configuration: Configuration, language: Language, zone: Zone, now: Instant) {
        self.place = place
        self.configuration = configuration
        self.language = language
        self.zone = zone
        self.now = now
    }

    var dates: DateWording { DateWording(language == .spanish ? .spanish : .english) }
    var local: CivilDateTime { zone.civil(at: place.span.start) }
    var localEnd: CivilDateTime { zone.civil(at: place.span.end) }
    var today: CivilDate { zone.civil(at: now.microseconds).date }
    var location: LocationDefinition? { configuration.known(location: place.location) }

    /// "Tue 3 Mar, 9:40 AM"
    var when: String { dates.dateTime(local, today: today) }
    /// "Tue 3 Mar, 9:40 AM in Denver"
    var whenAndWhere: String { dates.dateTime(local, today: today, city: city) }
    var city: String { location?.address.city ?? Self.city(ofZone: zone.name) }
    var visitType: String { configuration.known(visitType: place.visitType)?.names[language] ?? place.visitType }
    var practitioner: String {
        configuration.known(practitioner: place.practitioner)?.name.display ?? place.practitioner
    }
    var locationName: String { location?.name ?? place.location }

    /// Values for the variables of a message template that name a visit.
    var values: [String: String] {
        let prep = configuration.known(visitType: place.visitType)?.prep?[language] ?? ""
        let pairs: [(TemplateVariable, String)] = [
            (.visitType, visitType), (.when, whenAndWhere), (.date, dates.date(local.date, today: today)),
            (.time, dates.time(local.time)), (.practitioner, practitioner), (.location, locationName),
            (.address, location?.address.oneLine ?? ""), (.directions, location?.directions[language] ?? ""),
            (.parking, location?.parking[language] ?? ""), (.prep, prep),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0.0.rawValue, $0.1) })
    }

    /// `America/New_York` as people say it: New York.
    static func city(ofZone name: String) -> String {
        (name.split(separator: "/").last.map(String.init) ?? name).replacing("_", with: " ")
    }
}
