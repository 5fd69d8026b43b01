import Conversations
import ConversationsAPI
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// A practice in Vancouver whose visits were booked by a stale release of the tz data, and are placed anew by ours. The
/// clock stands on Monday 2 March 2026; from November on the two releases are an hour apart.
@Suite("Visits after a change of tz data")
struct ZoneReplanTests {
    /// A Thursday, on which Dr. Alvarez is there from eight to twelve.
    private static let day = "2026-12-10"

    /// The shipped practice, whose clinic in Denver has moved to Vancouver.
    private static func definitions() throws -> PublishedDefinitions {
        let definitions = try PublishedDefinitions()
        let configuration = try definitions.configuration(of: ID(raw: 1))
        var clinic = try #require(configuration.locations["denver-northside"]).value
        clinic.zone = "America/Vancouver"
        definitions.publish(.location(clinic))
        var type = try #require(configuration.visitTypes["annual-physical"]).value
        type.horizonDays = 400
        definitions.publish(.visitType(type))
        var group = ThingTests.procedure(
            VisitRules(
                resources: [ResourceNeed(type: .room, features: ["test-procedure"], after: 15)], groupSize: 4))
        group.horizonDays = 400
        definitions.publish(.resource(ThingTests.room))
        definitions.publish(.visitType(group))
        return definitions
    }

    private struct Place {
        let world: BookingWorld
        /// The same practice as the program with the stale data runs it.
        let before: BookingWorld
        /// Books by the stale data.
        let old: SchedulingDesk
        let ours: SchedulingDesk

        func book(
            _ patient: ID<Patient>, _ time: String, day: String = ZoneReplanTests.day, desk: SchedulingDesk? = nil
        ) async throws -> AppointmentAnswer {
            try await world.world.spine.perform(
                BookAppointment(.slot(try BookingWorld.question(time, day: day), patient: patient), desk: desk ?? old),
                as: world.agent)
        }

        /// A place in the group at nine.
        func join(_ patient: ID<Patient>, desk: SchedulingDesk? = nil) async throws -> AppointmentAnswer {
            let question = try ThingTests.question("elena-alvarez", day: ZoneReplanTests.day)
            return try await world.world.spine.perform(
                BookAppointment(.slot(question, patient: patient), desk: desk ?? old), as: world.agent)
        }

        func replan() async throws -> ZoneReplan {
            try await ZoneReplanning(desk: ours).run(world.world.spine, world.world.tenant)
        }

        func preview() async throws -> ZoneReplan {
            try await ZoneReplanning(desk: ours).preview(world.world.spine, world.world.tenant)
        }

        /// The moment and the release of a visit.
        func stored(_ id: Int64) async throws -> (start: Int64, version: String, number: Int) {
            let rows = try await world.base.rows(
                "SELECT start_at, tz_version, version FROM appointment WHERE tenant = \(.tenant) AND id = \(id)")
            let row = try #require(rows.first)
            return (try row.value(at: 0), try row.value(at: 1), try row.value(at: 2))
        }

        /// Starts of all the time that a visit takes.
        func taken(_ id: Int64) async throws -> [Int64] {
            try await world.base.rows(
                """
                SELECT DISTINCT start_at FROM booking_interval WHERE tenant = \(.tenant) AND owner = \(id)
                ORDER BY start_at
                """
            ).map { try $0.value(at: 0) }
        }

        /// Starts of all the time that anybody has.
        func allTaken() async throws -> [Int64] {
            try await world.base.rows(
                "SELECT start_at FROM booking_interval WHERE tenant = \(.tenant) ORDER BY start_at"
            ).map { try $0.value(at: 0) }
        }

        /// The calendar files that went by e-mail with notices of a visit, in order.
        func invitations(_ visit: Int64, of patient: ID<Patient>) async throws -> [String] {
            let directory = world.base.directory
            return try await world.world.spine.read(.messageRead, as: world.agent) {
                transaction, access -> [String] in
                let grant = try directory.grant(.messageRead, for: patient, access: access, in: transaction).grant
                return try transaction.rows(
                    """
                    SELECT m.id, m.sealed, m.key_subject FROM appointment_notice n
                        JOIN message m ON m.tenant = n.tenant AND m.id = n.message
                    WHERE n.tenant = \(.tenant) AND n.appointment = \(visit) ORDER BY m.id
                    """
                ).compactMap { row -> String? in
                    let id: ID<Message> = try row.value(at: 0)
                    let sealed: Sealed<MessageContent> = try row.value(at: 1)
                    let subject: ID<KeySubject> = try row.value(at: 2)
                    let content = try sealed.open(grant, of: .patient(patient), id: id.raw, subject: subject)
                    return content.calendar?.text
                }
            }
        }

        func due(_ id: Int64) async throws -> [Int64] {
            try await world.base.rows(
                """
                SELECT n.due_at, t.due_at FROM appointment_notice n
                    JOIN timer t ON t.tenant = n.tenant AND t.target = n.id AND t.state = 'waiting'
                WHERE n.tenant = \(.tenant) AND n.appointment = \(id) AND n.state = 'planned' ORDER BY n.due_at
                """
            ).map { row in
                let planned: Int64 = try row.value(at: 0), timer: Int64 = try row.value(at: 1)
                #expect(planned == timer)
                return planned
            }
        }
    }

    /// `mail`: who has no number gets e-mail.
    private static func with(
        _ engine: Engine, mail: MailSettings? = nil, _ body: @escaping (Place) async throws -> Void
    ) async throws {
        let definitions = try definitions()
        let catalogue = try Catalogue(folders: [ShippedDefinitions.root + "/Sources/Scheduling/Strings"])
        try await StaleZones.with { stale in
            try await BookingWorld.with(engine, definitions: definitions, mail: mail) { made in
                let base = made.base
                func world(_ plans: SchedulePlans) -> BookingWorld {
                    let area = Scheduling(
                        plans: plans, directory: base.directory, messaging: base.messaging,
                        staff: NothingElsewhere(), shell: { _, _, _, _ in View() }, panel: { _, _, _ in nil },
                        catalogue: catalogue)
                    return BookingWorld(base: base, desk: area.desk, area: area)
                }
                let before = world(SchedulePlans(definitions: definitions, timeZones: stale))
                let after = world(
                    SchedulePlans(definitions: definitions, timeZones: try ShippedDefinitions.zones()))
                try await body(Place(world: after, before: before, old: before.desk, ours: after.desk))
            }
        }
    }

    private static let hour: Int64 = 3_600_000_000

    @Test(
        "the reading stays, the moment moves with all that the visit takes, and its reminders come at ten",
        arguments: TestStores.engines)
    func moves(engine: Engine) async throws {
        try await Self.with(engine) { place in
            let people = try await place.world.patients(3)
            // One lives where the clinic is; the others read ten o'clock off clocks in Denver.
            let first = people[0].raw
            _ = try await place.world.base.perform { context in
                try context.transaction.execute(
                    "UPDATE patient SET zone = 'America/Vancouver' WHERE tenant = \(.tenant) AND id = \(first)")
            }
            // Less than an hour apart: each needs time that the one before gives up.
            let visits = [
                try await place.book(people[0], "09:00"), try await place.book(people[1], "09:45"),
                try await place.book(people[2], "10:30"),
            ]
            let summer = try await place.book(people[0], "09:00", day: "2026-07-09")
            try await place.before.settle()
            let before = try await place.due(visits[0].id)
            let elsewhere = try await place.due(visits[1].id)
            #expect(before.count == 2 && elsewhere.count == 2)

            let preview = try await place.preview()
            #expect(preview.count(.moved) == 3 && preview.count(.unchanged) == 1)
            #expect(try await place.stored(visits[0].id).start == visits[0].startsAt)

            let done = try await place.replan()
            #expect(done.count(.moved) == 3 && done.count(.unchanged) == 1 && done.visits.count == 4)
            let version = try ShippedDefinitions.zones().version
            for visit in visits {
                let now = try await place.stored(visit.id)
                #expect(now.start == visit.startsAt - Self.hour && now.version == version)
                #expect(try await place.taken(visit.id) == [now.start])
            }
            let kept = try await place.stored(summer.id)
            #expect(kept.start == summer.startsAt && kept.version == version)
            #expect(try await place.due(visits[0].id) == before.map { $0 - Self.hour })
            #expect(try await place.due(visits[1].id) == elsewhere)
            #expect(try await place.world.count("SELECT COUNT(*) FROM zone_change WHERE outcome = 'moved'") == 3)
            #expect(
                try await place.world.count("SELECT COUNT(*) FROM event WHERE kind = 'appointment.replanned'") == 3)
            // Nobody gets a text of it: what was agreed is as it was.
            try await place.world.settle()
            #expect(try await !place.world.notices(visits[0].id).contains { $0.contains("reschedule") })

            #expect(try await place.replan().visits.isEmpty)
        }
    }

    @Test(
        "a visit whose new time somebody has is listed, changed in nothing, and placed when it is free",
        arguments: TestStores.engines)
    func conflict(engine: Engine) async throws {
        try await Self.with(engine) { place in
            let people = try await place.world.patients(2)
            let visit = try await place.book(people[0], "09:00")
            // By our data nine o'clock is an hour earlier, so both can be booked.
            let other = try await place.book(people[1], "09:00", desk: place.ours)
            let taken = try await place.taken(visit.id)

            #expect(try await place.preview().visits.map(\.outcome) == [.conflict])
            #expect(try await place.replan().visits.map(\.outcome) == [.conflict])
            let now = try await place.stored(visit.id)
            #expect(now.start == visit.startsAt && now.version == StaleZones.version && now.number == visit.version)
            #expect(try await place.taken(visit.id) == taken)
            #expect(try await place.world.count("SELECT COUNT(*) FROM zone_change WHERE outcome = 'conflict'") == 1)
            #expect(try await place.replan().count(.conflict) == 1)
            #expect(try await place.world.count("SELECT COUNT(*) FROM zone_change") == 1)

            _ = try await place.world.world.spine.perform(
                CancelAppointment(ID(raw: other.id), reason: .patient, desk: place.ours), as: place.world.agent)
            #expect(try await place.replan().visits.map(\.outcome) == [.moved])
            #expect(try await place.stored(visit.id).start == visit.startsAt - Self.hour)
            #expect(try await place.world.count("SELECT COUNT(*) FROM zone_change WHERE outcome = 'moved'") == 1)
        }
    }

    @Test(
        "who was invited by e-mail is invited again, once, with the new rules and a higher number",
        arguments: TestStores.engines)
    func invitations(engine: Engine) async throws {
        try await Self.with(engine, mail: try ConversationsWorld.mail()) { place in
            let reader = try await place.world.base.reader("Ana", "Delgado", email: "ana@people.example")
            let texter = try await place.world.patient()
            let visit = try await place.book(reader, "09:00")
            let summer = try await place.book(reader, "09:00", day: "2026-07-09")
            let other = try await place.book(texter, "10:30")
            try await place.before.settle()
            #expect(try await place.invitations(visit.id, of: reader).count == 1)

            #expect(try await place.replan().count(.moved) == 2)
            try await place.world.settle()
            let files = try await place.invitations(visit.id, of: reader)
            #expect(files.count == 2)
            let first = try #require(files.first), last = try #require(files.last)
            for file in [first, last] {
                #expect(file.contains("METHOD:REQUEST\r\n"))
                #expect(file.contains("DTSTART;TZID=America/Vancouver:20261210T090000\r\n"))
                #expect(file.contains("UID:\(ID<Appointment>(raw: visit.id).text.lowercased())-"))
            }
            // By what each file says of the zone, and nothing else.
            #expect(try CalendarReader(first).events.map(\.start) == [visit.startsAt / 1_000_000])
            #expect(try CalendarReader(last).events.map(\.start) == [(visit.startsAt - Self.hour) / 1_000_000])
            #expect(first.contains("SEQUENCE:0\r\n") && last.contains("SEQUENCE:1\r\n"))
            #expect(try await place.invitations(summer.id, of: reader).count == 1, "its moment is what it was")
            #expect(try await !place.world.notices(other.id).contains { $0.hasPrefix("0 confirmation 2") })

            #expect(try await place.replan().visits.isEmpty)
            try await place.world.settle()
            #expect(try await place.invitations(visit.id, of: reader).count == 2)
            // What is called off later has a higher number still.
            _ = try await place.world.world.spine.perform(
                CancelAppointment(ID(raw: visit.id), reason: .patient, desk: place.ours), as: place.world.agent)
            try await place.world.settle()
            let end = try #require(try await place.invitations(visit.id, of: reader).last)
            #expect(end.contains("METHOD:CANCEL\r\n") && end.contains("SEQUENCE:2\r\n"))
        }
    }

    @Test(
        "an invitation goes again by e-mail to one person or not at all; what is to be said yet is said once",
        arguments: TestStores.engines)
    func withheldInvitations(engine: Engine) async throws {
        try await Self.with(engine, mail: try ConversationsWorld.mail()) { place in
            let ana = try await place.world.base.reader("Ana", "Delgado", email: "home@people.example")
            let eve = try await place.world.base.reader("Eve", "Ruiz", email: "eve@people.example")
            let shared = try await place.book(ana, "09:00")
            try await place.before.settle()
            // Since then somebody else reads there, too.
            _ = try await place.world.base.reader("Bea", "Delgado", email: "home@people.example")
            let late = try await place.book(eve, "10:30")
            #expect(try await place.replan().count(.moved) == 2)
            try await place.world.settle()
            #expect(try await place.invitations(shared.id, of: ana).count == 1)
            #expect(try await place.world.notices(shared.id).contains("0 confirmation 2 withheld"))
            let files = try await place.invitations(late.id, of: eve)
            #expect(files.count == 1)
            let moments = try files.map { try CalendarReader($0).events.map(\.start) }
            #expect(moments == [[(late.startsAt - Self.hour) / 1_000_000]])
        }
    }

    @Test(
        "a group moves as one: its room, the practitioner's time once, the places of all who come",
        arguments: TestStores.engines)
    func group(engine: Engine) async throws {
        try await Self.with(engine, mail: try ConversationsWorld.mail()) { place in
            let readers = [
                try await place.world.base.reader("Ana", "Delgado", email: "ana@people.example"),
                try await place.world.base.reader("Bea", "Ruiz", email: "bea@people.example"),
            ]
            let others = try await place.world.patients(3)
            var visits: [AppointmentAnswer] = []
            for person in readers + others.prefix(1) { visits.append(try await place.join(person)) }
            try await place.before.settle()
            let start = try #require(visits.first).startsAt
            // The practitioner and the room once, three places, three patients.
            #expect(try await place.allTaken() == [Int64](repeating: start, count: 8))
            #expect(try await place.preview().count(.moved) == 3)

            let done = try await place.replan()
            #expect(done.visits.count == 3 && done.count(.moved) == 3)
            try await place.world.settle()
            #expect(try await place.allTaken() == [Int64](repeating: start - Self.hour, count: 8))
            for visit in visits { #expect(try await place.stored(visit.id).start == start - Self.hour) }
            #expect(
                try await place.world.count("SELECT COUNT(*) FROM event WHERE kind = 'appointment.replanned'") == 3)
            for (reader, visit) in zip(readers, visits) {
                let files = try await place.invitations(visit.id, of: reader)
                let moments = try files.map { try CalendarReader($0).events.map(\.start) }
                #expect(moments == [[start / 1_000_000], [(start - Self.hour) / 1_000_000]])
            }
            // It is the same group: who joins it by our clocks has its last place, and nobody has one more.
            #expect(try await place.join(others[1], desk: place.ours).startsAt == start - Self.hour)
            #expect(try await place.allTaken().count == 10)
            let full = try await place.world.fault { _ = try await place.join(others[2], desk: place.ours) }
            #expect(full == "slot.group-full")
        }
    }

    @Test("a program with older data changes nothing, and says that there is newer", arguments: TestStores.engines)
    func older(engine: Engine) async throws {
        try await Self.with(engine) { place in
            let visit = try await place.book(try await place.world.patient(), "09:00", desk: place.ours)
            let done = try await ZoneReplanning(desk: place.old).run(
                place.world.world.spine, place.world.world.tenant)
            #expect(done.visits.isEmpty && done.newer == 1)
            #expect(try await place.stored(visit.id).start == visit.startsAt)
        }
    }

    @Test("what is over, called off or under way is left alone", arguments: TestStores.engines)
    func leftAlone(engine: Engine) async throws {
        try await Self.with(engine) { place in
            let people = try await place.world.patients(2)
            let gone = try await place.book(people[0], "09:00")
            _ = try await place.world.world.spine.perform(
                CancelAppointment(ID(raw: gone.id), reason: .patient, desk: place.old), as: place.world.agent)
            let past = try await place.book(people[1], "09:00")
            place.world.world.clock.advance(by: .days(300))
            #expect(try await place.replan().visits.isEmpty)
            #expect(try await place.stored(past.id).version == StaleZones.version)
        }
    }
}
