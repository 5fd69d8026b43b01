/// What a random number is used for. One stream per use keeps draws independent: a new draw in one place does not
/// change what another place gets. The numbers are part of what a seed means, so they never change.
enum DrawStream: UInt64 {
    case household = 1
    case householdAges, person, personNames, phones, recordNumber, memberNumber, past, future, visits, messages
}

/// A stream of random numbers (SplitMix64) that depends only on seed, stream and index.
struct SeededDraw {
    private var state: UInt64

    init(seed: UInt64, stream: DrawStream, index: Int) {
        let place = SeededDraw.mix(UInt64(bitPattern: Int64(index)) &* 0xD6E8_FEB8_6659_FD93 &+ stream.rawValue)
        state = SeededDraw.mix(seed &+ place)
    }

    /// The finaliser of SplitMix64: every input bit reaches every output bit.
    static func mix(_ value: UInt64) -> UInt64 {
        var bits = value &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func next() -> UInt64 {
        let value = SeededDraw.mix(state)
        state &+= 0x9E37_79B9_7F4A_7C15
        return value
    }

    /// Uniform in 0 ..< 1.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in 0 ..< count; count must be positive.
    mutating func below(_ count: Int) -> Int {
        precondition(count > 0, "a draw needs at least one outcome")
        return Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }

    mutating func chance(_ rate: Double) -> Bool {
        unit() < rate
    }

    /// 0 ..< 2 × half, triangular with its peak in the middle.
    mutating func triangular(half: Int) -> Int {
        below(half) + below(half + 1)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}

/// A bijection of 0 ..< count onto itself that looks random: a four-round Feistel network over the next even power of
/// two, walked until it lands inside. It gives every index its own number without a list of numbers in use.
struct Permutation {
    let count: Int
    private let key: UInt64
    private let halfBits: UInt64

    init(count: Int, key: UInt64) {
        precondition(count > 0, "a permutation needs at least one element")
        self.count = count
        self.key = key
        let bits = max(2, Int.bitWidth - (count - 1).leadingZeroBitCount)
        halfBits = UInt64((bits + 1) / 2)
    }

    /// The image of `value`, which must lie in 0 ..< count.
    func callAsFunction(_ value: Int) -> Int {
        precondition(value >= 0 && value < count, "a permutation maps only its own elements")
        var image = round(UInt64(value))
        while image >= UInt64(count) { image = round(image) }
        return Int(image)
    }

    private func round(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) - 1
        var left = value >> halfBits
        var right = value & mask
        for step in UInt64(0)..<4 {
            let mixed = SeededDraw.mix(key &+ right &+ (step << 56)) & mask
            (left, right) = (right, left ^ mixed)
        }
        return (left << halfBits) | right
    }
}

/// Items with a cumulative weight, drawn in O(log n).
struct WeightedList<Item: Sendable>: Sendable {
    let items: [Item]
    private let cumulative: [Double]

    init(_ weighted: [(item: Item, weight: Double)]) {
        precondition(!weighted.isEmpty, "a weighted list needs an item")
        var total = 0.0
        items = weighted.map(\.item)
        cumulative = weighted.map { entry in
            total += entry.weight
            return total
        }
    }

    /// Zipf–Mandelbrot: the item of rank r (from 0) has weight 1 / (r + 1 + shift). The shift flattens the head, which
    /// in a list of a few hundred names would otherwise hold far more people than in life.
    init(ranked: [Item], shift: Double) {
        self.init(ranked.enumerated().map { ($0.element, 1 / (Double($0.offset) + 1 + shift)) })
    }

    func draw(_ draw: inout SeededDraw) -> Item {
        items[position(&draw)]
    }

    func position(_ draw: inout SeededDraw) -> Int {
        let target = draw.unit() * cumulative[cumulative.count - 1]
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > target { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A number in decimal, filled with zeros on the left to `width` digits.
func padded(_ value: Int, width: Int) -> String {
    precondition(value >= 0, "only counts are padded")
    var rest = value
    return String(unsafeUninitializedCapacity: width) { buffer in
        for place in stride(from: width - 1, through: 0, by: -1) {
            buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return width
    }
}
