import Kernel

/// Generated callers and resources, and how long the policy takes over each: for measuring alone.
package enum PolicySample {
    /// Nanoseconds of each decision, ascending, and how many of them permitted.
    package static func measure(_ count: Int, seed: UInt64) -> (nanoseconds: [Int64], permitted: Int) {
        var random = Draw(state: seed)
        let callers = (0..<200).map { _ in caller(&random) }
        let resources = (0..<1000).map { _ in resource(&random) }
        let actions: [Permission] = [.patientRead, .needRead, .messageRead, .appointmentRead, .clinicalRead]
        let clock = ContinuousClock()
        var times: [Int64] = []
        times.reserveCapacity(count)
        var permitted = 0
        for _ in 0..<count {
            let caller = callers[random.below(callers.count)]
            let action = actions[random.below(actions.count)]
            let resource = resources[random.below(resources.count)]
            let started = clock.now
            let decision = Policy.decide(caller, action, resource)
            let taken = (clock.now - started).components
            if decision == .permit { permitted += 1 }
            times.append(taken.seconds * 1_000_000_000 + taken.attoseconds / 1_000_000_000)
        }
        return (times.sorted(), permitted)
    }

    private static func caller(_ random: inout Draw) -> Caller {
        var permissions: Set<Permission> = [
            .patientRead, .patientWrite, .patientSearch, .needRead, .needWrite, .messageRead, .messageSend,
            .appointmentRead, .appointmentWrite, .scheduleRead, .dashboardRead, .definitionRead,
        ]
        for permission in Labels.permissions.union(Permission.fields) where random.below(2) == 0 {
            permissions.insert(permission)
        }
        let places = (0..<random.below(6)).map { _ in ID<Location>(raw: Int64(1 + random.below(40))) }
        func some(_ most: Int) -> [ID<Patient>] {
            (0..<random.below(most)).map { _ in ID(raw: Int64(1 + random.below(1000))) }
        }
        let now = Instant(microseconds: 1_772_463_600_000_000)
        return Caller(
            tenant: ID(raw: 1), actor: .user(ID(raw: Int64(1 + random.below(300)))), permissions: permissions,
            locations: random.below(2) == 0 ? .all : .only(Set(places)),
            purposes: random.below(2) == 0 ? [.treatment, .payment] : [], correlation: 1, origin: "sample",
            opened: Dictionary(some(4).map { ($0, now) }, uniquingKeysWith: { first, _ in first }), own: Set(some(5)),
            relationship: random.below(3) == 0 ? .needed(parties: ["user:A", "team:B"], at: now) : .notNeeded)
    }

    private static func resource(_ random: inout Draw) -> Resource {
        let patient: ID<Patient> = ID(raw: Int64(1 + random.below(1000)))
        func labels() -> Labels {
            random.below(3) > 0 ? [] : Labels(Labels.kinds.map(\.label).filter { _ in random.below(4) == 0 })
        }
        let whole = labels()
        let rows = (0...random.below(4)).map { _ in
            PatientScopeRow(
                location: ID(raw: Int64(1 + random.below(40))), labels: whole, patient: patient,
                isRelated: random.below(2) == 0)
        }
        return random.below(2) == 0 ? .patient(rows) : .item(of: rows, labels())
    }

    /// Steele and others' SplitMix64.
    private struct Draw {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((mixed ^ mixed >> 31) % UInt64(max(1, bound)))
        }
    }
}
