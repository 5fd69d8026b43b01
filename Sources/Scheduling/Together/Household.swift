import Kernel
import PeopleAPI
import Spine
import Store
import Vault

/// The patients for whom people may ask for visits today, as far as the caller may see them: a mother's children.
///
/// It goes that way alone: of a child nobody who acts for it is proposed.
struct ReadHousehold: Query {
    static let permission = Permission.appointmentWrite
    let people: [ID<Patient>]
    let now: Instant
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> [PatientCard] {
        guard let proxies = desk.proxies else { return [] }
        let records = try records(transaction, access)
        let wards = try proxies.wards(of: records, in: transaction).filter { !records.contains($0) }
        if wards.isEmpty { return [] }
        let scopes = try Policy.scopeRows(of: wards, for: access.caller, in: transaction)
        let grant = try access.grant(Self.permission, forList: wards.map { ($0, scopes[$0] ?? []) })
        let entitled = try proxies.proxies(
            of: wards, for: .book, confidential: false, grant: grant, at: now, in: transaction
        ).filter { $0.mayAct && ($0.person.map(records.contains) ?? false) }
        let patients = try firsts(of: Set(entitled.map(\.patient)).sorted(), transaction)
        let cards = try desk.directory.cards(of: patients, grant: grant, in: transaction)
        return patients.compactMap { cards[$0] }
    }

    /// All records of the people that the caller may see.
    private func records(_ transaction: any Transaction, _ access: Access) throws -> [ID<Patient>] {
        let members = Set(try people.flatMap { try desk.directory.set(of: $0, in: transaction).members }).sorted()
        let scopes = try Policy.scopeRows(of: members, for: access.caller, in: transaction)
        return members.filter {
            Policy.decide(access.caller, Self.permission, .patient(scopes[$0] ?? [])) == .permit
        }
    }

    /// One record of each person, and none of those who are there already.
    private func firsts(of patients: [ID<Patient>], _ transaction: any Transaction) throws -> [ID<Patient>] {
        var seen = Set(try people.map { try desk.directory.set(of: $0, in: transaction).primary })
        return try patients.filter { seen.insert(try desk.directory.set(of: $0, in: transaction).primary).inserted }
    }
}
