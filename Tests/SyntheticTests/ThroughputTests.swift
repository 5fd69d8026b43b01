import Synthetic
import Testing

struct ThroughputTests {
    @Test("made people can be used at any rate; the rate of this build is printed, not judged")
    func throughput() {
        let population = Population(seed: 3)
        let calendar = VisitCalendar(
            types: VisitTests.types, practitioners: 100, locations: 4, people: 100_000, asOf: VisitTests.asOf,
            horizonDays: (730, 60))
        measure("people", count: 100_000) { population.person(at: $0).given.utf8.count }
        measure("people with visits and messages", count: 100_000) { index in
            let person = population.person(at: index)
            return population.visits(of: person, on: calendar).count + population.messages(of: person).count
        }
    }

    private func measure(_ what: String, count: Int, _ make: (Int) -> Int) {
        var total = 0
        let took = ContinuousClock().measure {
            for index in 0..<count { total += make(index) }
        }
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18
        print("synthetic: \(Int(Double(count) / seconds)) \(what)/s")
        #expect(total > 0)
    }
}
