import Kernel
import TimeZones
import Web

/// Turns numbers into the figures and charts of the page. Every number is a link to what it was counted from.
struct DashboardWords {
    let request: WebRequest
    let scene: Dashboard.Scene
    let address: (_ path: String, _ extra: String) -> String

    private func text(_ key: String, _ values: [String: String] = [:]) -> String {
        request.pages.text(key, request.language, values)
    }

    // MARK: Figures

    func figures(_ numbers: Dashboard.Numbers) -> [View] {
        let seconds = { (measure: Measure) in (numbers.stages[measure] ?? []).map(\.seconds) }
        return [
            duration("first-response", seconds(.firstResponse)),
            duration("booked", seconds(.booked)),
            duration("resolution", seconds(.resolution)),
            count("open", numbers.open.count),
            count("completed", (numbers.stages[.completed] ?? []).count),
            count("inbound", numbers.inbound.reduce(0, +)),
        ]
    }

    private func duration(_ measure: String, _ seconds: [Double]) -> View {
        let spread = Spread(seconds)
        let (value, unit) = spread.map { Self.scaled($0.median) } ?? ("–", "")
        return View([
            "href": .text(address("/events", "&measure=\(measure)")),
            "label": .text(text("insights.measure.\(measure)")),
            "value": .text(value), "unit": .text(unit.isEmpty ? "" : text("insights.unit.\(unit).median")),
            "note": .text("n = \(seconds.count)"),
        ])
    }

    private func count(_ measure: String, _ count: Int) -> View {
        View([
            "href": .text(address("/events", "&measure=\(measure)")),
            "label": .text(text("insights.measure.\(measure)")),
            "value": .text(String(count)), "note": .text(text("insights.note.\(measure)")),
        ])
    }

    /// A length of time in the unit people would use.
    static func scaled(_ seconds: Double) -> (value: String, unit: String) {
        if seconds < 90 { return (String(Int(seconds.rounded())), "seconds") }
        if seconds < 90 * 60 { return (String(Int((seconds / 60).rounded())), "minutes") }
        if seconds < 48 * 3600 { return (oneDecimal(seconds / 3600), "hours") }
        return (oneDecimal(seconds / 86_400), "days")
    }

    static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }

    func spoken(_ seconds: Double) -> String {
        let (value, unit) = Self.scaled(seconds)
        return value + " " + text("insights.unit.\(unit)")
    }

    // MARK: Charts

    func charts(_ numbers: Dashboard.Numbers) -> [View] {
        [responses(numbers), stages(numbers), states(numbers), inbound(numbers)]
    }

    private func chart(_ id: String, kind: String, unit: String, note: String, columns: [String], rows: [View]) -> View
    {
        View([
            "id": .text(id), "kind": .text(kind), "unit": .text(text("insights.unit.\(unit)")),
            "title": .text(text("insights.chart.\(id).title")),
            "note": .text(note), "heading": .text(text("insights.chart.\(id).heading")), "columns": .texts(columns),
            "rows": .views(rows),
            "open": false,
        ])
    }

    private func cell(_ value: Double?, _ shown: String, href: String?, low: Double? = nil, high: Double? = nil) -> View
    {
        var view = View(["value": .text(value.map { Self.oneDecimal($0) } ?? ""), "text": .text(shown)])
        if let href { view["link"] = .view(View(["href": .text(href), "label": .text(shown)])) }
        if let low, let high {
            view["range"] = .view(View(["low": .text(Self.oneDecimal(low)), "high": .text(Self.oneDecimal(high))]))
        }
        return view
    }

    private func responses(_ numbers: Dashboard.Numbers) -> View {
        let measured = numbers.stages[.firstResponse] ?? []
        let rows = scene.dates.indices.map { index -> View in
            let day = measured.filter { $0.to >= scene.starts[index] && $0.to < scene.starts[index + 1] }
            let spread = Spread(day.map(\.seconds))
            let href = spread == nil ? nil : address("/events", "&measure=first-response&day=\(scene.dates[index].iso)")
            return View([
                "label": .text(label(index)),
                "cells": .views([
                    cell(spread.map { $0.median / 60 }, spread.map { spoken($0.median) } ?? "–", href: href),
                    cell(spread.map { $0.ninth / 60 }, spread.map { spoken($0.ninth) } ?? "–", href: href),
                ]),
            ])
        }
        return chart(
            "first-response", kind: "line", unit: "minutes",
            note: text("insights.chart.first-response.note", ["n": String(measured.count)]),
            columns: [text("insights.column.median"), text("insights.column.slowest")], rows: rows)
    }

    private func stages(_ numbers: Dashboard.Numbers) -> View {
        let rows = Measure.stages.compactMap { measure -> View? in
            guard let spread = Spread((numbers.stages[measure] ?? []).map(\.seconds)) else { return nil }
            return View([
                "label": .text(text("insights.measure.\(measure.rawValue)")),
                "cells": .views([
                    cell(
                        spread.median / 3600, "\(spoken(spread.median)) (n = \(spread.count))",
                        href: address("/events", "&measure=\(measure.rawValue)"), low: spread.low / 3600,
                        high: spread.high / 3600)
                ]),
            ])
        }
        return chart(
            "stages", kind: "bars", unit: "hours", note: text("insights.chart.stages.note"),
            columns: [text("insights.column.median-hours")], rows: rows)
    }

    private func states(_ numbers: Dashboard.Numbers) -> View {
        let rows = ["new", "answered", "booked"].map { stage -> View in
            let count = numbers.open.filter { $0.1 == stage }.count
            return View([
                "label": .text(text("insights.stage.\(stage)")),
                "cells": .views([
                    cell(Double(count), String(count), href: address("/events", "&measure=open&stage=\(stage)"))
                ]),
            ])
        }
        return chart(
            "states", kind: "bars", unit: "needs",
            note: text("insights.chart.states.note", ["n": String(numbers.open.count)]),
            columns: [text("insights.column.needs")], rows: rows)
    }

    private func inbound(_ numbers: Dashboard.Numbers) -> View {
        let rows = zip(scene.dates.indices, numbers.inbound).map { index, count -> View in
            View([
                "label": .text(label(index)),
                "cells": .views([
                    cell(
                        Double(count), String(count),
                        href: count == 0 ? nil : address("/events", "&measure=inbound&day=\(scene.dates[index].iso)"))
                ]),
            ])
        }
        return chart(
            "inbound", kind: "stacked", unit: "contacts",
            note: text("insights.chart.inbound.note", ["n": String(numbers.inbound.reduce(0, +))]),
            columns: [text("insights.column.text")], rows: rows)
    }

    private func label(_ index: Int) -> String {
        scene.wording.date(scene.dates[index], today: scene.dates.last ?? scene.dates[index])
    }
}
