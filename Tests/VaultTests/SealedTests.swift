import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("Sealed values")
struct SealedTests {
    @Test("a sealed value opens under a grant for its owner", arguments: TestStores.engines)
    func roundTrip(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("asthma since 2011"), id: 5, subject: subject)
            let opened = try await world.open(sealed, owner: .ana, id: 5, subject: subject)
            #expect(opened == Secret("asthma since 2011"))
            guard case .blob(let bytes) = sealed.sqlValue else {
                Issue.record("a sealed value is a blob")
                return
            }
            #expect(!String(decoding: bytes, as: UTF8.self).contains("asthma"))
            let again = try world.vault.seal(Secret("asthma since 2011"), id: 5, subject: subject)
            #expect(again.sqlValue != sealed.sqlValue)
        }
    }

    @Test("a value does not open with another id, kind, tenant or key subject")
    func associatedData() async throws {
        try await TestWorld.with(.sqlite) { world in
            let subject = try await world.vault.newSubject()
            let other = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
            let id = await faultCode { _ = try await world.open(sealed, owner: .ana, id: 6, subject: subject) }
            #expect(id == "sealed.tampered")
            let key = await faultCode { _ = try await world.open(sealed, owner: .ana, id: 5, subject: other) }
            #expect(key == "sealed.tampered")
            let recast = try #require(Sealed<OtherSecret>(sqlValue: sealed.sqlValue))
            let kind = await faultCode { _ = try await world.open(recast, owner: .ana, id: 5, subject: subject) }
            #expect(kind == "sealed.tampered")
            let foreign = try await world.keys.openTenant(ID(raw: 77), creating: true)
            let tenant = await faultCode {
                _ = try await world.open(sealed, owner: .ana, id: 5, subject: subject, vault: foreign)
            }
            #expect(tenant == "sealed.disposed")
        }
    }

    @Test("a value changed in any byte, cut short or empty does not open")
    func tampered() async throws {
        try await TestWorld.with(.sqlite) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("hello"), id: 5, subject: subject)
            guard case .blob(let bytes) = sealed.sqlValue else { return }
            for index in bytes.indices {
                var changed = bytes
                changed[index] ^= 0x40
                let value = try #require(Sealed<Secret>(sqlValue: .blob(changed)))
                let code = await faultCode { _ = try await world.open(value, owner: .ana, id: 5, subject: subject) }
                #expect(code == (index == 0 ? "sealed.version" : "sealed.tampered"))
            }
            for length in [0, 1, 12, 28, bytes.count - 1] {
                let value = try #require(Sealed<Secret>(sqlValue: .blob(Array(bytes.prefix(length)))))
                let code = await faultCode { _ = try await world.open(value, owner: .ana, id: 5, subject: subject) }
                #expect(code == (length == 0 ? "sealed.version" : "sealed.tampered"))
            }
        }
    }

    @Test("a grant for one person does not open another's data")
    func otherGrant() async throws {
        try await TestWorld.with(.sqlite) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
            let code = await faultCode {
                _ = try await world.open(sealed, owner: .ana, id: 5, subject: subject, grantFor: .ben)
            }
            #expect(code == "grant.other")
        }
    }

    @Test("a grant for a patient set opens the rows of each member and no one else's")
    func patientSet() async throws {
        try await TestWorld.with(.sqlite) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
            let set = PatientSet(primary: .ana, members: [.ben])
            try await world.audit.access(world.caller(.patientRead), world.vault) { access in
                let grant = try access.grant(
                    .patientRead, for: set, scope: [PatientScopeRow(location: nil, restricted: false)])
                for member in set.members {
                    let value = try sealed.open(grant, of: .patient(member), id: 5, subject: subject)
                    #expect(value == Secret("x"))
                }
                let code = faultCodeNow {
                    _ = try sealed.open(grant, of: .patient(ID(raw: 999)), id: 5, subject: subject)
                }
                #expect(code == "grant.other")
            }
        }
    }

    @Test(
        "what was sealed for a disposed subject stays unreadable, also rows from an old backup",
        arguments: TestStores.engines)
    func disposed(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            let subject = try await world.vault.newSubject()
            let sealed = try world.vault.seal(Secret("x"), id: 5, subject: subject)
            let backup = sealed.sqlValue
            let first = try await world.vault.dispose(subject)
            let second = try await world.vault.dispose(subject)
            #expect(first)
            #expect(!second)
            let old = try #require(Sealed<Secret>(sqlValue: backup))
            let code = await faultCode { _ = try await world.open(old, owner: .ana, id: 5, subject: subject) }
            #expect(code == "sealed.disposed")
            let fresh = try await world.keys.openTenant(world.tenant)
            let later = await faultCode {
                _ = try await world.open(old, owner: .ana, id: 5, subject: subject, vault: fresh)
            }
            #expect(later == "sealed.disposed")
            let sealing = faultCodeNow { _ = try world.vault.seal(Secret("y"), id: 6, subject: subject) }
            #expect(sealing == "sealed.disposed")
        }
    }
}
