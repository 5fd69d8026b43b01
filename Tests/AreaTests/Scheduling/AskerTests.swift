import Kernel
import People
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

/// It is Monday 2 March 2026, 8:00 in Denver, where the practice is.
@Suite("Who asks for a visit")
struct AskerTests {
    private func book(
        _ patient: ID<Patient>, _ time: String, asker: ID<PatientProxy>?, _ world: BookingWorld,
        as caller: Caller? = nil
    ) async throws -> ID<Appointment> {
        let question = try BookingWorld.question(time, day: "2026-03-12")
        let answer = try await world.world.spine.perform(
            BookAppointment(.slot(question, patient: patient), asker: asker, desk: world.desk),
            as: caller ?? world.agent)
        return ID(raw: answer.id)
    }

    /// The bodies of the events of a kind.
    private func bodies(_ kind: String, _ world: BookingWorld) async throws -> [String] {
        try await world.base.rows(
            "SELECT body FROM event WHERE tenant = \(.tenant) AND kind = \(kind) ORDER BY id"
        ).map { try $0["body"] }
    }

    @Test(
        "a parent asks until midnight of the eighteenth birthday, by the clock where the patient lives",
        arguments: TestStores.engines)
    func midnight(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let leo = try await world.base.born("Leo", on: "2008-03-03", zone: "America/New_York")
            let rosa = try await world.base.parent("Rosa Delgado", of: leo)
            // It is 10:00 in New York. When the birthday begins there, it is still the evening before in Denver.
            world.world.clock.advance(by: .hours(14) - .microseconds(1))
            _ = try await book(leo, "09:00", asker: rosa, world)
            world.world.clock.advance(by: .microseconds(1))
            #expect(
                try await world.fault { _ = try await book(leo, "10:00", asker: rosa, world) } == "proxy.may-not-book")
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 1)
            #expect(try await bodies("appointment.booked", world).count == 1)
            _ = try await book(leo, "10:00", asker: nil, world)
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 2)
        }
    }

    @Test(
        "who has no custody, or only visits, is refused and the time stays held; what is booked keeps the id alone",
        arguments: TestStores.engines)
    func custody(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let leo = try await world.base.born("Leo", on: "2016-03-03")
            let rosa = try await world.base.parent("Rosa Delgado", of: leo)
            let omar = try await world.base.parent("Omar Delgado", of: leo, ("2026-03-02", .none))
            let vera = try await world.base.parent("Vera Delgado", of: leo, ("2026-03-02", .visiting))
            let held = try await world.hold(leo)
            func confirm(_ asker: ID<PatientProxy>) async throws -> AppointmentAnswer {
                try await world.world.spine.perform(
                    BookAppointment(.hold(ID(raw: held.id), patient: nil), asker: asker, desk: world.desk),
                    as: world.agent)
            }
            for asker in [omar, vera] {
                #expect(try await world.fault { _ = try await confirm(asker) } == "proxy.may-not-book")
            }
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'held'") == 1)
            _ = try await confirm(rosa)
            let told = try await bodies("appointment.booked", world)
            #expect(told.count == 1 && told[0].contains(rosa.text) && !told[0].contains("Rosa"))
        }
    }

    @Test(
        "confidential care of a minor is closed to a parent from the age of the policy, and open to the patient",
        arguments: TestStores.engines)
    func confidential(engine: Engine) async throws {
        let definitions = try PublishedDefinitions()
        var type = try #require(
            try ShippedDefinitions().shipped.visitTypes["annual-physical"]?.value, "the blueprint has no such type")
        type.labels = ["reproductive"]
        definitions.publish(.visitType(type))
        try await BookingWorld.with(engine, definitions: definitions) { world in
            let teen = try await world.base.born("Eva", on: "2010-06-01")
            let child = try await world.base.born("Leo", on: "2018-06-01")
            let mother = try await world.base.parent("Rosa Delgado", of: teen)
            let hers = try await world.base.parent("Rosa Delgado", of: child)
            let caller = world.base.everySight
            let refused = try await world.fault {
                _ = try await book(teen, "09:00", asker: mother, world, as: caller)
            }
            #expect(refused == "proxy.may-not-book")
            _ = try await book(teen, "09:00", asker: nil, world, as: caller)
            _ = try await book(child, "10:00", asker: hers, world, as: caller)
        }
    }

    @Test(
        "who may not ask moves and calls off nothing; who may is kept with what was done",
        arguments: TestStores.engines)
    func changes(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let leo = try await world.base.born("Leo", on: "2016-03-03")
            let rosa = try await world.base.parent("Rosa Delgado", of: leo)
            let omar = try await world.base.parent("Omar Delgado", of: leo, ("2026-03-02", .none))
            let visit = try await book(leo, "09:00", asker: nil, world)
            func move(_ asker: ID<PatientProxy>) async throws {
                _ = try await world.world.spine.perform(
                    MoveAppointment(
                        visit, to: .slot(try BookingWorld.question("10:00", day: "2026-03-12")), asker: asker,
                        desk: world.desk), as: world.agent)
            }
            func cancel(_ asker: ID<PatientProxy>) async throws {
                _ = try await world.world.spine.perform(
                    CancelAppointment(visit, reason: .patient, asker: asker, desk: world.desk), as: world.agent)
            }
            #expect(try await world.fault { try await move(omar) } == "proxy.may-not-book")
            #expect(try await world.fault { try await cancel(omar) } == "proxy.may-not-book")
            #expect(try await bodies("appointment.moved", world).isEmpty)
            #expect(try await bodies("appointment.cancelled", world).isEmpty)
            try await move(rosa)
            try await cancel(rosa)
            for kind in ["appointment.moved", "appointment.cancelled"] {
                #expect(try await bodies(kind, world).map { $0.contains(rosa.text) } == [true], "\(kind)")
            }
            #expect(try await bodies("appointment.booked", world).map { $0.contains("proxy") } == [false])
        }
    }

    /// A check-up for each of several people, one after the other.
    private func family(
        _ people: [(patient: ID<Patient>, asker: ID<PatientProxy>?)], day: String, hold: ID<SlotHold>? = nil,
        _ world: BookingWorld
    ) async throws -> VisitsAnswer {
        var visits: [WantedVisit] = []
        for (person, time) in zip(people, ["09:00", "10:00", "11:00"]) {
            let question = try BookingWorld.question(time, day: day)
            visits.append(WantedVisit(question, patient: person.patient, asker: person.asker))
        }
        return try await world.world.spine.perform(
            BookLinkedVisits(visits, hold: hold, desk: world.desk), as: world.agent)
    }

    @Test(
        "a mother books for two children and herself in one act; each visit keeps who asked for it",
        arguments: TestStores.engines)
    func together(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let rosa = try await world.base.born("Rosa", on: "1985-01-01")
            let leo = try await world.base.born("Leo", on: "2016-03-03")
            let eva = try await world.base.born("Eva", on: "2018-03-03")
            let his = try await world.base.parent("Rosa Delgado", of: leo, person: rosa)
            let hers = try await world.base.parent("Rosa Delgado", of: eva, person: rosa)
            let people: [(patient: ID<Patient>, asker: ID<PatientProxy>?)] = [(rosa, nil), (leo, his), (eva, hers)]
            let answer = try await family(people, day: "2026-03-12", world)
            #expect(answer.booked.map(\.patient) == [rosa, leo, eva].map(\.raw))
            let told = try await bodies("appointment.booked", world)
            try #require(told.count == 3)
            #expect(told.map { $0.contains("proxy") } == [false, true, true])
            #expect(told[1].contains(his.text) && told[2].contains(hers.text))
            #expect(told.allSatisfy { !$0.contains("Rosa") })
        }
    }

    @Test(
        "from the midnight at which a right ended on nothing of a family is booked, and the held time stays held",
        arguments: TestStores.engines)
    func familyAtMidnight(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let leo = try await world.base.born("Leo", on: "2016-03-03")
            let teo = try await world.base.born("Teo", on: "2008-03-03")
            let his = try await world.base.parent("Rosa Delgado", of: leo)
            let teos = try await world.base.parent("Rosa Delgado", of: teo)
            let both: [(patient: ID<Patient>, asker: ID<PatientProxy>?)] = [(leo, his), (teo, teos)]
            // It is sixteen hours to midnight.
            world.world.clock.advance(by: .hours(16) - .microseconds(1))
            _ = try await family(both, day: "2026-03-12", world)
            world.world.clock.advance(by: .microseconds(1))
            let hold = ID<SlotHold>(raw: try await world.hold(leo).id)
            do {
                _ = try await family(both, day: "2026-03-05", hold: hold, world)
                Issue.record("one of them is of age")
            } catch let fault as Fault {
                #expect(fault.code == "proxy.may-not-book" && BookLinkedVisits.index(of: fault) == 1)
                #expect(fault.fields == [Fault.Field("proxy", "The patient is of age.")])
            }
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 2)
            #expect(try await world.count("SELECT COUNT(*) FROM visit_chain") == 2)
            #expect(try await world.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'held'") == 1)
            #expect(try await bodies("appointment.booked", world).count == 2)
            _ = try await family([(leo, his), (teo, nil)], day: "2026-03-05", hold: hold, world)
            let told = try await bodies("appointment.booked", world).suffix(2)
            #expect(told.map { $0.contains("proxy") } == [true, false])
        }
    }

    @Test("somebody else's proxy is as absent as one that nobody has", arguments: TestStores.engines)
    func absent(engine: Engine) async throws {
        try await BookingWorld.with(engine) { world in
            let leo = try await world.base.born("Leo", on: "2016-03-03")
            let eva = try await world.base.born("Eva", on: "2016-03-03")
            let other = try await world.base.parent("Rosa Delgado", of: eva)
            for asker in [other, ID<PatientProxy>(raw: 77)] {
                let code = try await world.fault { _ = try await book(leo, "09:00", asker: asker, world) }
                #expect(code == "proxy.not-found")
            }
            #expect(try await world.count("SELECT COUNT(*) FROM appointment") == 0)
        }
    }
}
