/// What a patient is asked on the phone before a visit. In YAML: `rules.checkIn`.
package struct CheckInRule: Codable, Sendable, Equatable {
    /// From so many minutes before the start.
    package var leadMinutes: Int
    package var questions: [CheckInQuestion]
    package var documents: [CheckInDocument]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case leadMinutes, questions, documents
    }

    package init(leadMinutes: Int = 720, questions: [CheckInQuestion] = [], documents: [CheckInDocument] = []) {
        self.leadMinutes = leadMinutes
        self.questions = questions
        self.documents = documents
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        leadMinutes = try fields.optional(.leadMinutes, default: 720)
        questions = try fields.list(.questions)
        documents = try fields.list(.documents)
    }

    func check(_ path: String, into findings: inout Findings) {
        findings.require(
            (15...2_880).contains(leadMinutes), "\(path).leadMinutes", "It is 15 to 2880 minutes, not \(leadMinutes).")
        findings.require(questions.count <= 20, "\(path).questions", "At most 20 questions.")
        findings.requireDistinct(questions.map(\.key), "\(path).questions")
        findings.requireDistinct(documents.map(\.key), "\(path).documents")
        for (index, question) in questions.enumerated() {
            let place = "\(path).questions[\(index)]"
            findings.require(Self.isKey(question.key), "\(place).key", "Letters, digits and dashes, at most 40.")
            findings.check(question.text, "\(place).text", atMost: 300)
            let wanted = question.answer == .choice
            findings.require(
                wanted ? (2...12).contains(question.choices.count) : question.choices.isEmpty, "\(place).choices",
                wanted ? "A choice has 2 to 12 answers." : "Only a choice has answers to choose from.")
            findings.requireDistinct(question.choices.map(\.key), "\(place).choices")
            for (number, choice) in question.choices.enumerated() {
                findings.require(
                    Self.isKey(choice.key), "\(place).choices[\(number)].key", "Letters, digits and dashes, at most 40."
                )
                findings.check(choice.names, "\(place).choices[\(number)].names", atMost: 120)
            }
        }
        for (index, document) in documents.enumerated() {
            let place = "\(path).documents[\(index)]"
            findings.require(Self.isKey(document.key), "\(place).key", "Letters, digits and dashes, at most 40.")
            findings.require(document.version > 0, "\(place).version", "Versions begin with 1.")
            findings.check(document.names, "\(place).names", atMost: 120)
            findings.check(document.body, "\(place).body", atMost: 4_000)
        }
    }

    /// What patients read of it, with its place.
    var texts: [(String, LocalizedText)] {
        var texts: [(String, LocalizedText)] = []
        for (index, question) in questions.enumerated() {
            let place = "rules.checkIn.questions[\(index)]"
            texts.append(("\(place).text", question.text))
            for (number, choice) in question.choices.enumerated() {
                texts.append(("\(place).choices[\(number)].names", choice.names))
            }
        }
        for (index, document) in documents.enumerated() {
            let place = "rules.checkIn.documents[\(index)]"
            texts.append(("\(place).names", document.names))
            texts.append(("\(place).body", document.body))
        }
        return texts
    }

    private static func isKey(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

package struct CheckInQuestion: Codable, Sendable, Equatable {
    package enum Answer: String, Codable, Sendable, CaseIterable {
        case text
        case yesNo = "yes-no"
        case choice
    }

    package struct Choice: Codable, Sendable, Equatable {
        package var key: String
        package var names: LocalizedText

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case key, names
        }

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
    package var text: LocalizedText
    package var answer: Answer
    package var choices: [Choice]
    package var required: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, text, answer, choices, required
    }

    package init(
        key: String, text: LocalizedText, answer: Answer, choices: [Choice] = [], required: Bool = false
    ) {
        self.key = key
        self.text = text
        self.answer = answer
        self.choices = choices
        self.required = required
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        key = try fields.required(.key)
        text = try fields.required(.text)
        answer = try fields.required(.answer)
        choices = try fields.list(.choices)
        required = try fields.optional(.required, default: false)
    }
}

/// Something the patient reads and agrees to. The consent ledger keeps `key/version`.
package struct CheckInDocument: Codable, Sendable, Equatable {
    package var key: String
    package var version: Int
    package var names: LocalizedText
    package var body: LocalizedText
    /// What agreeing allows: a purpose of the consent policy, by text.
    package var purpose: MessagePurpose
    package var required: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, version, names, body, purpose, required
    }

    package init(
        key: String, version: Int, names: LocalizedText, body: LocalizedText, purpose: MessagePurpose,
        required: Bool = false
    ) {
        self.key = key
        self.version = version
        self.names = names
        self.body = body
        self.purpose = purpose
        self.required = required
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        key = try fields.required(.key)
        version = try fields.required(.version)
        names = try fields.required(.names)
        body = try fields.required(.body)
        purpose = try fields.required(.purpose)
        required = try fields.optional(.required, default: false)
    }

    /// `text-consent/3`.
    package var reference: String { "\(key)/\(version)" }
}
