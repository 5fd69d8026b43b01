package import Kernel

/// Ties the keys of locations in definitions to the ids that the policy scopes by.
package enum LocationKeys {
    /// FNV-1a, 64 bits, sign bit cleared: the same for a key on every node and for ever. Zero is kept for "everywhere".
    package static func id(_ key: String) -> ID<Location> {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return ID(raw: max(1, Int64(bitPattern: hash & UInt64(Int64.max))))
    }
}
