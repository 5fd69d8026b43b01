import Foundation
import Kernel

/// Goes over the trail in the order of time, a day at a time, and adds up what no work explains.
///
/// What it keeps: one day's acts, the last work for patients somebody is close to, and one line per person and odd day.
package struct SnoopingDetector: Sendable {
    package static let period = 30
    private static let explains = 7
    private static let keptRecords = 20

    private struct Pair: Hashable, Sendable {
        let user: ID<User>
        let patient: ID<Patient>
    }

    private struct Month: Hashable, Sendable {
        let user: ID<User>
        let period: Int
    }

    private struct Looks: Sendable {
        var records: [Int64] = []
        var hours: Set<Int> = []
    }

    /// Something odd that somebody did on a day.
    private struct Odd: Sendable {
        let user: ID<User>
        let day: Int
        let sign: SnoopingSign
        let count: Int
        let records: [Int64]
    }

    private let facts: SnoopingFacts
    private let staff: [ID<Patient>: ID<User>]
    private let firstDay: Int
    private var day: Int?
    private var looks: [Pair: Looks] = [:]
    private var worked: Set<Pair> = []
    /// What was asked for before something was done, and the requests that did something.
    private var starts: [SnoopingAct] = []
    private var working: Set<Int64> = []
    /// Whom each search showed, by its record, and whom searches were for that led to no look and no work.
    private var searches: [Int64: [SnoopingAct]] = [:]
    private var aims: Set<Pair> = []
    private var lastWork: [Pair: Int] = [:]
    private var odd: [Odd] = []
    /// Days with many unexplained looks, until it is known what is many.
    private var busy: [Odd] = []
    /// Unexplained looks in the night, by the hour, until it is known who works then.
    private var nights: [(hour: Int, odd: Odd)] = []
    private var hours: [ID<User>: [Int]] = [:]
    private var total: [Month: Int] = [:]
    private var days = 0
    private var sum = 0.0
    private var squares = 0.0

    /// - firstDay: where the first of the thirty days begin.
    package init(_ facts: SnoopingFacts, firstDay: Int) {
        self.facts = facts
        self.firstDay = firstDay
        staff = facts.staff
    }

    /// Acts come in the order of their days.
    package mutating func add(_ act: SnoopingAct) {
        if act.day != day {
            endDay()
            day = act.day
        }
        // A search is one act, however many it showed.
        if act.kind != .search || searches[act.record] == nil {
            hours[act.user, default: [Int](repeating: 0, count: 24)][act.hour] += 1
        }
        switch act.kind {
        case .work:
            working.insert(act.request)
            work(act)
        case .look: look(act)
        case .start: starts.append(act)
        case .search: searches[act.record, default: []].append(act)
        case .aim: aims.insert(Self.pair(act))
        }
    }

    private static func pair(_ act: SnoopingAct) -> Pair { Pair(user: act.user, patient: act.patient) }

    private mutating func work(_ act: SnoopingAct) {
        let pair = Self.pair(act)
        worked.insert(pair)
        if isClose(pair) { lastWork[pair] = act.day }
    }

    private mutating func look(_ act: SnoopingAct) {
        let pair = Self.pair(act)
        var known = looks[pair] ?? Looks()
        if known.records.count < Self.keptRecords { known.records.append(act.record) }
        known.hours.insert(act.hour)
        looks[pair] = known
    }

    /// What only the whole day tells: which starts came to something, and which searches led to nobody.
    private mutating func settle() {
        for act in starts {
            if working.contains(act.request) { work(act) } else { look(act) }
        }
        let idle = searches.values.filter { shown in
            !shown.map(Self.pair).contains { looks[$0] != nil || worked.contains($0) || aims.contains($0) }
        }
        for act in idle.joined().sorted(by: { $0.record < $1.record }) { look(act) }
        starts.removeAll(keepingCapacity: true)
        working.removeAll(keepingCapacity: true)
        searches.removeAll(keepingCapacity: true)
        aims.removeAll(keepingCapacity: true)
    }

    /// Who stands out most in thirty days, the highest first.
    package mutating func finish() -> [SnoopingScore] {
        endDay()
        day = nil
        let mean = days > 0 ? sum / Double(days) : 0
        let spread = days > 0 ? max(0, squares / Double(days) - mean * mean).squareRoot() : 0
        // Never fewer than a dozen: on a quiet day two are not many.
        let many = max(12, mean + 5 * spread)
        var all = odd + busy.filter { Double($0.count) > many }
        all += nights.filter { !isUsual($0.hour, for: $0.odd.user) }.map(\.odd)
        return scores(all)
    }

    // MARK: A day

    private func isClose(_ pair: Pair) -> Bool {
        facts.ties[pair.user]?[pair.patient] != nil || staff[pair.patient] != nil || facts.vips.contains(pair.patient)
    }

    private mutating func endDay() {
        guard let day else { return }
        settle()
        var unexplained: [ID<User>: [Int64]] = [:]
        var counts: [ID<User>: Int] = [:]
        var nightLooks: [ID<User>: [Int: [Int64]]] = [:]
        for (pair, seen) in looks {
            counts[pair.user, default: 0] += 0
            total[Month(user: pair.user, period: (day - firstDay) / Self.period), default: 0] += 1
            let tie = facts.ties[pair.user]?[pair.patient]
            if tie == .own { note(.own, pair.user, day, seen.records) }
            if worked.contains(pair) || day - (lastWork[pair] ?? -1_000) <= Self.explains { continue }
            counts[pair.user, default: 0] += 1
            if unexplained[pair.user, default: []].count < Self.keptRecords {
                unexplained[pair.user, default: []] += seen.records.prefix(1)
            }
            if let hour = seen.hours.first(where: { $0 < 6 || $0 >= 21 }) {
                nightLooks[pair.user, default: [:]][hour, default: []] += seen.records.prefix(1)
            }
            switch tie {
            case .own: break
            case .family: note(.family, pair.user, day, seen.records)
            case .address: note(.address, pair.user, day, seen.records)
            case nil:
                if staff[pair.patient] != nil { note(.coworker, pair.user, day, seen.records) }
            }
            if facts.vips.contains(pair.patient) { note(.vip, pair.user, day, seen.records) }
        }
        for (user, count) in counts {
            days += 1
            sum += Double(count)
            squares += Double(count * count)
            if count >= 12 {
                busy.append(
                    Odd(user: user, day: day, sign: .volume, count: count, records: unexplained[user] ?? []))
            }
        }
        for (user, byHour) in nightLooks {
            for (hour, records) in byHour {
                let kept = Array(records.prefix(Self.keptRecords))
                nights.append(
                    (hour, Odd(user: user, day: day, sign: .hours, count: records.count, records: kept)))
            }
        }
        looks.removeAll(keepingCapacity: true)
        worked.removeAll(keepingCapacity: true)
    }

    private mutating func note(_ sign: SnoopingSign, _ user: ID<User>, _ day: Int, _ records: [Int64]) {
        odd.append(Odd(user: user, day: day, sign: sign, count: 1, records: records))
    }

    /// An hour in which at least one act in fifty of somebody's falls is one in which they work.
    private func isUsual(_ hour: Int, for user: ID<User>) -> Bool {
        guard let acts = hours[user] else { return false }
        return acts[hour] * 50 >= acts.reduce(0, +)
    }

    // MARK: Scores

    private func scores(_ odd: [Odd]) -> [SnoopingScore] {
        // Hours of one night are one night.
        var nights: Set<String> = []
        let some = odd.filter { $0.sign != .hours || nights.insert("\($0.user.raw) \($0.day)").inserted }
        let looks = Double(max(1, total.values.reduce(0, +)))
        let rates = Dictionary(grouping: some, by: \.sign).mapValues { Double($0.count) / looks }
        var best: [ID<User>: SnoopingScore] = [:]
        for (month, all) in Dictionary(
            grouping: some, by: { Month(user: $0.user, period: ($0.day - firstDay) / Self.period) })
        {
            let looked = Double(total[month] ?? 0)
            let signals = SnoopingSign.allCases.compactMap { sign in
                Self.signal(sign, all.filter { $0.sign == sign }, expected: (rates[sign] ?? 0) * looked)
            }
            let points = signals.reduce(0) { $0 + $1.points }
            if points > best[month.user]?.points ?? -1 {
                best[month.user] = SnoopingScore(user: month.user, points: points, signals: signals)
            }
        }
        return best.values.sorted { ($1.points, $0.user) < ($0.points, $1.user) }
    }

    private static func signal(_ sign: SnoopingSign, _ odd: [Odd], expected: Double) -> SnoopingSignal? {
        if odd.isEmpty { return nil }
        let points = sign.fixed.map { $0 * Double(odd.count) } ?? improbability(of: odd.count, expected: expected)
        let records = odd.flatMap(\.records).sorted()
        return SnoopingSignal(
            sign: sign, count: odd.count, expected: expected, points: points,
            records: Array(records.prefix(keptRecords)))
    }

    /// The negative decimal logarithm of the chance that so many or more happen by themselves (Poisson), less one: what
    /// happens in one month of ten says nothing, and several such do not add up to something. In a small practice
    /// nothing is so rare that one look alone says much.
    static func improbability(of count: Int, expected: Double) -> Double {
        let mean = max(0.05, expected)
        var term = exp(-mean + Double(count) * log(mean) - lgamma(Double(count) + 1))
        var sum = 0.0
        for next in count + 1...count + 200 {
            sum += term
            term *= mean / Double(next)
        }
        return max(0, -log10(max(sum, 1e-300)) - 1)
    }
}
