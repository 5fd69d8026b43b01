import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones
import Web

extension PatientWording {
    /// A referral as one line of the patient's page.
    func referral(_ referral: ReferralSummary) -> View {
        let kind = code("referrals.kind", referral.kind)
        let about =
            referral.visitType.map(visitTypeName)
            ?? referral.serviceLine.map { configuration.serviceLines[$0]?.value.names[language] ?? $0 }
        let isOpen = referral.outcome == nil
        let good = referral.outcome == "completed"
        return View([
            "href": .text("/referrals/" + referral.id.text),
            "what": .text(about.map { text("referrals.title.about", ["kind": kind, "what": $0]) } ?? kind),
            "stage": .view(
                View([
                    "label": .text(
                        referral.outcome.map { code("referrals.outcome", $0) }
                            ?? code("referrals.stage", referral.stage)),
                    "tone": .text(isOpen ? "blue" : good ? "green" : "grey"), "icon": nil,
                ])),
            "due": .optional(referral.dueAt.map(dueDay)),
        ])
    }

    /// Days, since a referral takes weeks.
    private func dueDay(_ instant: Instant) -> View {
        let days = today.days(until: civil(instant).date)
        guard instant <= now, days < 0 else { return due(instant) }
        return View([
            "label": .text(count("referrals.due.late", -days)), "tone": "late", "icon": "alert",
        ])
    }
}
