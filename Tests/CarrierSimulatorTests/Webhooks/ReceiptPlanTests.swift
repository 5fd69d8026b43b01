import CarrierSimulator
import Testing

@Suite("Receipt plan") struct ReceiptPlanTests {
    private func plan(_ settings: [(String, String)], callbacks: Bool = true) throws -> [ReceiptStep] {
        var faults = FaultSettings()
        try faults.apply(Form(settings))
        var plan = FaultPlan(settings: faults)
        var struck: [FaultKind] = []
        return ReceiptStep.plan(
            [.queued, .sent, .delivered], wantsCallbacks: callbacks, faults: &plan, struck: &struck)
    }

    @Test("each status is told after it is reached")
    func plain() throws {
        #expect(
            try plan([]) == [
                .advance(.queued), .callback(.queued), .advance(.sent), .callback(.sent), .advance(.delivered),
                .callback(.delivered),
            ])
    }

    @Test("without an address nothing is told")
    func silent() throws {
        #expect(try plan([], callbacks: false) == [.advance(.queued), .advance(.sent), .advance(.delivered)])
    }

    @Test("a lost receipt is left out, a repeated one comes twice")
    func lostAndRepeated() throws {
        #expect(try plan([("loseReceipt.probability", "1")]) == plan([], callbacks: false))
        #expect(
            try plan([("repeatReceipt.count", "1")]).prefix(3) == [
                .advance(.queued), .callback(.queued), .callback(.queued),
            ])
    }

    @Test("a reordered receipt comes after the next one")
    func reordered() throws {
        #expect(
            try plan([("reorderReceipt.count", "1")]) == [
                .advance(.queued), .advance(.sent), .callback(.sent), .callback(.queued), .advance(.delivered),
                .callback(.delivered),
            ])
    }

    @Test("a receipt held back is told even when all later ones are lost")
    func heldBackBeforeLost() throws {
        var faults = FaultSettings()
        try faults.apply(Form([("reorderReceipt.count", "1")]))
        var plan = FaultPlan(settings: faults)
        var struck: [FaultKind] = []
        let steps = ReceiptStep.plan([.queued, .sent], wantsCallbacks: true, faults: &plan, struck: &struck)
        #expect(
            steps.filter { if case .callback = $0 { true } else { false } } == [.callback(.sent), .callback(.queued)])
        #expect(struck == [.reorderReceipt])
    }
}
