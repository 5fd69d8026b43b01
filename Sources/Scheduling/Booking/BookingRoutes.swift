import ConversationsAPI
import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    var bookingRoutes: [Route] {
        [
            .get("/booking", heavy: true, .page(.appointmentWrite, showBooking)),
            .post("/holds", .page(.appointmentWrite, holdFromPage)),
            .post("/holds/{id}/release", .page(.appointmentWrite, releaseFromPage)),
        ]
    }

    /// The dialog: with `hold` the chosen time, else the times to choose from.
    func showBooking(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let wish = BookingWish(request.query)
        guard let hold: ID<SlotHold> = request.query.id("hold") else {
            return try await choosePage(wish, request, signedIn)
        }
        return try await heldPage(hold, request, signedIn)
    }

    func holdFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        var wish = BookingWish(form)
        guard let question = BookingWish.question(token: form["slot"] ?? "") else {
            throw Fault.invalid("slot", "Not a time of the list.")
        }
        let patient = try await patient(of: wish, signedIn.caller, request.spine)
        do {
            let hold = try await request.spine.perform(
                HoldSlot(question, patient: patient, need: wish.need, moving: wish.moving, desk: desk),
                as: signedIn.caller)
            if let referral = wish.referral {
                _ = try await request.spine.perform(
                    ChooseReferralTime(referral, hold: ID(raw: hold.id), desk: desk), as: signedIn.caller)
            }
            let joins = wish.joins.map { "&joins=\($0.text)" } ?? ""
            return .seeOther("/booking?hold=\(Crockford.encode(hold.id))\(joins)")
        } catch let fault as Fault where fault.category == .conflict {
            wish.visitType = question.visitType
            wish.from = question.localStart.date
            return try await choosePage(wish, request, signedIn, problem: fault)
        }
    }

    /// Gives the time back and goes where the form says, when that is the dialog.
    func releaseFromPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        _ = try await request.spine.perform(ReleaseHold(request.id("id"), desk: desk), as: signedIn.caller)
        let target = try request.form()["return"] ?? ""
        return .seeOther(target.hasPrefix("/booking?") && !target.contains("\n") ? target : "/booking")
    }

    /// Books the held time, or moves the visit that it is held for.
    func confirmBooking(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let form = try request.form()
        guard let id: ID<SlotHold> = form.id("hold") else { throw Fault.invalid("hold", "Choose a time first.") }
        let note = form.trimmed("note")
        let asker = try Askers.asker(form)
        let key = form.trimmed("intent").flatMap { IdempotencyKey($0) }.map { (key: $0, payload: request.body) }
        let hold = try await request.spine.ask(ReadHold(id, desk: desk), as: signedIn.caller)
        do {
            let answer: AppointmentAnswer
            if let moving = hold.moving {
                answer = try await request.spine.perform(
                    MoveAppointment(
                        moving, to: .hold(id), note: note, breakingLinks: form["anyway"] == "1", asker: asker,
                        desk: desk),
                    as: signedIn.caller, idempotency: key)
            } else {
                answer = try await request.spine.perform(
                    BookAppointment(
                        .hold(id, patient: nil), need: hold.need, note: note, joining: form.id("joins"), asker: asker,
                        desk: desk),
                    as: signedIn.caller, idempotency: key)
            }
            let done = hold.moving != nil ? "moved" : answer.status == "pending" ? "requested" : "booked"
            let page =
                (form.id("joins") as ID<Appointment>?).map { "/appointments/" + $0.text }
                ?? answer.need.map { "/inbox/" + Crockford.encode($0) }
                ?? "/appointments/" + Crockford.encode(answer.id)
            return .seeOther("\(page)?done=appointment.\(done)")
        } catch let fault as Fault where fault.code == "slot.link-broken" && hold.moving != nil {
            // The time is held still: the page says what would be broken, and asks again.
            return try await heldPage(id, request, signedIn)
        } catch let fault as Fault where fault.code == Askers.refusal {
            return try await heldPage(id, request, signedIn, refused: true)
        } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
            var wish = BookingWish(hold)
            wish.joins = form.id("joins")
            return try await choosePage(wish, request, signedIn, problem: fault)
        }
    }

    /// Whom a wish is for: the named patient, else the one of the visit or of the need.
    func patient(of wish: BookingWish, _ caller: Caller, _ spine: Spine) async throws -> ID<Patient>? {
        if wish.need == nil, wish.moving == nil { return wish.patient }
        let messaging = desk.messaging
        return try await spine.read(.appointmentWrite, as: caller) { transaction, _ in
            // Hidden and absent look alike.
            if let need = wish.need, try !messaging.reaches(need, caller, .appointmentWrite, in: transaction) {
                throw Fault.notFound("need")
            }
            guard let moving = wish.moving else {
                return try wish.patient ?? wish.need.flatMap { try messaging.patient(of: $0, in: transaction) }
            }
            guard let row = try AppointmentStore.find(moving, in: transaction) else {
                throw Fault.notFound("appointment")
            }
            let scope = try Policy.scopeRows(of: [row.patient], for: caller, in: transaction)[row.patient] ?? []
            guard Policy.decide(caller, .appointmentWrite, .item(of: scope, row.place.labels)) == .permit else {
                throw Fault.notFound("appointment")
            }
            return wish.patient ?? row.patient
        }
    }
}

/// What somebody looks for in the dialog, as its address says it.
struct BookingWish: Sendable {
    enum Part: String, Sendable, CaseIterable {
        case morning, afternoon, evening

        /// In which a visit begins.
        var hours: ClockRange? {
            switch self {
            case .morning: ClockRange("00:00-12:00")
            case .afternoon: ClockRange("12:00-17:00")
            case .evening: ClockRange("17:00-24:00")
            }
        }

        func contains(_ minute: Int) -> Bool {
            switch self {
            case .morning: minute < 720
            case .afternoon: (720..<1_020).contains(minute)
            case .evening: minute >= 1_020
            }
        }
    }

    var need: ID<Need>?
    var patient: ID<Patient>?
    var moving: ID<Appointment>?
    /// The referral that the visit is for.
    var referral: ID<Referral>?
    /// The visit that the new one belongs to.
    var joins: ID<Appointment>?
    var visitType: String?
    /// Empty: anyone. Nil: not said.
    var practitioner: String?
    /// Empty: anywhere. Nil: not said.
    var location: String?
    var from: CivilDate?
    var to: CivilDate?
    var part: Part?
    /// A time of day somebody pointed at.
    var at: CivilTime?
    /// The room or the device whose time it was.
    var thing: String?
    var preferences = SlotPreferences()

    init(_ fields: FormFields) {
        need = fields.id("need")
        patient = fields.id("patient")
        moving = fields.id("moving")
        referral = fields.id("referral")
        joins = fields.id("joins")
        visitType = fields.trimmed("type")
        practitioner = fields["practitioner"]
        location = fields["location"]
        from = fields["from"].flatMap(Self.date)
        to = fields["to"].flatMap(Self.date)
        part = fields["part"].flatMap(Part.init(rawValue:))
        at = fields["at"].flatMap { CivilTime(hhmm: $0) }
        thing = fields.trimmed("thing")
        preferences = SlotPreferences(fields)
    }

    /// The search that led to a hold.
    init(_ hold: HoldRow) {
        need = hold.need
        patient = hold.moving == nil ? hold.patient : nil
        moving = hold.moving
        visitType = hold.visitType
        let local = CivilDateTime(iso: hold.localStart)
        from = local?.date
        at = local?.time
    }

    private static func date(_ text: String) -> CivilDate? {
        CivilDate(iso: text).flatMap { (1970...2200).contains($0.year) ? $0 : nil }
    }

    /// The names and values that say this wish in an address or a form; `without` leaves some out.
    func pairs(without left: Set<String> = []) -> [(name: String, value: String)] {
        let all: [(String, String?)] =
            [
                ("need", need?.text), ("patient", patient?.text), ("moving", moving?.text),
                ("referral", referral?.text), ("joins", joins?.text), ("type", visitType),
                ("practitioner", practitioner), ("location", location), ("from", from?.iso), ("to", to?.iso),
                ("part", part?.rawValue), ("at", at?.hhmm), ("thing", thing),
            ] + preferences.pairs
        return all.compactMap { name, value in left.contains(name) ? nil : value.map { (name, $0) } }
    }

    /// The dialog's address with this wish.
    var address: String {
        "/booking?" + pairs().map { "\($0.name)=\(FormFields.encode($0.value))" }.joined(separator: "&")
    }

    /// This wish with somebody else, or with anyone.
    func with(practitioner: String) -> BookingWish {
        var wish = self
        wish.practitioner = practitioner
        return wish
    }

    /// This wish further ahead.
    func from(_ date: CivilDate) -> BookingWish {
        var wish = self
        wish.from = date
        wish.to = nil
        return wish
    }

    func `for`(_ patient: ID<Patient>) -> BookingWish {
        var wish = self
        wish.patient = patient
        return wish
    }

    // MARK: Tokens

    /// What the button of a time sends; the rules are asked again when it comes back.
    static func token(_ slot: OpenSlot) -> String {
        [slot.visitType, slot.practitioner, slot.location, slot.localStart.iso].joined(separator: "~")
    }

    static func question(token: String) -> SlotFinder.Question? {
        let parts = token.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let local = CivilDateTime(iso: parts[3]) else { return nil }
        return SlotFinder.Question(
            visitType: parts[0], practitioner: parts[1], location: parts[2], localStart: local)
    }
}

/// One hold, for a caller who may act for its patient.
struct ReadHold: Query {
    static let permission = Permission.appointmentWrite
    private let id: ID<SlotHold>
    private let desk: SchedulingDesk

    init(_ id: ID<SlotHold>, desk: SchedulingDesk) {
        self.id = id
        self.desk = desk
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> HoldRow {
        guard let hold = try HoldStore.find(id, in: transaction),
            try desk.reaches(hold, access.caller, in: transaction)
        else { throw Fault.notFound("hold") }
        return hold
    }
}
