import Kernel
import Scheduling
import StudioAPI
import Testing
import TimeZones

@Suite("Referral states")
struct ReferralMachineTests {
    private static let inputs: [(name: String, input: ReferralInput)] =
        [
            ("activate", .activate), ("accept", .accept), ("decline", .decline), ("reach", .attempt(reached: true)),
            ("try", .attempt(reached: false)), ("book", .schedule(own: true)), ("elsewhere", .schedule(own: false)),
            ("lose", .loseVisit), ("visit", .see(own: true)), ("seen", .see(own: false)), ("report", .report),
            ("acknowledge", .acknowledge), ("hold", .hold), ("resume", .resume), ("reopen", .reopen),
        ] + ReferralOutcome.allCases.map { ("close " + $0.rawValue, .close($0)) }

    /// Everything that can be reached from a fresh referral of a kind by any inputs.
    private static func reachable(_ kind: ReferralKind) -> Set<ReferralState> {
        let first = ReferralState(kind: kind, stage: kind == .result ? .reported : .received, enough: 2)
        var draft = first
        draft.status = .draft
        var known: Set<ReferralState> = []
        var waiting = [first, draft]
        while let state = waiting.popLast() {
            guard state.vain <= 3, known.insert(state).inserted else { continue }
            for (_, input) in inputs {
                if case .changed(let new, _) = ReferralMachine.apply(input, to: state) { waiting.append(new) }
            }
        }
        return known
    }

    @Test(
        "whatever happens, a referral is open without an outcome or closed with one", arguments: ReferralKind.allCases)
    func outcome(kind: ReferralKind) {
        let states = Self.reachable(kind)
        #expect(states.count > 10)
        for state in states {
            #expect((state.stage == .closed) == (state.outcome != nil), "\(state)")
            #expect((state.stage == .closed) == !state.status.isOpen, "\(state)")
            #expect((state.status == .completed) == (state.outcome == .completed), "\(state)")
            #expect(!state.hasVisit || state.stage == .scheduled, "\(state)")
            if state.outcome == .completed, kind.awaitsReport { #expect(state.isAcknowledged, "\(state)") }
        }
    }

    @Test("each open state has a way to an end, so that none is stuck on the list", arguments: ReferralKind.allCases)
    func wayOut(kind: ReferralKind) {
        for state in Self.reachable(kind) where state.stage != .closed {
            let ends = ReferralOutcome.allCases.filter {
                if case .changed = ReferralMachine.apply(.close($0), to: state) { true } else { false }
            }
            #expect(!ends.isEmpty, "\(state)")
        }
    }

    @Test("a closed referral changes by nothing but being opened again", arguments: ReferralKind.allCases)
    func closed(kind: ReferralKind) {
        for state in Self.reachable(kind) where state.stage == .closed {
            for (name, input) in Self.inputs {
                guard case .changed(let new, let event) = ReferralMachine.apply(input, to: state) else { continue }
                #expect(name == "reopen" && event == .reopened && new.stage != .closed, "\(state) \(name)")
                #expect(state.outcome != .deceased && state.outcome != .enteredInError)
            }
        }
    }

    @Test("saying the same thing twice changes nothing the second time", arguments: ReferralKind.allCases)
    func repeated(kind: ReferralKind) {
        // An attempt is another attempt; another booking may be another visit.
        let counted: Set = ["try", "reach", "book", "elsewhere"]
        for state in Self.reachable(kind) {
            for (name, input) in Self.inputs where !counted.contains(name) {
                guard case .changed(let new, _) = ReferralMachine.apply(input, to: state) else { continue }
                #expect(ReferralMachine.apply(input, to: new) == .unchanged, "\(state) \(name)")
            }
        }
    }

    @Test("a cancelled or missed visit puts it back on the list, a completed one is seen")
    func visits() {
        let booked = ReferralState(kind: .inbound, stage: .scheduled, hasVisit: true)
        guard case .changed(let lost, .returned) = ReferralMachine.apply(.loseVisit, to: booked) else {
            Issue.record("a lost visit changed nothing")
            return
        }
        #expect(lost.stage == .contacting && !lost.hasVisit)
        guard case .changed(let seen, .seen) = ReferralMachine.apply(.see(own: true), to: booked) else {
            Issue.record("a completed visit changed nothing")
            return
        }
        #expect(seen.stage == .seen)
        #expect(ReferralMachine.apply(.see(own: false), to: booked) == .refused(.visitDecides))
        #expect(ReferralMachine.apply(.close(.declinedByPatient), to: booked) == .refused(.visitBooked))
        #expect(ReferralMachine.apply(.close(.completed), to: seen) == .refused(.loopOpen))
    }

    @Test(
        "one may be given up as unreachable only after as many attempts in vain, one after another, as the policy asks")
    func unreachable() {
        var state = ReferralState(kind: .inbound, stage: .accepted, enough: 3)
        func tried(_ reached: Bool) {
            if case .changed(let new, _) = ReferralMachine.apply(.attempt(reached: reached), to: state) { state = new }
        }
        tried(false)
        tried(false)
        tried(true)
        tried(false)
        tried(false)
        #expect(ReferralMachine.apply(.close(.unreachable), to: state) == .refused(.tooFewAttempts))
        tried(false)
        guard case .changed(let closed, .closed) = ReferralMachine.apply(.close(.unreachable), to: state) else {
            Issue.record("three attempts in vain were not enough")
            return
        }
        #expect(closed.outcome == .unreachable && closed.status == .revoked)
    }

    @Test("a result is not closed as completed before somebody has looked at it")
    func acknowledged() {
        let result = ReferralState(kind: .result, stage: .reported)
        #expect(ReferralMachine.apply(.close(.completed), to: result) == .refused(.notAcknowledged))
        guard case .changed(let seen, .acknowledged) = ReferralMachine.apply(.acknowledge, to: result) else {
            Issue.record("a result could not be acknowledged")
            return
        }
        guard case .changed = ReferralMachine.apply(.close(.completed), to: seen) else {
            Issue.record("an acknowledged result could not be closed")
            return
        }
    }

    @Test("every refusal tells its reader what is so", arguments: ReferralRefusal.allCases)
    func refusals(refusal: ReferralRefusal) {
        #expect(refusal.fault.code == "referral." + refusal.rawValue)
        #expect(refusal.fault.category == .conflict && !refusal.fault.message.isEmpty)
    }
}

@Suite("Referral clocks")
struct ReferralClockTests {
    private func instant(_ local: String, _ zone: Zone) throws -> Instant {
        let civil = try #require(CivilDateTime(iso: local))
        return Instant(microseconds: zone.instant(of: civil))
    }

    private func rules() throws -> (rules: ReferralRules, zone: Zone) {
        let shipped = try ShippedDefinitions().shipped
        let zone = try ShippedDefinitions.zones().zone("America/Denver")
        let policy = try #require(shipped.referralPolicy?.value)
        #expect(policy.problems() == [])
        let location = try #require(shipped.locations["denver-northside"]?.value)
        return (ReferralRules(policy: policy, location: location, zone: zone), zone)
    }

    private func row(_ received: Instant, _ change: (inout ReferralRow) -> Void = { _ in }) -> ReferralRow {
        var row = ReferralRow(
            id: ID(raw: 1), patient: ID(raw: 2), keySubject: ID(raw: 3), kind: .inbound, source: "test",
            receivedAt: received)
        change(&row)
        return row
    }

    @Test("opening hours run over the night in which the clocks change, in spring and in autumn")
    func clockChange() throws {
        let (rules, zone) = try rules()
        // Northside opens from seven to seven on weekdays, on Fridays to five, on Saturdays from eight to twelve.
        for (received, wanted) in [
            // Friday before the spring change, sixteen o'clock: one hour, Saturday four, Monday twelve, Tuesday seven.
            ("2026-03-06T16:00", "2026-03-10T14:00"), ("2026-10-30T16:00", "2026-11-03T14:00"),
        ] {
            let due = try #require(rules.next(of: row(try instant(received, zone))))
            #expect(due.clock == .firstContact)
            #expect(due.due == (try instant(wanted, zone)), "\(received)")
        }
    }

    @Test("each stage has the clock of its next step, and a closed referral has none")
    func stages() throws {
        let (rules, zone) = try rules()
        let received = try instant("2026-03-02T08:00", zone)
        let later = received + .days(3)
        for (change, clock) in [
            ({ $0.stage = .accepted }, .firstContact), ({ $0.stage = .contacting }, .schedule),
            ({ $0.stage = .scheduled }, .seen),
            (
                {
                    $0.stage = .seen
                    $0.seenAt = later
                }, .closeLoop
            ),
            (
                {
                    $0.status = .onHold
                    $0.heldUntil = "2026-03-20"
                }, .review
            ),
            ({ $0.expiresOn = "2026-03-03" }, .expiry),
        ] as [((inout ReferralRow) -> Void, ReferralClock)] {
            #expect(rules.next(of: row(received, change))?.clock == clock)
        }
        #expect(rules.next(of: row(received) { $0.stage = .closed }) == nil)
        let held = row(received) {
            $0.status = .onHold
            $0.heldUntil = "2026-03-20"
        }
        #expect(rules.next(of: held)?.due == (try instant("2026-03-20T00:00", zone)))
    }

    @Test("a lost visit begins the clock to book anew, and urgent ones have less time than routine ones")
    func anew() throws {
        let (rules, zone) = try rules()
        let received = try instant("2026-03-02T08:00", zone)
        let first = try #require(rules.next(of: row(received) { $0.stage = .contacting })).due
        let again = try #require(
            rules.next(
                of: row(received) {
                    $0.stage = .contacting
                    $0.returnedAt = received + .days(7)
                })
        ).due
        #expect(again > first)
        let urgent = try #require(
            rules.next(
                of: row(received) {
                    $0.stage = .contacting
                    $0.priority = .urgent
                })
        ).due
        #expect(urgent < first)
    }
}
