import JSON

/// A control of a form and the value of the definition that it stands for.
package struct SetupField: Sendable {
    /// Where values to choose from come from.
    package enum Source: Sendable {
        /// Codes of the program; `texts` leads to the words of each.
        case codes([String], texts: String)
        case locations, practitioners, serviceLines, visitTypes, reminderPlans
    }

    package enum Unit: String, Sendable, CaseIterable {
        case minutes, hours, days, years, weeks, visits, patients, offers, points, attempts, count
    }

    package indirect enum Control: Sendable {
        case text(atMost: Int)
        /// Several lines of one text.
        case prose(atMost: Int)
        /// One value on each line.
        case lines
        /// Several short values with commas between them.
        case words
        case number(Unit)
        /// Minutes, written as minutes, hours or days.
        case span(days: Bool)
        /// A time of day.
        case clock
        /// A stretch of a day: two times, both or none.
        case stretch
        /// Several stretches of a day with commas between them.
        case hours
        case date
        case flag
        /// A part that is there or not, without values of its own.
        case part
        case choice(Source)
        case choices(Source)
        /// A text in each language.
        case localized(atMost: Int, isLong: Bool)
        case rows(SetupRows)
        /// Kept as it is, and not shown.
        case hidden
    }

    /// Its path within the definition, or within its row.
    package let name: String
    /// The key of its words: label, help, the word for nothing.
    let text: String
    package let control: Control
    let isOptional: Bool

    init(_ name: String, _ text: String, _ control: Control, optional: Bool = false) {
        self.name = name
        self.text = text
        self.control = control
        isOptional = optional
    }

    init(_ name: String, _ control: Control, optional: Bool = false) {
        self.init(name, name, control, optional: optional)
    }

    var rows: SetupRows? {
        if case .rows(let rows) = control { rows } else { nil }
    }
}

/// Things of one kind in an order, each with the same fields.
package struct SetupRows: Sendable {
    package let fields: [SetupField]
    /// Fields by which somebody recognises a row.
    let summary: [String]
    /// Whether each is folded to one line until it is opened.
    let isFolded: Bool
    /// Whether the order says something: then rows can be moved.
    let isOrdered: Bool
    let atMost: Int
    let blank: JSONValue

    init(
        _ fields: [SetupField], summary: [String], folded: Bool = false, ordered: Bool = false, atMost: Int = 30,
        blank: JSONValue = [:]
    ) {
        self.fields = fields
        self.summary = summary
        isFolded = folded
        isOrdered = ordered
        self.atMost = atMost
        self.blank = blank
    }
}

/// Fields under one title.
package struct SetupSection: Sendable {
    let text: String
    package let fields: [SetupField]

    init(_ text: String, _ fields: [SetupField]) {
        self.text = text
        self.fields = fields
    }
}

extension SetupKind {
    package var allFields: [SetupField] { fields.flatMap(\.fields) }

    /// Parts that are left out when nothing stands in them.
    static let pruned: Set<String> = ["rules.eligibility.ages", "ages", "hours"]
}
