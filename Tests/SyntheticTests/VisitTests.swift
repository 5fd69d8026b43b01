import Synthetic
import Testing

struct VisitTests {
    static let types = [
        VisitCalendar.VisitType(key: "follow-up", minutes: 20),
        VisitCalendar.VisitType(key: "new-patient", minutes: 40),
        VisitCalendar.VisitType(key: "physical", minutes: 30),
    ]
    /// 2026-03-04, a Wednesday, 15:00 UTC.
    static let asOf: Int64 = 1_772_636_400_000_000

    let population = Population(seed: 9)

    func calendar(people: Int, practitioners: Int, past: Int = 730, future: Int = 60) -> VisitCalendar {
        VisitCalendar(
            types: VisitTests.types, practitioners: practitioners, locations: 4, people: people,
            asOf: VisitTests.asOf, horizonDays: (past, future))
    }

    @Test("no two visits overlap at 200,000 people, roomy or crowded", arguments: [150, 12])
    func noOverlap(practitioners: Int) {
        let calendar = calendar(people: 200_000, practitioners: practitioners)
        var ends: [Int: [(start: Int, end: Int)]] = [:]
        var total = 0
        for index in 0..<200_000 {
            var lastDay = Int.min
            for visit in population.visits(of: index, on: calendar) {
                total += 1
                #expect(visit.dayOffset > lastDay, "a person has one visit a day at most")
                lastDay = visit.dayOffset
                let day = visit.practitioner * 10_000 + visit.dayOffset + 5_000
                ends[day, default: []].append((visit.startMinute, visit.startMinute + visit.minutes))
            }
        }
        var overlaps = 0
        for day in ends.values {
            let sorted = day.sorted { $0.start < $1.start }
            for (visit, next) in zip(sorted, sorted.dropFirst()) where next.start < visit.end { overlaps += 1 }
        }
        #expect(overlaps == 0)
        #expect(total > 50_000, "\(total) visits")
    }

    @Test("a visit lies on a working day, in hours, with counts in range and a state that fits its day")
    func shape() {
        let calendar = calendar(people: 20_000, practitioners: 20)
        for index in 0..<20_000 {
            let person = population.person(at: index)
            for visit in population.visits(of: person, on: calendar) {
                #expect(visit.date.weekday < 5)
                #expect(visit.date.daysSinceEpoch - calendar.today.daysSinceEpoch == visit.dayOffset)
                #expect(visit.startMinute >= 480 && visit.startMinute + visit.minutes <= 480 + 540)
                #expect((0..<20).contains(visit.practitioner) && (0..<4).contains(visit.location))
                #expect(visit.slot < calendar.slotsPerDay(ofPractitioner: visit.practitioner))
                #expect((visit.status == .booked) == (visit.dayOffset >= 0))
                #expect(visit.leadDays >= max(0, visit.dayOffset))
                #expect(visit.date >= person.birthDate)
                if let deceased = person.deceased { #expect(visit.date < deceased) }
            }
        }
        #expect(calendar.today == SyntheticDate(year: 2026, month: 3, day: 4))
    }

    @Test("visits do not depend on who was asked before")
    func determinism() {
        let one = calendar(people: 5_000, practitioners: 10)
        let forwards = (0..<5_000).map { population.visits(of: $0, on: one) }
        let again = Population(seed: 9)
        #expect(stride(from: 4_999, through: 0, by: -3).allSatisfy { again.visits(of: $0, on: one) == forwards[$0] })
    }

    @Test("visits are missed as often as their stated probability says, in each tenth of it")
    func calibration() {
        let calendar = calendar(people: 100_000, practitioners: 100)
        var byTenth: [Int: (expected: Double, missed: Double, visits: Double)] = [:]
        var cancelled = 0.0
        var past = 0.0
        for index in 0..<100_000 {
            for visit in population.visits(of: index, on: calendar) where visit.status != .booked {
                past += 1
                guard visit.status != .cancelled else {
                    cancelled += 1
                    continue
                }
                var tenth = byTenth[Int(visit.noShowProbability * 10)] ?? (0, 0, 0)
                tenth.expected += visit.noShowProbability
                tenth.missed += visit.status == .noshow ? 1 : 0
                tenth.visits += 1
                byTenth[Int(visit.noShowProbability * 10)] = tenth
            }
        }
        for (number, tenth) in byTenth where tenth.visits > 500 {
            let spread = 4 * (tenth.expected / tenth.visits / tenth.visits).squareRoot()
            let difference = abs(tenth.expected - tenth.missed) / tenth.visits
            #expect(difference < spread, "tenth \(number): \(difference) over \(tenth.visits) visits")
        }
        let missed = byTenth.values.reduce(0) { $0 + $1.missed } / (past - cancelled)
        #expect(abs(missed - 0.13) < 0.02, "missed \(missed)")
        #expect(abs(cancelled / past - NoShowProcess.cancellationRate) < 0.005)
        #expect(byTenth.count >= 4)
    }

    @Test("priors, lead time, youth and hour raise the risk; a reminder and age lower it")
    func process() {
        func risk(lead: Int = 10, prior: Int = 0, age: Int = 50, reminded: Bool = false, hour: Int = 11) -> Double {
            NoShowProcess.probability(
                leadDays: lead, priorNoShows: prior, age: age, isReminded: reminded, hour: hour)
        }
        #expect(risk(prior: 1) > risk() && risk(lead: 30) > risk() && risk(age: 20) > risk() && risk(hour: 8) > risk())
        #expect(risk(reminded: true) < risk() && risk(age: 70) < risk())
        #expect(risk(prior: 4) == risk(prior: 9))
        #expect(abs(risk(lead: 0) - 0.0759) < 0.0001, "1 / (1 + e^2.5)")
    }
}
