package import Kernel

/// FHIR Organization: the group itself. A blueprint has exactly one.
package struct OrganizationDefinition: Definition {
    package static let kind = DefinitionKind.organization

    package var key: String
    package var name: String
    /// IANA zone of its head office; what has no place of its own is shown in it.
    package var zone: String
    /// The number a patient may call, E.164.
    package var phone: String
    package var website: String?
    /// Every text for patients must be there in each of these.
    package var languages: [Language]
    /// Whether a patient who is shown who looked at their record sees names of staff; else only what they are.
    package var namesStaffToPatients: Bool?
    /// How long a record stays open that somebody opened in an emergency: 1 to 24 hours, 4 if it says nothing.
    package var breakGlassHours: Int?
    /// Sites that may show the public booking page in a frame: `https://riverbend.example`. None: no site may.
    package var bookingFrames: [String]?

    /// What calendar programs of the staff are told of a visit; that time is taken, if it says nothing.
    package var calendarFeeds: CalendarFeedDetail?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, name, zone, phone, website, languages, namesStaffToPatients, breakGlassHours, bookingFrames
        case calendarFeeds
    }

    package init(
        key: String, name: String, zone: String, phone: String, website: String? = nil, languages: [Language],
        namesStaffToPatients: Bool? = nil, breakGlassHours: Int? = nil, bookingFrames: [String]? = nil,
        calendarFeeds: CalendarFeedDetail? = nil
    ) {
        self.calendarFeeds = calendarFeeds
        self.key = key
        self.name = name
        self.zone = zone
        self.phone = phone
        self.website = website
        self.languages = languages
        self.namesStaffToPatients = namesStaffToPatients
        self.breakGlassHours = breakGlassHours
        self.bookingFrames = bookingFrames
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        name = try fields.required(.name)
        zone = try fields.required(.zone)
        phone = try fields.required(.phone)
        website = try fields.optional(.website)
        languages = try fields.required(.languages)
        namesStaffToPatients = try fields.optional(.namesStaffToPatients)
        breakGlassHours = try fields.optional(.breakGlassHours)
        bookingFrames = try fields.optional(.bookingFrames)
        calendarFeeds = try fields.optional(.calendarFeeds)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.requireText(name, "name")
        findings.checkZone(zone, "zone")
        findings.checkPhone(phone, "phone")
        if let website {
            findings.require(
                website.hasPrefix("https://") && website.count > 8, "website", "Write the whole address, with https://."
            )
        }
        if let breakGlassHours {
            findings.require((1...24).contains(breakGlassHours), "breakGlassHours", "Choose 1 to 24 hours.")
        }
        let frames = bookingFrames ?? []
        findings.requireDistinct(frames, "bookingFrames")
        for (index, site) in frames.enumerated() {
            findings.require(
                Self.isOrigin(site), "bookingFrames[\(index)]",
                "Write scheme and host alone, such as https://riverbend.example.")
        }
        findings.require(languages.contains(.english), "languages", "English (en) is always among the languages.")
        findings.requireDistinct(languages.map(\.rawValue), "languages")
        return findings.problems
    }

    /// `https://host` with a port at most: it stands in a header, where a semicolon or a space would say more.
    package static func isOrigin(_ text: String) -> Bool {
        guard text.hasPrefix("https://"), text.utf8.count <= 200 else { return false }
        let host = text.utf8.dropFirst(8)
        return !host.isEmpty
            && host.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":")
            }
    }
}

/// How much of a patient leaves with a calendar.
package enum CalendarFeedDetail: String, Codable, Sendable, CaseIterable {
    case busy, initials, names
}

extension Findings {
    /// E.164, as it will be dialled: a number that only one country could read is refused.
    mutating func checkPhone(_ phone: String, _ path: String) {
        require(
            phone.hasPrefix("+") && PhoneNumber(phone)?.e164 == phone, path,
            "“\(phone)” is no telephone number; write it as +13035550100.")
    }
}
