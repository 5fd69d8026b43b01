import Testing
import Web

@Suite("Attempts to get round controls")
struct AttemptsTests {
    private static let minute: Int64 = 60_000_000_000

    @Test("the first of a kind from an address is told in each minute, the rest is counted")
    func first() {
        var pacing = AttemptPacing()
        #expect(pacing.note(.forgedForm, from: 1, at: 0) == [.one(.forgedForm)])
        for second in 1...20 {
            #expect(pacing.note(.forgedForm, from: 1, at: Int64(second) * 1_000_000_000) == [])
        }
        #expect(pacing.note(.forgedForm, from: 2, at: 30_000_000_000) == [.one(.forgedForm)], "another address")
        #expect(pacing.note(.wrongKey, from: 1, at: 30_000_000_000) == [.one(.wrongKey)], "another kind")
        #expect(pacing.note(.wrongKey, from: 1, at: 59_999_999_999) == [])
        #expect(
            pacing.note(.forgedForm, from: 1, at: Self.minute)
                == [.more([.forgedForm: 20, .wrongKey: 1]), .one(.forgedForm)])
        #expect(pacing.note(.forgedForm, from: 1, at: 5 * Self.minute) == [.one(.forgedForm)], "nothing was untold")
    }

    @Test("a flood from many addresses tells fifty a minute, and how many more there were")
    func flood() {
        var pacing = AttemptPacing()
        var lines = 0
        for client in 0..<10_000 { lines += pacing.note(.unsignedHook, from: UInt64(client), at: 1).count }
        #expect(lines == AttemptPacing.most)
        let next = pacing.note(.unsignedHook, from: 1, at: Self.minute + 1)
        #expect(next == [.more([.unsignedHook: 10_000 - AttemptPacing.most]), .one(.unsignedHook)])
    }
}
