import Crypto
import Store

/// The running hash of a block: SHA-256 over the hash before it and every field of its records, each with its kind and,
/// for a text, its length, so that no two different records have the same bytes.
///
/// The network address came later than the other fields. A record without one is hashed as records were before; where
/// there is one, it follows behind a mark that begins no field and no record.
///
/// Records are taken where the engine holds them and gathered in one piece of memory: this runs over millions.
final class BlockHasher {
    private static let capacity = 32 << 10
    /// The fields that each record has; the address, where the store keeps one, stands behind them.
    private static let fields = 13
    private static let addressMark: UInt8 = 6

    private var hasher = SHA256()
    private let memory: UnsafeMutableRawBufferPointer
    private var used = 0
    private(set) var first: Int64 = 0
    private(set) var last: Int64 = 0
    private(set) var count = 0

    init(previous: [UInt8]) {
        memory = .allocate(byteCount: Self.capacity, alignment: 8)
        hasher.update(data: previous)
    }

    deinit { memory.deallocate() }

    /// Begins the next block with the same memory.
    func begin(previous: [UInt8]) {
        hasher = SHA256()
        hasher.update(data: previous)
        used = 0
        first = 0
        last = 0
        count = 0
    }

    /// Adds a record, whose first value is its id.
    func add(_ values: UnsafeBufferPointer<RawValue>) {
        last = values[0].integer
        if count == 0 { first = last }
        count += 1
        for place in 0..<Self.fields { put(values[place]) }
        guard values.count > Self.fields, values[Self.fields].kind != .null else { return }
        reserve(1)
        put(Self.addressMark)
        put(values[Self.fields])
    }

    func finish() -> [UInt8] {
        flush()
        return Array(hasher.finalize())
    }

    private func reserve(_ count: Int) {
        if used + count > Self.capacity { flush() }
    }

    private func put(_ value: RawValue) {
        reserve(9)
        switch value.kind {
        case .null: put(0)
        case .integer: put(1, value.integer)
        case .text:
            put(2, Int64(value.bytes.count))
            put(value.bytes)
        // No record of ours holds these; one that does was put there by somebody else, and its block breaks.
        case .real: put(3, value.integer)
        case .boolean: put(4, value.integer)
        case .blob:
            put(5, Int64(value.bytes.count))
            put(value.bytes)
        }
    }

    private func put(_ tag: UInt8) {
        memory[used] = tag
        used += 1
    }

    private func put(_ tag: UInt8, _ integer: Int64) {
        memory[used] = tag
        memory.storeBytes(of: integer.bigEndian, toByteOffset: used + 1, as: Int64.self)
        used += 9
    }

    private func put(_ bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty { return }
        if bytes.count > Self.capacity {
            flush()
            hasher.update(bufferPointer: bytes)
            return
        }
        reserve(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[used...]).copyMemory(from: bytes)
        used += bytes.count
    }

    private func flush() {
        if used == 0 { return }
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: memory[..<used]))
        used = 0
    }
}
