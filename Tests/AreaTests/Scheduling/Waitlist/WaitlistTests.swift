import Kernel
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

@Suite("Waitlist")
struct WaitlistTests {
    @Test("a cancelled time is offered to who waits, and a yes books it", arguments: TestStores.engines)
    func offered(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(3)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            let entry = try await world.join(people[1])
            _ = try await world.join(people[2]) { $0.weekdays = [1] }
            try await world.base.settle()
            #expect(try await world.offers().isEmpty)
            let sent = try await world.base.base.outbound().count
            try await world.cancel(visit)
            let offers = try await world.offers()
            #expect(offers.map(\.entry) == [entry] && offers.map(\.state) == ["offered"])
            #expect(try await world.base.base.outbound().count == sent + 1)
            let answer = try await world.accept(offers[0].id)
            #expect(answer.outcome == .accepted)
            #expect(try await world.offers().map(\.state) == ["accepted"])
            #expect(try await world.openings() == ["2026-03-12T09:00 filled"])
            #expect(
                try await world.base.count(
                    """
                    SELECT COUNT(*) FROM appointment WHERE tenant = \(.tenant) AND patient = \(people[1])
                        AND status = 'booked' AND local_start = '2026-03-12T09:00'
                    """) == 1)
            #expect(
                try await world.base.count("SELECT COUNT(*) FROM waitlist_entry WHERE state = 'booked'") == 1)
            // The same yes again is the same visit.
            #expect(try await world.accept(offers[0].id) == answer)
        }
    }

    @Test("of 64 who say yes at once exactly one has the time", arguments: TestStores.engines)
    func race(engine: Engine) async throws {
        var policy = WaitlistPolicyDefinition.builtIn
        policy.waves = [.init(withinHours: nil, offers: 64, answerMinutes: 90)]
        let published = try PublishedDefinitions()
        published.publish(.waitlistPolicy(policy))
        try await WaitlistWorld.with(engine, definitions: published) { world in
            let people = try await world.base.patients(65)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            for patient in people.dropFirst() { _ = try await world.join(patient) }
            try await world.cancel(visit)
            let offers = try await world.offers()
            #expect(offers.count == 64)
            let outcomes = try await world.race()
            #expect(outcomes == ["accepted"] + Array(repeating: "gone", count: 63))
            #expect(try await world.base.count("SELECT COUNT(*) FROM waitlist_offer WHERE state = 'accepted'") == 1)
            #expect(
                try await world.base.count("SELECT COUNT(*) FROM appointment WHERE status = 'booked'") == 1)
            // The others keep their place.
            #expect(
                try await world.base.count("SELECT COUNT(*) FROM waitlist_entry WHERE state = 'waiting'") == 63)
        }
    }

    @Test(
        "the schema knows one acceptance for an opening and one live offer to an entry", arguments: TestStores.engines)
    func schema(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(3)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            for patient in people.dropFirst() { _ = try await world.join(patient) }
            try await world.cancel(visit)
            let offers = try await world.offers()
            _ = try await world.accept(offers[0].id)
            var refused = false
            do {
                _ = try await world.base.base.perform { context in
                    try context.transaction.execute(
                        """
                        UPDATE waitlist_offer SET state = 'accepted', appointment = 1
                        WHERE tenant = \(.tenant) AND id = \(offers[1].id)
                        """)
                }
            } catch { refused = true }
            #expect(refused)
        }
    }

    @Test("who does not answer in time is too late, and the next are asked", arguments: TestStores.engines)
    func expiry(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(13)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            for patient in people.dropFirst() { _ = try await world.join(patient) }
            try await world.cancel(visit)
            let first = try await world.offers()
            #expect(first.count == 10)
            world.base.world.clock.advance(by: .minutes(91))
            try await world.base.settle()
            let second = try await world.offers()
            #expect(second.map(\.state) == Array(repeating: "expired", count: 10) + ["offered", "offered"])
            #expect(try await world.accept(first[0].id).outcome == .late)
            #expect(try await world.accept(second[10].id).outcome == .accepted)
            #expect(try await world.accept(second[11].id).outcome == .gone)
        }
    }

    @Test("a no lets the next be asked at once, and keeps the place on the list", arguments: TestStores.engines)
    func refusal(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(12)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            for patient in people.dropFirst() { _ = try await world.join(patient) }
            try await world.cancel(visit)
            let offers = try await world.offers()
            #expect(offers.count == 10)
            let answer = try await world.spine.perform(
                DeclineOffer(offers[3].id, by: "console", waitlist: world.waitlist), as: world.agent)
            #expect(answer.outcome == .declined)
            try await world.base.settle()
            #expect(try await world.offers().count == 11)
            #expect(
                try await world.base.count("SELECT COUNT(*) FROM waitlist_entry WHERE state = 'waiting'") == 11)
        }
    }

    @Test("who has a later visit is moved, and what they leave is offered in turn", arguments: TestStores.engines)
    func cascade(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(3)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            let later = try await world.base.book(people[1], day: "2026-03-19")
            _ = try await world.join(people[1])
            let last = try await world.join(people[2]) { $0.earliest = CivilDate(iso: "2026-03-15") }
            try await world.cancel(visit)
            let answer = try await world.accept(try await world.offers()[0].id)
            #expect(answer.outcome == .accepted && answer.appointment == later.id)
            try await world.base.settle()
            #expect(try await world.openings() == ["2026-03-12T09:00 filled", "2026-03-19T09:00 open"])
            let offers = try await world.offers()
            #expect(offers.count == 2 && offers[1].entry == last && offers[1].state == "offered")
            #expect(try await world.base.count("SELECT COUNT(*) FROM appointment WHERE status = 'booked'") == 1)
        }
    }

    @Test("a time that was booked otherwise is offered no more, and a yes to it is told that it has gone")
    func taken() async throws {
        try await WaitlistWorld.with(.sqlite) { world in
            let people = try await world.base.patients(3)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            _ = try await world.join(people[1])
            try await world.cancel(visit)
            _ = try await world.base.book(people[2], day: "2026-03-12")
            let offer = try await world.offers()[0].id
            #expect(try await world.accept(offer).outcome == .gone)
            #expect(try await world.openings() == ["2026-03-12T09:00 taken"])
        }
    }

    @Test("the log read again opens nothing twice, and offers nothing twice", arguments: TestStores.engines)
    func replay(engine: Engine) async throws {
        try await WaitlistWorld.with(engine) { world in
            let people = try await world.base.patients(2)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            _ = try await world.join(people[1])
            try await world.cancel(visit)
            let subscriber = try #require(
                world.base.area.capabilities.flatMap(\.subscribers).first { $0.name == "waitlist-openings" })
            let caller = try await world.spine.openRun(
                "rebuild", tenant: world.base.world.tenant, permissions: subscriber.permissions)
            _ = try await world.spine.rebuild(subscriber, as: caller)
            try await world.base.settle()
            #expect(try await world.openings().count == 1)
            #expect(try await world.offers().count == 1)
        }
    }

    @Test("who joins while a time is open is asked, and who leaves is not offered it any more")
    func joinAndLeave() async throws {
        try await WaitlistWorld.with(.sqlite) { world in
            let people = try await world.base.patients(2)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            try await world.cancel(visit)
            #expect(try await world.offers().isEmpty)
            let entry = try await world.join(people[1])
            try await world.base.settle()
            let offers = try await world.offers()
            #expect(offers.map(\.state) == ["offered"])
            #expect(
                try await world.base.fault { _ = try await world.join(people[1]) } == "waitlist.already")
            let left = try await world.spine.perform(
                LeaveWaitlist(entry, reason: .patient, waitlist: world.waitlist), as: world.agent)
            #expect(left)
            #expect(try await world.offers().map(\.state) == ["withdrawn"])
            #expect(try await world.accept(offers[0].id).outcome == .gone)
            _ = try await world.join(people[1])
        }
    }

    @Test("an opening that is withdrawn is offered to nobody")
    func withdrawn() async throws {
        try await WaitlistWorld.with(.sqlite) { world in
            let people = try await world.base.patients(2)
            let visit = try await world.base.book(people[0], day: "2026-03-12")
            _ = try await world.join(people[1])
            try await world.cancel(visit)
            let opening: [ID<WaitlistOpening>] = try await world.base.base.rows(
                "SELECT id FROM waitlist_opening WHERE tenant = \(.tenant)"
            ).map { try $0["id"] }
            let ended = try await world.spine.perform(
                WithdrawOpening(opening[0], waitlist: world.waitlist), as: world.agent)
            #expect(ended)
            #expect(try await world.offers().map(\.state) == ["withdrawn"])
            #expect(
                try await world.base.count(
                    "SELECT COUNT(*) FROM timer WHERE kind = 'waitlist-wave' AND state = 'waiting'") == 0)
            let code = try await world.base.fault {
                _ = try await world.spine.perform(
                    OfferOpening(opening[0], waitlist: world.waitlist), as: world.agent)
            }
            #expect(code == "waitlist.opening-closed")
        }
    }

    @Test("wishes that cannot be are refused together, by their fields")
    func refused() async throws {
        try await WaitlistWorld.with(.sqlite) { world in
            let patient = try await world.base.patient()
            var fields: [String] = []
            do {
                _ = try await world.join(patient, priority: "never") {
                    $0.visitType = "unknown"
                    $0.weekdays = [0]
                    $0.toMinute = 0
                    $0.noticeMinutes = -5
                    $0.practitioners = ["nobody"]
                }
            } catch let fault as Fault { fields = fault.fields.map(\.path) }
            #expect(
                Set(fields) == ["visitType", "weekdays", "to", "notice", "practitioners", "priority"])
        }
    }
}
