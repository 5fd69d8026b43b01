import Kernel
import Store
import StorePostgres
import Testing

@Suite(
    "Wake-ups between nodes",
    .disabled(if: !TestStore.engines.contains(.postgres), "skipped by THROUGHLINE_TEST_SKIP_POSTGRES"),
    .timeLimit(.minutes(10)))
struct PostgresWakeupsTests {
    @Test("a listener on another node wakes, and a burst becomes few wake-ups")
    func waking() async throws {
        var options = PostgresDatabase.Options()
        options.schema = TestStore.freshName("t")
        let url = try TestStore.postgresURL
        let near = try PostgresWakeups(url: url, options: options, interval: .milliseconds(50))
        let far = try PostgresWakeups(url: url, options: options)
        let heard = Counter()
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        far.listen("jobs") {
            heard.increment()
            wake.yield()
        }
        let elsewhere = Counter()
        far.listen("other") { elsewhere.increment() }
        var iterator = wakes.makeAsyncIterator()
        // Until the listener is in place a wake-up may go unheard.
        near.notify("jobs")
        let first: Void? = await iterator.next()
        #expect(first != nil)
        let before = heard.value
        for _ in 0..<1000 { near.notify("jobs") }
        let second: Void? = await iterator.next()
        #expect(second != nil)
        await near.close()
        await far.close()
        #expect(heard.value - before < 100)
        // Once for each connection made, never for the other channel.
        #expect(elsewhere.value == 1)
    }

    @Test("after a restart of the server every handler is called, and wake-ups arrive again")
    func reconnecting() async throws {
        let cluster = try PostgresCluster()
        let wakeups = try PostgresWakeups(url: cluster.url)
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self)
        wakeups.listen("jobs") { wake.yield() }
        var iterator = wakes.makeAsyncIterator()
        wakeups.notify("jobs")
        let first: Void? = await iterator.next()
        try cluster.crash()
        try cluster.start()
        let second: Void? = await iterator.next()
        wakeups.notify("jobs")
        let third: Void? = await iterator.next()
        #expect(first != nil && second != nil && third != nil)
        await wakeups.close()
        try cluster.remove()
    }
}
