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
    /// What was booked together with a visit, and what of a series was not.
    func showTogether(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id = try request.id("id", of: Appointment.self)
        let read = try await request.spine.ask(ReadTogether(id: id, desk: desk), as: signedIn.caller)
        let words = try words(request)
        let view = TogetherView(
            words: words, read: read, missed: request.query.all("missed").compactMap(MissedTime.init(text:)),
            mayBook: signedIn.may(.appointmentWrite))
        return try togetherPage("booked", view.title, view.view, request, signedIn)
    }
}

/// The visits that were booked together with one, as far as the caller may see them.
struct ReadTogether: Query {
    static let permission = Permission.appointmentRead
    let id: ID<Appointment>
    let desk: SchedulingDesk

    struct Answer: Sendable {
        let row: AppointmentRow
        /// By start; the visit itself is among them.
        let visits: [AppointmentRow]
        let isSeries: Bool
        let names: [ID<Patient>: String]
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let (row, _) = try ReadAppointment.open(id, transaction, access)
        let chain = try ChainStore.chain(of: id, in: transaction)
        let visits = try chain.map { try AppointmentStore.chain($0, for: access.caller, in: transaction) } ?? [row]
        let patients = Set(visits.map(\.patient)).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: access.caller, in: transaction)
        let grant = try access.grant(Self.permission, forList: patients.map { ($0, scopes[$0] ?? []) })
        let isLinked = try ChainStore.linked(id, in: transaction) != nil
        return Answer(
            row: row, visits: visits, isSeries: chain != nil && !isLinked,
            names: try desk.directory.names(of: patients, grant: grant, in: transaction))
    }
}

/// The view of `together/booked`.
struct TogetherView {
    let words: SchedulingWords
    let read: ReadTogether.Answer
    let missed: [MissedTime]
    let mayBook: Bool

    var title: String { words.text(read.isSeries ? "together.booked.series" : "together.booked.title") }

    private var today: CivilDate {
        words.plan.zone(ofLocation: read.row.place.location)?.civil(at: words.now.microseconds).date
            ?? CivilDate(daysSinceEpoch: Int(words.now.seconds / 86_400))
    }

    var view: View {
        View([
            "back": .text("/appointments/\(read.row.id.text)"),
            "caption": .text(words.count("together.booked.caption", read.visits.count)),
            "rows": .views(read.visits.map(row)), "hasMissed": .flag(!missed.isEmpty),
            "missedCaption": .text(words.count("together.missed.caption", missed.count)),
            "missed": .views(missed.map(row)),
        ])
    }

    private func row(_ visit: AppointmentRow) -> View {
        let zone = words.plan.zone(ofLocation: visit.place.location) ?? words.plan.zones.first
        let local = CivilDateTime(iso: visit.place.localStart)
        let wording = zone.map { words.visit(visit, $0) }
        let when = local.map { words.dates.dateTime($0, today: today) } ?? visit.place.localStart
        return View([
            "href": .text("/appointments/\(visit.id.text)"), "when": .text(SchedulingWords.capitalized(when)),
            "what": .text(words.typeName(visit.place.visitType)), "who": .text(read.names[visit.patient] ?? ""),
            "practitioner": .text(wording?.practitioner ?? visit.place.practitioner),
            "location": .text(wording?.locationName ?? visit.place.location),
            "state": .text(words.label(SchedulingWords.state(visit))),
        ])
    }

    private func row(_ time: MissedTime) -> View {
        let place = read.row.place
        let wish = BookingWish.another(
            nil, read.row.patient, place.visitType, place.practitioner, place.location, time.local)
        let when = SchedulingWords.capitalized(words.dates.dateTime(time.local, today: today))
        return View([
            "when": .text(when), "reason": .text(words.why(time.refusal)),
            "other": .optional(mayBook ? wish.address : nil),
        ])
    }
}
