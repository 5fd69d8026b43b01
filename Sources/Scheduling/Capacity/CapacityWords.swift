import Kernel
import StudioAPI
import TimeZones
import Web

/// Words and addresses for the pages of capacity.
struct CapacityWords {
    let words: SchedulingWords
    let choice: CapacityChoice
    let today: CivilDate

    func text(_ key: String, _ values: [String: String] = [:]) -> String { words.text("capacity.\(key)", values) }

    // MARK: Figures

    static func percent(_ share: Double?) -> String { share.map { "\(Int(($0 * 100).rounded())) %" } ?? "–" }

    static func tenths(_ value: Double) -> String {
        let scaled = Int((value * 10).rounded())
        let sign = scaled < 0 ? "−" : ""
        return abs(scaled) % 10 == 0 ? "\(sign)\(abs(scaled) / 10)" : "\(sign)\(abs(scaled) / 10).\(abs(scaled) % 10)"
    }

    func hours(_ minutes: Int) -> String { text("hours", ["n": Self.tenths(Double(minutes) / 60)]) }

    /// "5 % (2 of 40)"
    func share(_ proportion: Proportion) -> String {
        guard proportion.of > 0 else { return "–" }
        return text(
            "share",
            [
                "percent": Self.percent(proportion.share), "count": String(proportion.count),
                "of": String(proportion.of),
            ])
    }

    /// "between 2 % and 16 %"
    func interval(_ proportion: Proportion) -> String {
        guard let interval = proportion.interval else { return text("none-due") }
        return text(
            "interval",
            ["low": Self.percent(interval.low), "high": Self.percent(interval.high), "n": String(proportion.of)])
    }

    func days(_ days: Int?) -> String { days.map { words.count("capacity.days", $0) } ?? text("beyond") }

    /// What became of a visit, with the reason where one was said.
    func state(_ visit: CapacityVisit) -> String {
        switch visit.status {
        case .fulfilled: return words.label("completed")
        case .noshow:
            let label = words.label("no-show")
            guard let reason = visit.missedReason else { return label }
            return text("state-reason", ["state": label, "reason": words.missedReason(reason)])
        case .cancelled: return visit.cancelReason.map(words.cancelReason) ?? words.label("cancelled")
        case .pending, .booked, .arrived: return words.label(visit.status.rawValue)
        }
    }

    /// "No transport: 3", and for how many no reason was said; nothing when nobody has said one.
    func reasons(_ attendance: Attendance) -> [String] {
        let said = attendance.missedReasons
        if said.isEmpty { return [] }
        func badge(_ reason: String, _ count: Int) -> String {
            text("missed.count", ["reason": reason, "n": String(count)])
        }
        let known = said.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
            badge(words.missedReason($0.key), $0.value)
        }
        let rest = attendance.missed - said.values.reduce(0, +)
        return known + (rest > 0 ? [badge(text("missed.none"), rest)] : [])
    }

    // MARK: Names

    func name(_ key: String, _ dimension: CapacityDimension) -> String {
        switch dimension {
        case .practitioner: words.configuration.known(practitioner: key)?.name.display ?? key
        case .location: words.configuration.known(location: key)?.name ?? key
        case .visitType: visitType(key)
        case .week: Int(key).map { week($0) } ?? key
        }
    }

    func visitType(_ key: String) -> String {
        words.configuration.known(visitType: key)?.names[words.language] ?? key
    }

    func week(_ monday: Int) -> String {
        text("week-of", ["day": words.dates.date(CivilDate(daysSinceEpoch: monday), today: today)])
    }

    func clock(_ minute: Int) -> String { words.time(minute) }

    // MARK: Addresses

    /// A page of ours with what is chosen, and one thing more or otherwise.
    func address(
        _ path: String, _ dimension: CapacityDimension? = nil, _ key: String = "", more: [(String, String)] = []
    ) -> String {
        var choice = choice
        var week: String?
        switch dimension {
        case .practitioner: choice.practitioner = key
        case .location: choice.location = key
        case .visitType: choice.visitType = key
        case .week: week = Int(key).map { CivilDate(daysSinceEpoch: $0).iso }
        case nil: break
        }
        let pairs: [(String, String?)] = [
            ("period", choice.period.rawValue), ("location", choice.location),
            ("practitioner", choice.practitioner), ("type", choice.visitType), ("week", week),
        ]
        let all = pairs.compactMap { name, value in value.map { (name, $0) } } + more
        return "/capacity\(path)?" + all.map { "\($0)=\(FormFields.encode($1))" }.joined(separator: "&")
    }

    // MARK: Views

    static func option(_ value: String, _ label: String, _ chosen: Bool) -> View {
        View(["value": .text(value), "label": .text(label), "chosen": .flag(chosen)])
    }

    func select(_ name: String, _ label: String, _ options: [View]) -> View {
        View([
            "id": .text("capacity-\(name)"), "name": .text(name), "label": .text(text("field.\(label)")),
            "options": .views(options),
        ])
    }

    func locations(_ chosen: String?, any: String) -> [View] {
        [Self.option("", text(any), chosen == nil)]
            + words.configuration.sortedLocations.map { Self.option($0.key, $0.value.name, $0.key == chosen) }
    }

    func practitioners(_ chosen: String?, any: String) -> [View] {
        [Self.option("", text(any), chosen == nil)]
            + words.configuration.sortedPractitioners.map {
                Self.option($0.key, $0.value.name.display, $0.key == chosen)
            }
    }

    func visitTypes(_ chosen: String?, any: String) -> [View] {
        [Self.option("", text(any), chosen == nil)]
            + words.configuration.sortedVisitTypes(words.language).map {
                Self.option($0.key, $0.value.names[words.language], $0.key == chosen)
            }
    }

    func periods(_ path: String) -> [View] {
        CapacityPeriod.allCases.map { period in
            var other = self.choice
            other.period = period
            let words = CapacityWords(words: self.words, choice: other, today: today)
            return View([
                "href": .text(words.address(path)), "label": .text(text("period.\(period.rawValue)")),
                "current": .flag(period == choice.period),
            ])
        }
    }

    static func link(_ label: String, _ href: String) -> View { View(["label": .text(label), "href": .text(href)]) }

    /// A chart as `insights/chart` draws it. Cells: the number, its text, where it leads.
    func chart(
        _ id: String, kind: String, unit: String, note: String, columns: [String],
        rows: [(label: String, cells: [(value: Double?, text: String, href: String?)])]
    ) -> View {
        View([
            "id": .text(id), "kind": .text(kind), "unit": .text(unit), "title": .text(text("chart.\(id).title")),
            "note": .text(note), "heading": .text(text("chart.\(id).heading")), "columns": .texts(columns),
            "open": false,
            "rows": .views(
                rows.map { row in
                    View([
                        "label": .text(row.label),
                        "cells": .views(
                            row.cells.map { cell in
                                var view = View([
                                    "value": .text(cell.value.map(Self.plain) ?? ""), "text": .text(cell.text),
                                ])
                                if let href = cell.href { view["link"] = .view(Self.link(cell.text, href)) }
                                return view
                            }),
                    ])
                }),
        ])
    }

    private static func plain(_ value: Double) -> String {
        let scaled = Int((value * 10).rounded())
        return "\(scaled < 0 ? "-" : "")\(abs(scaled) / 10).\(abs(scaled) % 10)"
    }
}

extension Scheduling {
    private static let tabs = ["", "/availability", "/released-blocks", "/what-if", "/overbooking"]

    func capacityWords(_ request: WebRequest) throws -> CapacityWords {
        let words = try words(request)
        var choice = CapacityChoice()
        choice.period = request.query.trimmed("period").flatMap(CapacityPeriod.init(rawValue:)) ?? .past4
        choice.location = request.query.trimmed("location").flatMap { words.configuration.locations[$0]?.value.key }
        choice.practitioner = request.query.trimmed("practitioner").flatMap {
            words.configuration.practitioners[$0]?.value.key
        }
        choice.visitType = request.query.trimmed("type").flatMap { words.configuration.visitTypes[$0]?.value.key }
        return CapacityWords(
            words: words, choice: choice, today: try desk.today(of: request.tenant, now: words.now))
    }

    /// What stands above every page of capacity.
    func capacityHead(
        _ words: CapacityWords, _ request: WebRequest, _ signedIn: SignedIn, tab: String
    ) -> View {
        View([
            "csrf": .text(signedIn.csrf), "shell": .view(shell(request, signedIn, words.text("title"), "capacity")),
            "tabs": .views(
                Self.tabs.map { path in
                    View([
                        "href": .text("/capacity\(path)"),
                        "label": .text(words.text(path.isEmpty ? "tab.use" : "tab.\(path.dropFirst())")),
                        "current": .flag(path == tab),
                    ])
                }),
        ])
    }
}
