/// One value of a row where it stands in the engine's memory, for statements that read millions: nothing is copied.
///
/// Valid only inside the closure that gets it.
package struct RawValue {
    package enum Kind: UInt8, Sendable {
        case null, integer, text, real, blob, boolean
    }

    package let kind: Kind
    /// An integer or a boolean (0 or 1); the bits of a real.
    package let integer: Int64
    /// A text in UTF-8 or a blob.
    package let bytes: UnsafeRawBufferPointer

    private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private init(_ kind: Kind, _ integer: Int64, _ bytes: UnsafeRawBufferPointer) {
        self.kind = kind
        self.integer = integer
        self.bytes = bytes
    }

    package static var null: RawValue { RawValue(.null, 0, nothing) }
    package static func integer(_ value: Int64) -> RawValue { RawValue(.integer, value, nothing) }
    package static func boolean(_ value: Bool) -> RawValue { RawValue(.boolean, value ? 1 : 0, nothing) }
    package static func real(_ value: Double) -> RawValue {
        RawValue(.real, Int64(bitPattern: value.bitPattern), nothing)
    }
    package static func text(_ bytes: UnsafeRawBufferPointer) -> RawValue { RawValue(.text, 0, bytes) }
    package static func blob(_ bytes: UnsafeRawBufferPointer) -> RawValue { RawValue(.blob, 0, bytes) }
}
