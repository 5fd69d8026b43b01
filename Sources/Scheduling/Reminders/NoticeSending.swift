import ConversationsAPI
import JSON
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault

/// Says a notice when its time has come, if it is still true.
struct NoticeSending: Sendable {
    static let timer = "appointment-notice"
    let desk: SchedulingDesk
    let links: VisitLinks
    /// Nil: no invitations go with e-mail.
    var calendar: VisitCalendar?

    var handler: TimerHandler {
        TimerHandler(Self.timer, permissions: [.messageSend, .appointmentRead, .patientRead]) { target, context in
            try say(ID(raw: target), context)
        }
    }

    private func say(_ id: ID<Notice>, _ context: CommandContext) throws {
        let transaction = context.transaction
        guard let notice = try NoticeStore.find(id, in: transaction), notice.state == "planned",
            let row = try AppointmentStore.find(notice.appointment, in: transaction)
        else { return }
        let isTrue = row.status == notice.kind.status && row.placement == notice.placement
        guard isTrue, row.place.span.start > context.now.microseconds else {
            return try NoticeStore.settle(id, as: "cancelled", at: context.now, in: transaction)
        }
        let confirmed = row.confirmedAt != nil
        if notice.kind == .reminder, notice.unlessConfirmed, confirmed {
            return try NoticeStore.settle(id, as: "withheld", reason: "confirmed", at: context.now, in: transaction)
        }
        // Without words for calendar files there is nothing that it could bring.
        guard !notice.isInvitationAgain || calendar != nil,
            let plain = try desk.directory.plain(of: [row.patient], in: transaction)[row.patient]
        else {
            return try NoticeStore.settle(id, as: "cancelled", at: context.now, in: transaction)
        }
        let words = VisitWording(
            row.place, configuration: try desk.plans.configuration(of: context.caller.tenant),
            language: Language(tag: plain.language), zone: try desk.plans.timeZones.zone(row.place.zone),
            now: context.now)
        var values = words.values
        values[TemplateVariable.link.rawValue] = links.address(row.id, context.vault)
        let outcome = try desk.messaging.send(
            MessageRequest(
                patient: row.patient, purpose: notice.kind.purpose.rawValue, template: notice.kind.rawValue,
                values: values, need: row.need, appointment: row.id,
                expectsReply: notice.kind.expectsReply && !confirmed, locationZone: row.place.zone,
                location: row.place.location, mail: mail(notice, row, words, context.caller.tenant),
                labels: row.place.labels),
            context: context)
        switch outcome {
        case .queued(let message), .held(let message, _):
            try NoticeStore.settle(id, as: "sent", message: message, at: context.now, in: transaction)
            guard notice.kind == .reminder else { return }
            context.emit(
                .appointment(
                    .reminded, id: row.id, patient: row.patient, need: row.need, row.place,
                    [("message", .string(message.text))]))
        case .withheld(let reason):
            try NoticeStore.settle(id, as: "withheld", reason: reason, at: context.now, in: transaction)
        }
    }

    private func mail(
        _ notice: NoticeRow, _ row: AppointmentRow, _ words: VisitWording, _ tenant: ID<Tenant>
    ) -> MailForm {
        let kind = notice.kind
        guard let calendar, kind.isInvitation else { return MailForm() }
        return MailForm(isForCalendar: notice.isInvitationAgain) { parties in
            calendar.invitation(kind, row, words, tenant: tenant, to: parties)
        }
    }
}
