import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    private static let trendDays = 28

    /// How long a patient waits for a time: `?type=…&location=…`.
    func showAvailability(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try capacityWords(request)
        let answer = try await request.spine.ask(
            ReadAvailability(days: Self.trendDays, now: words.words.now, desk: desk), as: signedIn.caller)
        let choice = words.choice
        let shown = answer.now.filter {
            (choice.visitType == nil || $0.visitType == choice.visitType)
                && (choice.location == nil || $0.location == choice.location)
        }.sorted {
            (words.visitType($0.visitType), words.name($0.location, .location))
                < (words.visitType($1.visitType), words.name($1.location, .location))
        }
        var view = capacityHead(words, request, signedIn, tab: "/availability")
        view["selects"] = .views([
            words.select("type", "type", words.visitTypes(choice.visitType, any: "any.type")),
            words.select("location", "location", words.locations(choice.location, any: "any.location")),
        ])
        view["charts"] = .views(trend(answer, words).map { [$0] } ?? [])
        view["hasRows"] = .flag(!shown.isEmpty)
        view["rows"] = .views(
            shown.map { next in
                View([
                    "type": .text(words.visitType(next.visitType)),
                    "location": .text(words.name(next.location, .location)),
                    "first": .text(words.days(next.days(1))), "third": .text(words.days(next.days(3))),
                    "times": .views(next.times.map { time($0, words, signedIn) }),
                ])
            })
        view["none"] = .optional(
            shown.isEmpty
                ? words.words.empty(
                    "capacity.availability.none", icon: "calendar",
                    action: ("/capacity/availability", words.text("all"))) : nil)
        return .html(try request.pages.render("capacity/availability", view, request.language))
    }

    private func time(_ slot: OpenSlot, _ words: CapacityWords, _ signedIn: SignedIn) -> View {
        let when = words.words.dates.relativeDateTime(slot.localStart, today: words.today)
        let href =
            "/schedule?date=\(slot.localStart.date.iso)&location=\(FormFields.encode(slot.location))"
        return View([
            "label": .text("\(when), \(words.name(slot.practitioner, .practitioner))"),
            "href": .optional(signedIn.may(.scheduleRead) ? href : nil),
        ])
    }

    /// The median over what is shown, by day; nothing when only one day was recorded.
    private func trend(_ answer: ReadAvailability.Answer, _ words: CapacityWords) -> View? {
        let choice = words.choice
        let rows = answer.recorded.filter {
            (choice.visitType == nil || $0.visitType == choice.visitType)
                && (choice.location == nil || $0.location == choice.location)
        }
        let days = Dictionary(grouping: rows, by: \.day).sorted { $0.key < $1.key }
        guard days.count > 1 else { return nil }
        return words.chart(
            "third-next", kind: "line", unit: words.text("unit.days"),
            note: words.text(
                "chart.third-next.note", ["n": String(Set(rows.map { "\($0.visitType) \($0.location)" }).count)]),
            columns: [words.text("column.third"), words.text("column.first")],
            rows: days.map { day, rows in
                let third = Self.median(rows.map { $0.third ?? .max }),
                    first = Self.median(rows.map { $0.first ?? .max })
                return (
                    label: words.words.dates.date(day, today: words.today),
                    cells: [third, first].map { (value: $0.map(Double.init), text: words.days($0), href: nil) }
                )
            })
    }

    private static func median(_ days: [Int]) -> Int? {
        guard !days.isEmpty else { return nil }
        let middle = days.sorted()[(days.count - 1) / 2]
        return middle == .max ? nil : middle
    }
}
