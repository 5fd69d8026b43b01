import JSON
package import Web

/// What stands in the controls of a form: as it was filled from a definition, or as it was typed.
package struct FormState: Sendable, Equatable {
    /// By the name of the control: a path, with an ending for controls of several parts.
    private(set) var values: [String: [String]] = [:]
    /// How many rows a list has, by its path.
    private(set) var counts: [String: Int] = [:]

    package init() {}

    subscript(name: String) -> String { values[name]?.first ?? "" }
    func all(_ name: String) -> [String] { values[name] ?? [] }
    func count(_ name: String) -> Int { counts[name] ?? 0 }
    mutating func set(_ name: String, _ texts: [String]) { values[name] = texts }

    // MARK: From a definition

    package init(_ tree: FormTree, _ fields: [SetupField]) {
        fill(tree, fields, "")
    }

    private mutating func fill(_ tree: FormTree, _ fields: [SetupField], _ prefix: String) {
        for field in fields { fill(tree, field, prefix + field.name) }
    }

    private mutating func fill(_ tree: FormTree, _ field: SetupField, _ path: String) {
        let value = tree[path]
        switch field.control {
        case .text, .prose, .clock, .date, .choice, .number, .hidden: values[path] = [Self.text(value)]
        case .lines: values[path] = [Self.texts(value).joined(separator: "\n")]
        case .words, .hours: values[path] = [Self.texts(value).joined(separator: ", ")]
        case .choices: values[path] = Self.texts(value)
        case .flag: values[path] = value?.bool == true ? ["yes"] : []
        case .part: values[path] = value == nil ? [] : ["yes"]
        case .span(let days): fill(path, value?.int.map { Int($0) }, days: days)
        case .stretch:
            let parts = (value?.string ?? "").split(separator: "-").map(String.init)
            values[path + "~from"] = [parts.first ?? ""]
            values[path + "~to"] = [parts.count > 1 ? parts[1] : ""]
        case .localized:
            for language in ["en", "es"] { values["\(path).\(language)"] = [value?[language]?.string ?? ""] }
        case .rows(let rows):
            let count = value?.array?.count ?? 0
            counts[path] = count
            for index in 0..<count {
                values["\(path)[\(index)]~was"] = [String(index)]
                fill(tree, rows.fields, "\(path)[\(index)].")
            }
        }
    }

    /// In the largest unit that gives a whole number.
    private mutating func fill(_ path: String, _ minutes: Int?, days: Bool) {
        let (number, unit) = Self.span(minutes ?? 0, days: days)
        values[path] = [minutes == nil ? "" : String(number)]
        values[path + "~unit"] = [minutes == nil ? (days ? "days" : "hours") : unit]
    }

    static func span(_ minutes: Int, days: Bool) -> (number: Int, unit: String) {
        if minutes == 0 { return (0, "minutes") }
        if days, minutes.isMultiple(of: 1_440) { return (minutes / 1_440, "days") }
        if minutes.isMultiple(of: 60) { return (minutes / 60, "hours") }
        return (minutes, "minutes")
    }

    private static func text(_ value: JSONValue?) -> String {
        value?.string ?? value?.int.map(String.init) ?? ""
    }

    private static func texts(_ value: JSONValue?) -> [String] { value?.array?.map { text($0) } ?? [] }

    // MARK: From a form that was sent

    /// More rows than this are not read.
    static let mostRows = 400
    /// Nor more than this of a list within a row.
    static let mostInner = 40

    /// Names of controls that a form of these fields does not have are left out.
    package init(_ form: FormFields, _ fields: [SetupField]) {
        var sent: [String: [String]] = [:]
        for (name, value) in form.fields { sent[name, default: []].append(Self.lines(value)) }
        read(sent, fields, "")
    }

    /// Browsers end lines with two characters, and people begin and end with blanks that nobody sees.
    static func lines(_ text: String) -> String {
        let lines = text.replacing("\r\n", with: "\n").drop(while: \.isWhitespace)
        return lines.lastIndex { !$0.isWhitespace }.map { String(lines[...$0]) } ?? ""
    }

    private mutating func read(_ sent: [String: [String]], _ fields: [SetupField], _ prefix: String) {
        for field in fields {
            let path = prefix + field.name
            for name in Self.names(field, path) { values[name] = sent[name] ?? [] }
            guard let rows = field.rows else { continue }
            // A folder may have brought more than are added here: none is lost.
            let most = prefix.isEmpty ? Self.mostRows : Self.mostInner
            let count = min(max(sent[path + "~count"]?.first.flatMap { Int($0) } ?? 0, 0), most)
            counts[path] = count
            for index in 0..<count {
                values["\(path)[\(index)]~was"] = sent["\(path)[\(index)]~was"] ?? []
                values["\(path)[\(index)]~new"] = sent["\(path)[\(index)]~new"] ?? []
                read(sent, rows.fields, "\(path)[\(index)].")
            }
        }
    }

    /// The names of a field's controls.
    static func names(_ field: SetupField, _ path: String) -> [String] {
        switch field.control {
        case .rows: []
        case .span: [path, path + "~unit"]
        case .stretch: [path + "~from", path + "~to"]
        case .localized: [path + ".en", path + ".es"]
        default: [path]
        }
    }

    // MARK: Rows

    /// What a button asks of the rows: `add:templates`, `add:templates:mon`, `remove:templates:2`, `up:waves:1`; of
    /// rows within a row, `add:rules.checkIn.questions[0].choices`.
    package mutating func act(_ order: String, _ fields: [SetupField]) {
        let parts = order.split(separator: ":").map(String.init)
        // A list that is there has its count.
        guard parts.count >= 2, let count = counts[parts[1]], let rows = Self.rows(FormTree.plain(parts[1]), fields)
        else { return }
        let path = parts[1]
        let place = parts.count > 2 ? Int(parts[2]) : nil
        switch parts[0] {
        case "add" where count < rows.atMost:
            counts[path] = count + 1
            fillNew(rows, "\(path)[\(count)]")
            if parts.count > 2, SetupFields.weekdays.contains(parts[2]) {
                values["\(path)[\(count)].weekdays"] = [parts[2]]
            }
        case "remove":
            guard let place, (0..<count).contains(place) else { return }
            renumber(path) { $0 == place ? nil : $0 > place ? $0 - 1 : $0 }
            counts[path] = count - 1
        case "up":
            guard let place, place > 0, place < count else { return }
            renumber(path) { $0 == place ? place - 1 : $0 == place - 1 ? place : $0 }
        default: break
        }
    }

    private mutating func fillNew(_ rows: SetupRows, _ row: String) {
        let filled = FormState(FormTree(rows.blank), rows.fields)
        for (name, texts) in filled.values { values["\(row).\(name)"] = texts }
        for (name, count) in filled.counts { counts["\(row).\(name)"] = count }
        // Opened, for it has to be filled in.
        values[row + "~new"] = ["yes"]
    }

    /// The rows at a path without places in lists.
    private static func rows(_ plain: String, _ fields: [SetupField]) -> SetupRows? {
        for field in fields {
            guard let rows = field.rows else { continue }
            if field.name == plain { return rows }
            guard plain.hasPrefix(field.name + ".") else { continue }
            if let inner = Self.rows(String(plain.dropFirst(field.name.count + 1)), rows.fields) { return inner }
        }
        return nil
    }

    /// Gives each row of a list another place, with all that is in it; nil: it goes.
    private mutating func renumber(_ path: String, _ place: (Int) -> Int?) {
        values = Self.renumbered(values, path + "[", place)
        counts = Self.renumbered(counts, path + "[", place)
    }

    private static func renumbered<Value>(
        _ all: [String: Value], _ start: String, _ place: (Int) -> Int?
    ) -> [String: Value] {
        var moved: [String: Value] = [:]
        for (name, value) in all {
            let rest = name.dropFirst(start.count)
            guard name.hasPrefix(start), let end = rest.firstIndex(of: "]"), let index = Int(rest[..<end]) else {
                moved[name] = value
                continue
            }
            if let new = place(index) { moved["\(start)\(new)\(rest[end...])"] = value }
        }
        return moved
    }

    /// Every control with its value, to carry the form through another page.
    package var carried: [(name: String, value: String)] {
        values.flatMap { name, texts in texts.map { (name, $0) } }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
            + counts.map { ($0.key + "~count", String($0.value)) }.sorted { $0.0 < $1.0 }
    }
}
