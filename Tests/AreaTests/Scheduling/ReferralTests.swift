import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Vault

@Suite("Referrals")
struct ReferralTests {
    /// Somebody who works on referrals, with what else they may.
    private func clerk(_ world: BookingWorld, _ rights: Set<Permission> = []) -> Caller {
        world.world.caller(
            ConversationsWorld.agentRights.union([.referralRead, .referralWrite]).union(rights),
            actor: world.agent.actor)
    }

    private func new(
        _ patient: ID<Patient>, _ kind: ReferralKind = .inbound, line: String? = "orthopaedics", type: String? = nil
    ) -> NewReferral {
        var new = NewReferral(patient: patient, kind: kind, source: "console")
        new.serviceLine = line
        new.visitType = type
        if kind == .order { new.category = .imaging }
        new.content.reason = "A torn meniscus, marker-zq71."
        new.content.requesterName = "Dr. Ada Quist, marker-zq72"
        return new
    }

    private func record(_ new: NewReferral, _ world: BookingWorld) async throws -> ID<Referral> {
        let answer = try await world.world.spine.perform(
            RecordReferral(new, desk: world.desk), as: clerk(world))
        return ID(raw: answer.id)
    }

    private func step(_ id: ID<Referral>, _ steps: ReferralStep..., in world: BookingWorld) async throws {
        for step in steps {
            _ = try await world.world.spine.perform(StepReferral(id, step, desk: world.desk), as: clerk(world))
        }
    }

    private func text(_ column: SQL, of id: ID<Referral>, _ world: BookingWorld) async throws -> String? {
        try await world.base.rows(
            "SELECT \(column) AS found FROM referral WHERE tenant = \(.tenant) AND id = \(id)"
        ).first.flatMap { try $0["found"] as String? }
    }

    private func events(_ kind: String, _ world: BookingWorld) async throws -> Int {
        try await world.count("SELECT COUNT(*) FROM event WHERE tenant = \(.tenant) AND kind = \(kind)")
    }

    @Test(
        "one is followed from its coming in to its report, and is closed by an outcome", arguments: TestStores.engines)
    func followed(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let id = try await record(new(try await world.patient()), world)
            #expect(try await text("clock", of: id, world) == "first-contact")
            let early = try await world.fault { try await step(id, .close(.completed, note: nil), in: world) }
            #expect(early == "referral.not-seen")
            try await step(
                id, .accept, .attempt(.phone, .reached, note: "Mornings are best."), .scheduledElsewhere(nil),
                .seen(.asReferred, on: nil), .report(on: nil), .close(.completed, note: nil), in: world)
            #expect(try await text("stage", of: id, world) == "closed")
            #expect(try await text("status", of: id, world) == "completed")
            #expect(try await text("clock", of: id, world) == nil)
            #expect(try await world.count("SELECT COUNT(*) FROM referral_attempt WHERE tenant = \(.tenant)") == 1)
            #expect(try await events("referral.closed", world) == 1)
            // Nothing of what was written stands in the open.
            let plain = try await world.count(
                "SELECT COUNT(*) FROM event WHERE tenant = \(.tenant) AND body LIKE '%marker-zq%'")
            #expect(plain == 0)
        }
    }

    @Test("the store itself refuses one that leaves the list without an outcome", arguments: TestStores.engines)
    func schema(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let id = try await record(new(try await world.patient()), world)
            let tenant = world.world.tenant
            let tries: [SQL] = [
                "UPDATE referral SET stage = 'closed' WHERE tenant = \(.tenant) AND id = \(id)",
                "UPDATE referral SET due_at = NULL WHERE tenant = \(.tenant) AND id = \(id)",
                "UPDATE referral SET status = 'completed' WHERE tenant = \(.tenant) AND id = \(id)",
                "UPDATE referral SET outcome = 'completed' WHERE tenant = \(.tenant) AND id = \(id)",
            ]
            for sql in tries {
                var isRefused = false
                do {
                    _ = try await world.world.stores.main.write(tenant) { try $0.execute(sql) }
                } catch {
                    isRefused = true
                }
                #expect(isRefused)
            }
        }
    }

    @Test(
        "a booked visit schedules the one referral that it fits; cancelled it is back on the list, completed it was seen",
        arguments: TestStores.engines)
    func visits(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let id = try await record(new(maria, line: nil, type: "annual-physical"), world)
            try await step(id, .accept, in: world)
            let visit = try await world.book(maria)
            try await world.settle()
            #expect(try await text("stage", of: id, world) == "scheduled")
            let closing = try await world.fault { try await step(id, .close(.redirected, note: nil), in: world) }
            #expect(closing == "referral.visit-booked")
            _ = try await world.world.spine.perform(
                CancelAppointment(ID(raw: visit.id), reason: .patient, desk: world.desk), as: world.agent)
            try await world.settle()
            #expect(try await text("stage", of: id, world) == "contacting")
            #expect(try await text("clock", of: id, world) == "schedule")
            let second = try await world.book(maria, "10:00")
            try await world.settle()
            #expect(try await text("stage", of: id, world) == "scheduled")
            world.world.clock.advance(by: .days(3) + .hours(2))
            _ = try await world.world.spine.perform(
                ArriveAppointment(ID(raw: second.id), desk: world.desk), as: world.agent)
            _ = try await world.world.spine.perform(
                CompleteAppointment(ID(raw: second.id), desk: world.desk), as: world.agent)
            try await world.settle()
            #expect(try await text("stage", of: id, world) == "seen")
            #expect(try await events("referral.returned", world) == 1)
        }
    }

    @Test("a time held for one is booked for it, though others would fit as well", arguments: TestStores.engines)
    func held(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let other = try await record(new(maria, line: nil, type: "annual-physical"), world)
            let wanted = try await record(new(maria, line: nil, type: "annual-physical"), world)
            let hold = try await world.hold(maria)
            _ = try await world.world.spine.perform(
                ChooseReferralTime(wanted, hold: ID(raw: hold.id), desk: world.desk), as: clerk(world))
            _ = try await world.world.spine.perform(
                BookAppointment(.hold(ID(raw: hold.id), patient: nil), desk: world.desk), as: world.agent)
            try await world.settle()
            #expect(try await text("stage", of: wanted, world) == "scheduled")
            #expect(try await text("stage", of: other, world) == "received")
        }
    }

    @Test("two that would fit are left alone: nobody can tell which was meant", arguments: TestStores.engines)
    func doubtful(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let ids = [
                try await record(new(maria, line: nil, type: "annual-physical"), world),
                try await record(new(maria, line: nil, type: "annual-physical"), world),
            ]
            _ = try await world.book(maria)
            try await world.settle()
            for id in ids { #expect(try await text("stage", of: id, world) == "received") }
        }
    }

    @Test("that a moment has passed is told once, and again only for the next moment", arguments: TestStores.engines)
    func overdue(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let id = try await record(new(try await world.patient()), world)
            try await world.settle()
            #expect(try await events("referral.overdue", world) == 0)
            world.world.clock.advance(by: .days(5))
            try await world.settle()
            try await world.settle()
            #expect(try await events("referral.overdue", world) == 1)
            try await step(id, .accept, .attempt(.phone, .noAnswer, note: nil), in: world)
            world.world.clock.advance(by: .days(30))
            try await world.settle()
            #expect(try await events("referral.overdue", world) == 2)
            try await step(id, .close(.declinedByPatient, note: nil), in: world)
            world.world.clock.advance(by: .days(60))
            try await world.settle()
            #expect(try await events("referral.overdue", world) == 2)
        }
    }

    @Test("the same identifier stands once, whoever sends it how often", arguments: TestStores.engines)
    func identifier(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let people = try await world.patients(2)
            var sent = new(people[0])
            sent.identifier = ("https://harbor.example/orders", "R-1")
            let first = try await record(sent, world)
            #expect(try await record(sent, world) == first)
            var taken = new(people[1])
            taken.identifier = sent.identifier
            let copy = taken
            let code = try await world.fault { _ = try await record(copy, world) }
            #expect(code == "referral.identifier")
            #expect(try await world.count("SELECT COUNT(*) FROM referral WHERE tenant = \(.tenant)") == 1)
        }
    }

    @Test("another system may change its mind as long as nothing was done here", arguments: TestStores.engines)
    func received(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            let intake = StoredReferrals(desk: world.desk)
            func send(_ status: String, _ priority: String = "routine") async throws -> ReceivedReferral.Taken? {
                let sent = ReceivedReferral(
                    patient: maria, kind: "order", category: "imaging", status: status, priority: priority,
                    code: "241615005", codeText: "MRI of the knee", identifier: ("https://ehr.example", "SR-9"),
                    source: "import")
                return try await world.base.perform(as: clerk(world)) { try intake.receive(sent, context: $0) }
            }
            #expect(try await send("completed") == nil)
            let first = try await send("active")
            #expect(first?.effect == .recorded)
            #expect(try await send("active")?.effect == .unchanged)
            #expect(try await send("active", "urgent")?.effect == .updated)
            #expect(try await send("revoked")?.effect == .closed)
            #expect(try await send("active")?.effect == .unchanged)
            let id: ID<Referral> = ID(raw: try #require(first).id)
            #expect(try await text("outcome", of: id, world) == "cancelled-by-requester")
        }
    }

    @Test(
        "a referral that a label hides is not there, for nobody's reading and for no count",
        arguments: TestStores.engines)
    func hidden(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let maria = try await world.patient()
            var secret = new(maria, .outbound)
            secret.labels = .behaviouralHealth
            let blind = clerk(world)
            let copy = secret
            let refused = try await world.fault { _ = try await record(copy, world) }
            #expect(refused == "referral.label")
            let seer = clerk(world, Labels.permissions)
            _ = try await world.world.spine.perform(RecordReferral(copy, desk: world.desk), as: seer)
            let book = StoredReferrals(desk: world.desk)
            for (caller, wanted) in [(blind, 0), (seer, 1)] {
                let found = try await world.world.stores.main.read(world.world.tenant) {
                    try book.referrals(of: PatientSet(maria), limit: 10, for: caller, in: $0).count
                }
                #expect(found == wanted)
            }
        }
    }

    @Test(
        "a visit type that asks for a referral is offered while one is open, has not run out, and is of that kind",
        arguments: TestStores.engines)
    func covers(engine: Engine) async throws {
        func type(_ key: String) -> AnyDefinition {
            .visitType(
                VisitTypeDefinition(
                    key: key, names: LocalizedText("Consultation"), minutes: 30, serviceLine: "primary-care",
                    leadMinutes: 60,
                    horizonDays: 60, rules: VisitRules(eligibility: VisitEligibility(referral: true))))
        }
        try await ThingTests.with(engine, [type("knee-consult"), type("blood-test")]) { world in
            let maria = try await world.patient()
            func why(_ type: String, _ day: String) async throws -> String? {
                let question = try ThingTests.question("elena-alvarez", day: day, type: type)
                return try await world.world.spine.ask(
                    AskWhyNot(question, patient: maria, now: world.world.clock.now(), desk: world.desk),
                    as: world.agent)?.rawValue
            }
            #expect(try await why("knee-consult", "2026-03-09") == "referral-needed")
            var sent = new(maria, line: "primary-care", type: "knee-consult")
            sent.expiresOn = "2026-03-20"
            let id = try await record(sent, world)
            #expect(try await why("knee-consult", "2026-03-09") == nil)
            #expect(try await why("knee-consult", "2026-03-23") == "referral-needed")
            #expect(try await why("blood-test", "2026-03-09") == "referral-needed")
            let question = try ThingTests.question("elena-alvarez", type: "knee-consult")
            let booked = try await world.world.spine.perform(
                BookAppointment(.slot(question, patient: maria), desk: world.desk), as: world.agent)
            try await step(id, .close(.duplicate, note: nil), in: world)
            #expect(try await why("knee-consult", "2026-03-09") == "referral-needed")
            // What was agreed can still be moved.
            let later = try ThingTests.question("elena-alvarez", "10:00", type: "knee-consult")
            let other = try await world.fault {
                _ = try await world.world.spine.perform(
                    BookAppointment(.slot(later, patient: maria), desk: world.desk), as: world.agent)
            }
            #expect(other == "slot.referral-needed")
            _ = try await world.world.spine.perform(
                MoveAppointment(ID(raw: booked.id), to: .slot(later), desk: world.desk), as: world.agent)
        }
    }
}
