package import Kernel

/// What must be there before a message of a purpose may go out on a channel.
package enum ConsentBasis: String, Codable, Sendable, CaseIterable {
    /// The patient's recorded yes.
    case optIn = "opt-in"
    /// Giving the number or writing to us is enough, until the patient opts out.
    case implied
    /// Nothing: it answers the patient's own act, such as "STOP".
    case notRequired = "none"
    /// It is not sent on this channel at all.
    case never
}

/// The words that a short reply may consist of. Compared without case, accents and punctuation.
package struct ReplyKeywords: Codable, Sendable, Equatable {
    package var optOut: [String]
    package var optIn: [String]
    package var help: [String]
    /// Yes to the visit that was asked about.
    package var confirm: [String]
    /// No: the visit does not suit.
    package var decline: [String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case optOut, optIn, help, confirm, decline
    }

    package init(optOut: [String], optIn: [String], help: [String], confirm: [String], decline: [String]) {
        self.optOut = optOut
        self.optIn = optIn
        self.help = help
        self.confirm = confirm
        self.decline = decline
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        optOut = try fields.required(.optOut)
        optIn = try fields.required(.optIn)
        help = try fields.required(.help)
        confirm = try fields.required(.confirm)
        decline = try fields.required(.decline)
    }

    /// Lower case, Spanish accents off, anything but letters and digits a space: `¡Sí!` is `si`.
    package static func folded(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text.lowercased() {
            switch character {
            case "á": result.append("a")
            case "é": result.append("e")
            case "í": result.append("i")
            case "ó": result.append("o")
            case "ú", "ü": result.append("u")
            case let letter where letter.isLetter || letter.isNumber: result.append(letter)
            default: result.append(" ")
            }
        }
        return result.split(separator: " ").joined(separator: " ")
    }
}

/// When nothing that can wait is sent, in the patient's zone and the location's: both must allow.
package struct QuietHours: Codable, Sendable, Equatable {
    /// `from` may be later than `to`: then they go over midnight.
    package var from: ClockTime
    package var to: ClockTime
    /// Purposes that do not wait when they answer what the patient wrote a moment ago.
    package var except: [MessagePurpose]
    /// How long ago that may be, in minutes: for so long somebody who wrote is taken to be awake.
    package var answerMinutes: Int

    package static let usualAnswerMinutes = 30

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case from, to, except, answerMinutes
    }

    package init(
        from: ClockTime, to: ClockTime, except: [MessagePurpose] = [], answerMinutes: Int = usualAnswerMinutes
    ) {
        self.from = from
        self.to = to
        self.except = except
        self.answerMinutes = answerMinutes
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        from = try fields.required(.from)
        to = try fields.required(.to)
        except = try fields.list(.except)
        answerMinutes = try fields.optional(.answerMinutes, default: Self.usualAnswerMinutes)
    }

    /// Whether a wall-clock minute of the day (0…1,439) lies in them; `to` itself does not.
    package func contains(minuteOfDay minute: Int) -> Bool {
        from < to
            ? (from.minutes..<to.minutes).contains(minute)
            : minute >= from.minutes || minute < to.minutes
    }
}

/// Who may be written to, why, how and when.
package struct ConsentPolicyDefinition: Definition {
    package static let kind = DefinitionKind.consentPolicy

    /// One basis for every pair of these purposes and channels.
    package struct Rule: Codable, Sendable, Equatable {
        package var purposes: [MessagePurpose]
        package var channels: [MessageChannel]
        package var basis: ConsentBasis

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case purposes, channels, basis
        }

        package init(purposes: [MessagePurpose], channels: [MessageChannel], basis: ConsentBasis) {
            self.purposes = purposes
            self.channels = channels
            self.basis = basis
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            purposes = try fields.required(.purposes)
            channels = try fields.required(.channels)
            basis = try fields.required(.basis)
        }
    }

    package var key: String
    package var names: LocalizedText
    package var rules: [Rule]
    package var quietHours: QuietHours
    package var keywords: [Language: ReplyKeywords]
    /// What the law of some states asks for beyond that.
    package var jurisdictions: [ConsentJurisdiction]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, rules, quietHours, keywords, jurisdictions
    }

    package init(
        key: String, names: LocalizedText, rules: [Rule], quietHours: QuietHours, keywords: [Language: ReplyKeywords],
        jurisdictions: [ConsentJurisdiction] = []
    ) {
        self.jurisdictions = jurisdictions
        self.key = key
        self.names = names
        self.rules = rules
        self.quietHours = quietHours
        self.keywords = keywords
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        rules = try fields.required(.rules)
        quietHours = try fields.required(.quietHours)
        keywords = try decoder.container(keyedBy: CodingKeys.self)
            .nestedContainer(keyedBy: AnyName.self, forKey: .keywords).map(by: Language.self, ReplyKeywords.self)
        jurisdictions = try fields.list(.jurisdictions)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(names, forKey: .names)
        try container.encode(rules, forKey: .rules)
        try container.encode(quietHours, forKey: .quietHours)
        var nested = container.nestedContainer(keyedBy: AnyName.self, forKey: .keywords)
        try nested.encode(map: keywords)
        if !jurisdictions.isEmpty { try container.encode(jurisdictions, forKey: .jurisdictions) }
    }

    /// What the policy asks for; what it does not mention is never sent.
    package func basis(for purpose: MessagePurpose, on channel: MessageChannel) -> ConsentBasis {
        rules.first { $0.purposes.contains(purpose) && $0.channels.contains(channel) }?.basis ?? .never
    }

    /// Whether a message of this purpose goes out at any hour. `ago`: since the patient's last text; nil: there is none.
    package func answersAtOnce(_ purpose: MessagePurpose, ago: Duration?) -> Bool {
        guard let ago else { return false }
        return quietHours.except.contains(purpose) && ago <= .seconds(60 * quietHours.answerMinutes)
    }
}
