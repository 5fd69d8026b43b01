import JSON
import StudioAPI
import TimeZones

/// Reads what stands in a form into the tree of a definition. What cannot be read is told by its field, and all of it
/// together. A field that says what it said before is not touched.
package struct FormReader {
    /// What is wrong with a field, as the key of its words and what they hold.
    package struct Wrong: Sendable, Equatable {
        package let path: String
        package let text: String
        package let value: String

        init(_ path: String, _ text: String, _ value: String = "") {
            self.path = path
            self.text = text
            self.value = value
        }
    }

    /// No number of a form is larger: so many minutes are nineteen years.
    static let largest = 9_999_999

    private let state: FormState
    private let base: FormTree
    private let before: FormState
    private let options: (SetupField.Source) -> [String]
    package private(set) var wrong: [Wrong] = []
    package private(set) var tree: FormTree

    /// `options`: the values that may be chosen from a source.
    package init(
        _ state: FormState, onto base: FormTree, _ fields: [SetupField],
        options: @escaping (SetupField.Source) -> [String]
    ) {
        self.state = state
        self.base = base
        self.options = options
        before = FormState(base, fields)
        tree = base
        // What belongs to a part that is not there is left out with it.
        let absent = fields.compactMap { field -> String? in
            if case .part = field.control { state.all(field.name).isEmpty ? field.name + "." : nil } else { nil }
        }
        for field in fields where !absent.contains(where: field.name.hasPrefix) {
            write(field, field.name, was: field.name)
        }
        for part in SetupKind.pruned where tree[part]?.object?.isEmpty == true && base[part] != tree[part] {
            tree[part] = nil
        }
    }

    /// Whether the field's controls hold what they held for the value at `was`.
    private func isUntouched(_ field: SetupField, _ path: String, _ was: String) -> Bool {
        zip(FormState.names(field, path), FormState.names(field, was)).allSatisfy { now, then in
            if case .choices = field.control { return Set(state.all(now)) == Set(before.all(then)) }
            return FormState.lines(state[now]) == FormState.lines(before[then])
        }
    }

    private mutating func write(_ field: SetupField, _ path: String, was: String?) {
        if let rows = field.rows { return writeRows(rows, path, was) }
        if let was, base[was] != nil || field.isOptional, isUntouched(field, path, was) { return }
        if let value = read(field, path, was) { tree[path] = value }
    }

    /// The value that a field says; nil: it is wrong, or was taken out already.
    private mutating func read(_ field: SetupField, _ path: String, _ was: String?) -> JSONValue? {
        let text = state[path]
        switch field.control {
        case .rows: return nil
        case .hidden:
            return .string(field.name == "key" && text.isEmpty ? newKey(String(path.dropLast(3))) : text)
        case .flag: return .bool(!state.all(path).isEmpty)
        case .part: return part(path)
        case .choices(let source): return choices(source, path, was)
        case .stretch: return stretch(field, path)
        case .localized(let limit, _): return localized(field, path, limit)
        case .lines: return list(field, path, text.split(separator: "\n"))
        case .words: return words(path, text)
        case .hours: return hours(field, path, text)
        case .text, .prose, .number, .span, .clock, .date, .choice: break
        }
        if text.isEmpty { return empty(field, path) }
        switch field.control {
        case .text(let limit), .prose(let limit):
            if text.count > limit { return note(path, "long", String(limit)) }
            return .string(text)
        case .number: return number(path, text).map { .int(Int64($0)) }
        case .span:
            let minutes = ["minutes": 1, "hours": 60, "days": 1_440][state[path + "~unit"]] ?? 1
            return number(path, text).map { .int(Int64($0 * minutes)) }
        case .clock: return ClockTime(text).map { .string($0.text) } ?? note(path, "clock", text)
        case .date: return CivilDate(iso: text).map { .string($0.iso) } ?? note(path, "date", text)
        case .choice(let source):
            guard options(source).contains(text) || was.map({ before[$0] == text }) ?? false else {
                return note(path, "choice")
            }
            if case .codes(_, "every") = source { return Int64(text).map(JSONValue.int) }
            return .string(text)
        default: return nil
        }
    }

    private mutating func empty(_ field: SetupField, _ path: String) -> JSONValue? {
        if field.isOptional {
            tree[path] = nil
            return nil
        }
        if case .choice = field.control { return note(path, "choice") }
        return note(path, "missing")
    }

    private mutating func note(_ path: String, _ text: String, _ value: String = "") -> JSONValue? {
        wrong.append(Wrong(path, text, String(value.prefix(60))))
        return nil
    }

    private mutating func number(_ path: String, _ text: String) -> Int? {
        guard let number = Int(text) else {
            _ = note(path, "number", text)
            return nil
        }
        guard (0...Self.largest).contains(number) else {
            _ = note(path, number < 0 ? "negative" : "large", text)
            return nil
        }
        return number
    }

    private mutating func part(_ path: String) -> JSONValue? {
        guard state.all(path).isEmpty else { return tree[path] ?? .object(JSONObject()) }
        tree[path] = nil
        return nil
    }

    /// In the order in which they stood; new ones after them.
    private mutating func choices(_ source: SetupField.Source, _ path: String, _ was: String?) -> JSONValue? {
        let chosen = state.all(path).filter { !$0.isEmpty }
        let old = was.map(before.all) ?? []
        let known = options(source)
        if let other = chosen.first(where: { !known.contains($0) && !old.contains($0) }) {
            return note(path, "choice", other)
        }
        let kept = old.filter(chosen.contains)
        let added = known.filter { chosen.contains($0) && !kept.contains($0) }
        return .array((kept + added).map { .string($0) })
    }

    private mutating func stretch(_ field: SetupField, _ path: String) -> JSONValue? {
        let (from, to) = (state[path + "~from"], state[path + "~to"])
        if from.isEmpty, to.isEmpty { return empty(field, path) }
        for text in [from, to] {
            if text.isEmpty { return note(path, "half") }
            if ClockTime(text) == nil { return note(path, "clock", text) }
        }
        guard let range = ClockRange("\(from)-\(to)") else { return note(path, "turned") }
        return .string(range.text)
    }

    private mutating func localized(_ field: SetupField, _ path: String, _ limit: Int) -> JSONValue? {
        let (english, spanish) = (state[path + ".en"], state[path + ".es"])
        if english.isEmpty, spanish.isEmpty, field.isOptional { return empty(field, path) }
        for (language, text) in [("en", english), ("es", spanish)] where text.count > limit {
            return note("\(path).\(language)", "long", String(limit))
        }
        if english.isEmpty { return note(path + ".en", "missing") }
        var object = tree[path]?.object ?? JSONObject()
        // What was not changed keeps its white space.
        if FormState.lines(object["en"]?.string ?? "") != english { object["en"] = .string(english) }
        if FormState.lines(object["es"]?.string ?? "") != spanish {
            object["es"] = spanish.isEmpty ? nil : .string(spanish)
        }
        return .object(object)
    }

    private mutating func list(_ field: SetupField, _ path: String, _ parts: [Substring]) -> JSONValue? {
        let texts = parts.map { FormState.lines(String($0)) }.filter { !$0.isEmpty }
        if texts.isEmpty { return note(path, "missing") }
        return .array(texts.map { .string($0) })
    }

    private mutating func words(_ path: String, _ text: String) -> JSONValue? {
        let words = text.split { ",\n".contains($0) }.map { FormState.lines(String($0)) }.filter { !$0.isEmpty }
        if let long = words.first(where: { $0.count > 80 }) { return note(path, "word", long) }
        return .array(words.map { .string($0) })
    }

    private mutating func hours(_ field: SetupField, _ path: String, _ text: String) -> JSONValue? {
        var ranges: [JSONValue] = []
        for part in text.split(whereSeparator: { ",;\n".contains($0) }) {
            // People write a dash between times.
            let words = FormState.lines(String(part)).replacing("–", with: "-")
            if words.isEmpty { continue }
            guard let range = ClockRange(words) else { return note(path, "hours", words) }
            ranges.append(.string(range.text))
        }
        if ranges.isEmpty { return empty(field, path) }
        return .array(ranges)
    }

    /// `was`: where the list stood, for the row that holds it may have been moved; nil: that row is new.
    private mutating func writeRows(_ rows: SetupRows, _ path: String, _ was: String?) {
        let count = state.count(path)
        let known = was.flatMap { base[$0]?.array } ?? []
        if count == 0, known.isEmpty { return }
        var places: [Int?] = []
        var list: [JSONValue] = []
        for index in 0..<count {
            let place = Int(state["\(path)[\(index)]~was"]).flatMap { known.indices.contains($0) ? $0 : nil }
            places.append(place)
            list.append(place.map { known[$0] } ?? rows.blank)
        }
        tree[path] = .array(list)
        for (index, place) in places.enumerated() {
            for field in rows.fields {
                let then = place.map { "\(was ?? path)[\($0)].\(field.name)" }
                write(field, "\(path)[\(index)].\(field.name)", was: then)
            }
        }
    }

    /// The key of a row that is new: of its name or its text.
    private func newKey(_ row: String) -> String {
        let name = state[row + "names.en"]
        // Answers such as `10 or more` are common, and these keys may begin with a digit.
        if row.hasPrefix("rules.checkIn.") {
            return Self.key(name.isEmpty ? state[row + "text.en"] : name, atMost: 40, digitsFirst: true)
        }
        return Self.key(name)
    }

    /// `Night shift lead` as `night-shift-lead`: a key that nobody has to think of. Empty: there is nothing to make it of.
    static func key(_ name: String, atMost: Int = 56, digitsFirst: Bool = false) -> String {
        let plain = name.lowercased().map { Self.unaccented[$0] ?? $0 }
        let letters = plain.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        var words = String(letters).split(separator: "-")[...]
        while !digitsFirst, let first = words.first, first.first?.isNumber == true { words = words.dropFirst() }
        var key = words.joined(separator: "-").prefix(atMost)
        while key.last == "-" { key = key.dropLast() }
        return key == "new" ? "new-1" : String(key)
    }

    private static let unaccented: [Character: Character] = [
        "á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u", "ü": "u", "ñ": "n",
    ]
}
