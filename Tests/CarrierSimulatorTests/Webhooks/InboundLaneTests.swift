import CarrierSimulator
import Testing

@Suite("Inbound lane") struct InboundLaneTests {
    typealias Delivery = InboundLane.Delivery

    @Test("webhooks of one handset go one after the other, in order")
    func inOrder() {
        var lane = InboundLane()
        #expect(lane.arrive(Delivery(sequence: 1)) == [.deliver(Delivery(sequence: 1))])
        #expect(lane.arrive(Delivery(sequence: 2)) == [])
        #expect(lane.delivered() == [.deliver(Delivery(sequence: 2))])
        #expect(!lane.isIdle)
        #expect(lane.delivered() == [])
        #expect(lane.isIdle)
    }

    @Test("a held-back webhook goes right after the next one")
    func reordered() {
        var lane = InboundLane()
        let held = Delivery(sequence: 1, isHeldBack: true)
        #expect(lane.arrive(held) == [.startTimer(held)])
        #expect(lane.arrive(Delivery(sequence: 2)) == [.deliver(Delivery(sequence: 2))])
        #expect(lane.arrive(Delivery(sequence: 3)) == [])
        #expect(lane.delivered() == [.deliver(held)])
        #expect(lane.delivered() == [.deliver(Delivery(sequence: 3))])
        #expect(lane.timerFired(held) == [])
        #expect(lane.delivered() == [])
        #expect(lane.isIdle)
    }

    @Test("one that was under way before does not release it")
    func earlierDelivery() {
        var lane = InboundLane()
        let held = Delivery(sequence: 2, isHeldBack: true)
        #expect(lane.arrive(Delivery(sequence: 1)) == [.deliver(Delivery(sequence: 1))])
        #expect(lane.arrive(held) == [.startTimer(held)])
        #expect(lane.delivered() == [])
        #expect(lane.timerFired(held) == [.deliver(held)])
    }

    @Test("nothing is lost or doubled, whatever the order of arrivals, ends and timers")
    func everythingOnce() {
        for seed in UInt64(0)..<200 {
            var generator = SeededGenerator(seed: seed)
            var lane = InboundLane()
            var running: Delivery?
            var timers: [Delivery] = []
            var delivered: [Int] = []
            func take(_ actions: [InboundLane.Action]) {
                for action in actions {
                    switch action {
                    case .deliver(let delivery):
                        #expect(running == nil)
                        running = delivery
                    case .startTimer(let delivery): timers.append(delivery)
                    }
                }
            }
            var next = 0
            while next < 20 || running != nil || !timers.isEmpty {
                switch Int.random(in: 0..<3, using: &generator) {
                case 0 where next < 20:
                    let isHeldBack = Bool.random(using: &generator)
                    take(lane.arrive(Delivery(sequence: next, isHeldBack: isHeldBack)))
                    next += 1
                case 1 where running != nil:
                    delivered += [running?.sequence].compactMap { $0 }
                    running = nil
                    take(lane.delivered())
                case 2 where !timers.isEmpty: take(lane.timerFired(timers.removeFirst()))
                default: break
                }
            }
            #expect(delivered.sorted() == Array(0..<20), "seed \(seed)")
            #expect(lane.isIdle)
        }
    }
}
