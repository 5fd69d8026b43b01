import Foundation
import Scheduling
import StudioAPI
import TestKit
import Testing

@Suite("Waitlist simulation")
struct WaitlistSimulationTests {
    private func inputs(_ practitioners: Int, weeks: Int, acceptance: Double = 0.083) -> WaitlistSimulation.Inputs {
        var inputs = WaitlistSimulation.Inputs()
        inputs.practitioners = practitioners
        inputs.weeks = weeks
        inputs.acceptance = acceptance
        return inputs
    }

    @Test("a small practice fills most of what is called off in time, and nothing twice")
    func small() {
        let result = WaitlistSimulation(inputs(10, weeks: 4)).run()
        #expect(result.withNotice > 100 && result.cancellations > result.withNotice)
        #expect(result.filled > 0.8 && result.filled <= 1)
        #expect(result.doubleAccepts == 0)
        #expect(result.medianMinutesToFill > 0 && result.medianMinutesToFill < 240)
        #expect(result.cascaded > 0 && result.cascadedFilled <= result.cascaded)
        #expect(result.groups.map(\.offers).reduce(0, +) == result.offers)
    }

    @Test("the same seed gives the same run, another seed another one")
    func seeded() {
        var other = inputs(4, weeks: 2)
        let first = WaitlistSimulation(other).run()
        #expect(WaitlistSimulation(other).run() == first)
        other.seed = 2
        #expect(WaitlistSimulation(other).run() != first)
    }

    @Test("the more say yes, the more is filled and the sooner; nobody's yes fills nothing")
    func acceptance() {
        let few = WaitlistSimulation(inputs(10, weeks: 3, acceptance: 0.03)).run()
        let many = WaitlistSimulation(inputs(10, weeks: 3, acceptance: 0.3)).run()
        let none = WaitlistSimulation(inputs(4, weeks: 1, acceptance: 0)).run()
        #expect(few.filled < many.filled && few.medianMinutesToFill > many.medianMinutesToFill)
        #expect(none.filled == 0 && none.offers > 0)
    }

    @Test("what a guard costs is told for each, also before it is switched on")
    func costs() throws {
        let guarded = inputs(6, weeks: 2)
        let with = WaitlistSimulation(guarded).run()
        let costs = WaitlistSimulation(guarded).guardCosts(with: with)
        #expect(costs.map(\.exclusion) == WaitlistExclusion.guards)
        #expect(costs.allSatisfy { $0.isOn && $0.with == with })
        #expect(costs.contains { $0.points > 0 })
        for told in costs {
            var open = guarded
            let isSwitched = open.policy.guards.switchOff(told.exclusion)
            #expect(isSwitched)
            // Without that guard the same two runs are told, the other way round.
            let simulation = WaitlistSimulation(open)
            let cost = try #require(simulation.guardCost(of: told.exclusion, with: simulation.run()))
            #expect(!cost.isOn, "\(told.exclusion)")
            #expect(cost.with == with && cost.without == told.without, "\(told.exclusion)")
        }
        #expect(WaitlistSimulation(guarded).guardCost(of: .busy, with: with) == nil)
    }

    @Test("a guard that is off is tried as it is built in, one that is on as the policy has it")
    func builtIn() throws {
        var guards = WaitlistPolicyDefinition.builtIn.guards
        guards.noticeHours = 9
        let isOff = guards.switchOff(.notice)
        #expect(isOff && guards.noticeHours == 0)
        let isOn = guards.switchOn(.notice)
        #expect(isOn && guards.noticeHours == WaitlistPolicyDefinition.builtIn.guards.noticeHours)
        let isNoGuard = guards.switchOn(.asking)
        #expect(!isNoGuard)
    }

    @Test(
        "200 practitioners over 12 weeks: at 8.3 % at least 85 % filled, groups within two points",
        .enabled(if: Figures.isSlow))
    func full() {
        let result = WaitlistSimulation(inputs(200, weeks: 12)).run()
        #expect(result.filled >= 0.85)
        #expect(result.doubleAccepts == 0)
        #expect(result.widestGap <= 2)
        let few = WaitlistSimulation(inputs(200, weeks: 12, acceptance: 0.05)).run()
        let many = WaitlistSimulation(inputs(200, weeks: 12, acceptance: 0.2)).run()
        for (acceptance, run) in [("5 %", few), ("8.3 %", result), ("20 %", many)] {
            Figures.add(
                "waitlist filled, accepted \(acceptance)", (run.filled * 1_000).rounded() / 10, "%",
                ["practitioners": "200", "weeks": "12", "gap": String((run.widestGap * 10).rounded() / 10)])
        }
        #expect(few.filled < result.filled && result.filled < many.filled)
        #expect(few.doubleAccepts == 0 && many.doubleAccepts == 0)
    }
}
