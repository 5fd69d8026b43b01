import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    func showTrip(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await tripPage(request.query, request, signedIn)
    }

    /// Times for a visit with all that belongs to it; with what went wrong above them.
    func tripPage(
        _ fields: FormFields, _ request: WebRequest, _ signedIn: SignedIn, refused: TripRefusal? = nil
    ) async throws -> WebResponse {
        let wish = BookingWish(fields)
        let words = try words(request)
        guard wish.moving == nil, let patient = try await patient(of: wish, signedIn.caller, request.spine) else {
            return .seeOther(wish.address)
        }
        let client = try await request.spine.ask(
            ReadBookingClient(patient: patient, moving: nil, desk: desk), as: signedIn.caller)
        let hold = try await liveHold(fields, for: patient, request, signedIn)
        var view = TripView(words: words, wish: wish, client: client, hold: hold)
        if let type = view.type {
            let member = TripMember(client: client, type: type, asker: fields.id("proxy"))
            view.member = try await request.spine.ask(
                ReadAskers(members: [member], now: words.now, desk: desk), as: signedIn.caller
            ).first
        }
        if let search = view.search {
            view.found = try await request.spine.ask(
                FindTrips(
                    [.init(patient: patient, visitType: search.visitType)], search, within: SearchHours(wish.part),
                    together: nil, holding: hold?.id, now: words.now, desk: desk), as: signedIn.caller)
        }
        view.intents = view.found.trips.map { _ in Crockford.encode(request.spine.ids.nextRaw()) }
        return try togetherPage(
            "trip", words.text("together.trip.title"), view.view, request, signedIn,
            problem: refused.map { words.refused($0, today: view.choose.today) }, refused?.fault.category)
    }
}

/// The view of `together/trip`.
struct TripView {
    let words: SchedulingWords
    let wish: BookingWish
    let client: BookingClient
    let hold: HoldRow?
    let choose: ChooseView
    /// Those that link others and that this patient may have, by name.
    let types: [VisitTypeDefinition]
    let type: VisitTypeDefinition?
    /// The patient with who asks; nil: there is no type to ask for.
    var member: TripMember?
    var found = FoundTrips([])
    var intents: [String] = []

    init(words: SchedulingWords, wish: BookingWish, client: BookingClient, hold: HoldRow?) {
        self.words = words
        self.wish = wish
        self.client = client
        self.hold = hold
        choose = ChooseView(words: words, wish: wish, client: client)
        types = ChooseView.types(words, client).filter { !$0.rules.linked.isEmpty }
        type = types.first { $0.key == wish.visitType } ?? types.first
    }

    var search: SlotRequest? {
        guard let type else { return nil }
        let isKnown = words.plan.practitioner(choose.practitioner) != nil
        let isPlace = words.plan.location(choose.location) != nil
        return SlotRequest(
            visitType: type.key, from: choose.from, to: choose.to,
            practitioners: isKnown ? [choose.practitioner] : nil, locations: isPlace ? [choose.location] : nil,
            limit: TripProposals.mostShown)
    }

    var view: View {
        let able = type.map(words.plan.practitioners(for:)) ?? []
        let people = able.sorted { ($0.name.family, $0.key) < ($1.name.family, $1.key) }
        let places = words.configuration.sortedLocations.map(\.value).filter { type?.mayBe(at: $0.key) ?? true }
        let trips = found.trips
        return View([
            "who": .view(words.who(client.card)), "back": .text(wish.address), "hasTypes": .flag(!types.isEmpty),
            "asked": .views(
                words.hidden([
                    ("need", wish.need?.text), ("patient", wish.patient?.text), ("hold", hold?.id.text),
                ])),
            "types": .views(
                words.choices(types.map { ($0.key, $0.names[words.language]) }, chosen: type?.key ?? "")),
            "practitioners": .views(
                words.choices(
                    [("", words.text("booking.anyone"))] + people.map { ($0.key, $0.name.display) },
                    chosen: choose.practitioner)),
            "locations": .views(
                words.choices(
                    [("", words.text("booking.anywhere"))] + places.map { ($0.key, $0.name) },
                    chosen: choose.location)),
            "parts": .views(words.parts(chosen: wish.part)),
            "askers": .optional(member.flatMap { words.askers($0.client.askers, chosen: $0.asker) }),
            "from": .text(choose.from.iso), "to": .text(choose.to.iso), "first": .text(choose.today.iso),
            "belongs": .texts((type?.rules.linked ?? []).map { "\(words.typeName($0.visitType)): \(words.rule($0))" }),
            "hasProposals": .flag(!trips.isEmpty), "found": .text(words.count("together.found", trips.count)),
            "proposals": .views(proposals), "none": .optional(trips.isEmpty ? none : nil),
            "cut": .optional(words.cut(found)),
        ])
    }

    private var proposals: [View] {
        guard let member else { return [] }
        var carried = wish
        carried.visitType = member.type.key
        carried.from = choose.from
        carried.to = choose.to
        return TripProposals(
            words: words, members: [member], trips: found.trips, today: choose.today,
            carried: carried.pairs().map { ($0.name, $0.value) } + [
                ("hold", hold?.id.text), ("proxy", member.asker?.text),
            ], intents: intents
        ).views
    }

    private var none: View {
        guard type != nil else {
            return words.empty(
                "together.trip.no-types", icon: "calendar",
                action: (wish.address, words.text("together.trip.no-types.go")))
        }
        let asker = (member?.asker).map { [("proxy", $0.text)] } ?? []
        let later = wish.from(choose.to.adding(days: 1)).address(at: "/booking/trip", asker)
        return words.empty(
            "together.none", icon: "calendar",
            values: ["date": words.longDate(choose.to, today: choose.today)],
            action: (later, words.text("booking.none.later")))
    }
}
