/// A QR code, for the one picture we show: byte mode, error correction M, versions 1 to 10 (213 bytes), the mask with the
/// smallest penalty. Source: ISO/IEC 18004:2015; section numbers below are its.
package struct QRCode: Sendable {
    package let version: Int
    package let size: Int
    private var dark: [[Bool]]
    private var isFunction: [[Bool]]

    /// Nil: the text is too long.
    package init?(_ text: String) {
        let data = Array(text.utf8)
        guard let version = (1...10).first(where: { Self.fits(data.count, version: $0) }) else { return nil }
        self.version = version
        size = 17 + 4 * version
        dark = Array(repeating: Array(repeating: false, count: size), count: size)
        isFunction = dark
        drawFunctions()
        place(Self.interleaved(Self.codewords(data, version: version), version: version))
        var best = (mask: 0, penalty: Int.max)
        for mask in 0..<8 {
            apply(mask)
            drawFormat(mask)
            let penalty = self.penalty()
            if penalty < best.penalty { best = (mask, penalty) }
            apply(mask)
        }
        apply(best.mask)
        drawFormat(best.mask)
    }

    package subscript(x: Int, y: Int) -> Bool { dark[y][x] }

    /// The dark modules as an SVG path, one unit each, with a quiet zone (6.3.8: four modules).
    package func path(margin: Int) -> String {
        var path = ""
        for y in 0..<size {
            var x = 0
            while x < size {
                guard dark[y][x] else {
                    x += 1
                    continue
                }
                let start = x
                while x < size, dark[y][x] { x += 1 }
                path += "M\(start + margin) \(y + margin)h\(x - start)v1h-\(x - start)z"
            }
        }
        return path
    }

    // MARK: Codewords (7.4, 7.5)

    /// For error correction M (table 9): error codewords per block, and the data codewords of each block.
    private static func blocks(_ version: Int) -> (errors: Int, data: [Int]) {
        let groups: [(Int, [(count: Int, data: Int)])] = [
            (10, [(1, 16)]), (16, [(1, 28)]), (26, [(1, 44)]), (18, [(2, 32)]), (24, [(2, 43)]), (16, [(4, 27)]),
            (18, [(4, 31)]), (22, [(2, 38), (2, 39)]), (22, [(3, 36), (2, 37)]), (26, [(4, 43), (1, 44)]),
        ]
        let (errors, parts) = groups[version - 1]
        return (errors, parts.flatMap { Array(repeating: $0.data, count: $0.count) })
    }

    private static func capacity(_ version: Int) -> Int { blocks(version).data.reduce(0, +) }

    private static func fits(_ count: Int, version: Int) -> Bool {
        4 + (version < 10 ? 8 : 16) + 8 * count <= 8 * capacity(version)
    }

    private static func codewords(_ data: [UInt8], version: Int) -> [UInt8] {
        var bits: [Bool] = []
        func put(_ value: Int, _ count: Int) {
            for bit in stride(from: count - 1, through: 0, by: -1) { bits.append(value >> bit & 1 == 1) }
        }
        put(0b0100, 4)
        put(data.count, version < 10 ? 8 : 16)
        for byte in data { put(Int(byte), 8) }
        let total = 8 * capacity(version)
        put(0, min(4, total - bits.count))
        put(0, (8 - bits.count % 8) % 8)
        var words = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        var pad: UInt8 = 0xEC
        while words.count < capacity(version) {
            words.append(pad)
            pad ^= 0xEC ^ 0x11
        }
        return words
    }

    private static func interleaved(_ words: [UInt8], version: Int) -> [UInt8] {
        let (errors, lengths) = blocks(version)
        let divisor = ReedSolomon.divisor(degree: errors)
        var rest = words[...]
        var parts: [(data: [UInt8], errors: [UInt8])] = []
        for length in lengths {
            let data = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            parts.append((data, ReedSolomon.remainder(of: data, by: divisor)))
        }
        var result: [UInt8] = []
        for index in 0..<(lengths.max() ?? 0) {
            for part in parts where index < part.data.count { result.append(part.data[index]) }
        }
        for index in 0..<errors {
            for part in parts { result.append(part.errors[index]) }
        }
        return result
    }

    // MARK: Modules (6.3, 7.7)

    private mutating func set(_ x: Int, _ y: Int, _ isDark: Bool) {
        dark[y][x] = isDark
        isFunction[y][x] = true
    }

    private mutating func drawFunctions() {
        for index in 0..<size {
            set(6, index, index % 2 == 0)
            set(index, 6, index % 2 == 0)
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawFinder(x, y) }
        let places = alignmentPlaces
        for (i, x) in places.enumerated() {
            for (j, y) in places.enumerated() {
                let last = places.count - 1
                // Three corners hold finders.
                if (i, j) == (0, 0) || (i, j) == (0, last) || (i, j) == (last, 0) { continue }
                for dy in -2...2 {
                    for dx in -2...2 { set(x + dx, y + dy, max(abs(dx), abs(dy)) != 1) }
                }
            }
        }
        drawFormat(0)
        drawVersion()
    }

    private mutating func drawFinder(_ x: Int, _ y: Int) {
        for dy in -4...4 {
            for dx in -4...4 where (0..<size).contains(x + dx) && (0..<size).contains(y + dy) {
                let distance = max(abs(dx), abs(dy))
                set(x + dx, y + dy, distance != 2 && distance != 4)
            }
        }
    }

    /// Table E.1.
    private var alignmentPlaces: [Int] {
        switch version {
        case 1: []
        case 2...6: [6, size - 7]
        default: [6, size / 2, size - 7]
        }
    }

    /// 7.9: error correction M is 00.
    private mutating func drawFormat(_ mask: Int) {
        var rest = mask
        for _ in 0..<10 { rest = rest << 1 ^ (rest >> 9) * 0x537 }
        let bits = (mask << 10 | rest) ^ 0x5412
        let bit = { (index: Int) in bits >> index & 1 == 1 }
        for index in 0...5 { set(8, index, bit(index)) }
        set(8, 7, bit(6))
        set(8, 8, bit(7))
        set(7, 8, bit(8))
        for index in 9..<15 { set(14 - index, 8, bit(index)) }
        for index in 0..<8 { set(size - 1 - index, 8, bit(index)) }
        for index in 8..<15 { set(8, size - 15 + index, bit(index)) }
        set(8, size - 8, true)
    }

    /// 7.10.
    private mutating func drawVersion() {
        if version < 7 { return }
        var rest = version
        for _ in 0..<12 { rest = rest << 1 ^ (rest >> 11) * 0x1F25 }
        let bits = version << 12 | rest
        for index in 0..<18 {
            let isDark = bits >> index & 1 == 1
            let (a, b) = (size - 11 + index % 3, index / 3)
            set(a, b, isDark)
            set(b, a, isDark)
        }
    }

    /// 7.7.3: columns of two from the right, up and down in turn, without column 6.
    private mutating func place(_ words: [UInt8]) {
        var index = 0
        var right = size - 1
        while right >= 1 {
            if right == 6 { right = 5 }
            let isUp = (right + 1) & 2 == 0
            for step in 0..<size {
                let y = isUp ? size - 1 - step : step
                for x in [right, right - 1] where !isFunction[y][x] && index < words.count * 8 {
                    dark[y][x] = words[index / 8] >> UInt8(7 - index % 8) & 1 == 1
                    index += 1
                }
            }
            right -= 2
        }
    }

    /// 7.8.2; applied twice it undoes itself.
    private mutating func apply(_ mask: Int) {
        for y in 0..<size {
            for x in 0..<size where !isFunction[y][x] {
                let flips =
                    switch mask {
                    case 0: (x + y) % 2 == 0
                    case 1: y % 2 == 0
                    case 2: x % 3 == 0
                    case 3: (x + y) % 3 == 0
                    case 4: (x / 3 + y / 2) % 2 == 0
                    case 5: x * y % 2 + x * y % 3 == 0
                    case 6: (x * y % 2 + x * y % 3) % 2 == 0
                    default: ((x + y) % 2 + x * y % 3) % 2 == 0
                    }
                if flips { dark[y][x].toggle() }
            }
        }
    }

    /// 7.8.3.
    private func penalty() -> Int {
        var total = 0
        let columns = (0..<size).map { x in (0..<size).map { dark[$0][x] } }
        for line in dark + columns { total += Self.runs(line) + Self.finders(line) }
        for y in 0..<size - 1 {
            for x in 0..<size - 1 {
                let color = dark[y][x]
                if dark[y][x + 1] == color && dark[y + 1][x] == color && dark[y + 1][x + 1] == color { total += 3 }
            }
        }
        let count = dark.reduce(0) { $0 + $1.count(where: { $0 }) }
        return total + abs(count * 20 - size * size * 10) / (size * size) * 10
    }

    private static func runs(_ line: [Bool]) -> Int {
        var total = 0
        var length = 0
        for (index, value) in line.enumerated() {
            length = index > 0 && line[index - 1] == value ? length + 1 : 1
            if length == 5 { total += 3 } else if length > 5 { total += 1 }
        }
        return total
    }

    private static func finders(_ line: [Bool]) -> Int {
        let core = [true, false, true, true, true, false, true]
        let light = [false, false, false, false]
        var total = 0
        for start in 0...(line.count - 11) {
            let part = Array(line[start..<start + 11])
            if part == core + light || part == light + core { total += 40 }
        }
        return total
    }
}

/// Error correction over GF(256) with the polynomial 0x11D.
enum ReedSolomon {
    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var result: UInt8 = 0
        for bit in stride(from: 7, through: 0, by: -1) {
            let carry = result >> 7
            result = result << 1 ^ carry &* 0x1D
            if right >> UInt8(bit) & 1 == 1 { result ^= left }
        }
        return result
    }

    static func divisor(degree: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: degree)
        result[degree - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in 0..<degree {
                result[index] = product(result[index], root)
                if index + 1 < degree { result[index] ^= result[index + 1] }
            }
            root = product(root, 2)
        }
        return result
    }

    static func remainder(of data: [UInt8], by divisor: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: divisor.count)
        for byte in data {
            let factor = byte ^ result[0]
            result.removeFirst()
            result.append(0)
            for index in result.indices { result[index] ^= product(divisor[index], factor) }
        }
        return result
    }
}
