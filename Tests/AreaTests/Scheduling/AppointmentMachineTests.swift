import Kernel
import Scheduling
import Testing

@Suite("Appointment states")
struct AppointmentMachineTests {
    private static let inputs: [(String, AppointmentInput)] = [
        ("accept", .externalAnswer(accepted: true)), ("decline", .externalAnswer(accepted: false)),
        ("confirm", .confirm),
        ("arrive", .arrive), ("complete", .complete), ("cancel", .cancel), ("miss", .miss),
        ("move", .move(external: false)), ("move-ehr", .move(external: true)),
    ]

    /// What each input makes of each status: a status, `=` for unchanged, or the refusal. A visit that has begun.
    private static let table: [AppointmentStatus: [String]] = [
        .pending: [
            "booked", "cancelled", "awaits-answer", "awaits-answer", "awaits-answer", "cancelled", "awaits-answer",
            "booked",
            "pending",
        ],
        .booked: [
            "=", "already-answered", "booked", "arrived", "not-arrived", "cancelled", "noshow", "booked", "pending",
        ],
        .arrived: [
            "=", "already-answered", "=", "=", "fulfilled", "cancelled", "already-arrived", "already-arrived",
            "already-arrived",
        ],
        .fulfilled: [
            "=", "already-answered", "=", "completed", "=", "completed", "completed", "completed", "completed",
        ],
        .cancelled: [
            "cancelled", "=", "cancelled", "cancelled", "cancelled", "=", "cancelled", "cancelled", "cancelled",
        ],
        .noshow: [
            "=", "already-answered", "already-missed", "arrived", "not-arrived", "already-missed", "=",
            "already-missed",
            "already-missed",
        ],
    ]

    private func state(_ status: AppointmentStatus, confirmed: Bool = false, hasBegun: Bool = true) -> AppointmentState
    {
        AppointmentState(status: status, confirmed: confirmed, hasBegun: hasBegun)
    }

    @Test("each input in each state does what the rules say", arguments: AppointmentStatus.allCases)
    func table(status: AppointmentStatus) throws {
        let expected = try #require(Self.table[status])
        #expect(expected.count == Self.inputs.count)
        for ((name, input), wanted) in zip(Self.inputs, expected) {
            let found =
                switch AppointmentMachine.apply(input, to: state(status)) {
                case .changed(let new, _): new.status.rawValue
                case .unchanged: "="
                case .refused(let why): why.rawValue
                }
            #expect(found == wanted, "\(status) \(name)")
        }
    }

    @Test("saying the same thing twice changes nothing the second time", arguments: AppointmentStatus.allCases)
    func repeated(status: AppointmentStatus) {
        for (name, input) in Self.inputs {
            if case .move = input { continue }
            for confirmed in [false, true] {
                guard
                    case .changed(let new, _) = AppointmentMachine.apply(input, to: state(status, confirmed: confirmed))
                else {
                    continue
                }
                #expect(AppointmentMachine.apply(input, to: new) == .unchanged, "\(status) \(name)")
            }
        }
    }

    @Test("every change is told, and time is freed exactly when a visit stops holding it")
    func actions() {
        for status in AppointmentStatus.allCases {
            for (name, input) in Self.inputs {
                guard case .changed(let new, let actions) = AppointmentMachine.apply(input, to: state(status)) else {
                    continue
                }
                let emits = actions.filter { if case .emit = $0 { true } else { false } }
                #expect(emits.count == 1, "\(status) \(name)")
                #expect(
                    actions.contains(.freeTime) == (status.holdsTime && !new.status.holdsTime), "\(status) \(name)")
                #expect(
                    actions.contains(.retakeTime) == (!status.holdsTime && new.status.holdsTime), "\(status) \(name)")
                if case .move = input {
                    #expect(actions.contains(.changeTime))
                } else {
                    #expect(!actions.contains(.changeTime))
                }
            }
        }
    }

    @Test("a visit cannot be missed before it begins")
    func notBegun() {
        #expect(AppointmentMachine.apply(.miss, to: state(.booked, hasBegun: false)) == .refused(.notBegun))
    }

    @Test("a second yes changes nothing; a move asks again")
    func confirmation() {
        #expect(AppointmentMachine.apply(.confirm, to: state(.booked, confirmed: true)) == .unchanged)
        guard
            case .changed(let moved, _) = AppointmentMachine.apply(
                .move(external: false), to: state(.booked, confirmed: true))
        else {
            Issue.record("a booked visit could not be moved")
            return
        }
        #expect(!moved.confirmed)
    }

    @Test("every refusal tells its reader what is so", arguments: AppointmentRefusal.allCases)
    func refusals(refusal: AppointmentRefusal) {
        #expect(refusal.fault.code == "appointment." + refusal.rawValue)
        #expect(refusal.fault.category == .conflict)
        #expect(!refusal.fault.message.isEmpty)
    }
}
