import Kernel
import Spine
import TestKit
import Testing

@Suite("Wake-ups and the event feed")
struct WakeupsTests {
    private let tenant: ID<Tenant> = ID(raw: 1)

    @Test("wake-ups that nobody has looked at become one", .timeLimit(.minutes(10)))
    func coalesce() async {
        let wakeups = Wakeups()
        var stream = wakeups.listen(every: .seconds(3600), wakes: true).makeAsyncIterator()
        _ = await stream.next()
        for _ in 0..<100 { wakeups.wake(tenant) }
        _ = await stream.next()
        // Nothing is left: the next one comes only from a new commit.
        let waiter = Task { [stream] in
            var stream = stream
            _ = await stream.next()
            return true
        }
        for _ in 0..<20 { await Task.yield() }
        wakeups.wakeLocally()
        let woken = await waiter.value
        #expect(woken)
    }

    @Test("a wake-up goes to every listener that wants it and out by the relay once; one from outside stays here")
    func relays() async {
        let wakeups = Wakeups()
        let relayed = Recorder<ID<Tenant>>()
        wakeups.addRelay { relayed.add($0) }
        wakeups.wake(tenant)
        wakeups.wakeLocally()
        #expect(relayed.values == [tenant])
    }

    @Test("a worker that is not woken still looks in its own time", .timeLimit(.minutes(10)))
    func polling() async {
        let wakeups = Wakeups()
        var looks = 0
        for await _ in wakeups.listen(every: .milliseconds(1), wakes: false) {
            looks += 1
            if looks == 5 { break }
        }
        #expect(looks == 5)
    }

    private func notice(_ position: Int64, _ tenant: Int64 = 1) -> EventFeed.Notice {
        EventFeed.Notice(
            tenant: ID(raw: tenant), position: position, kind: EventKind("test.x"), patient: nil, need: nil)
    }

    @Test("the feed gives each listener its own tenant's events, in order", .timeLimit(.minutes(10)))
    func feed() async {
        let feed = EventFeed()
        var first = feed.listen(ID(raw: 1)).makeAsyncIterator()
        var second = feed.listen(ID(raw: 2)).makeAsyncIterator()
        feed.publish([notice(1), notice(1, 2), notice(2)])
        let seen = [await first.next()?.position, await first.next()?.position, await second.next()?.position]
        #expect(seen == [1, 2, 1])
    }

    @Test("a listener that falls behind loses the oldest and keeps the newest 256", .timeLimit(.minutes(10)))
    func bounded() async {
        let feed = EventFeed()
        var stream = feed.listen(ID(raw: 1)).makeAsyncIterator()
        feed.publish((1...1000).map { notice($0) })
        var seen: [Int64] = []
        while seen.last != 1000, let notice = await stream.next() { seen.append(notice.position) }
        #expect(seen == Array(745...1000))
    }

    @Test("a listener that has gone is forgotten", .timeLimit(.minutes(10)))
    func gone() async {
        let feed = EventFeed()
        let stream = feed.listen(ID(raw: 1))
        #expect(feed.listenerCount == 1)
        let reader = Task { for await _ in stream {} }
        reader.cancel()
        await reader.value
        #expect(feed.listenerCount == 0)
    }
}
