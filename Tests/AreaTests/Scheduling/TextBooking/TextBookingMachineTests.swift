import Kernel
import Scheduling
import SchedulingAPI
import StudioAPI
import Testing

@Suite("Booking by text: the machine")
struct TextBookingMachineTests {
    private typealias Machine = TextBookingMachine

    private static func visit(_ number: Int64) -> ID<Appointment> { ID(raw: number) }

    /// What a text of a kind leads to, first of all.
    private static func begin(_ kind: TextAsk.Kind, _ meant: TextBookingMeant) -> Machine.Next {
        Machine.apply(.asked(meant), to: TextBookingState(kind))
    }

    @Test("a visit that is meant is moved or asked about, several are numbered, and what is not plain is a person's")
    func visits() {
        let one = Self.visit(1), two = Self.visit(2)
        let many = (1...10).map { Self.visit(Int64($0)) }
        let rows: [(TextAsk.Kind, TextBookingMeant, TextBookingPhase, TextBookingAction)] = [
            (.move, TextBookingMeant(visits: [one]), .choosingTime, .offer(.first)),
            (.cancel, TextBookingMeant(visits: [one]), .confirmingCancel, .askCancel),
            (.move, TextBookingMeant(visits: [one, two]), .choosingVisit, .askVisit([one, two])),
            (.cancel, TextBookingMeant(visits: [one, two]), .choosingVisit, .askVisit([one, two])),
            (.cancel, TextBookingMeant(visits: [one], hasOthers: true), .choosingVisit, .askVisit([one])),
            (.move, TextBookingMeant(), .handedOver, .handOver(.noVisit)),
            (.move, TextBookingMeant(hasOthers: true), .handedOver, .handOver(.noVisit)),
            (.cancel, TextBookingMeant(visits: [one], isLabelled: true), .handedOver, .handOver(.labelled)),
            (.move, TextBookingMeant(visits: many), .handedOver, .handOver(.tooMany)),
        ]
        for (kind, meant, phase, action) in rows {
            let next = Self.begin(kind, meant)
            #expect(next.state.phase == phase && next.action == action, "\(kind) \(meant)")
        }
        #expect(Self.begin(.move, TextBookingMeant(visits: [one])).state.visit == one)
    }

    @Test("the type is the one that is named, or the only one; else it is asked")
    func types() {
        let rows: [([String], [String], TextBookingAction, String?)] = [
            (["a"], [], .offer(.first), "a"), (["a", "b"], ["b"], .offer(.first), "b"),
            (["a", "b"], [], .askType(["a", "b"]), nil), (["a", "b", "c"], ["a", "c"], .askType(["a", "c"]), nil),
            ([], [], .handOver(.noType), nil), (["a"], ["x"], .handOver(.noType), nil),
            ((0..<10).map { "t\($0)" }, [], .handOver(.tooMany), nil),
        ]
        for (types, named, action, type) in rows {
            let next = Self.begin(.book, TextBookingMeant(types: types, named: named))
            #expect(next.action == action && next.state.visitType == type, "\(types) \(named)")
        }
    }

    @Test("numbers lead on, each from its own question alone")
    func answers() {
        let one = Self.visit(1)
        let choosing = TextBookingState(.cancel, phase: .choosingVisit)
        let cancelling = Machine.apply(.chose(.visit(one)), to: choosing)
        #expect(cancelling.action == .askCancel && cancelling.state.visit == one)
        #expect(Machine.apply(.chose(.cancel), to: cancelling.state).action == .cancel)
        let other = Machine.apply(.chose(.another), to: cancelling.state)
        #expect(other.action == .offer(.first) && other.state.kind == .move && other.state.visit == one)
        #expect(Machine.apply(.chose(.time), to: other.state).action == .take)
        let typed = Machine.apply(.chose(.type("a")), to: TextBookingState(.book, phase: .choosingType))
        #expect(typed.action == .offer(.first) && typed.state.visitType == "a" && typed.state.round == 1)
        // A number of a question that is not asked any more does nothing.
        for answer in [TextAnswer.visit(one), .type("a"), .cancel, .another] {
            #expect(Machine.apply(.chose(answer), to: typed.state).action == .nothing)
        }
        #expect(Machine.apply(.chose(.time), to: cancelling.state).action == .nothing)
        #expect(Machine.apply(.finished, to: typed.state).state.phase == .done)
    }

    @Test("times are offered three times in all, whether they went or others were wished for")
    func rounds() {
        var state = TextBookingState(.book, phase: .choosingTime, visitType: "a", round: 1)
        for input in [TextBookingInput.gone, .wished] {
            let next = Machine.apply(input, to: state)
            #expect(next.action == .offer(input == .gone ? .gone : .again))
            state = next.state
        }
        #expect(state.round == 3)
        for input in [TextBookingInput.gone, .wished] {
            #expect(Machine.apply(input, to: state).action == .handOver(.tooOften))
        }
    }

    @Test("a no and whatever stands in the way end every open phase, and nothing moves one that is over")
    func ends() {
        for phase in TextBookingPhase.allCases {
            let state = TextBookingState(.move, phase: phase, visit: Self.visit(1), round: 1)
            for why in TextBookingStop.allCases {
                let next = Machine.apply(.stopped(why), to: state)
                #expect(next.action == (phase.isOpen ? .handOver(why) : .nothing))
                #expect(next.state.phase == (phase.isOpen ? .handedOver : phase))
            }
            #expect(Machine.apply(.declined, to: state).action == (phase.isOpen ? .handOver(.declined) : .nothing))
        }
    }

    @Test(
        "what speaks of others, of pain or of what has to be answered is a person's",
        arguments: [
            ("Can I book a check-up next week?", true), ("I need to cancel my visit", true),
            ("Quiero mover mi cita al jueves", true), ("Can I book a visit for my son?", false),
            ("My knee hurts, can I be seen?", false), ("I have chest pain, need an appointment", false),
            ("I need to cancel my mom's appointment", false), ("book a check-up for my husbands knee", false),
            ("cancel Emma\u{2019}s visit", false), ("she needs a visit", false),
            ("book a visit, I want to kill myself", false), ("It's time for my check-up", true),
            ("I need to move my doctor's appointment to Monday", true),
            ("book a visit, how much does it cost?", false), ("Una cita para mi hija por favor", false),
            ("Me duele la espalda, quiero una cita", false), ("need a visit, what were my results?", false),
            (String(repeating: "and so on ", count: 14) + "book a visit", false),
        ])
    func plain(text: String, isPlain: Bool) {
        #expect(PlainAsk.isPlain(text) == isPlain)
    }

    @Test(
        "a text names a type by words that no other type has",
        arguments: [
            ("Could I book a yearly check-up?", ["annual-physical"]), ("need a checkup", ["annual-physical"]),
            ("quiero un chequeo anual", ["annual-physical"]), ("can I come for a vaccine", ["vaccine"]),
            ("a follow up please", ["follow-up"]), ("book an appointment", []), ("una cita", []),
            ("a visit after 3", []), ("una visita de control", ["post-op-check", "well-child"]),
        ])
    func named(text: String, keys: [String]) throws {
        let types = try ShippedDefinitions().shipped.visitTypes.values.map(\.value)
        #expect(TextTypes.named(in: text, among: types) == keys)
    }
}
