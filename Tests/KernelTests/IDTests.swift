import Kernel
import Testing

@Suite("Ids")
struct IDTests {
    @Test("the text of an id is 13 characters and reads back as the same id")
    func roundTrip() {
        var raw: Int64 = 1
        var values: [Int64] = [0, 1, 31, 32, .max]
        for _ in 0..<500 {
            raw = raw &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            values.append(raw & .max)
        }
        for value in values {
            let id = ID<Patient>(raw: value)
            #expect(id.text.utf8.count == 13)
            #expect(ID<Patient>(id.text) == id)
            #expect(ID<Patient>(id.text.lowercased()) == id)
            #expect(id.description == id.text)
        }
    }

    @Test("known numbers have known texts")
    func known() {
        #expect(ID<Patient>(raw: 0).text == "0000000000000")
        #expect(ID<Patient>(raw: 33).text == "0000000000011")
        #expect(ID<Patient>(raw: .max).text == "7ZZZZZZZZZZZZ")
        #expect(ID<Patient>("OOOOOOOOOOOil")?.raw == 33)
    }

    @Test(
        "texts that are no id are refused",
        arguments: [
            "", "0", "000000000000", "00000000000000", "000000000000U", "000000000000-", "G000000000000",
            " 000000000000",
            "00000000000\u{E9}", "000000000000*", "\u{FF10}000000000000",
        ])
    func refused(_ text: String) {
        #expect(ID<Patient>(text) == nil)
    }

    @Test("ids sort as their texts do")
    func order() {
        let ids = [5, 1 << 40, 3, 1 << 62, 77].map { ID<Patient>(raw: $0) }
        #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
    }
}

@Suite("The source of ids")
struct IDSourceTests {
    private let start = Instant(seconds: 1_772_463_600)

    @Test("an id tells when it was made, to the millisecond, and bounds a range of time")
    func time() {
        let clock = ManualClock(Instant(microseconds: start.microseconds + 123_456))
        let source = IDSource(clock: clock, node: 1023)
        let id: ID<Patient> = source.next()
        #expect(id.madeAt == Instant(microseconds: start.microseconds + 123_000))
        #expect(id >= ID<Patient>.lowest(at: clock.now()))
        #expect(id < ID<Patient>.lowest(at: clock.now() + .milliseconds(1)))
        #expect(id.raw > 0)
    }

    @Test("ids go up and never repeat while the clock stands still or steps back")
    func clockStepsBack() {
        let clock = ManualClock(start)
        let source = IDSource(clock: clock, node: 3)
        var last: Int64 = 0
        for step in 0..<20_000 {
            if step % 1000 == 0 { clock.advance(by: .seconds(step % 3000 == 0 ? 2 : -40)) }
            let next = source.nextRaw()
            #expect(next > last)
            last = next
        }
    }

    @Test("after a start with a clock that was set back, ids go on after the newest one there is")
    func resumed() {
        let clock = ManualClock(Instant(seconds: 1_772_463_600))
        let before = IDSource(clock: clock, node: 5)
        let newest = (0..<5000).map { _ in before.nextRaw() }.last ?? 0
        clock.advance(by: .hours(-1))
        let restarted = IDSource(clock: clock, node: 5)
        restarted.resume(after: newest)
        var last = newest
        for _ in 0..<5000 {
            let id = restarted.nextRaw()
            #expect(id > last)
            last = id
        }
        restarted.resume(after: 0)
        restarted.resume(after: newest)
        #expect(restarted.nextRaw() > last)
        // Another node's newest id counts too.
        let other = IDSource(clock: clock, node: 9)
        other.resume(after: newest)
        #expect(other.nextRaw() > newest)
    }

    @Test("64 tasks never get one id twice")
    func tasks() async {
        let source = IDSource(clock: ManualClock(start), node: 0)
        let all = await withTaskGroup(of: [Int64].self) { group in
            for _ in 0..<64 { group.addTask { (0..<500).map { _ in source.nextRaw() } } }
            return await group.reduce(into: [Int64]()) { $0 += $1 }
        }
        #expect(Set(all).count == 64 * 500)
    }

    @Test("two nodes never give out the same id, whatever their clocks say")
    func nodes() {
        let clock = ManualClock(start)
        let sources = [0, 1, 512, 1023].map { IDSource(clock: clock, node: $0) }
        var seen: Set<Int64> = []
        for _ in 0..<2000 {
            for source in sources {
                let isNew = seen.insert(source.nextRaw()).inserted
                #expect(isNew)
            }
        }
    }
}
