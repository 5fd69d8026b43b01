// StudioAPI: configuration as typed documents.
//
// The rules of this module:
// - All that an implementer decides is a **definition**: a small document of one kind with a key, written in YAML,
//   versioned, edited in Studio or applied from a folder (a **blueprint**).
// - Decoding is strict: an unknown field, a wrong type, or a time that is none is an error that names its place. What
//   a type cannot say by itself is said by `problems()`, everything together. What only shows between documents (a key
//   that leads nowhere, a visit nobody can give) is said by `Blueprint.problems()`.
// - Keys are written in rows and events, so a key never changes its meaning.
// - Words that people read are `LocalizedText`; words that machines read are keys and closed enums.
// - Reading is by value: an area takes a `Configuration` once for a piece of work and keeps to it.

import Vault

/// The kinds of definition. The raw value is the `kind:` of a document.
package enum DefinitionKind: String, Sendable, CaseIterable, Codable {
    case organization
    case location
    case serviceLine = "service-line"
    case practitioner
    case visitType = "visit-type"
    case reminderPlan = "reminder-plan"
    case role
    case messageTemplate = "message-template"
    case consentPolicy = "consent-policy"
    case serviceLevel = "service-level"
    case team
    case proxyPolicy = "proxy-policy"
    case waitlistPolicy = "waitlist-policy"
    case retention
    case resource
    case referralPolicy = "referral-policy"
    case delayPolicy = "delay-policy"
}

/// What every definition has. The document's `kind:` stands beside these fields and belongs to its envelope.
package protocol Definition: Codable, Sendable, Equatable {
    static var kind: DefinitionKind { get }
    /// Lower-case words joined by hyphens, at most 60 characters; unique within its kind.
    var key: String { get }
    /// Everything that is wrong with this document by itself. Empty: it may be published.
    func problems() -> [DefinitionProblem]
}

/// One thing that is wrong with a definition, in a plain sentence, and where.
package struct DefinitionProblem: Sendable, Equatable, Codable {
    package enum Severity: String, Sendable, Codable {
        /// Keeps the definition from being published.
        case error
        /// Allowed, and worth a look.
        case warning
    }

    package let severity: Severity
    package let kind: DefinitionKind
    package let key: String
    /// The field within the document: `openingHours.mon[1]`.
    package let path: String
    package let sentence: String

    package init(
        _ kind: DefinitionKind, _ key: String, _ path: String, _ sentence: String, severity: Severity = .error
    ) {
        self.severity = severity
        self.kind = kind
        self.key = key
        self.path = path
        self.sentence = sentence
    }
}

extension DefinitionProblem: CustomStringConvertible {
    package var description: String { "\(severity): \(kind.rawValue) \(key), \(path): \(sentence)" }
}

/// Gathers the problems of one definition.
struct Findings {
    let kind: DefinitionKind
    let key: String
    private(set) var problems: [DefinitionProblem] = []

    init<D: Definition>(_ definition: D) {
        kind = D.kind
        key = definition.key
        if !isKey(definition.key) {
            error("key", "“\(definition.key)” is no key: use lower-case letters, digits and hyphens, 60 at most.")
        }
    }

    mutating func error(_ path: String, _ sentence: String) {
        problems.append(DefinitionProblem(kind, key, path, sentence))
    }

    mutating func warning(_ path: String, _ sentence: String) {
        problems.append(DefinitionProblem(kind, key, path, sentence, severity: .warning))
    }

    mutating func require(_ condition: Bool, _ path: String, _ sentence: String) {
        if !condition { error(path, sentence) }
    }

    mutating func requireText(_ text: String, _ path: String, atMost limit: Int = 200) {
        require(!text.trimmed.isEmpty, path, "This may not be empty.")
        require(text.count <= limit, path, "This is \(text.count) characters long; \(limit) are allowed.")
    }

    /// Names of labels that make something more sensitive than others.
    mutating func check(labels: [String]) {
        requireDistinct(labels, "labels")
        for (index, label) in labels.enumerated() where Labels(code: label) == nil {
            error(
                "labels[\(index)]",
                "“\(label)” is no label; they are \(Labels.kinds.map(\.code).joined(separator: ", ")).")
        }
    }

    mutating func requireDistinct<Value: Hashable>(_ values: [Value], _ path: String) {
        var seen: Set<Value> = []
        for (index, value) in values.enumerated() where !seen.insert(value).inserted {
            error("\(path)[\(index)]", "“\(value)” is listed twice.")
        }
    }
}

/// `knee-surgery-consult`: begins with a letter, no hyphen at an end, none doubled.
func isKey(_ text: String) -> Bool {
    guard (1...60).contains(text.utf8.count), let first = text.utf8.first, (97...122).contains(first) else {
        return false
    }
    var previous = first
    for byte in text.utf8 {
        switch byte {
        case 97...122, 48...57: break
        case 45 where previous != 45: break
        default: return false
        }
        previous = byte
    }
    return previous != 45
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
