import Kernel
import Store
import TestKit
import Testing
import Vault

@Suite("The policy")
struct PolicyTests {
    private static let here: ID<Location> = ID(raw: 1)
    private static let there: ID<Location> = ID(raw: 2)

    private func caller(_ permissions: Set<Permission>, _ locations: Caller.Locations = .all) -> Caller {
        Caller(
            tenant: ID(raw: 1), actor: .user(ID(raw: 7)), permissions: permissions, locations: locations,
            correlation: 1,
            origin: "test")
    }

    private func row(_ location: ID<Location>?, restricted: Bool = false) -> PatientScopeRow {
        PatientScopeRow(location: location, restricted: restricted)
    }

    @Test("without the right nothing is permitted, whatever it is")
    func permission() {
        for resource: Resource in [.general, .unknownPerson, .patient([row(nil)])] {
            #expect(Policy.decide(caller([.needRead]), .patientRead, resource) == .deny(.permission))
        }
        #expect(Policy.decide(caller([.patientRead]), .patientRead, .general) == .permit)
        #expect(Policy.decide(caller([.patientRead]), .patientRead, .unknownPerson) == .permit)
    }

    @Test("a patient of another location, or of none, is out of reach")
    func location() {
        let local = caller([.patientRead], .only([Self.here]))
        #expect(Policy.decide(local, .patientRead, .patient([row(Self.here)])) == .permit)
        #expect(Policy.decide(local, .patientRead, .patient([row(nil)])) == .permit)
        #expect(Policy.decide(local, .patientRead, .patient([row(Self.there)])) == .deny(.location))
        #expect(Policy.decide(local, .patientRead, .patient([row(Self.there), row(Self.here)])) == .permit)
        #expect(Policy.decide(caller([.patientRead]), .patientRead, .patient([])) == .deny(.location))
        #expect(
            Policy.decide(caller([.patientRead], .only([])), .patientRead, .patient([row(Self.here)]))
                == .deny(.location))
    }

    @Test("a restricted record needs its own right; a row out of reach does not unlock it")
    func restricted() {
        let secret = row(Self.here, restricted: true)
        #expect(Policy.decide(caller([.patientRead]), .patientRead, .patient([secret])) == .deny(.restricted))
        #expect(Policy.decide(caller([.patientRead, .patientRestricted]), .patientRead, .patient([secret])) == .permit)
        let local = caller([.patientRead], .only([Self.here]))
        #expect(Policy.decide(local, .patientRead, .patient([secret, row(Self.there)])) == .deny(.restricted))
        #expect(Policy.decide(local, .patientRead, .patient([secret, row(nil)])) == .permit)
    }

    @Test("what was opened in an emergency is in reach, with the rights one has and nothing else")
    func emergency() {
        let ana: ID<Patient> = ID(raw: 11)
        let ben: ID<Patient> = ID(raw: 12)
        func rows(_ patient: ID<Patient>) -> [PatientScopeRow] {
            [PatientScopeRow(location: Self.there, restricted: true, patient: patient)]
        }
        let opened = Caller(
            tenant: ID(raw: 1), actor: .user(ID(raw: 7)), permissions: [.patientRead], locations: .only([Self.here]),
            correlation: 1, origin: "test", opened: [ana: TestWorld.start])
        #expect(Policy.decide(opened, .patientRead, .patient(rows(ana))) == .permit)
        #expect(Policy.needsEmergency(opened, .patientRead, rows(ana)))
        #expect(Policy.decide(opened, .patientWrite, .patient(rows(ana))) == .deny(.permission))
        #expect(Policy.decide(opened, .patientRead, .patient(rows(ben))) == .deny(.location))
        #expect(Policy.decide(opened.closed, .patientRead, .patient(rows(ana))) == .deny(.location))
        // A patient who does not exist cannot be opened.
        #expect(Policy.decide(opened, .patientRead, .patient([])) == .deny(.location))
        let near = [PatientScopeRow(location: Self.here, restricted: false, patient: ana)]
        #expect(!Policy.needsEmergency(opened, .patientRead, near))
        #expect(!Policy.seesEveryone(opened))
    }

    @Test("the SQL condition is the same rule for 2,000 people and 60 callers", arguments: TestStores.engines)
    func scopeEqualsDecide(_ engine: Engine) async throws {
        try await TestWorld.with(engine) { world in
            var random = SeededGenerator(seed: 2000)
            var people: [ID<Patient>: [PatientScopeRow]] = [:]
            for number in 1...2000 {
                let locations = Set(
                    (0..<Int.random(in: 0...3, using: &random)).map { _ in Int64.random(in: 0...4, using: &random) })
                people[ID(raw: Int64(number))] = locations.sorted().map { raw in
                    PatientScopeRow(
                        location: raw == 0 ? nil : ID(raw: raw), restricted: Bool.random(using: &random),
                        patient: ID(raw: Int64(number)))
                }
            }
            let all = people
            _ = try await world.stores.main.write(world.tenant) { transaction in
                for (patient, rows) in all {
                    for row in rows {
                        try transaction.execute(
                            """
                            INSERT INTO patient_scope (tenant, patient, location, restricted)
                            VALUES (\(.tenant), \(patient), \(row.location?.raw ?? 0), \(!row.labels.isEmpty))
                            """)
                    }
                }
            }
            for round in 0..<60 {
                let permissions = Set(
                    [Permission.patientRead, .patientRestricted, .needRead].filter { _ in
                        Int.random(in: 0..<3, using: &random) > 0
                    })
                let few = Set(
                    (0..<Int.random(in: 0...3, using: &random)).map { _ in
                        ID<Location>(raw: Int64.random(in: 1...5, using: &random))
                    })
                let locations: Caller.Locations = Bool.random(using: &random) ? .all : .only(few)
                let patients = all.keys.sorted()
                // Some have opened records in an emergency, one that does not exist among them.
                let some = patients.filter { _ in Int.random(in: 0..<40, using: &random) == 0 } + [ID(raw: 9_999)]
                let opened = round.isMultiple(of: 3) ? [] : some
                let caller = Caller(
                    tenant: world.tenant, actor: .user(ID(raw: 7)), permissions: permissions, locations: locations,
                    correlation: 1, origin: "test",
                    opened: Dictionary(uniqueKeysWithValues: opened.map { ($0, TestWorld.start) }))
                let seen = try await world.stores.main.read(world.tenant) { transaction -> [ID<Patient>] in
                    try transaction.rows(
                        """
                        SELECT p.patient FROM (SELECT DISTINCT patient FROM patient_scope WHERE tenant = \(.tenant)) p
                        WHERE \(Policy.scope(caller, .patientRead, patient: "p.patient")) ORDER BY p.patient
                        """
                    ).map { try $0["patient"] }
                }
                let permitted = patients.filter {
                    Policy.decide(caller, .patientRead, .patient(all[$0] ?? [])) == .permit
                }
                #expect(seen == permitted)
                if Policy.seesEveryone(caller), permissions.contains(.patientRead) {
                    #expect(permitted.count == all.values.filter { !$0.isEmpty }.count)
                }
            }
            let reader = world.caller(.patientRead)
            let read = try await world.stores.main.read(world.tenant) {
                try Policy.scopeRows(of: Array(all.keys), for: reader, in: $0)
            }
            for (patient, rows) in all {
                let stored = (read[patient] ?? []).sorted { ($0.location?.raw ?? 0) < ($1.location?.raw ?? 0) }
                #expect(stored == rows)
            }
        }
    }
}
