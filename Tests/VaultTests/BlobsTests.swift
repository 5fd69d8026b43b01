import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("Attachments")
struct BlobsTests {
    private static let chunk = 256 << 10
    private static let head: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// A PNG's first bytes and then noise.
    private func picture(_ size: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(size))
        var bytes = Self.head
        bytes.reserveCapacity(size)
        while bytes.count < size {
            withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0.prefix(size - bytes.count)) }
        }
        return bytes
    }

    private func put(_ bytes: [UInt8], _ id: ID<Blob>, _ world: TestWorld) async throws -> ID<KeySubject> {
        let subject = try await world.vault.newSubject()
        try await world.stores.main.write(world.tenant) { transaction in
            try Blobs.put(
                bytes, name: "scan.png", subject: subject, id: id, vault: world.vault, at: world.clock.now(),
                in: transaction)
        }
        return subject
    }

    private func get(
        _ id: ID<Blob>, _ world: TestWorld, owner: ID<Patient> = .ana, grantFor patient: ID<Patient> = .ana
    ) async throws -> (bytes: [UInt8], type: MediaType, name: String?) {
        try await world.audit.transact(world.caller(.patientRead), world.vault) { transaction, access in
            let grant = try access.grant(
                .patientRead, for: PatientSet(patient), scope: [PatientScopeRow(location: nil, restricted: false)])
            return try Blobs.get(id, owner: .patient(owner), grant: grant, in: transaction)
        }
    }

    @Test("attachments of sizes around the chunk's border read back", arguments: TestStores.engines)
    func roundTrip(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for (number, size) in [8, Self.chunk - 1, Self.chunk, Self.chunk + 1, 3 * Self.chunk + 17].enumerated() {
                let bytes = picture(size)
                _ = try await put(bytes, ID(raw: Int64(number + 1)), world)
                let read = try await get(ID(raw: Int64(number + 1)), world)
                #expect(read.bytes == bytes)
                #expect(read.type == .png)
                #expect(read.name == "scan.png")
            }
            let chunks = try await world.count("SELECT COUNT(*) FROM blob_chunk WHERE tenant = \(.tenant)")
            #expect(chunks == 1 + 1 + 1 + 2 + 4)
        }
    }

    @Test(
        "a kind is known by its first bytes, never by its name",
        arguments: [
            ([0xFF, 0xD8, 0xFF, 0xE0], MediaType.jpeg), (Array("GIF87a...".utf8), .gif), (Array("GIF89a".utf8), .gif),
            (Array("RIFF\0\0\0\0WEBPVP8 ".utf8), .webp), (Array("%PDF-1.7".utf8), .pdf),
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png), (Array("RIFF\0\0\0\0WAVE".utf8), nil),
            (Array("<svg onload=alert(1)>".utf8), nil), (Array("<html>".utf8), nil), (Array("PK".utf8), nil),
            ([0xFF, 0xD8], nil),
            ([], nil), (Array("%PDF".utf8), nil), (Array(" %PDF-1.7".utf8), nil),
        ] as [([UInt8], MediaType?)])
    func sniffing(_ bytes: [UInt8], _ type: MediaType?) {
        #expect(MediaType(sniffing: bytes) == type)
    }

    @Test("what is too large, empty or of no accepted kind is not stored")
    func refused() async throws {
        try await TestWorld.with(.sqlite) { world in
            let large = await faultCode { _ = try await put(picture(Blobs.largest + 1), ID(raw: 1), world) }
            #expect(large == "blob.size")
            let empty = await faultCode { _ = try await put([], ID(raw: 1), world) }
            #expect(empty == "blob.size")
            let page = await faultCode { _ = try await put(Array("<html>".utf8), ID(raw: 1), world) }
            #expect(page == "blob.type")
            let largest = await faultCode { _ = try await put(picture(Blobs.largest), ID(raw: 2), world) }
            #expect(largest == nil)
            let rows = try await world.count("SELECT COUNT(*) FROM blob_object WHERE tenant = \(.tenant)")
            #expect(rows == 1)
        }
    }

    @Test(
        "a chunk that is missing, at the end or inside, or swapped with another, is found",
        arguments: TestStores.engines)
    func damaged(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            for id in 1...3 { _ = try await put(picture(3 * Self.chunk), ID(raw: Int64(id)), world) }
            _ = try await world.stores.main.write(world.tenant) { transaction in
                try transaction.execute("DELETE FROM blob_chunk WHERE tenant = \(.tenant) AND blob = 1 AND number = 2")
                try transaction.execute("DELETE FROM blob_chunk WHERE tenant = \(.tenant) AND blob = 2 AND number = 1")
                for (from, to) in [(0, 9), (1, 0), (9, 1)] {
                    try transaction.execute(
                        "UPDATE blob_chunk SET number = \(to) WHERE tenant = \(.tenant) AND blob = 3 AND number = \(from)"
                    )
                }
            }
            let codes = [
                await faultCode { _ = try await get(ID(raw: 1), world) },
                await faultCode { _ = try await get(ID(raw: 2), world) },
                await faultCode { _ = try await get(ID(raw: 3), world) },
                await faultCode { _ = try await get(ID(raw: 4), world) },
            ]
            #expect(codes == ["blob.damaged", "blob.damaged", "sealed.tampered", "attachment.not-found"])
        }
    }

    @Test("an attachment opens only under its owner's grant, and not after disposal", arguments: TestStores.engines)
    func owner(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await put(picture(100), ID(raw: 1), world)
            let other = await faultCode { _ = try await get(ID(raw: 1), world, grantFor: .ben) }
            #expect(other == "grant.other")
            _ = try await world.vault.dispose(subject)
            let disposed = await faultCode { _ = try await get(ID(raw: 1), world) }
            #expect(disposed == "sealed.disposed")
        }
    }

    @Test("a moved attachment opens under its new subject and outlives the old one", arguments: TestStores.engines)
    func move(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let old = try await put(picture(Self.chunk + 5), ID(raw: 1), world)
            let new = try await world.vault.newSubject()
            try await world.audit.transact(world.caller(.patientRead), world.vault) { transaction, access in
                let grant = try access.grant(
                    .patientRead, for: PatientSet(.ana), scope: [PatientScopeRow(location: nil, restricted: false)])
                try Blobs.move(
                    ID(raw: 1), owner: .patient(.ana), grant: grant, to: new, vault: world.vault, in: transaction)
            }
            _ = try await world.vault.dispose(old)
            let read = try await get(ID(raw: 1), world, owner: .ben, grantFor: .ben)
            #expect(read.bytes == picture(Self.chunk + 5))
        }
    }
}
