import JSON
import Kernel
import TimeZones
import Web

/// Reads fields of a query or a JSON body and keeps all that is wrong with them, to be told together.
struct QueryFields {
    private let value: (String) -> String?
    private(set) var problems: [Fault.Field] = []

    init(_ query: FormFields) {
        value = { query.trimmed($0) }
    }

    /// Members that are strings; another type is a problem, null is as absent.
    init(_ body: JSONValue, _ known: Set<String>) {
        value = { body[$0]?.string }
        for member in body.object?.members ?? [] {
            if !known.contains(member.key) {
                problems.append(.init(member.key, "Not a known field."))
            } else if member.value.string == nil, !member.value.isNull {
                problems.append(.init(member.key, "Must be a text."))
            }
        }
    }

    mutating func text(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }

    mutating func required(_ name: String) -> String {
        guard let text = text(name) else {
            problems.append(.init(name, "This is needed."))
            return ""
        }
        return text
    }

    mutating func date(_ name: String) -> CivilDate? {
        guard let text = text(name) else { return nil }
        guard let date = CivilDate(iso: text), (1970...2200).contains(date.year) else {
            problems.append(.init(name, "A date such as 2026-11-30."))
            return nil
        }
        return date
    }

    mutating func localTime(_ name: String) -> CivilDateTime? {
        guard let text = text(name) else { return nil }
        guard let local = CivilDateTime(iso: text), (1970...2200).contains(local.date.year) else {
            problems.append(.init(name, "A local date and time such as 2026-11-30T09:40."))
            return nil
        }
        return local
    }

    mutating func number(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            problems.append(.init(name, "A number from \(range.lowerBound) to \(range.upperBound)."))
            return nil
        }
        return number
    }

    mutating func id<Subject>(_ name: String, of _: Subject.Type) -> ID<Subject>? {
        guard let text = text(name) else { return nil }
        guard let id = ID<Subject>(text) else {
            problems.append(.init(name, "An id of 13 characters."))
            return nil
        }
        return id
    }

    /// Values between commas.
    mutating func list<Value>(_ name: String, _ problem: String, _ read: (String) -> Value?) -> [Value] {
        guard let text = text(name) else { return [] }
        let parts = text.split(separator: ",").map(String.init)
        let values = parts.compactMap(read)
        if values.count < parts.count { problems.append(.init(name, problem)) }
        return values
    }

    /// Something else that is wrong with a field.
    mutating func note(_ name: String, _ problem: String) { problems.append(.init(name, problem)) }

    func check() throws(Fault) {
        if !problems.isEmpty { throw Fault.invalid(problems) }
    }
}
