import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones
import Web

extension SchedulingWords {
    /// "20 hours to 14 days before", with what else a link asks.
    func rule(_ rule: LinkedVisit) -> String {
        func said(_ minutes: Int) -> String {
            let gap = LinkGap(minutes)
            return count("belonging.\(gap.unit.rawValue)s", gap.count)
        }
        let order = rule.order.rawValue
        let gap =
            rule.minGapMinutes == 0
            ? text("belonging.\(order).up-to", ["most": said(rule.maxGapMinutes)])
            : text("belonging.\(order)", ["least": said(rule.minGapMinutes), "most": said(rule.maxGapMinutes)])
        var parts = [gap]
        if rule.sameDay { parts.append(text("belonging.same-day")) }
        if rule.sameLocation { parts.append(text("belonging.same-place")) }
        if rule.samePractitioner { parts.append(text("belonging.same-practitioner")) }
        if plan.visitTypes[rule.visitType]?.rules.fasting ?? false { parts.append(text("belonging.fasting")) }
        return parts.joined(separator: ", ")
    }

    func typeName(_ key: String) -> String { configuration.known(visitType: key)?.names[language] ?? key }

    /// "Fasting blood draw belongs to Yearly check-up: 20 hours to 14 days before."
    func sentence(_ link: LinkBetween) -> String {
        text(
            "belonging.sentence",
            ["what": typeName(link.rule.visitType), "to": typeName(link.owner), "rule": rule(link.rule)])
    }

    /// What is said above a move that would break links; nil: it breaks none.
    func broken(_ links: [LinkBetween], title: String = "belonging.broken") -> View? {
        links.isEmpty ? nil : notice(text(title), links.map(sentence).joined(separator: " "))
    }

    /// The local days in which what a link names can lie to a visit.
    func window(_ rule: LinkedVisit, of place: Placement, _ zone: Zone) -> ClosedRange<CivilDate> {
        let least = Int64(rule.minGapMinutes) * DayFrame.minute, most = Int64(rule.maxGapMinutes) * DayFrame.minute
        let today = zone.civil(at: now.microseconds).date
        let (first, last) =
            rule.order == .before
            ? (place.span.start - most, place.span.start - least) : (place.span.end + least, place.span.end + most)
        let from = max(zone.civil(at: first).date, today)
        return from...max(from, zone.civil(at: last).date)
    }
}

/// The view of `belonging/panel`: what belongs to a visit, on its page.
struct BelongingView {
    let words: SchedulingWords
    let row: AppointmentRow
    let read: BelongingRead
    let zone: Zone
    let mayBook: Bool

    var view: View? {
        if read.isEmpty { return nil }
        let shown = Set(read.links.compactMap(\.visit?.id) + read.owners.map(\.id))
        let together = read.chain.filter { !shown.contains($0.id) }
        return View([
            "broken": .optional(words.broken(read.broken, title: "belonging.broken.now")),
            "rows": .views(
                read.owners.map { visit($0, note: words.text("belonging.to")) } + read.links.map(link)
                    + together.map { visit($0, note: words.text("belonging.together")) }),
            "cancelling": .optional(cancelling),
            "allHref": .optional(read.chain.isEmpty ? nil : "/appointments/\(row.id.text)/together"),
        ])
    }

    private func link(_ link: BelongingRead.Link) -> View {
        if let found = link.visit { return visit(found, note: words.rule(link.rule)) }
        return View([
            "tone": .text(row.status.holdsTime ? "" : "grey"), "icon": "circle-dashed",
            "what": .text(words.typeName(link.rule.visitType)),
            "note": .text(words.rule(link.rule)), "when": .text(words.text("belonging.not-booked")), "href": nil,
            "book": .optional(mayBook && (row.status == .booked || row.status == .pending) ? bookHref(link.rule) : nil),
        ])
    }

    private func visit(_ other: AppointmentRow, note: String) -> View {
        let visit = VisitWording(
            other.place, configuration: words.configuration, language: words.language,
            zone: words.plan.zone(ofLocation: other.place.location) ?? zone, now: words.now)
        let state = SchedulingWords.state(other)
        return View([
            "tone": .text(other.status.holdsTime || other.status == .fulfilled ? "green" : "red"),
            "icon": .text(SchedulingWords.icon(state)), "what": .text(visit.visitType), "note": .text(note),
            "when": .text("\(SchedulingWords.capitalized(visit.whenAndWhere)) · \(words.label(state))"),
            "href": .text("/appointments/\(other.id.text)"), "book": nil,
        ])
    }

    /// The dialog with type, patient and days; what is booked there joins this visit.
    private func bookHref(_ rule: LinkedVisit) -> String {
        let days = words.window(rule, of: row.place, zone)
        var pairs = [
            ("patient", row.patient.text), ("type", rule.visitType), ("from", days.lowerBound.iso),
            ("to", days.upperBound.iso), ("joins", row.id.text),
        ]
        if rule.sameLocation { pairs.append(("location", row.place.location)) }
        if rule.samePractitioner { pairs.append(("practitioner", row.place.practitioner)) }
        return "/booking?" + pairs.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
    }

    private var cancelling: View? {
        let ahead = read.chain.filter { $0.status == .pending || $0.status == .booked }
        guard mayBook, row.status == .pending || row.status == .booked, !ahead.isEmpty else { return nil }
        return View([
            "action": .text("/appointments/\(row.id.text)/trip-cancellation"),
            "label": .text(words.count("belonging.cancel", ahead.count + 1)),
            "reasons": .views(
                CancellationReason.allCases.map {
                    View([
                        "value": .text($0.rawValue),
                        "label": .text(words.text("appointment.cancel.reason.\($0.rawValue)")),
                    ])
                }),
        ])
    }
}

/// The view of `belonging/own`: what belongs to a visit, as its patient reads it.
struct OwnBelongingView {
    let words: SchedulingWords
    let place: Placement
    let zone: Zone
    let links: [BelongingRead.Link]

    /// Of a visit of a type, whoever's it is: nothing is looked up of anybody.
    init(_ words: SchedulingWords, of place: Placement, _ zone: Zone) {
        self.init(
            words, of: place, zone,
            (words.plan.visitTypes[place.visitType]?.rules.linked ?? []).map { .init(rule: $0, visit: nil) })
    }

    init(_ words: SchedulingWords, of place: Placement, _ zone: Zone, _ links: [BelongingRead.Link]) {
        self.words = words
        self.place = place
        self.zone = zone
        self.links = links
    }

    var view: View? {
        links.isEmpty ? nil : View(["links": .views(links.map(link))])
    }

    private func link(_ link: BelongingRead.Link) -> View {
        let type = words.plan.visitTypes[link.rule.visitType]
        let days = words.window(link.rule, of: place, zone)
        let booked = link.visit.map { visit in
            VisitWording(
                visit.place, configuration: words.configuration, language: words.language,
                zone: words.plan.zone(ofLocation: visit.place.location) ?? zone, now: words.now
            ).whenAndWhere
        }
        let mayBook = booked == nil && (type.map { PublicBookingRules.isOffered($0, words.plan) } ?? false)
        let values = ["what": words.typeName(link.rule.visitType), "rule": words.rule(link.rule)]
        return View([
            "text": .text(
                words.text("belonging.own.\(link.rule.order.rawValue)", values)),
            "booked": .optional(booked.map { words.text("belonging.own.booked", ["when": $0]) }),
            "href": .optional(
                mayBook
                    ? "/book?type=\(FormFields.encode(link.rule.visitType))&from=\(days.lowerBound.iso)" : nil),
            "label": .text(words.text("belonging.own.book", values)),
            "call": .flag(booked == nil && !mayBook),
        ])
    }
}
