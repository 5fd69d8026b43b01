/// What simulations came to, so that the same one is run once, however often and by how many at a time it is asked for.
actor SimulatedOutcomes {
    struct Outcome: Sendable {
        let result: WaitlistSimulation.Result
        let costs: [WaitlistSimulation.GuardCost]
    }

    /// Enough for what one page asks of a few practices.
    private static let most = 24

    private var known: [(inputs: WaitlistSimulation.Inputs, work: Task<Outcome, Never>)] = []

    func outcome(of inputs: WaitlistSimulation.Inputs) async -> Outcome {
        if let found = known.first(where: { $0.inputs == inputs }) { return await found.work.value }
        let work = Task.detached(priority: .utility) {
            let simulation = WaitlistSimulation(inputs)
            let result = simulation.run()
            return Outcome(result: result, costs: simulation.guardCosts(with: result))
        }
        if known.count == Self.most { known.removeFirst() }
        known.append((inputs, work))
        return await work.value
    }
}
