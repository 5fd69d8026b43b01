import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault

/// Keeps what a patient gave before a visit; what they gave before gives way to it.
struct GiveCheckIn: Command {
    static let permission = Permission.appointmentWrite
    let id: ID<Appointment>
    let content: CheckInContent
    let agreed: [CheckInDocument]
    let consents: any ConsentLedger
    let desk: SchedulingDesk

    func run(_ context: CommandContext) throws -> Bool {
        let (row, client) = try AppointmentChange.row(id, desk: desk, in: context)
        let type = try desk.plans.plan(of: context.caller.tenant).visitTypes[row.place.visitType]
        guard CheckInRules.isOpen(row, type, at: context.now) else {
            throw Fault(.conflict, "appointment.check-in-closed", "There is no check-in for this visit now.")
        }
        let subject = client.plain.keySubject
        let known = try CheckInStore.find(id, in: context.transaction)
        try CheckInStore.put(
            CheckInRow(
                id: id, patient: row.patient, placement: row.placement, givenAt: context.now, keySubject: subject,
                sealed: try context.vault.seal(content, id: id.raw, subject: subject)), in: context.transaction)
        // The form sent twice says nothing new to the ledger.
        if known.map({ context.now - $0.givenAt > .minutes(1) || $0.placement != row.placement }) ?? true {
            for document in agreed {
                try consents.record(
                    ConsentSummary(
                        channel: "sms", purpose: document.purpose.rawValue, given: true, source: "form",
                        recordedAt: context.now, document: document.reference), of: row.patient, context: context)
            }
            context.emit(
                .appointment(
                    .prepared, id: row.id, patient: row.patient, need: row.need, row.place,
                    [
                        ("answers", .int(Int64(content.answers.count))),
                        ("documents", .int(Int64(agreed.count))), ("by", "link"),
                    ]))
        }
        return true
    }
}

/// "I am here", said from the phone: only on the day, and only of a visit that has its time still.
struct ArriveByLink: Command {
    static let permission = Permission.appointmentWrite
    let id: ID<Appointment>
    let desk: SchedulingDesk

    func run(_ context: CommandContext) throws -> AppointmentAnswer {
        let (row, _) = try AppointmentChange.row(id, desk: desk, in: context)
        if row.status == .arrived { return AppointmentAnswer(row) }
        let type = try desk.plans.plan(of: context.caller.tenant).visitTypes[row.place.visitType]
        let zone = try desk.plans.timeZones.zone(row.place.zone)
        let isToday = zone.civil(at: context.now.microseconds).date == zone.civil(at: row.place.span.start).date
        guard isToday, CheckInRules.isOpen(row, type, at: context.now) else {
            throw Fault(.conflict, "appointment.check-in-closed", "There is no check-in for this visit now.")
        }
        let done = try AppointmentChange.apply(.arrive, to: row, ChangeDetails(by: "link"), in: context)
        try desk.moveNeed(done.needs, done.row, in: context)
        return AppointmentAnswer(done.row)
    }
}
