import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones
import Vault
import Web

/// What somebody can do with a referral as it is now: the next step first, everything else behind it.
struct ReferralActs {
    let words: ReferralWords
    let row: ReferralRow
    let caller: Caller

    private var mayWrite: Bool { caller.may(.referralWrite) }

    /// Books for it: patient, kind of visit and referral go along.
    var bookHref: String? {
        guard mayWrite, caller.may(.appointmentWrite), row.status == .active, row.kind != .outbound,
            row.stage == .received || row.stage == .accepted || row.stage == .contacting
        else { return nil }
        let type = row.visitType ?? firstType
        let with = row.performer.map { "&practitioner=\(FormFields.encode($0))" } ?? ""
        return "/booking?patient=\(row.patient.text)&referral=\(row.id.text)"
            + (type.map { "&type=\(FormFields.encode($0))" } ?? "") + with
    }

    /// A kind of visit of the service line.
    private var firstType: String? {
        row.serviceLine.flatMap { line in
            words.words.configuration.visitTypes.values.filter { $0.value.serviceLine == line }.map(\.value.key).min()
        }
    }

    // MARK: What can be done

    var primary: [View] {
        guard mayWrite else { return [] }
        if row.status == .draft { return [act("activate", [], "primary")] }
        if row.status == .onHold { return [act("resume", [], "primary")] }
        switch row.stage {
        case .received: return [act("accept", [], "primary"), act("decline", [reason(needed: true)], "danger")]
        case .accepted, .contacting: return [act("attempt", attemptFields, bookHref == nil ? "primary" : "")]
        case .scheduled: return row.hasVisit ? [] : [act("seen", seenFields, "primary")]
        case .seen:
            return [act(row.kind == .inbound ? "report-sent" : "report", [day("on", needed: false)], "primary")]
        case .reported:
            if row.kind.awaitsReport, row.acknowledgedAt == nil {
                return [act("acknowledge", [area("finding")], "primary")]
            }
            return [act("complete", [], "primary")]
        case .closed: return []
        }
    }

    var others: [View] {
        guard mayWrite else { return [] }
        var acts: [View] = []
        switch row.stage {
        case .received, .accepted, .contacting, .scheduled:
            if row.status == .active, !row.hasVisit {
                if row.stage != .received {
                    if row.stage != .scheduled { acts.append(act("elsewhere", [day("on", needed: false)])) }
                    if row.stage != .scheduled { acts.append(act("seen", seenFields)) }
                    if row.kind.awaitsReport { acts.append(act("report", [day("on", needed: false)])) }
                }
                acts.append(act("hold", [day("until", needed: true), reason(needed: false)]))
            }
            acts.append(act("describe", describeFields, to: "description"))
            acts.append(act("close", [outcomes, area("note")], "danger"))
        case .seen, .reported:
            acts.append(act("describe", describeFields, to: "description"))
            acts.append(act("close", [outcomes, area("note")], "danger"))
        case .closed:
            if row.outcome != .enteredInError, row.outcome != .deceased { acts.append(act("reopen", [])) }
        }
        return acts
    }

    /// Those that the rules allow as it is now.
    private var outcomes: View {
        let allowed = ReferralOutcome.allCases.filter { outcome in
            guard outcome != .completed, outcome != .notAccepted else { return false }
            if case .changed = ReferralMachine.apply(.close(outcome), to: row.state) { return true }
            return false
        }
        return field("outcome", .choice(allowed.map { ($0.rawValue, words.text("outcome.\($0.rawValue)")) }), true)
    }

    private var attemptFields: [View] {
        [
            field(
                "channel", .choice(ContactChannel.allCases.map { ($0.rawValue, words.text("channel.\($0.rawValue)")) }),
                true),
            field(
                "outcome", .choice(ContactOutcome.allCases.map { ($0.rawValue, words.text("attempt.\($0.rawValue)")) }),
                true, value: ContactOutcome.noAnswer.rawValue),
            field("note", .line(ReferralAttemptNote.longest), false),
        ]
    }

    private var seenFields: [View] {
        [
            field(
                "place", .choice(SeenPlace.allCases.map { ($0.rawValue, words.text("place.\($0.rawValue)")) }), true),
            day("on", needed: false),
        ]
    }

    private var describeFields: [View] {
        [
            field(
                "priority", .choice(NeedPriority.allCases.map { ($0.rawValue, words.text("priority.\($0.rawValue)")) }),
                true, value: row.priority.rawValue),
            field(
                "authorization",
                .choice(
                    ReferralAuthorization.allCases.map { ($0.rawValue, words.text("authorization.\($0.rawValue)")) }),
                true, value: row.authorization.rawValue),
            field("authorizationNumber", .line(ReferralContent.longestName), false),
            field("authorizedFrom", .date, false, value: row.authorizedFrom ?? ""),
            field("authorizedTo", .date, false, value: row.authorizedTo ?? ""),
            field("expiresOn", .date, false, value: row.expiresOn ?? ""),
        ]
    }

    // MARK: Parts

    private func act(_ step: String, _ fields: [View], _ tone: String = "", to path: String = "steps") -> View {
        View([
            "step": .text(step), "action": .text("/referrals/\(row.id.text)/\(path)"),
            "version": .number(row.version), "fields": .views(fields.map { scoped($0, step) }), "tone": .text(tone),
            "label": .text(words.text("act.\(step)")),
        ])
    }

    /// The same field may stand in several forms of a page.
    private func scoped(_ field: View, _ step: String) -> View {
        guard case .text(let name)? = field["name"] else { return field }
        var copy = field
        copy["id"] = .text("referral-\(step)-\(name)")
        return copy
    }

    private func field(
        _ name: String, _ shape: ReferralField.Shape, _ needed: Bool, value: String = ""
    ) -> View {
        ReferralField(name: name, shape: shape, needed: needed).view("referral", value: value, wrong: [], words)
    }

    private func reason(needed: Bool) -> View { field("reason", .line(ReferralContent.longestText), needed) }
    private func area(_ name: String) -> View { field(name, .area(ReferralContent.longestText), false) }
    private func day(_ name: String, needed: Bool) -> View { field(name, .date, needed) }
}
