import Kernel
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("What the system does by itself")
struct SystemRunTests {
    @Test("its records have no address; those of a run that answers a request have the request's")
    func addresses() async throws {
        try await TestWorld.with(.sqlite) { world in
            for remote in [nil, "203.0.113.7"] {
                try await world.spine.run(
                    "test", tenant: world.tenant, permissions: [], origin: "public", remote: remote
                ) { caller in
                    try await world.audit.access(caller, world.vault) { $0.noteCommand("Look", subject: nil) }
                    return ((), 1)
                }
            }
            let worker = try await world.spine.openRun("worker", tenant: world.tenant, permissions: [])
            try await world.audit.access(worker, world.vault) { $0.noteCommand("Look", subject: nil) }
            let remotes = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.rows("SELECT remote FROM audit_record WHERE tenant = \(.tenant) ORDER BY id")
                    .map { try $0["remote"] as String? }
            }
            #expect(remotes == [nil, "203.0.113.7", nil])
        }
    }
}
