import Scheduling
import Testing

@Suite("Overbooking within a budget of waiting")
struct OverbookingTests {
    /// The mean wait over every way in which people come or do not.
    private func obvious(_ more: Int, _ inputs: Overbooking.Inputs) -> (wait: Double, overtime: Double) {
        var visits: [Int] = []
        for start in 0..<inputs.starts {
            let whole = 2 * inputs.starts
            let extra = (2 * (start + 1) * more + inputs.starts) / whole - (2 * start * more + inputs.starts) / whole
            for _ in 0...extra { visits.append(start) }
        }
        var waited = 0.0, come = 0.0, overtime = 0.0
        for way in 0..<(1 << visits.count) {
            var free = 0
            var probability = 1.0, waits = 0
            var seen = 0
            for (number, start) in visits.enumerated() {
                guard way >> number & 1 == 1 else {
                    probability *= inputs.noShowRate
                    continue
                }
                probability *= 1 - inputs.noShowRate
                let begins = max(start, free)
                waits += begins - start
                free = begins + 1
                seen += 1
            }
            waited += probability * Double(waits)
            come += probability * Double(seen)
            overtime += probability * Double(max(0, free - inputs.starts))
        }
        let minutes = Double(inputs.minutes)
        return (come > 0 ? waited / come * minutes : 0, overtime * minutes)
    }

    @Test("the expected wait is that of every way in which people come or stay away")
    func exact() {
        for starts in 1...5 {
            for rate in [0.0, 0.1, 0.35, 0.9] {
                let inputs = Overbooking.Inputs(starts: starts, minutes: 20, noShowRate: rate, budget: 10)
                for row in Overbooking.table(inputs) {
                    let (wait, overtime) = obvious(row.more, inputs)
                    #expect(abs(row.wait - wait) < 1e-9, "\(starts) starts, \(row.more) more, \(rate)")
                    #expect(abs(row.overtime - overtime) < 1e-9)
                    #expect(abs(row.seen - Double(starts + row.more) * (1 - rate)) < 1e-9)
                }
            }
        }
    }

    @Test("the most is the last within the budget; with nobody missing it is none without a wait")
    func most() throws {
        let certain = Overbooking.Inputs(starts: 12, minutes: 20, noShowRate: 0, budget: 0)
        #expect(Overbooking.most(certain)?.more == 0)
        let usual = Overbooking.Inputs(starts: 12, minutes: 20, noShowRate: 0.2, budget: 10)
        let most = try #require(Overbooking.most(usual))
        #expect(most.more > 0 && most.wait <= 10)
        let table = Overbooking.table(usual)
        #expect(table[most.more + 1].wait > 10)
        var patient = usual
        patient.budget = 20
        #expect(try #require(Overbooking.most(patient)).more > most.more)
        #expect(zip(table, table.dropFirst()).allSatisfy { $0.wait <= $1.wait })
    }
}
