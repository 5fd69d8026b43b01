import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("Labels, own records, care and purposes")
struct PolicyRulesTests {
    private static let ana: ID<Patient> = ID(raw: 11)

    private func caller(
        _ permissions: Set<Permission>, purpose: Purpose = .operations, purposes: Set<Purpose> = [],
        own: Set<ID<Patient>> = [], relationship: Caller.Relationship = .notNeeded, opened: Bool = false,
        actor: Actor = .user(ID(raw: 7))
    ) -> Caller {
        Caller(
            tenant: ID(raw: 1), actor: actor, permissions: permissions, purpose: purpose, purposes: purposes,
            correlation: 1, origin: "test", opened: opened ? [Self.ana: TestWorld.start] : [:], own: own,
            relationship: relationship)
    }

    private func rows(_ labels: Labels = [], related: Bool = false) -> [PatientScopeRow] {
        [PatientScopeRow(location: nil, labels: labels, patient: Self.ana, isRelated: related)]
    }

    @Test("each label hides the record from whoever lacks its right", arguments: Labels.kinds.map(\.code))
    func labels(_ code: String) throws {
        let kind = try #require(Labels.kinds.first { $0.code == code })
        let marked = rows(kind.label.union(.part2Consent))
        let all = Labels.permissions.union([.patientRead])
        let why: Decision.Reason = kind.label == .restricted ? .restricted : .label
        #expect(Policy.decide(caller([.patientRead]), .patientRead, .patient(marked)) == .deny(why))
        #expect(Policy.decide(caller(all.subtracting([kind.permission])), .patientRead, .patient(marked)) == .deny(why))
        #expect(Policy.decide(caller([.patientRead, kind.permission]), .patientRead, .patient(marked)) == .permit)
        #expect(Policy.decide(caller(all), .patientRead, .patient(marked)) == .permit)
        #expect(Labels(codes: kind.label.codes) == kind.label)
    }

    @Test("a thing with a label is absent for whoever lacks its right, though the patient is there")
    func items() {
        let plain = caller([.needRead])
        let seeing = caller([.needRead, Permission("label.behavioural-health")])
        #expect(Policy.decide(plain, .needRead, .item(of: rows(), [])) == .permit)
        #expect(Policy.decide(plain, .needRead, .item(of: rows(), .behaviouralHealth)) == .deny(.label))
        #expect(Policy.decide(seeing, .needRead, .item(of: rows(), .behaviouralHealth)) == .permit)
        #expect(Policy.decide(plain, .needRead, .item(of: nil, .behaviouralHealth)) == .deny(.label))
        #expect(Policy.decide(plain, .needRead, .item(of: nil, [])) == .permit)
        // What was opened in an emergency is open with everything in it.
        let opened = caller([.needRead], opened: true)
        #expect(Policy.decide(opened, .needRead, .item(of: rows(), .behaviouralHealth)) == .permit)
        #expect(Policy.needsEmergency(opened, .needRead, rows(), .behaviouralHealth))
        #expect(!Policy.needsEmergency(opened, .needRead, rows()))
    }

    @Test("substance use needs the consent on record, but not in an emergency, for oversight or the system itself")
    func part2() {
        let rights: Set<Permission> = [.patientRead, .labelSubstanceUse, .labelWrite]
        let marked = rows(.substanceUse)
        let agreed = rows([.substanceUse, .part2Consent])
        #expect(Policy.decide(caller(rights), .patientRead, .patient(marked)) == .deny(.part2Consent))
        #expect(Policy.decide(caller(rights), .patientRead, .patient(agreed)) == .permit)
        #expect(Policy.decide(caller(rights), .patientRead, .item(of: rows(), .substanceUse)) == .deny(.part2Consent))
        #expect(
            Policy.decide(caller(rights), .patientRead, .item(of: rows(.part2Consent), .substanceUse)) == .permit)
        #expect(Policy.decide(caller(rights), .labelWrite, .patient(marked)) == .permit)
        #expect(Policy.decide(caller(rights, purpose: .emergency), .patientRead, .patient(marked)) == .permit)
        #expect(Policy.decide(caller(rights, opened: true), .patientRead, .patient(marked)) == .permit)
        #expect(
            Policy.decide(caller(rights, actor: .system(ID(raw: 3))), .patientRead, .patient(marked)) == .permit)
        // Consent allows treatment, payment and operations, and nothing else.
        #expect(
            Policy.decide(caller(rights, purpose: .patientRequest), .patientRead, .patient(agreed)) == .deny(.label))
    }

    @Test("nobody opens their own record or their family's, but in an emergency")
    func own() {
        let all = Labels.permissions.union([.patientRead])
        #expect(Policy.decide(caller(all, own: [Self.ana]), .patientRead, .patient(rows())) == .deny(.ownRecord))
        #expect(Policy.decide(caller(all, own: [ID(raw: 12)]), .patientRead, .patient(rows())) == .permit)
        let opened = caller(all, own: [Self.ana], opened: true)
        #expect(Policy.decide(opened, .patientRead, .patient(rows())) == .permit)
        #expect(Policy.needsEmergency(opened, .patientRead, rows()))
        #expect(opened.closed.own == [Self.ana])
    }

    @Test("a role that asks for a part in the care reaches nobody without one")
    func relationship() {
        let needed = Caller.Relationship.needed(parties: ["user:A"], at: TestWorld.start)
        let one = caller([.patientRead], relationship: needed)
        #expect(Policy.decide(one, .patientRead, .patient(rows())) == .deny(.relationship))
        #expect(Policy.decide(one, .patientRead, .patient(rows(related: true))) == .permit)
        #expect(!Policy.seesEveryone(one))
        #expect(one.closed.relationship == needed)
        let later = TestWorld.start + .days(1)
        #expect(one.at(later).relationship == .needed(parties: ["user:A"], at: later))
    }

    @Test("a right that serves some purposes only is none for others, and the trail tells which it was")
    func purposes() {
        #expect(Policy.decide(caller([.clinicalRead]), .clinicalRead, .general) == .deny(.purpose))
        let nurse = caller([.clinicalRead, .patientRead], purposes: [.treatment])
        #expect(Policy.decide(nurse, .clinicalRead, .patient(rows())) == .permit)
        #expect(nurse.purpose(for: .clinicalRead) == .treatment)
        #expect(nurse.purpose(for: .patientRead) == .operations)
        #expect(nurse.may(.clinicalRead) && !nurse.may(.noteRead))
        #expect(!caller([.clinicalRead], purpose: .payment).may(.clinicalRead))
        #expect(caller([.coverageRead], purpose: .payment).may(.coverageRead))
    }

    @Test("what the release before labels wrote is restricted, and no less", arguments: TestStores.engines)
    func earlier(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            _ = try await world.stores.main.write(world.tenant) { transaction in
                try transaction.execute(
                    """
                    INSERT INTO patient_scope (tenant, patient, location, restricted)
                    VALUES (\(.tenant), \(Self.ana), 0, TRUE)
                    """)
            }
            for (rights, isSeen) in [
                (Labels.permissions, true), ([Permission.patientRestricted], true), ([Permission("label.vip")], false),
                ([], false),
            ] as [(Set<Permission>, Bool)] {
                let caller = world.caller(rights.union([.patientRead]))
                let seen = try await world.count(
                    """
                    SELECT COUNT(*) FROM patient_scope p
                    WHERE p.tenant = \(.tenant) AND \(Policy.scope(caller, .patientRead, patient: "p.patient"))
                    """)
                #expect(seen == (isSeen ? 1 : 0))
            }
        }
    }

    @Test("lists look up each row's patient by the key, or by the index of open records, and read no table")
    func plan() async throws {
        try await TestWorld.with(.sqlite) { world in
            let caller = world.caller([.patientRead], locations: .only([ID(raw: 1)]))
            let plan = try await world.stores.main.read(world.tenant) { transaction in
                try transaction.rows(
                    """
                    EXPLAIN QUERY PLAN SELECT p.patient FROM patient_scope p
                    WHERE p.tenant = \(.tenant) AND \(Policy.scope(caller, .patientRead, patient: "p.patient"))
                    """
                ).map { try $0["detail"] as String }
            }
            let found = plan.filter { $0.contains("SEARCH scope_of USING") }
            #expect(found.count == 1 && found.allSatisfy { $0.contains("(tenant=? AND patient=?") }, "\(plan)")
            #expect(plan.allSatisfy { !$0.contains("SCAN scope_of") })
        }
    }
}
