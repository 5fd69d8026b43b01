import Kernel
import Spine
import TimeZones
import Vault
import Web

// The time that a patient asks about beside those they may choose from.
//
// - One that is free is there to be taken, also when it is not among the first that are shown.
// - Of any other the page says why not in one line, in the words for patients: of the visits of others no more than that
//   the time is not available.
// - Where several share the number that texts go to, the line is about the time alone and says nothing of the patient.
// - What is no time is told beside the field, and the times are shown all the same.

/// What was typed as a time, of the day that is looked at.
struct AskedTime: Sendable {
    /// Empty: nothing was asked.
    let typed: String
    /// Nil: nothing was asked, or nothing that can be read.
    let local: CivilDateTime?

    /// What is told of it.
    enum Answer: Sendable {
        /// With whom and where; empty: it would break what belongs to the visit.
        case free([OpenSlot])
        case refused(SlotRefusal)
        /// The visit that would be moved there has it.
        case own
    }

    init(_ fields: FormFields, on date: CivilDate) {
        typed = fields.trimmed("at") ?? ""
        local = CivilTime(hhmm: typed).map { CivilDateTime(date: date, time: $0) }
    }

    /// The view of `visit-link/at`.
    func field(_ words: SchedulingWords) -> View {
        let isWrong = local == nil && !typed.isEmpty
        return View([
            "value": .text(typed),
            "wrong": .optional(
                isWrong ? View(["id": "slot-at-wrong", "text": .text(words.text("self-times.at.wrong"))]) : nil),
        ])
    }

    /// The view of `visit-link/asked`; nil: nothing was asked.
    func view(_ answer: Answer?, _ words: SchedulingWords, today: CivilDate, isShared: Bool = false) -> View? {
        guard let answer, let local else { return nil }
        let reason: String
        switch answer {
        case .free(let slots) where !slots.isEmpty:
            let times = TimesView(words: words, slots: slots, today: today, isShared: isShared)
            return View(["told": nil, "free": .view(times.view)])
        case .free: reason = words.text("booking.told.not-available")
        case .refused(let refusal): reason = words.text("booking.told.\(Self.told(refusal, isShared: isShared))")
        case .own: reason = words.text("self-times.own")
        }
        let when = SchedulingWords.capitalized(words.dates.dateTime(local, today: today))
        return View([
            "told": .text(words.text("self-times.asked", ["when": when, "reason": reason])), "free": nil,
        ])
    }

    /// What says nothing of who comes and for what.
    private static let ofTheTime: Set<String> = ["location-closed", "too-soon", "too-far", "no-start"]

    private static func told(_ refusal: SlotRefusal, isShared: Bool) -> String {
        isShared && !ofTheTime.contains(refusal.told) ? "not-available" : refusal.told
    }
}

extension Scheduling {
    /// What is told of the time that is asked about; nil: none is.
    ///
    /// - Parameters:
    ///   - search: what the page looks for: whose times, and where.
    ///   - shown: the times on the page.
    ///   - moving: the visit that would be moved there; nil: a new one is booked, by nobody who is known.
    ///   - find: the times of a search that can be taken.
    func answer(
        to asked: AskedTime, _ search: SlotRequest, among shown: [OpenSlot], moving: AppointmentRow?, now: Instant,
        _ request: WebRequest, as caller: Caller, find: (SlotRequest) async throws -> [OpenSlot]
    ) async throws -> AskedTime.Answer? {
        guard let local = asked.local else { return nil }
        let free = shown.filter { $0.localStart == local }
        if !free.isEmpty { return .free(free) }
        let question = AskWhyNobody(
            visitType: search.visitType, practitioners: search.practitioners, locations: search.locations,
            localStart: local, patient: moving?.patient, moving: moving?.id, now: now, desk: desk)
        if let refusal = try await request.spine.ask(question, as: caller) { return .refused(refusal) }
        if moving?.place.localStart == local.iso { return .own }
        var day = search
        day.from = local.date
        day.to = local.date
        day.limit = .max
        return .free(try await find(day).filter { $0.localStart == local })
    }
}
