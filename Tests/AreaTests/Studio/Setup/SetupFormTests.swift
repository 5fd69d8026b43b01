import Foundation
import JSON
import Kernel
import Studio
import StudioAPI
import TestKit
import Testing
import Web

@Suite("Forms of the scheduling rules")
struct SetupFormTests {
    /// Every definition of every shipped blueprint that has a form, and some that use each field.
    private static func documents() throws -> [(SetupKind, AnyDefinition)] {
        let folder = ShippedDefinitions.root + "/blueprints"
        var found: [AnyDefinition] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            found += try BlueprintFolder.read("\(folder)/\(name)").definitions
        }
        found += try RichDefinitions.all()
        return found.compactMap { definition in
            SetupKind.allCases.first { $0.kind == definition.kind }.map { ($0, definition) }
        }
    }

    private static func options(_ source: SetupField.Source) -> [String] {
        if case .codes(let codes, _) = source { codes } else { [] }
    }

    /// The form as a browser would send it: filled, carried over, read again.
    private static func sent(_ tree: FormTree, _ kind: SetupKind) -> FormState {
        let filled = FormState(tree, kind.allFields)
        return FormState(FormFields(filled.carried.map { ($0.name, $0.value) }), kind.allFields)
    }

    @Test("a form that is sent as it was shown changes nothing, of no definition of any shipped blueprint")
    func untouched() throws {
        let documents = try Self.documents()
        #expect(documents.count > 30)
        for (kind, definition) in documents {
            let tree = try FormTree(definition)
            let reader = FormReader(Self.sent(tree, kind), onto: tree, kind.allFields, options: Self.options)
            #expect(reader.wrong == [], "\(definition.key)")
            #expect(reader.tree == tree, "\(definition.key)")
            #expect(try reader.tree.definition() == definition, "\(definition.key)")
        }
    }

    @Test("every value of a definition has a field, so that a new rule cannot be forgotten here")
    func covered() throws {
        for (kind, definition) in try Self.documents() {
            var known: Set<String> = ["kind", "key"]
            func add(_ fields: [SetupField], _ prefix: String) {
                for field in fields {
                    known.insert(prefix + field.name)
                    if case .localized = field.control {
                        known.formUnion(["en", "es"].map { "\(prefix)\(field.name).\($0)" })
                    }
                    if case .rows(let rows) = field.control { add(rows.fields, prefix + field.name + ".") }
                }
            }
            add(kind.allFields, "")
            let leaves = Self.leaves(try JSONValue(parsing: Array(JSONEncoder().encode(definition))), "")
            // An absence is for all visit types, and a resource has absences only.
            if kind == .resources { known.insert("exceptions.visitTypes") }
            let bare = leaves.filter { leaf in
                !known.contains(leaf) && !known.contains { $0.hasPrefix(leaf + ".") }
            }
            #expect(bare.sorted() == [], "\(kind.rawValue)")
        }
    }

    /// The paths of all values, places in lists left out.
    private static func leaves(_ value: JSONValue, _ path: String) -> Set<String> {
        var found: Set<String> = []
        for member in value.object?.members ?? [] {
            found.formUnion(leaves(member.value, path.isEmpty ? member.key : "\(path).\(member.key)"))
        }
        for element in value.array ?? [] { found.formUnion(leaves(element, path)) }
        return found.isEmpty ? [path] : found
    }

    @Test("a field that is changed changes itself alone, and white space and what is not shown stay")
    func alone() throws {
        let definition = try RichDefinitions.visitType()
        let tree = try FormTree(definition)
        let kind = SetupKind.visitTypes
        var fields = FormState(tree, kind.allFields).carried.filter { $0.name != "minutes" }
        fields.append((name: "minutes", value: "35"))
        let state = FormState(FormFields(fields.map { ($0.name, $0.value) }), kind.allFields)
        let reader = FormReader(state, onto: tree, kind.allFields, options: Self.options)
        guard case .visitType(var visit) = definition else { return }
        visit.minutes = 35
        #expect(try reader.tree.definition() == .visitType(visit))
        #expect(visit.prep?.texts[.english] == "Bring:\n  your card\n")
    }

    @Test("rows are added, moved and taken out, and each keeps what it says")
    func rows() throws {
        let definition = AnyDefinition.waitlistPolicy(.builtIn)
        let tree = try FormTree(definition)
        let fields = SetupKind.waitlist.allFields
        var state = Self.sent(tree, .waitlist)
        state.act("up:priorities:2", fields)
        state.act("remove:waves:0", fields)
        state.act("add:waves", fields)
        // None of these is an order.
        for order in ["remove:waves:9", "up:waves:0", "remove:nothing:0", "add", "remove:waves:x", "", "up:waves:-1"] {
            state.act(order, fields)
        }
        let reader = FormReader(state, onto: tree, fields, options: Self.options)
        #expect(reader.wrong.map(\.path).sorted() == ["waves[2].answerMinutes", "waves[2].offers"])
        state.act("remove:waves:2", fields)
        let again = FormReader(state, onto: tree, fields, options: Self.options)
        guard case .waitlistPolicy(let policy) = try again.tree.definition() else { return }
        #expect(policy.priorities.map(\.key) == ["urgent", "routine", "soon"])
        #expect(policy.waves == Array(WaitlistPolicyDefinition.builtIn.waves.dropFirst()))
    }

    private static func checkIn(_ state: FormState, _ tree: FormTree) throws -> CheckInRule? {
        let reader = FormReader(state, onto: tree, SetupKind.visitTypes.allFields, options: Self.options)
        #expect(reader.wrong == [])
        guard case .visitType(let visit) = try reader.tree.definition() else { return nil }
        return visit.rules.checkIn
    }

    @Test("rows within a row are added, moved and taken out, and go with it")
    func innerRows() throws {
        let tree = try FormTree(try RichDefinitions.visitType())
        let fields = SetupKind.visitTypes.allFields
        let list = "rules.checkIn.questions"
        var state = Self.sent(tree, .visitTypes)
        let before = try #require(try Self.checkIn(state, tree))
        state.act("up:\(list)[0].choices:1", fields)
        state.act("up:\(list):1", fields)
        for order in ["add:\(list)[2].choices", "add:\(list)[0]", "add:\(list)[0].text", "remove:\(list)[0].choices:0"]
        {
            state.act(order, fields)
        }
        let moved = try #require(try Self.checkIn(state, tree))
        #expect(moved.questions.map(\.key) == ["changes", "way"])
        #expect(moved.questions[1].choices == before.questions[0].choices.reversed())
        #expect(moved.questions[1].text == before.questions[0].text && moved.questions[0].choices == [])
        state.act("add:\(list)[1].choices", fields)
        state.act("remove:\(list)[1].choices:1", fields)
        state.act("remove:\(list):0", fields)
        state.act("add:\(list)", fields)
        // A browser sends what was typed.
        let typed =
            state.carried + [
                ("\(list)[0].choices[1].names.en", "10 or more"), ("\(list)[1].text.en", "Which pharmacy do you use?"),
            ]
        let added = Set(["\(list)[0].choices[1].names.en", "\(list)[1].text.en"])
        state = FormState(
            FormFields(typed.filter { !added.contains($0.name) || !$0.value.isEmpty }.map { ($0.name, $0.value) }),
            fields)
        let changed = try #require(try Self.checkIn(state, tree))
        #expect(changed.questions.map(\.key) == ["way", "which-pharmacy-do-you-use"])
        #expect(changed.questions[0].choices.map(\.key) == ["car", "10-or-more"])
        #expect(changed.questions[1].answer == .yesNo && changed.documents == before.documents)
    }

    @Test("a part that is not there takes what belongs to it along, and asks for nothing")
    func parts() throws {
        let fields = SetupKind.visitTypes.allFields
        let tree = try FormTree(try RichDefinitions.visitType())
        let whole = FormState(tree, fields).carried.map { ($0.name, $0.value) }
        let without = FormState(FormFields(whole.filter { $0.0 != "rules.checkIn" }), fields)
        #expect(try Self.checkIn(without, tree) == nil)
        guard case .visitType(var visit) = try tree.definition() else { return }
        visit.rules.checkIn = nil
        let bare = try FormTree(.visitType(visit))
        #expect(try Self.checkIn(Self.sent(bare, .visitTypes), bare) == nil)
        let ticked = FormState(bare, fields).carried.map { ($0.name, $0.value) } + [("rules.checkIn", "yes")]
        #expect(try Self.checkIn(FormState(FormFields(ticked), fields), bare) == CheckInRule())
    }

    @Test("more blocks than may be added here are kept, when a folder brought them")
    func moreThanAdded() throws {
        guard case .practitioner(var person) = try RichDefinitions.practitioner() else { return }
        person.templates = Array(repeating: person.templates[0], count: 70)
        let tree = try FormTree(.practitioner(person))
        let state = Self.sent(tree, .practitioners)
        let reader = FormReader(state, onto: tree, SetupKind.practitioners.allFields, options: Self.options)
        #expect(reader.wrong == [] && reader.tree == tree)
    }

    @Test("a form that says it has a million rows has as many as are read")
    func manyRows() throws {
        let fields = SetupKind.waitlist.allFields
        let state = FormState(FormFields([("waves~count", "1000000"), ("priorities~count", "-3")]), fields)
        #expect(state.carried.contains { $0.name == "waves~count" && $0.value == "400" })
        #expect(state.carried.contains { $0.name == "priorities~count" && $0.value == "0" })
    }

    @Test(
        "what cannot be read is told by its field",
        arguments: [
            ("minutes", "25 minutes", "number"), ("minutes", "-1", "negative"), ("minutes", "10000000", "large"),
            ("minutes", "", "missing"), ("minutes", "99999999999999999999999", "number"),
            ("modality", "pigeon", "choice"),
            ("rules.startsWithin~from", "25:00", "clock"), ("rules.startsWithin~from", "12:00", "turned"),
            ("rules.startsWithin~to", "", "half"), ("names.en", "", "missing"),
            ("names.es", String(repeating: "x", count: 81), "long"), ("rules.linked[0].maxGapMinutes", "x", "number"),
        ])
    func told(name: String, value: String, text: String) throws {
        let tree = try FormTree(try RichDefinitions.visitType())
        let kind = SetupKind.visitTypes
        var fields = FormState(tree, kind.allFields).carried.filter { $0.name != name }
        fields.append((name: name, value: value))
        let state = FormState(FormFields(fields.map { ($0.name, $0.value) }), kind.allFields)
        let reader = FormReader(state, onto: tree, kind.allFields, options: Self.options)
        #expect(reader.wrong.map(\.text) == [text])
        #expect(reader.wrong.allSatisfy { name.hasPrefix($0.path) })
    }

    /// The same numbers in each run. Source: Steele, Lea and Flood, SplitMix64.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test("forms made of noise are read without harm")
    func noise() throws {
        var random = Numbers(state: 7)
        let values = [
            "", "-", "0", "9999999", "24:00", "00:00", "2026-02-30", "a,b,,", "😀", "08:00-09:00", "yes", "[0]",
        ]
        for kind in SetupKind.allCases {
            guard let (_, definition) = try Self.documents().first(where: { $0.0 == kind }) else { continue }
            let tree = try FormTree(definition)
            let names = FormState(tree, kind.allFields).carried.map(\.name)
            for _ in 0..<200 {
                let fields = names.map { ($0, values.randomElement(using: &random) ?? "") }
                let state = FormState(FormFields(fields), kind.allFields)
                let reader = FormReader(state, onto: tree, kind.allFields, options: Self.options)
                // Wrong or right, it never stops the process; and what is right can be looked at.
                if reader.wrong.isEmpty, let read = try? reader.tree.definition() {  // a tree that is none is refused
                    _ = read.value.problems()
                }
            }
        }
    }
}
