/// When patients are reminded of a visit. A visit type names its plan; one that names none follows the plan `standard`.
package struct ReminderPlanDefinition: Definition {
    package static let kind = DefinitionKind.reminderPlan

    /// One reminder before the visit.
    package struct Reminder: Codable, Sendable, Equatable {
        /// Counted from the visit's local day; 0: on the day itself.
        package var daysBefore: Int
        /// By the clock where the patient is, or where the visit is when that is not known.
        package var at: ClockTime
        /// Left out for patients who have confirmed.
        package var unlessConfirmed: Bool

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case daysBefore, at, unlessConfirmed
        }

        package init(daysBefore: Int, at: ClockTime, unlessConfirmed: Bool = false) {
            self.daysBefore = daysBefore
            self.at = at
            self.unlessConfirmed = unlessConfirmed
        }

        package init(from decoder: any Decoder) throws {
            let fields = try StrictFields<CodingKeys>(decoder)
            daysBefore = try fields.required(.daysBefore)
            at = try fields.required(.at)
            unlessConfirmed = try fields.optional(.unlessConfirmed, default: false)
        }
    }

    package var key: String
    package var names: LocalizedText
    /// In the order in which they are sent. Empty: nobody is reminded.
    package var reminders: [Reminder]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, reminders
    }

    package init(key: String, names: LocalizedText, reminders: [Reminder]) {
        self.key = key
        self.names = names
        self.reminders = reminders
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        reminders = try fields.required(.reminders)
    }

    /// The key of the plan for visit types that name none.
    package static let standardKey = "standard"

    /// What holds until a practice publishes a plan of its own: three days before for those who have not confirmed, one
    /// day before for everybody, at ten in the morning.
    package static let builtIn = ReminderPlanDefinition(
        key: standardKey, names: LocalizedText("Three days and one day before", spanish: "Tres días y un día antes"),
        reminders: [
            Reminder(daysBefore: 3, at: .tenInTheMorning, unlessConfirmed: true),
            Reminder(daysBefore: 1, at: .tenInTheMorning),
        ])

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require(reminders.count <= 8, "reminders", "A plan has at most 8 reminders, not \(reminders.count).")
        for (index, reminder) in reminders.enumerated() {
            let path = "reminders[\(index)]"
            findings.require(
                (0...90).contains(reminder.daysBefore), "\(path).daysBefore",
                "It is 0 to 90 days before the visit, not \(reminder.daysBefore).")
            findings.require(
                reminder.at.minutes < 1_440, "\(path).at", "Write the midnight that begins a day as 00:00.")
            guard index > 0 else { continue }
            let before = reminders[index - 1]
            findings.require(
                (-before.daysBefore, before.at) < (-reminder.daysBefore, reminder.at), path,
                "Reminders stand in the order in which they are sent: this one is no later than the one above it.")
        }
        return findings.problems
    }
}
