import Kernel
import PeopleAPI
import Spine
import Store
import Vault
import Web

/// The patient a visit is booked for, as the dialog shows them.
struct BookingClient: Sendable {
    let card: PatientCard
    /// Whether there was a completed visit.
    let isEstablished: Bool
    /// Keys of those the patient has been with, for continuity.
    let practitioners: Set<String>
    /// The visit that is being moved.
    let moved: AppointmentRow?
    /// Everybody who acts for the patient, when that was asked.
    var askers: [ActingProxy] = []
    /// Whether a message about the visit says whose it is; only where the visit is known.
    var mayBeNamed = false
}

/// What was typed to find the patient, and who was found.
struct PatientChoice: Sendable {
    let query: String
    let patients: [FoundPatient]
}

extension Scheduling {
    /// Patients to book for, when nobody has been chosen yet.
    func found(_ request: WebRequest, _ signedIn: SignedIn) async throws -> PatientChoice {
        guard let text = request.query.trimmed("q"), text.count <= 200, signedIn.may(.patientSearch) else {
            return PatientChoice(query: "", patients: [])
        }
        return PatientChoice(query: text, patients: try await search(request, signedIn, text))
    }
}

struct ReadBookingClient: Query {
    static let permission = Permission.appointmentWrite
    let patient: ID<Patient>
    let moving: ID<Appointment>?
    let desk: SchedulingDesk
    /// The visit that is to be confirmed: what its type is labelled with, and when that is asked.
    var confirming: (labels: Labels, now: Instant)?

    func run(_ transaction: any Transaction, _ access: Access) throws -> BookingClient {
        let (set, grant) = try desk.directory.grant(Self.permission, for: patient, access: access, in: transaction)
        guard let card = try desk.directory.cards(of: [patient], grant: grant, in: transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        let visits = try AppointmentStore.visits(of: set.members, limit: 20, for: access.caller, in: transaction)
        var client = BookingClient(
            card: card, isEstablished: try AppointmentStore.hasCompletedVisit(set.members, in: transaction),
            practitioners: Set(visits.filter { $0.status == .fulfilled }.map(\.place.practitioner)),
            moved: try moving.flatMap { try AppointmentStore.find($0, in: transaction) })
        guard let confirming else { return client }
        client.askers = try desk.askers(
            for: set, labels: confirming.labels, grant: grant, at: confirming.now, in: transaction)
        // As the sending asks it.
        if let phone = card.textPhone, phone.shared {
            client.mayBeNamed =
                try desk.proxies?.mayAllKnow(
                    of: set, labels: confirming.labels, at: phone.number, directory: desk.directory, grant: grant,
                    vault: access.vault, at: confirming.now, in: transaction) ?? false
        } else {
            client.mayBeNamed = true
        }
        return client
    }
}

extension SchedulingWords {
    /// Who it is, with what matters for the choice of a time.
    func who(_ card: PatientCard) -> View {
        let born = card.birthDate.map { text("booking.born", ["date": plainDate($0)]) }
        var wishes: [View] = []
        if Language(tag: card.language) != .english || !card.language.hasPrefix("en") {
            wishes.append(badge(languageName(card.language), "violet", "language"))
        }
        if card.needsInterpreter { wishes.append(badge(text("booking.interpreter"), "violet", "people")) }
        if card.flags.contains("needs-ride") { wishes.append(badge(text("booking.needs-ride"), "amber", "car")) }
        return View([
            "name": .text(card.name), "initials": .text(card.initials), "tone": .number(Self.tone(card.id.raw)),
            "line": .text([born, card.coverage].compactMap { $0 }.joined(separator: " · ")), "wishes": .views(wishes),
        ])
    }

    func badge(_ label: String, _ tone: String, _ icon: String) -> View {
        View(["label": .text(label), "tone": .text(tone), "icon": .text(icon)])
    }

    func languageName(_ tag: String) -> String {
        let code = String(tag.prefix { $0 != "-" && $0 != "_" }).lowercased()
        let key = "patients.language.\(code)"
        return pages.catalogue.has(key) ? text(key) : tag
    }
}
