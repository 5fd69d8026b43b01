import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("Bump list: answers")
struct BumpAnswerTests {
    private func asked(_ world: BumpWorld, _ count: Int = 1) async throws -> [BumpWorld.Line] {
        let times = ["09:00", "10:00", "11:00"]
        for (patient, time) in zip(try await world.base.patients(count), times) {
            _ = try await world.base.book(patient, time)
        }
        _ = try await world.record(try world.request())
        try await world.base.settle()
        try await world.sendAll()
        return try await world.lines()
    }

    @Test("a reply with a number takes that time, and the others are free again", arguments: TestStores.engines)
    func number(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let line = try #require(try await asked(world).first)
            try #require(line.choices.count == 3)
            let start = try await world.start(of: line.choices[1])
            try await world.base.base.receive("2", from: "+13035551000")
            try await world.base.settle()
            #expect(try await world.lines().map(\.state) == ["moved"])
            #expect(try await world.start(of: line.appointment) == start)
            #expect(try await world.base.count("SELECT COUNT(*) FROM slot_hold WHERE state = 'held'") == 0)
            #expect(try await world.lists("closed") == 1)
            #expect(try await world.base.base.openReasons().isEmpty)
            // Said again it changes nothing.
            try await world.base.base.receive("1", from: "+13035551000")
            try await world.base.settle()
            #expect(try await world.start(of: line.appointment) == start)
        }
    }

    @Test("a no by text keeps the visit on the list, to be called; a time can still be chosen")
    func declined() async throws {
        try await BumpWorld.with(.sqlite) { world in
            let line = try #require(try await asked(world).first)
            try await world.base.base.receive("NO", from: "+13035551000")
            try await world.base.settle()
            let after = try #require(try await world.lines().first)
            #expect(after.state == "waiting" && after.answer == "none" && after.choices == line.choices)
            // Nobody is asked a second time who has answered.
            world.base.world.clock.advance(by: .hours(7))
            try await world.base.settle()
            #expect(try await world.sent("bump-offer") == 1)
            _ = try await world.spine.perform(MarkCalled(line.id, bump: world.bump), as: world.manager)
            _ = try await world.spine.perform(MarkCalled(line.id, bump: world.bump), as: world.manager)
            #expect(try await world.base.count("SELECT COUNT(*) FROM bump_visit WHERE calls = 1") == 1)
        }
    }

    @Test("who does not answer is asked once more, and then too late")
    func unanswered() async throws {
        try await BumpWorld.with(.sqlite) { world in
            let line = try #require(try await asked(world).first)
            let choice = try #require(line.choices.first)
            world.base.world.clock.advance(by: .hours(6))
            #expect(try await world.choose(line, choice) == .late)
            try await world.base.settle()
            #expect(try await world.lines().map(\.asked) == [2])
            #expect(try await world.sent("bump-offer") == 2)
            world.base.world.clock.advance(by: .hours(7))
            try await world.base.settle()
            #expect(try await world.lines().map(\.asked) == [2])
            #expect(try await world.sent("bump-offer") == 2)
            #expect(try await world.choose(line, choice) == .late)
            #expect(try await world.lines().map(\.state) == ["waiting"])
        }
    }

    @Test("of two answers at once one counts, and nobody takes another's time", arguments: TestStores.engines)
    func races(engine: Engine) async throws {
        try await BumpWorld.with(engine) { world in
            let lines = try await asked(world, 2)
            let (first, second) = (lines[0], lines[1])
            try #require(first.choices.count > 1)
            #expect(try await world.choose(second, first.choices[0]) == .gone)
            async let one = world.choose(first, first.choices[0])
            async let two = world.choose(first, first.choices[1])
            let said = [try await one, try await two]
            #expect(said.count { $0 == .chosen } == 1 && said.count { $0 == .gone } == 1)
            let taken = said[0] == .chosen ? first.choices[0] : first.choices[1]
            #expect(try await world.start(of: first.appointment) == world.start(of: taken))
            #expect(try await world.choose(first, taken) == .chosen)
            #expect(
                try await world.base.count(
                    "SELECT COUNT(*) FROM appointment WHERE id = \(first.appointment) AND placement = 1") == 1)
        }
    }

    @Test("nobody is asked at night, and the time to answer begins in the morning")
    func night() async throws {
        try await BumpWorld.with(.sqlite) { world in
            world.base.world.clock.advance(by: .hours(14))
            _ = try await world.base.book(try await world.base.patients(1)[0], "09:00")
            _ = try await world.record(try world.request())
            try await world.base.settle()
            #expect(try await world.sent("bump-offer") == 0)
            world.base.world.clock.advance(by: .hours(11))
            try await world.base.settle()
            #expect(try await world.sent("bump-offer") == 1)
            #expect(try await world.lines().map(\.asked) == [1])
        }
    }

    @Test("whom no text reaches is to be called, and waits")
    func unreachable() async throws {
        try await BumpWorld.with(.sqlite) { world in
            let patient = try await world.base.patients(1)[0]
            _ = try await world.base.book(patient, "09:00")
            try await world.base.base.receive("STOP", from: "+13035551000")
            _ = try await world.record(try world.request())
            try await world.base.settle()
            #expect(try await world.sent("bump-offer") == 0)
            #expect(
                try await world.base.count(
                    "SELECT COUNT(*) FROM bump_visit WHERE state = 'waiting' AND withheld IS NOT NULL") == 1)
        }
    }
}
