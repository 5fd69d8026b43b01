import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// What the patient of a visit said and gave from their phone, for its page. What the reader's roles do not see is not
/// opened.
struct GivenByPatient {
    let lateness: Lateness?
    let checkIn: CheckInContent?
    let givenAt: Instant?
    let seesContact: Bool
    let seesCoverage: Bool
    let seesAnswers: Bool
    /// Whether the record was made by a booking in public and may be somebody's whom we know.
    let isAlike: Bool

    init(_ row: AppointmentRow, _ grant: Grant, _ transaction: any Transaction, _ access: Access) throws {
        lateness = try LatenessStore.find(row.id, in: transaction).flatMap {
            $0.placement == row.placement && row.status == .booked ? $0 : nil
        }
        let caller = access.caller
        seesContact = caller.may(.contactRead)
        seesCoverage = caller.may(.coverageRead)
        seesAnswers = caller.may(.noteRead)
        let given = try CheckInStore.find(row.id, in: transaction).flatMap { $0.placement == row.placement ? $0 : nil }
        givenAt = given?.givenAt
        checkIn =
            seesContact || seesCoverage || seesAnswers
            ? try given.map {
                try $0.sealed.open(grant, of: .patient(row.patient), id: row.id.raw, subject: $0.keySubject)
            } : nil
        isAlike =
            row.source == "public" && caller.may(.patientSearch)
            ? try !LookAlikeStore.open(of: row.patient, for: caller, limit: 1, in: transaction).isEmpty : false
    }
}

extension SchedulingWords {
    /// The view of `check-in/given`; nil: nothing was said or given.
    func given(_ shown: ShowAppointment.Shown, _ zone: Zone) -> View? {
        let given = shown.given
        if given.lateness == nil, given.givenAt == nil, !given.isAlike { return nil }
        var terms: [View] = []
        func term(_ label: String, _ value: String?) {
            if let value { terms.append(View(["label": .text(label), "value": .text(value)])) }
        }
        if let content = given.checkIn {
            if given.seesContact {
                term(text("check-in.phone"), content.phone.map { PhoneNumber($0)?.display ?? $0 })
                term(text("check-in.email"), content.email)
                term(text("check-in.address"), content.address)
            }
            if given.seesCoverage {
                term(text("check-in.payer"), content.payer)
                term(text("check-in.member"), content.member)
                term(text("check-in.paying"), content.paysLater ? text("check-in.paying.later") : nil)
            }
            if given.seesAnswers { for answer in content.answers { term(answer.question, answer.answer) } }
            if !content.documents.isEmpty {
                term(text("check-in.documents"), content.documents.joined(separator: ", "))
            }
        }
        return View([
            "late": .optional(
                given.lateness.map { late in
                    count("schedule.late", late.minutes) + " · " + (moment(late.saidAt, zone) ?? "")
                }),
            "isAlike": .flag(given.isAlike),
            "sent": .optional(
                given.givenAt.map { at in
                    View([
                        "when": .text(text("check-in.given-at", ["when": moment(at, zone) ?? ""])),
                        "terms": .views(terms), "isEmpty": .flag(terms.isEmpty),
                    ])
                }),
        ])
    }
}
