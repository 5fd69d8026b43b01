/// How time that came free is offered to those who wait: whom it may be offered to, how many at once, for how long, and
/// how far apart groups of people may drift. Without one published, `builtIn` holds.
package struct WaitlistPolicyDefinition: Definition {
    package static let kind = DefinitionKind.waitlistPolicy

    /// What keeps an offer from somebody. 0 and false switch a guard off.
    package struct Guards: Codable, Sendable, Equatable {
        /// No time is offered that begins sooner than so many hours from now.
        package var noticeHours: Int
        /// Only for the visit type that the time was set aside for.
        package var sameTemplate: Bool
        /// A visit that has to be prepared for is offered no later than so many hours before.
        package var prepHours: Int
        /// A visit that needs a payer's authorization is offered to those alone who have it.
        package var authorization: Bool
        /// At most so many offers to a patient on one local day.
        package var offersPerDay: Int
        /// Nobody is offered anything in the quiet hours of the consent policy.
        package var quietHours: Bool

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case noticeHours, sameTemplate, prepHours, authorization, offersPerDay, quietHours
        }

        package init(
            noticeHours: Int, sameTemplate: Bool, prepHours: Int, authorization: Bool, offersPerDay: Int,
            quietHours: Bool
        ) {
            self.noticeHours = noticeHours
            self.sameTemplate = sameTemplate
            self.prepHours = prepHours
            self.authorization = authorization
            self.offersPerDay = offersPerDay
            self.quietHours = quietHours
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            noticeHours = try fields.required(.noticeHours)
            sameTemplate = try fields.required(.sameTemplate)
            prepHours = try fields.required(.prepHours)
            authorization = try fields.required(.authorization)
            offersPerDay = try fields.required(.offersPerDay)
            quietHours = try fields.required(.quietHours)
        }
    }

    /// How many are asked at once, and how long they have to answer, by the time that is left.
    package struct Wave: Codable, Sendable, Equatable {
        /// For times that begin within so many hours; nil: any. The first that fits counts.
        package var withinHours: Int?
        package var offers: Int
        package var answerMinutes: Int

        private enum CodingKeys: String, CodingKey, CaseIterable { case withinHours, offers, answerMinutes }

        package init(withinHours: Int?, offers: Int, answerMinutes: Int) {
            self.withinHours = withinHours
            self.offers = offers
            self.answerMinutes = answerMinutes
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            withinHours = try fields.optional(.withinHours)
            offers = try fields.required(.offers)
            answerMinutes = try fields.required(.answerMinutes)
        }
    }

    /// What makes people of one group in the eyes of the fairness floor.
    package enum Grouping: String, Codable, Sendable, CaseIterable {
        case language, coverage, channel
    }

    package struct Fairness: Codable, Sendable, Equatable {
        package var by: Grouping
        /// Offers per hundred people, between any two groups: a group that is further behind goes first.
        package var points: Int

        private enum CodingKeys: String, CodingKey, CaseIterable { case by, points }

        package init(by: Grouping, points: Int) {
            self.by = by
            self.points = points
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            by = try fields.required(.by)
            points = try fields.required(.points)
        }
    }

    package struct Priority: Codable, Sendable, Equatable {
        package var key: String
        package var names: LocalizedText

        private enum CodingKeys: String, CodingKey, CaseIterable { case key, names }

        package init(key: String, names: LocalizedText) {
            self.key = key
            self.names = names
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            key = try fields.required(.key)
            names = try fields.required(.names)
        }
    }

    package var key: String
    package var names: LocalizedText
    package var guards: Guards
    package var waves: [Wave]
    /// No more than so many offers of one time.
    package var mostOffers: Int
    package var fairness: Fairness
    /// The most urgent first; the last is what somebody has of whom nothing is said.
    package var priorities: [Priority]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, guards, waves, mostOffers, fairness, priorities
    }

    package init(
        key: String, names: LocalizedText, guards: Guards, waves: [Wave], mostOffers: Int, fairness: Fairness,
        priorities: [Priority]
    ) {
        self.key = key
        self.names = names
        self.guards = guards
        self.waves = waves
        self.mostOffers = mostOffers
        self.fairness = fairness
        self.priorities = priorities
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        guards = try fields.required(.guards)
        waves = try fields.required(.waves)
        mostOffers = try fields.required(.mostOffers)
        fairness = try fields.required(.fairness)
        priorities = try fields.required(.priorities)
    }

    /// What holds until a practice publishes its own. At an acceptance of one in twelve some 25 people have to be asked
    /// to fill a time, so they are asked a dozen at once.
    package static let builtIn = WaitlistPolicyDefinition(
        key: "waitlist", names: LocalizedText("Waitlist", spanish: "Lista de espera"),
        guards: Guards(
            noticeHours: 4, sameTemplate: true, prepHours: 24, authorization: true, offersPerDay: 3, quietHours: true),
        waves: [
            Wave(withinHours: 12, offers: 16, answerMinutes: 30), Wave(withinHours: 48, offers: 12, answerMinutes: 60),
            Wave(withinHours: nil, offers: 10, answerMinutes: 90),
        ], mostOffers: 80, fairness: Fairness(by: .language, points: 2),
        priorities: [
            Priority(key: "urgent", names: LocalizedText("Urgent", spanish: "Urgente")),
            Priority(key: "soon", names: LocalizedText("Soon", spanish: "Pronto")),
            Priority(key: "routine", names: LocalizedText("Routine", spanish: "Normal")),
        ])

    /// How many are asked at once about a time that begins so many minutes from now, and for how long.
    package func wave(minutesLeft: Int) -> Wave {
        waves.first { wave in wave.withinHours.map { minutesLeft <= $0 * 60 } ?? true }
            ?? Wave(withinHours: nil, offers: 1, answerMinutes: 60)
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require((0...336).contains(guards.noticeHours), "guards.noticeHours", "It is 0 to 336 hours.")
        findings.require((0...336).contains(guards.prepHours), "guards.prepHours", "It is 0 to 336 hours.")
        findings.require((0...20).contains(guards.offersPerDay), "guards.offersPerDay", "It is 0 (any) to 20.")
        findings.require((1...500).contains(mostOffers), "mostOffers", "It is 1 to 500 offers.")
        findings.require((1...100).contains(fairness.points), "fairness.points", "It is 1 to 100 points.")
        findings.require((1...8).contains(waves.count), "waves", "There are 1 to 8 waves, not \(waves.count).")
        findings.require(
            waves.last.map { $0.withinHours == nil } ?? true, "waves",
            "The last wave is for any time: leave withinHours out.")
        var last = 0
        for (index, wave) in waves.enumerated() {
            let path = "waves[\(index)]"
            findings.require((1...100).contains(wave.offers), "\(path).offers", "It is 1 to 100 offers at once.")
            findings.require(
                (5...1_440).contains(wave.answerMinutes), "\(path).answerMinutes", "It is 5 to 1440 minutes.")
            if let hours = wave.withinHours {
                findings.require(hours > last, "\(path).withinHours", "Waves stand in the order of their hours.")
                last = hours
            } else {
                findings.require(index == waves.count - 1, path, "Only the last wave is for any time.")
            }
        }
        findings.require((1...8).contains(priorities.count), "priorities", "There are 1 to 8 priorities.")
        findings.requireDistinct(priorities.map(\.key), "priorities")
        for (index, priority) in priorities.enumerated() {
            findings.require(isKey(priority.key), "priorities[\(index)].key", "“\(priority.key)” is no key.")
            findings.check(priority.names, "priorities[\(index)].names", atMost: 40)
        }
        if guards.prepHours > 0, guards.prepHours < guards.noticeHours {
            findings.warning("guards.prepHours", "It is shorter than the notice, so it keeps nobody away.")
        }
        return findings.problems
    }
}
