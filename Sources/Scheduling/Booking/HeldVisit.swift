import Kernel
import SchedulingAPI
import Spine
import TimeZones
import Vault

extension HoldRow {
    /// Whether it is held still, for a visit of this patient that is not there yet.
    func isLive(for patient: ID<Patient>, at now: Instant) -> Bool {
        state == "held" && expiresAt > now && moving == nil && self.patient == patient
    }

    /// Whether the time that it keeps is this one's.
    func keeps(_ visit: WantedVisit) -> Bool {
        patient == visit.patient && visitType == visit.question.visitType
            && practitioner == visit.question.practitioner && location == visit.question.location
            && localStart == visit.question.localStart.iso
    }
}

extension WantedVisit {
    /// From the hold, when that has its time.
    func source(_ held: HoldRow?) -> BookingSource {
        if let held, held.keeps(self) { return .hold(held.id, patient: nil) }
        return .slot(question, patient: patient)
    }
}

extension SchedulingDesk {
    /// The hold, when it keeps the time of one of these visits. Where it keeps another time for one of their patients it is
    /// given back, as when somebody chooses another time.
    func held(
        _ id: ID<SlotHold>?, for visits: [WantedVisit], in context: CommandContext
    ) throws -> HoldRow? {
        guard let id, let hold = try HoldStore.find(id, locking: true, in: context.transaction),
            visits.contains(where: { hold.isLive(for: $0.patient, at: context.now) })
        else { return nil }
        if visits.contains(where: hold.keeps) { return hold }
        try IntervalStore.free(id.raw, in: context.transaction)
        try HoldStore.end(id, as: "released", in: context.transaction)
        return nil
    }
}
