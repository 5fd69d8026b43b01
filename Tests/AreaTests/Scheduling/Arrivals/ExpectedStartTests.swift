import Kernel
import Scheduling
import Testing

@Suite("Expected start of a visit")
struct ExpectedStartTests {
    private let minute: Int64 = 60_000_000

    private func visit(_ id: Int64, _ start: Int, _ end: Int) -> QueuedVisit {
        QueuedVisit(id: id, planned: TimeSpan(start: Int64(start) * minute, end: Int64(end) * minute))
    }

    private func moment(_ at: Int) -> Instant { Instant(microseconds: Int64(at) * minute) }

    @Test("the range holds eight of ten starts, wherever in the day one asks, and the median lies in the middle")
    func calibrated() {
        var days = GeneratedDays(seed: 20_261_122)
        var past: [PastVisit] = []
        for index in 0..<60 { past += GeneratedDays.recorded(days.day(index), day: index) }
        let history = QueueHistory(past)
        var asked = 0, within = 0, before = 0
        for index in 60..<400 {
            let visits = days.day(index)
            let first = Int64(index) * 86_400_000_000 + 8 * 60 * minute
            let now = first + Int64(index * 37 % 360) * minute
            let starts = QueueForecast(history, now: Instant(microseconds: now)).starts(
                of: GeneratedDays.known(visits, at: now))
            for (number, visit) in visits.enumerated() {
                guard let start = visit.starts, start > now, let expected = starts[Int64(number)] else { continue }
                asked += 1
                if expected.earliest.microseconds <= start, start <= expected.latest.microseconds { within += 1 }
                if start < expected.median.microseconds { before += 1 }
            }
        }
        #expect(asked > 1_000)
        let share = Double(within) / Double(asked), half = Double(before) / Double(asked)
        #expect((0.75...0.85).contains(share), "\(share) of \(asked) starts lie in their range")
        #expect((0.42...0.58).contains(half), "\(half) of \(asked) starts lie before their median")
    }

    @Test("without a past day it goes by what was planned: the first in time, the others after those before them")
    func planned() throws {
        let visits = [visit(1, 0, 20), visit(2, 20, 40), visit(3, 40, 60)]
        let starts = QueueForecast(.builtIn, now: moment(-60)).starts(of: visits)
        for (id, at) in [(1, 0), (2, 20), (3, 40)] as [(Int64, Int)] {
            let start = try #require(starts[id])
            #expect(start.earliest >= moment(at) && start.median < moment(at + 15), "\(id)")
            #expect(start.earliest <= start.median && start.median <= start.latest)
        }
    }

    @Test("a visit that takes long pushes the others back, and one that never came lets them through")
    func pushed() throws {
        var visits = [visit(1, 0, 20), visit(2, 20, 40), visit(3, 40, 60)]
        visits[0].arrivedAt = moment(-5)
        visits[0].calledAt = moment(0)
        visits[1].arrivedAt = moment(15)
        visits[2].arrivedAt = moment(30)
        let late = try #require(QueueForecast(.builtIn, now: moment(60)).starts(of: visits)[2])
        #expect(late.earliest > moment(60))
        visits[0].isOver = true
        let open = try #require(QueueForecast(.builtIn, now: moment(35)).starts(of: visits)[2])
        #expect(open.median < moment(50))
        visits[1].isOver = true
        let starts = QueueForecast(.builtIn, now: moment(35)).starts(of: visits)
        #expect(starts.keys.sorted() == [3])
        #expect(try #require(starts[3]).median < moment(55))
    }

    @Test("the same day gives the same answer, and the order is that of the agreed times")
    func same() {
        var visits = [visit(3, 40, 60), visit(1, 0, 20), visit(2, 20, 40)]
        visits[0].arrivedAt = moment(-30)
        let forecast = QueueForecast(.builtIn, now: moment(0))
        #expect(forecast.starts(of: visits) == forecast.starts(of: visits))
        #expect(QueueForecast.order(visits).map(\.id) == [1, 2, 3])
        #expect(forecast.starts(of: []).isEmpty)
    }

    @Test("figures of a slip of the hand are left out, and few figures have the built-in ones beside them")
    func slips() {
        let span = TimeSpan(start: 0, end: 20 * minute)
        let past = [
            PastVisit(
                day: "1", planned: span, arrivedAt: moment(0), calledAt: moment(1), completedAt: moment(21),
                missed: false),
            PastVisit(
                day: "2", planned: span, arrivedAt: moment(600), calledAt: moment(601), completedAt: moment(1_400),
                missed: false),
            PastVisit(day: "3", planned: span, arrivedAt: nil, calledAt: nil, completedAt: nil, missed: true),
        ]
        let history = QueueHistory(past)
        #expect(history.lengths == [1] && history.lags == [60, 60] && history.arrivals == [0])
        #expect(history.completed().lengths.count == 1 + QueueHistory.builtIn.lengths.count)
    }
}
