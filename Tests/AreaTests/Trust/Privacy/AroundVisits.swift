import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Testing
import TimeZones
import Vault
import Web

/// What stands of a person around their visits: a series, a referral with a paper, a place on the list, and what only
/// the day of a visit brings. The clock of these worlds stands still days before, so that day's rows are written as its
/// commands write them.
struct AroundVisits {
    let spine: Spine
    let desk: SchedulingDesk
    let directory: any PatientDirectory
    let caller: Caller

    /// What the caller must be allowed to beside booking.
    static let rights: Set<Permission> = [.referralRead, .referralWrite, .waitlistRead, .waitlistWrite]

    /// `hour`: of the visits, one digit. `other`: a record that looks like the same person's.
    func leave(_ name: String, _ patient: ID<Patient>, hour: Int, other: ID<Patient>? = nil) async throws {
        let first = try BookingWorld.question("0\(hour):00", day: "2026-03-19")
        let rhythm = try #require(SeriesRhythm(every: 1, .week, count: 4))
        let series = try await perform(
            BookSeries(first, patient: patient, on: rhythm.dates(from: first.localStart.date), desk: desk))
        let visit = try #require(series.booked.first)
        try await refer(name, patient)
        var wish = WaitlistWish(
            visitType: "annual-physical", practitioners: ["elena-alvarez"], locations: ["denver-northside"],
            weekdays: [4], fromMinute: 480, toMinute: 720)
        wish.earliest = CivilDate(iso: "2026-03-05")
        wish.latest = CivilDate(iso: "2026-03-31")
        let entry = try await perform(
            JoinWaitlist(patient, WaitlistRequest(wish, authorized: true), waitlist: WaitlistDesk(desk)))
        try await give(name, visit)
        try await queue(visit, number: "K10\(hour)")
        try await open(visit, entry)
        try await bump(visit)
        try await byText(visit)
        try await inside(visit, other)
    }

    private func perform<C: Command>(_ command: C) async throws -> C.Result {
        try await spine.perform(command, as: caller)
    }

    private func write(_ statements: @escaping @Sendable (CommandContext) throws -> [SQL]) async throws {
        _ = try await perform(
            Work { context in
                for statement in try statements(context) { _ = try context.transaction.execute(statement) }
                return true
            })
    }

    /// A referral that came in, an attempt to reach the patient, and the paper that came with it.
    private func refer(_ name: String, _ patient: ID<Patient>) async throws {
        var new = NewReferral(patient: patient, kind: .inbound, source: "console")
        new.serviceLine = "orthopaedics"
        new.content.reason = "referral words of \(name)"
        new.content.requesterName = "Dr. Ada Quist"
        let referral: ID<Referral> = ID(raw: try await perform(RecordReferral(new, desk: desk)).id)
        _ = try await perform(StepReferral(referral, .accept, desk: desk))
        _ = try await perform(
            StepReferral(referral, .attempt(.phone, .reached, note: "attempt words of \(name)"), desk: desk))
        _ = try await perform(
            FileReferralDocument(
                referral, kind: "request", [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 9, count: 200),
                name: "\(name)-referral.jpg", desk: desk))
    }

    /// What the patient gave from the phone before the visit, and that they are late.
    private func give(_ name: String, _ visit: AppointmentAnswer) async throws {
        try await write { [directory] context in
            let patient: ID<Patient> = ID(raw: visit.patient)
            let plain = try directory.plain(of: [patient], in: context.transaction)[patient]
            guard let subject = plain?.keySubject else { throw Fault.notFound("patient") }
            let given = try context.vault.seal(
                GivenBefore(member: "CK-\(name)", question: "Anything new?", answer: "check-in words of \(name)"),
                id: visit.id, subject: subject)
            return [
                """
                INSERT INTO visit_check_in (tenant, id, patient, placement, given_at, key_subject, sealed)
                VALUES (\(.tenant), \(visit.id), \(patient), 0, \(context.now), \(subject), \(given))
                """,
                """
                INSERT INTO visit_lateness (tenant, id, patient, placement, minutes, said_at, source, attempts)
                VALUES (\(.tenant), \(visit.id), \(patient), 0, 15, \(context.now), 'link', 1)
                """,
            ]
        }
    }

    /// Called in on the day, and not told that it would begin late.
    private func queue(_ visit: AppointmentAnswer, number: String) async throws {
        let day = String(visit.localStart.prefix(10))
        try await write { context in
            [
                """
                INSERT INTO visit_queue (tenant, appointment, patient, location, queue_day, number, called_in_at)
                VALUES (\(.tenant), \(visit.id), \(visit.patient), \(visit.location), \(day), \(number),
                    \(context.now))
                """,
                """
                INSERT INTO delay_notice (tenant, id, appointment, patient, said_at, expected_at, late_minutes, state,
                    said_by, message, reason)
                VALUES (\(.tenant), \(context.ids.nextRaw()), \(visit.id), \(visit.patient), \(context.now),
                    \(visit.startsAt + 1_200_000_000), 20, 'withheld', 'staff', NULL, 'no-consent')
                """,
            ]
        }
    }

    /// The time that they left, taken back before anybody had it, and another that they said no to.
    private func open(_ visit: AppointmentAnswer, _ entry: Int64) async throws {
        try await write { context in
            let opening = context.ids.nextRaw()
            return [
                """
                INSERT INTO waitlist_opening (tenant, id, appointment, placement, patient, cause, visit_type,
                    practitioner, location, local_start, zone, start_at, end_at, state, labels, waves, opened_at,
                    closed_at)
                VALUES (\(.tenant), \(opening), \(visit.id), 0, \(visit.patient), 'moved', \(visit.visitType),
                    \(visit.practitioner), \(visit.location), \(visit.localStart), \(visit.zone), \(visit.startsAt),
                    \(visit.endsAt), 'withdrawn', 0, 1, \(context.now), \(context.now))
                """,
                """
                INSERT INTO waitlist_offer (tenant, id, opening, entry, patient, state, group_code, wave, labels,
                    offered_at, expires_at, answered_at, answered_by)
                VALUES (\(.tenant), \(context.ids.nextRaw()), \(opening), \(entry), \(visit.patient), 'declined',
                    'es', 1, 0, \(context.now), \(context.now + .hours(1)), \(context.now), 'sms')
                """,
            ]
        }
    }

    /// Somebody was away: other times, one of them held, and the answer that they want none.
    private func bump(_ visit: AppointmentAnswer) async throws {
        try await write { context in
            let bumped = context.ids.nextRaw()
            return [
                """
                INSERT INTO bump_visit (tenant, id, absence, appointment, patient, labels, rank, start_at, lapse_at,
                    state, looked_at, more, asked, asked_at, answer_by, answer, answered_at, answered_by, withheld, calls,
                    called_at, settled_at, settled_by)
                VALUES (\(.tenant), \(bumped), \(context.ids.nextRaw()), \(visit.id), \(visit.patient), 0, 0,
                    \(visit.startsAt), \(visit.startsAt), 'kept', \(context.now), 1, 1, \(context.now),
                    \(context.now + .hours(6)), 'none', \(context.now), 'sms', 'no-consent', 1, \(context.now),
                    \(context.now), 'withdrawn')
                """,
                """
                INSERT INTO bump_choice (tenant, hold, visit, patient, made_at)
                VALUES (\(.tenant), \(context.ids.nextRaw()), \(bumped), \(visit.patient), \(context.now))
                """,
            ]
        }
    }

    /// A visit that was asked for by text: it was booked by the number of a time.
    private func byText(_ visit: AppointmentAnswer) async throws {
        try await write { context in
            let booking = context.ids.nextRaw(), choice = context.ids.nextRaw()
            return [
                """
                INSERT INTO text_booking (tenant, id, patient, need, number, kind, phase, visit_type, round, wish_days,
                    wish_hours, named, renewed, question, need_version, answer, declined, message, answer_by, created_at,
                    ended_at, outcome)
                VALUES (\(.tenant), \(booking), \(visit.patient), \(context.ids.nextRaw()), 1, 'book', 'done',
                    \(visit.visitType), 1, 'thu', '', '', 0, 1, 2, \(choice), 0, \(context.ids.nextRaw()),
                    \(context.now + .hours(24)), \(context.now), \(context.now), 'booked')
                """,
                """
                INSERT INTO text_booking_choice (tenant, id, booking, patient, question, number, what, visit_type,
                    practitioner, location, local_start)
                VALUES (\(.tenant), \(choice), \(booking), \(visit.patient), 1, 1, 'time', \(visit.visitType),
                    \(visit.practitioner), \(visit.location), \(visit.localStart))
                """,
            ]
        }
    }

    /// What is not given out: a booking from the public page, clocks that changed, another record like this one.
    private func inside(_ visit: AppointmentAnswer, _ other: ID<Patient>?) async throws {
        try await write { context in
            let id = context.ids.nextRaw()
            var statements: [SQL] = [
                """
                INSERT INTO public_booking (tenant, id, hold, browser, address, state, codes, tries, patient,
                    appointment, visit_at, created_at)
                VALUES (\(.tenant), \(id), \(context.ids.nextRaw()), \(id), \(id), 'booked', 1, 1, \(visit.patient),
                    \(visit.id), \(visit.startsAt), \(context.now))
                """,
                """
                INSERT INTO zone_change (tenant, appointment, to_version, patient, outcome, from_version, from_start_at,
                    to_start_at, found_at)
                VALUES (\(.tenant), \(visit.id), '2026z', \(visit.patient), 'moved', '2026a',
                    \(visit.startsAt - 3_600_000_000), \(visit.startsAt), \(context.now))
                """,
            ]
            if let other {
                statements.append(
                    """
                    INSERT INTO look_alike (tenant, patient, other, found_at, settled_at)
                    VALUES (\(.tenant), \(visit.patient), \(other), \(context.now), \(context.now))
                    """)
            }
            return statements
        }
    }
}

/// What a check-in seals, as far as these worlds give it: the same kind and the same fields.
private struct GivenBefore: Sealable {
    static let sealKind = SealKind(310)
    let member: String?
    let question: String
    let answer: String

    init(member: String, question: String, answer: String) {
        self.member = member
        self.question = question
        self.answer = answer
    }

    func pack(into packer: inout Packer) {
        packer.put(5, member)
        packer.put(7, [question])
        packer.put(8, [answer])
    }

    init(unpacking fields: Unpacker) throws(Fault) {
        member = fields.string(5)
        question = fields.strings(7).first ?? ""
        answer = fields.strings(8).first ?? ""
    }
}
