package import Kernel
package import PeopleAPI
import Spine
package import Store
package import StudioAPI
package import TimeZones
package import Vault

/// Who may act for a patient, and for whom the patient acts, with how far they go today.
struct ReadProxies: Query {
    static let permission = Permission.patientRead

    struct Ward: Sendable {
        let patient: ID<Patient>
        let name: String
        let proxy: OpenedProxy
    }

    struct Answer: Sendable {
        let set: PatientSet
        let name: String
        let day: CivilDate
        let proxies: [OpenedProxy]
        /// Of the proxies' own records, those that the caller may see.
        let known: Set<ID<Patient>>
        let wards: [Ward]

        /// The proxy's own record; nil also when the caller may not see it.
        func person(of proxy: OpenedProxy) -> ID<Patient>? {
            proxy.row.person.flatMap { known.contains($0) ? $0 : nil }
        }
    }

    let patient: ID<Patient>
    let now: Instant
    let directory: PeopleDirectory
    let calendar: ProxyCalendar

    func run(_ transaction: any Transaction, _ access: Access) throws -> Answer {
        let (set, grant) = try directory.grant(.patientRead, for: patient, access: access, in: transaction)
        let tenant = access.caller.tenant
        let rules = try calendar.rules(tenant)
        let people = try opened(set.members, grant, transaction)
        guard let first = people[set.primary] else { throw Fault.notFound("patient") }
        let day = try calendar.day(tenant, zone: first.plain.zone, at: now)
        let rows = try ProxyStore.of(set.members, in: transaction)
        let proxies = try rows.compactMap { row -> OpenedProxy? in
            guard let ward = people[row.patient] else { return nil }
            return try OpenedProxy(row, of: ward.record, plain: ward.plain, grant: grant, rules: rules, on: day)
        }
        return Answer(
            set: set, name: first.record.fullName, day: day, proxies: proxies,
            known: try Self.known(rows.compactMap(\.person), access.caller, transaction),
            wards: try wards(of: set, rules, access, transaction))
    }

    private static func known(
        _ persons: [ID<Patient>], _ caller: Caller, _ transaction: any Transaction
    ) throws -> Set<ID<Patient>> {
        if persons.isEmpty { return [] }
        let scopes = try Policy.scopeRows(of: persons, for: caller, in: transaction)
        return Set(persons.filter { Policy.decide(caller, permission, .patient(scopes[$0] ?? [])) == .permit })
    }

    /// Those the caller may see, under a grant of their own.
    private func wards(
        of set: PatientSet, _ rules: ProxyPolicyDefinition, _ access: Access, _ transaction: any Transaction
    ) throws -> [Ward] {
        let rows = try ProxyStore.wards(of: set.members, in: transaction)
        if rows.isEmpty { return [] }
        let scopes = try Policy.scopeRows(of: rows.map(\.patient), for: access.caller, in: transaction)
        let grant = try access.grant(
            .patientRead, forList: Set(rows.map(\.patient)).sorted().map { ($0, scopes[$0] ?? []) })
        let people = try opened(rows.map(\.patient).filter { grant.covers(.patient($0)) }, grant, transaction)
        return try rows.compactMap { row in
            guard let ward = people[row.patient] else { return nil }
            let day = try calendar.day(access.caller.tenant, zone: ward.plain.zone, at: now)
            return Ward(
                patient: row.patient, name: ward.record.fullName,
                proxy: try OpenedProxy(row, of: ward.record, plain: ward.plain, grant: grant, rules: rules, on: day))
        }
    }

    private func opened(
        _ patients: [ID<Patient>], _ grant: Grant, _ transaction: any Transaction
    ) throws -> [ID<Patient>: (record: PatientRecord, plain: PatientPlain)] {
        var people: [ID<Patient>: (record: PatientRecord, plain: PatientPlain)] = [:]
        for stored in try PatientsStore.stored(Array(Set(patients)).sorted(), in: transaction).get() {
            people[stored.plain.id] = (try stored.open(grant), stored.plain)
        }
        return people
    }
}

/// What other areas ask.
package struct StoredProxies: ProxyReading {
    let calendar: ProxyCalendar

    package init(definitions: any DefinitionReading, zones: TimeZoneDatabase) {
        calendar = ProxyCalendar(definitions: definitions, zones: zones)
    }

    package func maySeeAccesses(
        _ proxy: ID<PatientProxy>, of patient: ID<Patient>, grant: Grant, at now: Instant,
        in transaction: any Transaction
    ) throws -> Bool {
        guard let row = try ProxyStore.find(proxy, in: transaction), row.patient == patient, row.endedAt == nil,
            let stored = try PatientsStore.stored([patient], in: transaction).get().first
        else { return false }
        let tenant = grant.caller.tenant
        let opened = try OpenedProxy(
            row, of: try stored.open(grant), plain: stored.plain, grant: grant, rules: try calendar.rules(tenant),
            on: try calendar.day(tenant, zone: stored.plain.zone, at: now))
        return opened.decide(.seeAccesses) == .permit
    }

    package func proxies(
        of patients: [ID<Patient>], for act: ProxyAct, confidential: Bool, grant: Grant, at moment: Instant,
        in transaction: any Transaction
    ) throws -> [ActingProxy] {
        let rows = try ProxyStore.of(patients.filter { grant.covers(.patient($0)) }, in: transaction)
        if rows.isEmpty { return [] }
        let tenant = grant.caller.tenant
        let rules = try calendar.rules(tenant)
        var wards: [ID<Patient>: (record: PatientRecord, plain: PatientPlain)] = [:]
        for stored in try PatientsStore.stored(Set(rows.map(\.patient)).sorted(), in: transaction).get() {
            wards[stored.plain.id] = (try stored.open(grant), stored.plain)
        }
        return try rows.compactMap { row -> ActingProxy? in
            guard let ward = wards[row.patient] else { return nil }
            let proxy = try OpenedProxy(
                row, of: ward.record, plain: ward.plain, grant: grant, rules: rules,
                on: try calendar.day(tenant, zone: ward.plain.zone, at: moment))
            return ActingProxy(
                id: row.id, patient: row.patient, person: row.person, name: proxy.record.name,
                basis: proxy.record.terms.basis, phone: proxy.record.phone.flatMap { PhoneNumber($0) },
                decision: proxy.decide(act, confidential: confidential))
        }
    }

    package func wards(of persons: [ID<Patient>], in transaction: any Transaction) throws -> [ID<Patient>] {
        Set(try ProxyStore.wards(of: persons, in: transaction).map(\.patient)).sorted()
    }
}

/// Tells staff when a birthday or an order changed how far somebody goes: after midnight at the practice, and again each
/// hour for those who live where it was still yesterday.
enum ProxySweep {
    private static let batch = 200
    private static let permissions: Set<Permission> = [.patientRead, .patientRestricted, .proxyManage]

    static func run(_ spine: Spine, _ tenant: ID<Tenant>, calendar: ProxyCalendar) async throws -> Int {
        // Where it is still yesterday when a new day begins at the practice, they are looked at again in an hour.
        let first = try calendar.day(tenant, zone: nil, at: spine.clock.now())
        let waiting = try await spine.database.read(tenant) {
            try ProxyStore.due(before: first, after: 0, limit: 1, in: $0).count
        }
        if waiting == 0 { return 0 }
        return try await spine.run("proxies", tenant: tenant, permissions: permissions) { caller in
            var after: Int64 = 0
            var told = 0
            while true {
                let round = try await spine.perform(
                    SweepProxies(before: first, after: after, limit: batch, calendar: calendar), as: caller)
                told += round.told
                guard let last = round.last else { break }
                after = last
            }
            return (0, told)
        }
    }
}

struct SweepProxies: Command {
    struct Round: Codable, Sendable {
        let told: Int
        /// Nil: there are no more.
        let last: Int64?
    }

    static let name = "SweepProxies"
    static let permission = Permission.proxyManage
    let before: CivilDate
    let after: Int64
    let limit: Int
    let calendar: ProxyCalendar

    func run(_ context: CommandContext) throws -> Round {
        let transaction = context.transaction
        let tenant = context.caller.tenant
        let rows = try ProxyStore.due(before: before, after: after, limit: limit, in: transaction)
        guard let last = rows.last else { return Round(told: 0, last: nil) }
        let patients = Array(Set(rows.map(\.patient))).sorted()
        let scopes = try Policy.scopeRows(of: patients, for: context.caller, in: transaction)
        let grant = try context.access.grant(.patientRead, forList: patients.map { ($0, scopes[$0] ?? []) })
        let rules = try calendar.rules(tenant)
        var people: [ID<Patient>: PatientsStore.Stored] = [:]
        for stored in try PatientsStore.stored(patients, in: transaction).get() { people[stored.plain.id] = stored }
        var same: [CivilDate: [ID<PatientProxy>]] = [:]
        var told = 0
        for row in rows {
            guard let ward = people[row.patient] else { continue }
            let day = try calendar.day(tenant, zone: ward.plain.zone, at: context.now)
            let proxy = try OpenedProxy(
                row, of: try ward.open(grant), plain: ward.plain, grant: grant, rules: rules, on: day)
            if proxy.standing == proxy.record.told {
                same[day, default: []].append(row.id)
                continue
            }
            var record = proxy.record
            let isNarrower = proxy.standing.access != record.told.access
            record.told = proxy.standing
            let sealed = try context.vault.seal(record, id: row.id.raw, subject: row.subject)
            _ = try ProxyStore.update(row.id, sealed, told: day, in: transaction)
            if isNarrower {
                told += 1
                context.emit(NewEvent(.proxyChanged, patient: row.patient))
            }
        }
        for (day, ids) in same { try ProxyStore.told(ids, on: day, in: transaction) }
        return Round(told: told, last: rows.count < limit ? nil : last.id.raw)
    }
}
