import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import TimeZones
import Vault

@Suite("Bump list")
struct BumpTests {
    @Test(
        "an absence takes its time at once, and its visits wait with times held for each, none of them twice",
        arguments: TestStores.engines)
    func recorded(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let people = try await world.base.patients(3)
            _ = try await world.base.book(people[0], "09:00")
            _ = try await world.base.book(people[1], "10:00")
            _ = try await world.record(try world.request())
            #expect(try await world.base.slots().isEmpty)
            let refused = try await world.base.fault { _ = try await world.base.book(people[2], "11:00") }
            #expect(refused == "slot.absent")
            try await world.base.settle()
            let lines = try await world.lines()
            #expect(lines.map(\.state) == ["waiting", "waiting"])
            #expect(lines.allSatisfy { (1...3).contains($0.choices.count) && $0.asked == 1 })
            #expect(try await world.sent("bump-offer") == 2)
            let twice = try await world.base.count(
                """
                SELECT COUNT(*) FROM slot_hold a JOIN slot_hold b ON b.tenant = a.tenant AND b.id > a.id
                    AND b.practitioner = a.practitioner AND b.start_at < a.end_at AND a.start_at < b.end_at
                WHERE a.state = 'held' AND b.state = 'held'
                """)
            #expect(twice == 0)
        }
    }

    @Test("the same absence recorded twice is one, also at once", arguments: TestStores.engines)
    func once(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            _ = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            let request = try world.request()
            async let one = world.record(request)
            async let two = world.record(request)
            let ids = [try await one, try await two]
            #expect(ids[0] == ids[1])
            #expect(try await world.record(request) == ids[0])
            #expect(try await world.lines().count == 1)
            #expect(try await world.base.count("SELECT COUNT(*) FROM schedule_absence") == 1)
        }
    }

    @Test(
        "placing moves a visit once, leaves no free time behind, and the last one closes the list",
        arguments: TestStores.engines)
    func placed(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let people = try await world.base.patients(2)
            _ = try await world.base.book(people[0], "09:00")
            _ = try await world.base.book(people[1], "10:00")
            _ = try await world.record(try world.request(offers: false))
            try await world.base.settle()
            #expect(try await world.sent("bump-offer") == 0)
            let lines = try await world.lines()
            #expect(lines.allSatisfy { $0.choices.count == 1 && $0.asked == 0 })
            let first = lines[0]
            let start = try await world.start(of: try #require(first.choices.first))
            let (spine, bump, manager) = (world.spine, world.bump, world.manager)
            #expect(try await spine.perform(PlaceBumped(first.id, bump: bump), as: manager))
            let again = try await spine.perform(PlaceBumped(first.id, bump: bump), as: manager)
            #expect(!again)
            #expect(try await world.start(of: first.appointment) == start)
            _ = try await spine.perform(CancelBumped(lines[1].id, bump: bump), as: manager)
            try await world.base.settle()
            #expect(try await world.base.slots().isEmpty)
            #expect(try await world.lines().map(\.state).sorted() == ["cancelled", "moved"])
            #expect(try await world.lists("closed") == 1)
            #expect(try await world.base.count("SELECT COUNT(*) FROM waitlist_opening") == 0)
            #expect(try await world.base.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'held'") == 0)
        }
    }

    @Test("to move or to call off takes the right to change visits as well")
    func rights() async throws {
        try await BumpWorld.with(.sqlite) { world in
            _ = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            _ = try await world.record(try world.request(offers: false))
            try await world.base.settle()
            let line = try #require(try await world.lines().first)
            let rights = world.manager.permissions
            for missing in [Permission.appointmentWrite, .bumpWrite] {
                let caller = world.base.world.caller(rights.subtracting([missing]), actor: world.manager.actor)
                let refused = try await world.base.fault {
                    _ = try await world.spine.perform(PlaceBumped(line.id, bump: world.bump), as: caller)
                }
                let kept = try await world.base.fault {
                    _ = try await world.spine.perform(CancelBumped(line.id, bump: world.bump), as: caller)
                }
                #expect(refused != nil && kept != nil)
            }
            #expect(try await world.lines().map(\.state) == ["waiting"])
        }
    }

    @Test(
        "an absence that is withdrawn gives its time back, keeps its visits and tells who was asked",
        arguments: TestStores.engines)
    func withdrawn(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            _ = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            let before = try await world.base.slots()
            let id = try await world.record(try world.request())
            try await world.base.settle()
            let (spine, bump, manager) = (world.spine, world.bump, world.manager)
            #expect(try await spine.perform(WithdrawAbsence(id, bump: bump), as: manager))
            let again = try await spine.perform(WithdrawAbsence(id, bump: bump), as: manager)
            #expect(!again)
            try await world.base.settle()
            #expect(try await world.base.slots() == before)
            #expect(try await world.lines().map(\.state) == ["kept"])
            #expect(try await world.sent("bump-kept") == 1)
            #expect(try await world.base.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'held'") == 0)
            // It can be recorded anew.
            #expect(try await world.record(try world.request()) != id)
        }
    }

    @Test("a visit that nobody placed is called off before its time, and the patient is told")
    func lapsed() async throws {
        try await BumpWorld.with(.sqlite) { world in
            let visit = try await world.base.book(try await world.base.patients(1)[0], "11:00")
            _ = try await world.record(try world.request(offers: false))
            try await world.base.settle()
            world.base.world.clock.set(Instant(microseconds: visit.startsAt) - .hours(2))
            try await world.base.settle()
            #expect(try await world.lines().map(\.state) == ["cancelled"])
            #expect(try await world.lists("closed") == 1)
            #expect(try await world.base.notices(visit.id).contains { $0.hasPrefix("0 cancellation") })
        }
    }

    @Test("what becomes of a visit elsewhere is heard, and its times are free again")
    func elsewhere() async throws {
        try await BumpWorld.with(.sqlite) { world in
            let visit = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            _ = try await world.record(try world.request())
            try await world.base.settle()
            _ = try await world.spine.perform(
                CancelAppointment(ID(raw: visit.id), reason: .patient, desk: world.base.desk), as: world.manager)
            try await world.base.settle()
            let lines = try await world.lines()
            #expect(lines.map(\.state) == ["cancelled"] && lines.allSatisfy { $0.choices.isEmpty })
            #expect(try await world.base.slots().isEmpty)
        }
    }

    @Test("of two absences over the same visit the older one asks, and the other when that is withdrawn")
    func overlapping() async throws {
        try await BumpWorld.with(.sqlite) { world in
            _ = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            let first = try await world.record(try world.request())
            let second = try await world.record(try world.request(.location, "denver-northside"))
            try await world.base.settle()
            var lines = try await world.lines()
            #expect(lines.map(\.absence) == [first, second])
            #expect(lines[0].asked == 1 && lines[1].asked == 0 && lines[1].choices.isEmpty)
            _ = try await world.spine.perform(WithdrawAbsence(first, bump: world.bump), as: world.manager)
            try await world.base.settle()
            lines = try await world.lines()
            #expect(lines.map(\.state) == ["kept", "waiting"])
            #expect(lines[1].asked == 1 && !lines[1].choices.isEmpty)
            // The place is closed still, and nobody is told that the visit stays.
            #expect(try await world.base.slots().isEmpty)
            #expect(try await world.sent("bump-kept") == 0)
            _ = try await world.spine.perform(PlaceBumped(lines[1].id, bump: world.bump), as: world.manager)
            #expect(try await world.lists("closed") == 1)
        }
    }

    @Test("a time that another absence takes is looked for anew")
    func lostChoice() async throws {
        try await BumpWorld.with(.sqlite) { world in
            _ = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            _ = try await world.record(try world.request(offers: false))
            try await world.base.settle()
            let before = try #require(try await world.lines().first?.choices.first)
            let rows = try await world.base.base.rows(
                "SELECT practitioner, local_start FROM slot_hold WHERE tenant = \(.tenant) AND id = \(before)")
            let row = try #require(rows.first)
            let (who, local): (String, String) = (try row["practitioner"], try row["local_start"])
            let from = try #require(CivilDateTime(iso: local.prefix(10) + "T00:00"))
            let to = try #require(CivilDateTime(iso: local.prefix(10) + "T23:00"))
            _ = try await world.record(
                AbsenceRequest(kind: .practitioner, key: who, from: from, to: to, reason: .leave, offers: false))
            #expect(try await world.lines().allSatisfy { $0.choices.isEmpty })
            try await world.base.settle()
            let after = try #require(try await world.lines().first?.choices.first)
            #expect(after != before)
        }
    }

    @Test("why nothing is offered names the absence, of a practitioner, a place, a room")
    func refusals() async throws {
        try await BumpWorld.with(.sqlite) { world in
            func whyNot() async throws -> SlotRefusal? {
                try await world.spine.ask(
                    AskWhyNot(
                        try BookingWorld.question("10:00"), patient: nil, now: world.base.world.clock.now(),
                        desk: world.base.desk), as: world.manager)
            }
            #expect(try await whyNot() == nil)
            let away = try await world.record(try world.request())
            #expect(try await whyNot() == .absent)
            _ = try await world.spine.perform(WithdrawAbsence(away, bump: world.bump), as: world.manager)
            #expect(try await whyNot() == nil)
            _ = try await world.record(try world.request(.location, "denver-northside"))
            #expect(try await whyNot() == .closedThen)
            func room() async throws -> ThingRefusal? {
                try await world.spine.ask(
                    AskWhyNotThing(
                        "northside-procedure-room", location: nil,
                        localStart: try #require(CivilDateTime(iso: "2026-03-05T10:00")),
                        now: world.base.world.clock.now(), desk: world.base.desk), as: world.manager)
            }
            #expect(try await room() == nil)
            _ = try await world.record(try world.request(.resource, "northside-procedure-room"))
            #expect(try await room() == .away)
        }
    }

    @Test("a closed room bumps the visits that use it, and takes none but its own time", arguments: TestStores.engines)
    func room(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let patient = try await world.base.patients(1)[0]
            let day = try #require(CivilDate(iso: "2026-03-05"))
            let search = SlotRequest(visitType: "joint-injection", from: day, to: day.adding(days: 20), limit: 1)
            let now = world.base.world.clock.now()
            let slots = try await world.spine.ask(
                FindSlots(search, patient: patient, now: now, desk: world.base.desk), as: world.manager)
            let slot = try #require(slots.first)
            let question = SlotFinder.Question(
                visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
                localStart: slot.localStart)
            let visit = try await world.spine.perform(
                BookAppointment(.slot(question, patient: patient), desk: world.base.desk), as: world.manager)
            let date = slot.localStart.date.iso
            let request = AbsenceRequest(
                kind: .resource, key: "northside-procedure-room",
                from: try #require(CivilDateTime(iso: date + "T06:00")),
                to: try #require(CivilDateTime(iso: date + "T20:00")), reason: .maintenance, offers: false)
            _ = try await world.record(request)
            try await world.base.settle()
            let line = try #require(try await world.lines().first)
            #expect(line.appointment.raw == visit.id && line.choices.count == 1)
            let refusal = try await world.spine.ask(
                AskWhyNot(question, patient: nil, now: now, desk: world.base.desk), as: world.manager)
            #expect(refusal == .practitionerBusy || refusal == .thingClosed)
            _ = try await world.spine.perform(PlaceBumped(line.id, bump: world.bump), as: world.manager)
            let after = try await world.spine.ask(
                AskWhyNot(question, patient: nil, now: now, desk: world.base.desk), as: world.manager)
            #expect(after == .thingClosed)
        }
    }
}
