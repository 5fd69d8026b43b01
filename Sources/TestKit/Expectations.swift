import Kernel
import Store

/// The code of the fault that `body` throws (a store error's kind as `store.kind`); nil when it throws nothing, which
/// the test then tells.
package func faultCode(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch {
        return code(of: error)
    }
}

/// The same for a closure that does not wait.
package func faultCodeNow(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return code(of: error)
    }
}

/// A fault's code; `store.unique` and the like for a store error; `other` with its description for anything else.
package func code(of error: any Error) -> String {
    switch error {
    case let fault as Fault: fault.code
    case let error as StoreError: "store.\(error.kind.rawValue)"
    default: "other \(error)"
    }
}

/// Numbers that are the same on every run. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators" (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
