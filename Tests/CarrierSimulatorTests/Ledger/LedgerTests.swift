import CarrierSimulator
import Foundation
import Testing

@Suite("Ledger") struct LedgerTests {
    @Test("a send is queued, from the clinic, with its own identifier")
    func accepted() throws {
        let world = World()
        let one = try world.send("hi").message
        let two = try world.send("hi").message
        #expect(one.sid != two.sid)
        #expect(one.status == .queued && one.from == world.clinic && one.sequence == 0 && two.sequence == 1)
    }

    @Test("STOP blocks sends to that handset alone, until START")
    func optOut() throws {
        let world = World()
        _ = world.ledger.receive(from: world.maria, body: " Stop\n", pictures: [])
        #expect(throws: ProviderError.unsubscribed) { try world.send("hi") }
        #expect(throws: Never.self) { try world.send("hi", to: world.daniel) }
        _ = world.ledger.receive(from: world.maria, body: "please stop it", pictures: [])
        _ = world.ledger.receive(from: world.maria, body: "start", pictures: [])
        #expect(throws: Never.self) { try world.send("hi") }
        #expect(world.ledger.tally.counters.refused == [21610: 1])
    }

    @Test("the provider's own opt-out can be switched off")
    func optOutSwitchedOff() throws {
        let world = World()
        _ = try world.ledger.changeFaults(Form([("optOut", "false")]))
        _ = world.ledger.receive(from: world.maria, body: "STOP", pictures: [])
        #expect(throws: Never.self) { try world.send("hi") }
    }

    @Test("a rejected send leaves no message, a send whose answer is lost leaves one")
    func rejectedAndLost() throws {
        let world = World()
        _ = try world.ledger.changeFaults(Form([("rejectSend.count", "1"), ("loseAnswer.count", "1")]))
        #expect(throws: ProviderError.rejected(status: 503)) { try world.send("hi") }
        #expect(world.ledger.tally.total == 0)
        let lost = try world.send("hi")
        #expect(lost.answer == .lost(.close) && lost.message.faults == [.loseAnswer])
        #expect(world.ledger.tally.total == 1)
        #expect(world.ledger.tally.counters.answersLost == 1 && world.ledger.tally.counters.rejectedByFault == 1)
    }

    @Test("the oldest messages are forgotten everywhere, and only they")
    func bounded() throws {
        let world = World(messageCapacity: 10)
        let first = try world.send("0").message
        for number in 1...24 { _ = try world.send("\(number)", to: number % 2 == 0 ? world.maria : world.daniel) }
        #expect(world.ledger.message(first.sid) == nil)
        #expect(world.ledger.messages(from: 0, limit: 100).messages.map(\.body) == (15...24).map(String.init))
        #expect(
            world.ledger.conversation(with: world.maria, limit: 100).messages.map(\.body) == [
                "16", "18", "20", "22", "24",
            ])
        #expect(world.ledger.tally.forgotten == 15 && world.ledger.tally.total == 25)
    }

    @Test("pictures go when their room is used up, the oldest first")
    func pictures() {
        let world = World(mediaCapacity: 100)
        let sids = (0..<5).map { _ in
            let picture = MediaStore.Picture(kind: .png, bytes: [UInt8](repeating: 0, count: 40))
            return world.ledger.receive(from: world.maria, body: "", pictures: [picture]).message.media[0].sid
        }
        #expect(sids.map { world.ledger.picture($0) != nil } == [false, false, false, true, true])
    }

    @Test("more unsettled messages than the queue holds are refused, and settled ones make room")
    func queueFull() throws {
        let world = World(messageCapacity: Ledger.queueLimit + 10)
        let first = try world.send("first", callback: nil).message
        for _ in 1..<Ledger.queueLimit { _ = try world.send("x", callback: nil) }
        #expect(throws: ProviderError.queueFull) { try world.send("one too many") }
        world.ledger.settle(first.sid)
        #expect(throws: Never.self) { try world.send("fits") }
    }

    @Test("a listing is newest first, filtered, and paged without gaps")
    func listing() throws {
        let world = World()
        for number in 0..<10 {
            _ = try world.send("\(number)", to: number < 7 ? world.maria : world.daniel)
            _ = world.ledger.receive(from: world.maria, body: "in \(number)", pictures: [])
            world.time.pass(seconds: 60)
        }
        var listing = Ledger.Listing(to: world.maria, limit: 3)
        var pages: [[String]] = []
        while true {
            let (messages, hasMore) = world.ledger.list(listing)
            pages.append(messages.map(\.body))
            guard hasMore else { break }
            listing.after = messages.last?.sid
        }
        #expect(pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]])
        #expect(world.ledger.list(Ledger.Listing(to: world.clinic, limit: 50)).messages.count == 10)
        #expect(world.ledger.list(Ledger.Listing(to: world.maria, limit: 2, offset: 6)).messages.map(\.body) == ["0"])
        let since = world.time.now.addingTimeInterval(-120)
        #expect(
            world.ledger.list(Ledger.Listing(from: world.clinic, since: since, limit: 9)).messages.map(\.body) == [
                "9", "8",
            ])
    }

    @Test("a watcher hears of a change to its handset, and of no other's")
    func watching() async throws {
        let world = World()
        var mine = world.ledger.watch(world.maria).makeAsyncIterator()
        _ = try world.send("hi", to: world.daniel)
        let message = try world.send("hi").message
        #expect(await mine.next() != nil)
        world.ledger.advance(message.sid, to: .sent)
        #expect(await mine.next() != nil)
    }

    @Test("waiting for a message ends when it is settled")
    func settled() async throws {
        let world = World()
        let message = try world.send("hi").message
        async let waited = world.ledger.settled(message.sid)
        world.ledger.advance(message.sid, to: .delivered)
        world.ledger.settle(message.sid)
        #expect(await waited?.status == .delivered)
    }

    @Test("a reset forgets messages, opt-outs and faults")
    func reset() throws {
        let world = World()
        _ = world.ledger.receive(from: world.maria, body: "STOP", pictures: [])
        _ = try world.ledger.changeFaults(Form([("rejectSend.probability", "1")]))
        world.ledger.reset()
        #expect(throws: Never.self) { try world.send("hi") }
        #expect(world.ledger.tally.total == 1 && world.ledger.tally.counters.received == 0)
    }

    @Test("the log keeps its newest elements under their numbers")
    func boundedLog() {
        var log = BoundedLog<Int>(capacity: 3)
        #expect((0..<5).map { log.append($0 * 10) } == [nil, nil, nil, 0, 10])
        #expect((0..<6).map { log[$0] } == [nil, nil, 20, 30, 40, nil])
        #expect(log.update(3) { $0 = 31 } && log[3] == 31)
        #expect(!log.update(1) { $0 = 0 })
    }
}
