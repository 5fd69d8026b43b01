import Kernel
import TestKit
import Testing
import Vault

@Suite("Packing")
struct PackingTests {
    @Test("every kind of field reads back, and what is absent reads as nothing")
    func roundTrip() throws {
        var packer = Packer()
        packer.put(1, Int64.min)
        packer.put(2, Int64.max)
        packer.put(3, "a\u{301} \u{1F600}")
        packer.put(4, true)
        packer.put(5, false)
        packer.put(6, Instant(microseconds: -5))
        packer.put(7, bytes: [0, 255])
        packer.put(8, ["one", "", "three"])
        packer.put(9, nil as String?)
        packer.put(10, list: [1, 2, 3] as [Int64]) { value, inner in inner.put(1, value) }
        packer.put(2_000_000, Int64(0))
        let fields = try Unpacker(packer.bytes)
        #expect(fields.integer(1) == .min)
        #expect(fields.integer(2) == .max)
        #expect(fields.string(3) == "a\u{301} \u{1F600}")
        #expect(fields.bool(4))
        #expect(!fields.bool(5))
        #expect(fields.instant(6) == Instant(microseconds: -5))
        #expect(fields.bytes(7) == [0, 255])
        #expect(fields.strings(8) == ["one", "", "three"])
        #expect(fields.string(9) == nil)
        let list = try fields.list(10) { (inner) throws(Fault) in inner.integer(1) }
        #expect(list == [1, 2, 3])
        #expect(fields.integer(2_000_000) == 0)
        #expect(fields.integer(11) == nil)
    }

    @Test("a field that every version wrote and that is missing is damage")
    func required() throws {
        let fields = try Unpacker([])
        let code = faultCodeNow { _ = try fields.required(1) }
        #expect(code == "sealed.damaged")
    }

    @Test("random bytes either read or are told as damage, and never crash")
    func fuzz() {
        var random = SeededGenerator(seed: 20_261_122)
        var read = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let code = faultCodeNow {
                let fields = try Unpacker(bytes)
                for number in 0..<4 {
                    _ = (fields.integer(number), fields.string(number), fields.strings(number), fields.bytes(number))
                    _ = try fields.list(number) { (inner) throws(Fault) in inner.integer(1) }
                }
                read += 1
            }
            #expect(code == nil || code == "sealed.damaged")
        }
        #expect(read > 100)
    }

    @Test("packed bytes that are cut or changed anywhere never crash the reader")
    func mutations() {
        var random = SeededGenerator(seed: 7)
        var packer = Packer()
        packer.put(1, "Ana Rivera")
        packer.put(2, Int64(-12_345_678))
        packer.put(3, list: ["a", "b"]) { value, inner in inner.put(1, value) }
        for _ in 0..<5000 {
            var bytes = packer.bytes
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            let code = faultCodeNow {
                let fields = try Unpacker(bytes)
                _ = (fields.string(1), fields.integer(2))
                _ = try fields.list(3) { (inner) throws(Fault) in inner.string(1) }
            }
            #expect(code == nil || code == "sealed.damaged")
        }
    }
}
