/// What a bookable thing is. FHIR: a Location of type `ro`, a Device, a PractitionerRole.
package enum ResourceType: String, Codable, Sendable, CaseIterable {
    case room, equipment, interpreter
}

/// A room, a device or an interpreter, which a visit may need beside its practitioner.
package struct ResourceDefinition: Definition {
    package static let kind = DefinitionKind.resource

    package var key: String
    package var names: LocalizedText
    package var type: ResourceType
    /// Keys of the places where it can be used. Empty: everywhere (a device that is carried, an interpreter by phone).
    package var locations: [String]
    /// What it has: `procedure`, `ultrasound`, `wheelchair`. Visit types ask for these words.
    package var features: [String]
    /// BCP 47 tags; of interpreters.
    package var languages: [String]
    /// How many visits can use it at the same time.
    package var capacity: Int
    /// When it can be used, in the zone of the place. Nil: whenever the place is open.
    package var hours: WeeklyHours?
    /// When it cannot: only `away`.
    package var exceptions: [AvailabilityException]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, type, locations, features, languages, capacity, hours, exceptions
    }

    package init(
        key: String, names: LocalizedText, type: ResourceType, locations: [String] = [], features: [String] = [],
        languages: [String] = [], capacity: Int = 1, hours: WeeklyHours? = nil,
        exceptions: [AvailabilityException] = []
    ) {
        self.key = key
        self.names = names
        self.type = type
        self.locations = locations
        self.features = features
        self.languages = languages
        self.capacity = capacity
        self.hours = hours
        self.exceptions = exceptions
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        type = try fields.required(.type)
        locations = try fields.list(.locations)
        features = try fields.list(.features)
        languages = try fields.list(.languages)
        capacity = try fields.optional(.capacity, default: 1)
        hours = try fields.optional(.hours)
        exceptions = try fields.list(.exceptions)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.requireDistinct(locations, "locations")
        findings.requireDistinct(features, "features")
        findings.requireDistinct(languages, "languages")
        switch type {
        case .interpreter:
            findings.require(!languages.isEmpty, "languages", "Name the languages that are interpreted.")
        case .room, .equipment:
            findings.require(languages.isEmpty, "languages", "Only an interpreter has languages.")
        }
        findings.require(type != .room || locations.count == 1, "locations", "A room is at exactly one place.")
        findings.require(
            (1...200).contains(capacity), "capacity", "1 to 200 visits can use it at a time, not \(capacity).")
        if let hours {
            for day in Weekday.allCases { findings.check(hours[day], "hours.\(day.rawValue)") }
            findings.require(hours.days.values.contains { !$0.isEmpty }, "hours", "It could never be used.")
        }
        findings.check(exceptions)
        for (index, exception) in exceptions.enumerated() {
            findings.require(
                exception.effect == .away, "exceptions[\(index)].effect", "Only absences; its hours say the rest.")
        }
        return findings.problems
    }

    package func mayBe(at location: String) -> Bool { locations.isEmpty || locations.contains(location) }

    /// Whether it is what a visit needs.
    package func serves(_ need: ResourceNeed, at location: String) -> Bool {
        type == need.type && mayBe(at: location) && need.features.allSatisfy(features.contains)
    }
}
