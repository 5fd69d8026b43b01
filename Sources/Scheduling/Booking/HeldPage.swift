import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    /// The time that is held, with what the patient will read; from here it is booked or given back. `refused`: what
    /// was sent named somebody who may not ask for it.
    func heldPage(
        _ id: ID<SlotHold>, _ request: WebRequest, _ signedIn: SignedIn, refused: Bool = false
    ) async throws -> WebResponse {
        let hold = try await request.spine.ask(ReadHold(id, desk: desk), as: signedIn.caller)
        let words = try words(request)
        guard hold.state == "held", hold.expiresAt > words.now, let patient = hold.patient else {
            return try await choosePage(BookingWish(hold), request, signedIn, problem: BookingRules.holdOver)
        }
        let labels = try desk.plans.labels(of: hold.visitType, tenant: request.tenant)
        let client = try await request.spine.ask(
            ReadBookingClient(
                patient: patient, moving: hold.moving, desk: desk, confirming: (labels: labels, now: words.now)),
            as: signedIn.caller)
        let place = Placement(
            visitType: hold.visitType, practitioner: hold.practitioner, location: hold.location,
            localStart: hold.localStart, zone: hold.zone, timeZoneVersion: words.plan.timeZoneVersion, span: hold.span)
        let isPosted = request.method == .post
        let sent = isPosted ? try request.form() : request.query
        let joins: ID<Appointment>? = sent.id("joins")
        let broken = try await broken(hold, request, signedIn)
        let held = HeldView(
            words: words, hold: hold, client: client, place: place, zone: try desk.plans.timeZones.zone(hold.zone),
            intent: Crockford.encode(request.spine.ids.nextRaw()),
            link: waitlist.publicBase.map { $0 + "/v/…" } ?? "", joins: joins, breaksLinks: !broken.isEmpty,
            note: isPosted ? sent.trimmed("note") ?? "" : "")
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, words.text("booking.title"), "schedule")),
            "heading": .text(words.text("booking.heading.held")),
            "problem": .optional(refused ? words.askerRefused : words.broken(broken)),
            "who": .view(words.who(client.card)), "asks": nil, "choose": nil, "held": .view(held.view),
        ])
        return .html(
            try request.pages.render("booking/dialog", view, request.language), status: isPosted ? .conflict : .ok)
    }

    /// The links that moving the visit to the held time would break.
    private func broken(
        _ hold: HoldRow, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> [LinkBetween] {
        guard let moving = hold.moving, let local = CivilDateTime(iso: hold.localStart),
            signedIn.may(.appointmentRead)
        else { return [] }
        let slot = OpenSlot(
            visitType: hold.visitType, practitioner: hold.practitioner, location: hold.location, localStart: local,
            span: hold.span)
        return try await request.spine.ask(
            AskBrokenLinks(visit: moving, slots: [slot], desk: desk), as: signedIn.caller
        ).first ?? []
    }
}

/// The view of `booking/held`.
struct HeldView {
    let words: SchedulingWords
    let hold: HoldRow
    let client: BookingClient
    let place: Placement
    let zone: Zone
    /// The key that makes pressing the button twice one booking.
    let intent: String
    /// A stand-in for the link of a visit that is not there yet.
    let link: String
    /// The visit that this one will belong to.
    let joins: ID<Appointment>?
    /// The visit that is moved would not lie to others as it should: pressing the button goes on anyway.
    let breaksLinks: Bool
    /// What was typed before.
    let note: String

    var visit: VisitWording {
        VisitWording(
            place, configuration: words.configuration, language: words.language, zone: zone, now: words.now)
    }

    var view: View {
        let local = visit.local
        let until = words.dates.time(zone.civil(at: hold.expiresAt.microseconds).time)
        let seconds = max(0, Int((hold.expiresAt - words.now).microseconds / 1_000_000))
        let language = Language(tag: client.card.language)
        let prep = words.configuration.visitTypes[place.visitType]?.prep?[words.language]
        let address = visit.location.map { ", \($0.address.oneLine)" } ?? ""
        return View([
            "seconds": .number(seconds), "until": .text(words.text("booking.held.until", ["time": until])),
            "month": .text(words.text("schedule.month.short.\(local.date.month)")),
            "date": .text(String(local.date.day)),
            "when": .text(
                "\(SchedulingWords.capitalized(words.longDate(local.date, today: visit.today))), \(words.dates.time(local.time)) \(words.text("appointment.zone", ["city": visit.city]))"
            ),
            "what": .text(
                words.text(
                    "booking.held.what",
                    [
                        "what": visit.visitType, "who": visit.practitioner,
                        "minutes": words.count("appointment.minutes", place.minutes),
                    ])),
            "where": .text(visit.locationName + address), "instead": .optional(instead), "token": .text(hold.id.text),
            "intent": .text(intent), "need": .optional(hold.need?.text), "language": .text(language.rawValue),
            "confirmation": .text(preview(language) ?? words.text("booking.tell.nothing")),
            "confirmationNote": .text(
                words.text("booking.tell.note", ["language": words.languageName(language.rawValue)])),
            "preparation": .optional(
                prep.map { View(["title": .text(words.text("booking.prep")), "text": .text($0)]) }),
            "askers": .optional(words.askers(client.askers)), "note": .text(note), "back": .text(back),
            "joins": .optional(joins?.text), "anyway": .flag(breaksLinks),
            "belongs": .optional(belongs), "hasDoors": .flag(seriesHref != nil),
            "seriesHref": .optional(seriesHref), "tripHref": .optional(tripHref),
            "confirm": .text(
                words.text(
                    hold.moving == nil
                        ? "booking.confirm" : breaksLinks ? "belonging.move-anyway" : "booking.confirm.move",
                    ["when": visit.when])),
        ])
    }

    /// What the type links, before it is booked: the visit's page leads on to it.
    var belongs: String? {
        let rules = words.plan.visitTypes[place.visitType]?.rules.linked ?? []
        if rules.isEmpty || hold.moving != nil { return nil }
        return rules.map { "\(words.typeName($0.visitType)): \(words.rule($0))." }.joined(separator: " ")
    }

    private var back: String {
        var wish = BookingWish(hold)
        wish.joins = joins
        return wish.address
    }

    private var instead: String? {
        guard let moved = client.moved else { return nil }
        return words.text("booking.instead", ["when": words.visit(moved, zone).when])
    }

    /// The message as it will be read; nil when no template says it.
    private func preview(_ language: Language) -> String? {
        let external = words.plan.location(place.location)?.calendarOwner == .ehr
        let use: TemplateUse = external ? .pending : hold.moving == nil ? .confirmation : .reschedule
        guard let template = words.configuration.template(for: use) else { return nil }
        var values = VisitWording(
            place, configuration: words.configuration, language: language, zone: zone, now: words.now
        ).values
        values[TemplateVariable.link.rawValue] = link
        values[TemplateVariable.patientName.rawValue] = client.card.preferredName ?? client.card.givenName
        if let organization = words.configuration.organization {
            values[TemplateVariable.practice.rawValue] = organization.name
            values[TemplateVariable.practicePhone.rawValue] =
                PhoneNumber(organization.phone)?.display ?? organization.phone
        }
        // A template that asks for more than a visit knows is told by the sending, which withholds it; here it has no preview.
        return try? template.value.filled(language, values, toSharedNumber: !client.mayBeNamed)
    }
}

extension SchedulingWords {
    /// "14 Jun 1961": the day without its weekday, the year always told.
    func plainDate(_ date: CivilDate) -> String {
        let otherYear = CivilDate(daysSinceEpoch: date.daysSinceEpoch + 800)
        return dates.date(date, today: otherYear).split(separator: " ").dropFirst().joined(separator: " ")
    }
}
