import Crypto
import Foundation
import Kernel
import Store
import TestKit
import Testing
import Vault

private struct PowerCut: Error {}

@Suite("Rotation of the signing key")
struct SigningRotationTests {
    @Test(
        "what was signed before and after is checked, also by a process that began before",
        arguments: TestStores.engines)
    func replaced(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let old = try world.keyFolder.signing()
            let certificates = DisposalCertificates(key: try world.keyFolder.signingKey())
            let before = try await world.dispose(101, certificates)
            try await world.grow()
            let report = try await world.rotateSigningKey()
            #expect(!report.wasResumed)
            let ring = try world.keyFolder.signingKey().ring()
            let first = PublicSigningKey(old.publicKey)
            #expect(ring.publicKey.id == report.key && report.key != first.id)
            #expect(ring.earlier.map(\.key) == [first] && ring.earlier.map(\.until) == [world.clock.now()])
            #expect(ring.earlier.map(\.next) == [ring.publicKey])
            #expect(!world.keyFolder.isReplacing(.signing))

            // Nobody told the chain and the certificates of the new key.
            try await world.grow()
            let after = try await world.dispose(102, certificates)
            #expect(try await world.findings() == [])
            #expect(CertificateFile(before, by: ring.all).keyID == first.id)
            #expect(CertificateFile(after, by: ring.all).keyID == report.key)

            // The first key is not named; the next one is, and both signed the head of the trail at the border.
            let lines = try world.anchorLines()
            #expect(lines.first?.count == 7 && lines.last?.last == report.key)
            let border = try #require(lines.firstIndex { $0.count == 8 })
            #expect(lines[border - 1][2...4] == lines[border][2...4])
            #expect(lines[border...].allSatisfy { $0.last == report.key })
        }
    }

    @Test("the old key is in no file any more, and the new files are for their owner alone")
    func files() async throws {
        try await TestWorld.with(.sqlite) { world in
            let folder = world.keyFolder
            let old = try #require(FileManager.default.contents(atPath: folder.path + "/signing.key"))
            try await world.rotateSigningKey()
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                let file = folder.path + "/" + name
                let bytes = try #require(FileManager.default.contents(atPath: file))
                #expect(bytes.range(of: old.prefix(64)) == nil, "\(name)")
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(name)")
            }
            #expect(folder.files.contains("signing-keys.earlier") && folder.wasInUse)
        }
    }

    @Test("a change of the trail is found on either side of the border", arguments: TestStores.engines)
    func tampered(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await world.grow()
            try await world.rotateSigningKey()
            try await world.grow()
            #expect(try await world.findings() == [])
            let ids = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.rows("SELECT id FROM audit_record WHERE tenant = \(.tenant) ORDER BY id").map {
                    try $0["id"] as Int64
                }
            }
            for id in [try #require(ids.first), try #require(ids.last)] {
                for change in [1, -1] as [Int64] {
                    try await world.stores.main.write(world.tenant) { transaction in
                        try transaction.send(
                            """
                            UPDATE audit_record SET correlation = correlation + \(change)
                            WHERE tenant = \(.tenant) AND id = \(id)
                            """)
                    }
                    #expect(try await world.findings().isEmpty == (change == -1), "record \(id)")
                }
            }
        }
    }

    @Test("whoever kept the old key cannot cover up what the new one signed", arguments: TestStores.engines)
    func oldKey(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            try await world.grow()
            let kept = try world.keyFolder.signing()
            try await world.rotateSigningKey()
            try await world.grow()
            let anchored = try #require(try await world.heads().first)
            // The last block is written anew, more follow, and the old key signs for the newest of them.
            try await world.stores.main.write(world.tenant) { transaction in
                let (stream, last) = (anchored.stream, anchored.sequence - 1)
                let id: Int64? = try transaction.value(
                    """
                    SELECT last_id FROM audit_block
                    WHERE tenant = \(.tenant) AND stream = \(stream) AND sequence = \(last)
                    """)
                try transaction.send("DELETE FROM audit_record WHERE tenant = \(.tenant) AND id > \(id ?? 0)")
                try transaction.send(
                    "DELETE FROM audit_block WHERE tenant = \(.tenant) AND stream = \(stream) AND sequence > \(last)")
            }
            for _ in 0..<3 {
                try await world.look()
                try await world.chain.link(tenant: world.tenant)
            }
            let head = try #require(try await world.heads().first)
            #expect(head.sequence == anchored.sequence + 2)
            try AuditAnchors(path: world.keyFolder.anchorsPath, key: kept).append(head)
            let found = try await world.findings()
            #expect(found.contains { $0.contains("block \(anchored.sequence) differs from what was anchored") })
        }
    }

    @Test("cut off after any step, everything is checked, and the same command ends it", arguments: TestStores.engines)
    func interrupted(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let certificates = DisposalCertificates(key: try world.keyFolder.signingKey())
            var (rotations, patient) = (0, Int64(200))
            for stop in SigningKeyRotation.Step.allCases {
                let before = try world.keyFolder.signingKey().ring().publicKey
                var isCut = false
                do {
                    try await world.rotateSigningKey { if $0 == stop { throw PowerCut() } }
                } catch is PowerCut {
                    isCut = true
                }
                #expect(isCut)
                rotations += 1
                // Half-way: signed and checked by processes that run, and by one that starts.
                try await world.grow()
                patient += 1
                _ = try await world.dispose(patient, certificates)
                #expect(try await world.findings() == [], "\(stop)")
                if stop != .ended { #expect(try await world.rotateSigningKey().wasResumed, "\(stop)") }
                #expect(!world.keyFolder.isReplacing(.signing))
                let ring = try world.keyFolder.signingKey().ring()
                #expect(ring.earlier.count == rotations && ring.earlier.last?.key == before, "\(stop)")
                #expect(ring.publicKey != before)
                try await world.grow()
                #expect(try await world.findings() == [], "\(stop)")
            }
        }
    }

    @Test("a key that nobody knows is told by its name", arguments: TestStores.engines)
    func unknown(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let folder = world.keyFolder
            let manifest = Array("a manifest".utf8)
            let first = try folder.sign(manifest)
            try await world.grow()
            let report = try await world.rotateSigningKey()
            try await world.grow()
            let second = try folder.sign(manifest)
            #expect(first.count == 128 && second.hasSuffix(" " + report.key))
            for signature in [first, second] { #expect(try folder.isSigned(manifest, signature)) }
            #expect(try !folder.isSigned(Array("another".utf8), second))
            // By the other key than it names.
            #expect(try !folder.isSigned(manifest, first + " " + report.key))
            let stranger = "0123456789abcdef"
            do {
                _ = try folder.isSigned(manifest, first + " " + stranger)
                Issue.record("a stranger's key was believed")
            } catch let fault as Fault {
                #expect(fault.code == "backup.signature" && fault.message.contains(stranger))
            }

            let text = try String(contentsOfFile: folder.anchorsPath, encoding: .utf8)
            try Data(text.replacing(report.key, with: stranger).utf8).write(
                to: URL(fileURLWithPath: folder.anchorsPath))
            let found = try await world.findings()
            #expect(found.contains { $0.hasSuffix("is signed by the key \(stranger), which is not in the key folder") })
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.anchorsPath))
            #expect(try await world.findings() == [])

            // Without the list the first key is nobody's.
            try FileManager.default.removeItem(atPath: folder.path + "/signing-keys.earlier")
            let lost = try await world.findings()
            #expect(lost.first?.contains("the list of earlier signing keys is missing") == true)
            #expect(lost.contains { $0.hasSuffix("has a wrong signature") })
        }
    }

    @Test("a list of earlier keys that was changed, cut or cannot be read is told, and nothing is signed by it")
    func damagedList() async throws {
        try await TestWorld.with(.sqlite) { world in
            for _ in 0..<3 { try await world.rotateSigningKey() }
            let place = world.keyFolder.path + "/signing-keys.earlier"
            let text = try String(contentsOfFile: place, encoding: .utf8)
            let whole = text.split(separator: "\n").map(String.init)
            #expect(whole.count == 4)
            let (lines, seal) = (Array(whole.prefix(3)), whole[3])
            // Somebody else's key, which says that the first one followed it.
            let stranger = Curve25519.Signing.PrivateKey()
            let followed = lines[0].split(separator: " ")[1]
            let claim =
                "signing-key \(Hex.encode(Array(stranger.publicKey.rawRepresentation))) until 5 next \(followed)"
            let strange = claim + " " + Hex.encode(Array(try stranger.signature(for: Array(claim.utf8))))
            let digit = lines[2].hasSuffix("0") ? "1" : "0"
            let forged = String(lines[2].dropLast()) + digit
            let moved = lines[0].replacing(" until 1", with: " until 2")
            let lists: [[String]] = [
                [], ["garbage"], ["\u{0}"], [lines[0], lines[1]], [lines[1], lines[0], lines[2]], [lines[0], lines[2]],
                [lines[0], lines[1], forged], [moved, lines[1], lines[2]], [lines[0], lines[1], lines[2], "more"],
            ]
            let sealed = lists.map { $0 + [seal] } + [[seal], [strange] + lines + [seal], [strange] + lines, lines]
            for list in lists + sealed {
                let broken = list.map { "\($0)\n" }.joined()
                try Data(broken.utf8).write(to: URL(fileURLWithPath: place))
                do {
                    _ = try world.keyFolder.signingKey()
                    Issue.record("this list was believed: \(broken)")
                } catch let fault as Fault {
                    #expect(fault.code == "keys.damaged" && fault.place == place, "\(broken)")
                }
                let signing = faultCodeNow { _ = try world.keyFolder.sign([1]) }
                #expect(signing == "keys.damaged")
            }
            try FileManager.default.removeItem(atPath: place)
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            let unreadable = faultCodeNow { _ = try world.keyFolder.signingKey() }
            #expect(unreadable == "keys.missing")
            try FileManager.default.removeItem(atPath: place)
            try Data(text.utf8).write(to: URL(fileURLWithPath: place))
            #expect(try world.keyFolder.signingKey().ring().earlier.count == 3)
        }
    }

    @Test("two rotations at once are refused; a prepared key is the one that is taken, and is known before")
    func prepared() async throws {
        try await TestWorld.with(.sqlite) { world in
            let rotation = SigningKeyRotation(folder: world.keyFolder, clock: world.clock)
            try rotation.prepare()
            let next = try #require(try world.keyFolder.signingKey().ring().all.last)
            try rotation.prepare()
            var refused: String?
            let report = try await rotation.run(anchor: { refused = faultCodeNow { try rotation.prepare() } })
            #expect(refused == "keys.busy")
            #expect(report.key == next.id)
        }
    }

    @Test("a certificate that the old key signed for a time long after it was replaced is refused")
    func late() throws {
        let signer = Curve25519.Signing.PrivateKey()
        let key = PublicSigningKey(signer.publicKey)
        let until = TestWorld.start
        func file(_ completed: Instant) throws -> CertificateFile {
            let text = "throughline disposal 1\nreason request\ncompleted \(completed.iso8601)\nrows patient 1\n"
            let signature = Array(try signer.signature(for: Array(text.utf8)))
            return CertificateFile(DisposalCertificate(text: text, signature: signature), by: [key])
        }
        #expect(try file(until - .days(400)).problem(under: key, until: until) == nil)
        #expect(try file(until + .hours(23)).problem(under: key, until: until) == nil)
        let late = try file(until + .hours(25))
        #expect(late.problem(under: key, until: until)?.contains(until.iso8601) == true)
        #expect(late.problem(under: key) == nil)
    }
}

extension TestWorld {
    fileprivate var keyFolder: KeyFolder { KeyFolder(besideData: stores.folder) }

    /// As the command does it.
    @discardableResult
    fileprivate func rotateSigningKey(
        step: (SigningKeyRotation.Step) throws -> Void = { _ in }
    ) async throws -> SigningKeyRotation.Report {
        try await SigningKeyRotation(folder: keyFolder, clock: clock).run(
            anchor: {
                try await chain.link(tenant: tenant)
                try await chain.anchor(tenant: tenant, anew: true)
            }, step: step)
    }

    /// Three blocks, each of them anchored.
    fileprivate func grow() async throws {
        for _ in 0..<3 {
            try await look()
            clock.advance(by: .seconds(10))
            try await chain.link(tenant: tenant)
            try await chain.anchor(tenant: tenant)
        }
    }

    fileprivate func heads() async throws -> [AuditAnchor] {
        let now = clock.now()
        return try await stores.main.read(tenant) { try AuditChain.heads(at: now, in: $0) }
    }

    fileprivate func anchorLines() throws -> [[String]] {
        try String(contentsOfFile: keyFolder.anchorsPath, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
    }

    /// What is wrong with the trail and the disposals, by a process that begins now.
    fileprivate func findings() async throws -> [String] {
        let key = try keyFolder.signingKey()
        let anchors = AuditAnchors(path: keyFolder.anchorsPath, key: key)
        let trail = try await AuditVerification(database: stores.main, anchors: anchors)
            .run(tenant: tenant, at: clock.now())
        let certificates = DisposalCertificates(key: key)
        let disposed = try await DisposalVerification(keyDatabase: stores.keys, certificates: certificates)
            .run(tenant: tenant)
        return trail.findings + disposed.findings
    }

    /// A disposal of somebody, with its certificate.
    fileprivate func dispose(
        _ patient: Int64, _ certificates: DisposalCertificates
    ) async throws -> DisposalCertificate {
        let target = DisposalTarget(
            subject: .patient(ID(raw: patient)), patients: [ID(raw: patient)], keys: [try await vault.newSubject()])
        let record = try await vault.beginDisposal(
            DisposalRecord(
                id: ids.next(), target: target, reason: "request", actor: .user(ID(raw: 7)), requestedAt: clock.now()))
        return try await vault.finishDisposal(
            record.id, try certificates.sign(record, tenant: tenant, at: clock.now()))
    }
}
