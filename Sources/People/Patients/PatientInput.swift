import JSON
import Kernel
import PeopleAPI
import StudioAPI
import TimeZones
import Vault

/// Reads a person from the outside, once, into values that prove themselves; every field error is told together.
struct PatientInput {
    private let object: JSONObject
    private let caller: Caller
    private let locations: Set<String>?
    private let zones: TimeZoneDatabase
    private(set) var problems: [Fault.Field] = []

    /// - Parameter locations: the keys that may be named; nil: none are looked at.
    init(_ body: JSONValue, caller: Caller, locations: Set<String>?, zones: TimeZoneDatabase) {
        object = body.object ?? JSONObject()
        self.caller = caller
        self.locations = locations
        self.zones = zones
    }

    static let names: Set<String> = [
        "given", "family", "preferredName", "birthDate", "gender", "language", "needsInterpreter", "mrn", "phones",
        "email", "address", "zone", "contactPreference", "coverage", "flags", "deceased", "locations", "restricted",
        "labels",
    ]
    static let changeable = names.subtracting([
        "mrn", "phones", "email", "coverage", "locations", "restricted", "labels",
    ])

    // MARK: A new patient

    mutating func newPatient(source: String) throws(Fault) -> NewPatient {
        refuseUnknown(Self.names)
        var person = NewPatient()
        person.source = source
        person.given = texts("given") ?? []
        person.family = text("family")
        person.preferredName = text("preferredName")
        person.birthDate = date("birthDate")
        person.gender = text("gender")
        person.language = text("language") ?? "en"
        person.needsInterpreter = flag("needsInterpreter") ?? false
        person.mrn = text("mrn")
        person.phones = phones()
        person.email = text("email")
        let address = part("address", names: ["lines", "city", "state", "postalCode"])
        person.addressLines = address.flatMap { texts("lines", in: $0, at: "address.lines") } ?? []
        person.city = address.flatMap { text("city", in: $0, at: "address.city") }
        person.state = address.flatMap { text("state", in: $0, at: "address.state") }
        person.postalCode = address.flatMap { text("postalCode", in: $0, at: "address.postalCode") }
        person.zone = zone()
        person.contactPreference = text("contactPreference")
        let coverage = part("coverage", names: ["payer", "plan", "memberId"])
        person.coveragePayer = coverage.flatMap { text("payer", in: $0, at: "coverage.payer") }
        person.coveragePlan = coverage.flatMap { text("plan", in: $0, at: "coverage.plan") }
        person.memberID = coverage.flatMap { text("memberId", in: $0, at: "coverage.memberId") }
        person.flags = texts("flags") ?? []
        person.deceased = flag("deceased") ?? false
        person.locations = locationIDs()
        person.labels = labels()
        if flag("restricted") ?? false { person.labels.insert(.restricted) }
        problems += PatientRules.problems(person).filter { rule in !problems.contains { $0.path == rule.path } }
        if !problems.isEmpty { throw Fault.invalid(problems) }
        return person
    }

    // MARK: Changes

    /// RFC 7396: a field that is null is emptied, a field that is absent stays.
    mutating func changes() throws(Fault) -> PatientChanges {
        refuseUnknown(Self.changeable)
        var changes = PatientChanges()
        changes.given = change("given") { $0.texts("given") }
        changes.family = change("family") { $0.text("family") }
        changes.preferredName = change("preferredName") { $0.text("preferredName") }
        changes.birthDate = change("birthDate") { $0.date("birthDate") }
        changes.gender = change("gender") { $0.text("gender") }
        changes.language = change("language") { $0.text("language") }
        changes.needsInterpreter = change("needsInterpreter") { $0.flag("needsInterpreter") }
        changes.zone = change("zone") { $0.zone() }
        changes.contactPreference = change("contactPreference") { $0.text("contactPreference") }
        changes.flags = change("flags") { $0.texts("flags") }
        changes.deceased = change("deceased") { $0.flag("deceased") }
        if object["address"] != nil {
            let address = part("address", names: ["lines", "city", "state", "postalCode"])
            changes.addressLines = .set(address.flatMap { texts("lines", in: $0, at: "address.lines") })
            changes.city = .set(address.flatMap { text("city", in: $0, at: "address.city") })
            changes.state = .set(address.flatMap { text("state", in: $0, at: "address.state") })
            changes.postalCode = .set(address.flatMap { text("postalCode", in: $0, at: "address.postalCode") })
        }
        if object["language"]?.isNull == true {
            problems.append(Fault.Field("language", "A language cannot be emptied."))
        }
        if changes == PatientChanges() && problems.isEmpty {
            problems.append(Fault.Field("", "Nothing is to be changed: name at least one field."))
        }
        if !problems.isEmpty { throw Fault.invalid(problems) }
        return changes
    }

    private mutating func change<Value>(
        _ name: String, _ read: (inout PatientInput) -> Value?
    ) -> FieldChange<Value> where Value: Sendable & Equatable {
        object[name] == nil ? .keep : .set(read(&self))
    }

    // MARK: Fields

    private mutating func labels() -> Labels {
        let codes = texts("labels") ?? []
        if codes.contains(where: { Labels(code: $0) == nil }) {
            let known = Labels.kinds.map(\.code).joined(separator: ", ")
            problems.append(Fault.Field("labels", "Some of \(known)."))
        }
        return Labels(codes: codes)
    }

    private mutating func refuseUnknown(_ known: Set<String>) {
        for key in object.keys where !known.contains(key) {
            problems.append(Fault.Field(String(key.prefix(60)), "There is no such field."))
        }
    }

    private mutating func part(_ name: String, names: Set<String>) -> JSONObject? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let part = value.object else {
            problems.append(Fault.Field(name, "This must be an object."))
            return nil
        }
        for key in part.keys where !names.contains(key) {
            problems.append(Fault.Field("\(name).\(key.prefix(60))", "There is no such field."))
        }
        return part
    }

    private mutating func text(_ name: String, in part: JSONObject? = nil, at path: String? = nil) -> String? {
        guard let value = (part ?? object)[name], !value.isNull else { return nil }
        guard let text = value.string else {
            problems.append(Fault.Field(path ?? name, "This must be a text."))
            return nil
        }
        let trimmed = text.trimmed
        return trimmed.isEmpty ? nil : trimmed
    }

    private mutating func texts(_ name: String, in part: JSONObject? = nil, at path: String? = nil) -> [String]? {
        guard let value = (part ?? object)[name], !value.isNull else { return nil }
        guard let list = value.array, list.allSatisfy({ $0.string != nil }) else {
            problems.append(Fault.Field(path ?? name, "This must be a list of texts."))
            return nil
        }
        return list.compactMap(\.string).map(\.trimmed).filter { !$0.isEmpty }
    }

    private mutating func flag(_ name: String) -> Bool? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let flag = value.bool else {
            problems.append(Fault.Field(name, "This must be true or false."))
            return nil
        }
        return flag
    }

    private mutating func date(_ name: String) -> CivilDate? {
        guard let text = text(name) else { return nil }
        guard let date = CivilDate(iso: text) else {
            problems.append(Fault.Field(name, "A day of the calendar such as 1961-06-14."))
            return nil
        }
        return date
    }

    private mutating func zone() -> String? {
        guard let name = text("zone") else { return nil }
        guard zones.has(name) else {
            problems.append(Fault.Field("zone", "The name of a time zone such as America/Denver."))
            return nil
        }
        return name
    }

    private mutating func phones() -> [(number: PhoneNumber, use: String)] {
        guard let value = object["phones"], !value.isNull else { return [] }
        guard let list = value.array else {
            problems.append(Fault.Field("phones", "This must be a list."))
            return []
        }
        var phones: [(number: PhoneNumber, use: String)] = []
        for (index, entry) in list.prefix(11).enumerated() {
            let written = entry.string ?? entry["number"]?.string
            guard let number = written.flatMap({ PhoneNumber($0) }) else {
                problems.append(Fault.Field("phones[\(index)].number", "A phone number with area code."))
                continue
            }
            let use = entry["use"]
            if let use, use.string == nil {
                problems.append(Fault.Field("phones[\(index)].use", "One of mobile, home, work."))
            }
            phones.append((number, use?.string ?? "mobile"))
        }
        if list.count > 10 { problems.append(Fault.Field("phones", "At most ten phone numbers.")) }
        return phones
    }

    /// Keys of locations. A caller who is bound to some locations may name those only, and names them by default.
    private mutating func locationIDs() -> [ID<Location>] {
        var ids: [ID<Location>] = []
        for key in texts("locations") ?? [] {
            guard locations?.contains(key) ?? false else {
                problems.append(Fault.Field("locations", "There is no location with the key \(key.prefix(60))."))
                continue
            }
            ids.append(LocationKeys.id(key))
        }
        guard case .only(let allowed) = caller.locations else { return ids }
        if ids.contains(where: { !allowed.contains($0) }) {
            problems.append(Fault.Field("locations", "You may only name locations that you work at."))
        }
        return ids.isEmpty ? allowed.sorted() : ids
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
