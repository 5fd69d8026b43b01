package import Kernel
import Spine
import Vault

// Answers that are alike, so that nobody learns from them what there is.

extension Spine {
    /// Refuses who lacks the right a route demands, before anything they sent is looked at; the refusal is on the trail.
    func require(_ permission: Permission, of caller: Caller) async throws {
        guard !caller.permissions.contains(permission) else { return }
        try await read(permission, as: caller) { _, _ in }
    }
}

extension Fault {
    /// What a caller's signature has to prove was not proven.
    package static var unsigned: Fault {
        Fault(
            .forbidden, "hook.signature", "The request is not signed by the provider.",
            remedy: "Check the auth token and the public base address.")
    }
}

extension Server {
    /// What is out of reach is told in the words of what is not there: the policy denies a patient, the address may name
    /// their visit or need.
    package static func absent(_ fault: Fault, label: String) -> Fault {
        guard fault.code == "patient.not-found" else { return fault }
        let parts = label.split(separator: "/")
        guard let at = parts.firstIndex(of: "{id}"), at > 0, parts[at - 1].hasSuffix("s") else { return fault }
        return Fault.notFound(String(parts[at - 1].dropLast()))
    }
}
