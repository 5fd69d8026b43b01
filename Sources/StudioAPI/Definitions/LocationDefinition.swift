import TimeZones

/// Who decides what time is free at a place.
package enum CalendarOwner: String, Codable, Sendable, CaseIterable {
    /// We do: a booking is a booking.
    case ours
    /// An EHR does: a booking is pending until it has answered.
    case ehr
}

/// A postal address.
package struct AddressDefinition: Codable, Sendable, Equatable {
    package var lines: [String]
    package var city: String
    package var state: String
    package var postalCode: String
    /// ISO 3166-1, two letters.
    package var country: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case lines, city, state, postalCode, country
    }

    package init(lines: [String], city: String, state: String, postalCode: String, country: String = "US") {
        self.lines = lines
        self.city = city
        self.state = state
        self.postalCode = postalCode
        self.country = country
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        lines = try fields.required(.lines)
        city = try fields.required(.city)
        state = try fields.required(.state)
        postalCode = try fields.required(.postalCode)
        country = try fields.optional(.country, default: "US")
    }

    /// `1600 Wewatta St, Denver, CO 80202`
    package var oneLine: String { (lines + [city, "\(state) \(postalCode)"]).joined(separator: ", ") }
}

/// A day on which a place keeps other hours than its weekly ones.
package struct HolidayDefinition: Codable, Sendable, Equatable {
    package var date: DefinitionDate
    package var name: LocalizedText
    /// Empty: closed all day.
    package var hours: [ClockRange]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case date, name, hours
    }

    package init(date: DefinitionDate, name: LocalizedText, hours: [ClockRange] = []) {
        self.date = date
        self.name = name
        self.hours = hours
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        date = try fields.required(.date)
        name = try fields.required(.name)
        hours = try fields.list(.hours)
    }
}

/// How long one person takes from here to another place.
package struct TravelTime: Codable, Sendable, Equatable {
    /// Key.
    package var location: String
    package var minutes: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case location, minutes
    }

    package init(location: String, minutes: Int) {
        self.location = location
        self.minutes = minutes
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        location = try fields.required(.location)
        minutes = try fields.required(.minutes)
    }
}

/// What a place has for people who need it.
package enum Accessibility: String, Codable, Sendable, CaseIterable {
    case stepFree = "step-free"
    case wheelchair
    case liftTable = "lift-table"
    case hearingLoop = "hearing-loop"
    case signLanguage = "sign-language"
    case largePrint = "large-print"
    case quietRoom = "quiet-room"
}

/// FHIR Location: a site where patients are seen.
package struct LocationDefinition: Definition {
    package static let kind = DefinitionKind.location

    package var key: String
    package var name: String
    /// IANA zone; all hours here and all availability at this place are wall-clock times in it.
    package var zone: String
    package var address: AddressDefinition
    /// E.164.
    package var phone: String
    package var openingHours: WeeklyHours
    package var holidays: [HolidayDefinition]
    package var directions: LocalizedText
    package var parking: LocalizedText
    package var calendarOwner: CalendarOwner
    /// What people call the EHR that owns the calendar; there exactly when `calendarOwner` is `ehr`.
    package var calendarSystem: String?
    package var accessibility: [Accessibility]
    /// Of practitioners who work at several places on one day; the same both ways unless the other place says otherwise.
    package var travel: [TravelTime]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, name, zone, address, phone, openingHours, holidays, directions, parking, calendarOwner
        case calendarSystem, accessibility, travel
    }

    package init(
        key: String, name: String, zone: String, address: AddressDefinition, phone: String, openingHours: WeeklyHours,
        holidays: [HolidayDefinition] = [], directions: LocalizedText, parking: LocalizedText,
        calendarOwner: CalendarOwner = .ours, calendarSystem: String? = nil, accessibility: [Accessibility] = [],
        travel: [TravelTime] = []
    ) {
        self.key = key
        self.name = name
        self.zone = zone
        self.address = address
        self.phone = phone
        self.openingHours = openingHours
        self.holidays = holidays
        self.directions = directions
        self.parking = parking
        self.calendarOwner = calendarOwner
        self.calendarSystem = calendarSystem
        self.accessibility = accessibility
        self.travel = travel
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        name = try fields.required(.name)
        zone = try fields.required(.zone)
        address = try fields.required(.address)
        phone = try fields.required(.phone)
        openingHours = try fields.required(.openingHours)
        holidays = try fields.list(.holidays)
        directions = try fields.required(.directions)
        parking = try fields.required(.parking)
        calendarOwner = try fields.required(.calendarOwner)
        calendarSystem = try fields.optional(.calendarSystem)
        accessibility = try fields.list(.accessibility)
        travel = try fields.list(.travel)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.requireText(name, "name")
        findings.checkZone(zone, "zone")
        findings.checkPhone(phone, "phone")
        check(address: address, into: &findings)
        for day in Weekday.allCases { findings.check(openingHours[day], "openingHours.\(day.rawValue)") }
        findings.require(
            openingHours.days.values.contains { !$0.isEmpty }, "openingHours", "The place is never open.")
        findings.requireDistinct(holidays.map(\.date.civil.iso), "holidays")
        for (index, holiday) in holidays.enumerated() {
            findings.check(holiday.name, "holidays[\(index)].name")
            findings.check(holiday.hours, "holidays[\(index)].hours")
        }
        findings.check(directions, "directions", atMost: 600)
        findings.check(parking, "parking", atMost: 600)
        findings.requireDistinct(accessibility.map(\.rawValue), "accessibility")
        findings.requireDistinct(travel.map(\.location), "travel")
        for (index, way) in travel.enumerated() {
            findings.require(way.location != key, "travel[\(index)].location", "Name another place.")
            findings.require(
                (0...720).contains(way.minutes), "travel[\(index)].minutes",
                "A way takes 0 to 720 minutes, not \(way.minutes).")
        }
        switch calendarOwner {
        case .ours:
            findings.require(
                calendarSystem == nil, "calendarSystem", "Only a place whose calendar an EHR owns names a system.")
        case .ehr:
            findings.require(
                calendarSystem?.trimmed.isEmpty == false, "calendarSystem", "Name the EHR that owns this calendar.")
        }
        return findings.problems
    }

    private func check(address: AddressDefinition, into findings: inout Findings) {
        findings.require(!address.lines.isEmpty, "address.lines", "The street is missing.")
        for (index, line) in address.lines.enumerated() { findings.requireText(line, "address.lines[\(index)]") }
        findings.requireText(address.city, "address.city")
        findings.requireText(address.state, "address.state")
        findings.requireText(address.postalCode, "address.postalCode", atMost: 20)
        findings.require(
            address.country.utf8.count == 2 && address.country.utf8.allSatisfy { (65...90).contains($0) },
            "address.country", "Write the two capital letters of ISO 3166, such as US.")
    }

    /// The hours the place keeps on that day, its holidays considered.
    package func hours(on date: DefinitionDate) -> [ClockRange] {
        holidays.first { $0.date == date }?.hours ?? openingHours[Weekday(of: date.civil)]
    }
}
