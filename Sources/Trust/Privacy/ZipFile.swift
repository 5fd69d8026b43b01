/// A zip file whose members stand in it as they are. Source: APPNOTE.TXT 6.3.10, PKWARE; method 0, names in UTF-8.
///
/// For files of less than 4 GiB in all and fewer than 65,536 members: that is all a person's record can be here, as
/// attachments are at most 16 MiB each.
package struct ZipFile: Sendable {
    private var body: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    package init() {}

    package mutating func add(_ name: String, _ bytes: [UInt8]) {
        let start = body.count
        let path = Array(name.utf8)
        var common: [UInt8] = []
        // Version 2.0, names in UTF-8, stored; no time of day: midnight of 1 January 1980.
        common.put(20, 2)
        common.put(1 << 11, 2)
        common.put(0, 2)
        common.put(0, 2)
        common.put(1 << 5 | 1, 2)
        common.put(UInt64(CRC32.of(bytes)), 4)
        common.put(UInt64(bytes.count), 4)
        common.put(UInt64(bytes.count), 4)
        common.put(UInt64(path.count), 2)
        common.put(0, 2)
        body.put(0x0403_4B50, 4)
        body += common + path + bytes
        directory.put(0x0201_4B50, 4)
        directory.put(20, 2)
        directory += common
        // No comment, disk 0, no attributes.
        for length in [2, 2, 2, 4] { directory.put(0, length) }
        directory.put(UInt64(start), 4)
        directory += path
        count += 1
    }

    package var bytes: [UInt8] {
        var end: [UInt8] = []
        end.put(0x0605_4B50, 4)
        end.put(0, 2)
        end.put(0, 2)
        end.put(UInt64(count), 2)
        end.put(UInt64(count), 2)
        end.put(UInt64(directory.count), 4)
        end.put(UInt64(body.count), 4)
        end.put(0, 2)
        return body + directory + end
    }
}

/// Source: ISO 3309, the polynomial 0x04C11DB7 reflected.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xFF)] }
    }
}

extension [UInt8] {
    /// The lowest bytes, lowest first.
    fileprivate mutating func put(_ value: UInt64, _ length: Int) {
        for place in 0..<length { append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(place)))) }
    }
}
