import Kernel
import Spine
import Store
import TestKit
import Testing
import Vault

@Suite("Revisions")
struct RevisionsTests {
    private struct Name: Sealable {
        static let sealKind = SealKind(60_010)
        let text: String
        init(_ text: String) { self.text = text }
        func pack(into packer: inout Packer) { packer.put(1, text) }
        init(unpacking fields: Unpacker) throws(Fault) { text = try fields.required(1) }
    }

    private func write(
        _ version: Int, _ text: String, at: Instant? = nil, subject: ID<KeySubject>, _ world: TestWorld
    ) async throws {
        try await world.audit.transact(world.caller(), world.vault) { transaction, access in
            let context = CommandContext(
                transaction: transaction, access: access, now: world.clock.now(), ids: world.ids, subjects: [])
            try Revisions.write(
                kind: "name", id: 1, version: version, value: Name(text), subject: subject, recordedAt: at,
                context: context)
        }
    }

    private func read(asOf moment: Instant, _ world: TestWorld) async throws -> (version: Int, text: String)? {
        try await world.audit.transact(world.caller(.patientRead), world.vault) { transaction, access in
            let grant = try access.grant(
                .patientRead, for: PatientSet(ID(raw: 1)), scope: [PatientScopeRow(location: nil, restricted: false)])
            let found = try Revisions.read(
                kind: "name", id: 1, asOf: moment, owner: .patient(ID(raw: 1)), grant: grant, as: Name.self,
                in: transaction)
            return found.map { (version: $0.version, text: $0.value.text) }
        }
    }

    @Test("a thing reads as it was known at any moment", arguments: TestStores.engines)
    func asOf(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            let start = world.clock.now()
            try await write(1, "Ana", at: start - .days(3), subject: subject, world)
            try await write(2, "Anna", subject: subject, world)
            world.clock.advance(by: .hours(1))
            try await write(3, "Anne", subject: subject, world)
            var seen: [String?] = []
            for moment in [
                start - .days(4), start - .days(3), start - .microseconds(1), start, start + .minutes(59),
                start + .hours(1),
                start + .days(9),
            ] { seen.append(try await read(asOf: moment, world)?.text) }
            #expect(seen == [nil, "Ana", "Ana", "Anna", "Anna", "Anne", "Anne"])
            let version = try await read(asOf: start, world)?.version
            #expect(version == 2)
        }
    }

    @Test("a version is written once", arguments: TestStores.engines)
    func once(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            try await write(1, "Ana", subject: subject, world)
            let code = await faultCode { try await write(1, "Ben", subject: subject, world) }
            #expect(code == "store.unique")
        }
    }

    @Test("a disposed person's history is unreadable", arguments: TestStores.engines)
    func disposed(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            try await write(1, "Ana", subject: subject, world)
            _ = try await world.vault.dispose(subject)
            let code = await faultCode { _ = try await read(asOf: world.clock.now(), world) }
            #expect(code == "sealed.disposed")
        }
    }
}
