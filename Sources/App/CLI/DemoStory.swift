import Web
import Studio
import Foundation
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Trust
import Vault

/// The people of the demo: one per role at the desk, Maria and her story, and a family that shares a phone.
struct DemoStory {
    static let tenantKey = "riverbend"
    static let clinicNumber = "+13035550100"
    static let handsets: [DemoRecord.Handset] = [
        .init(number: "+13035550142", name: "Maria Delgado Ruiz", hint: "Her own phone: she is recognised"),
        .init(
            number: "+13035550187", name: "The Okafor family phone",
            hint: "Shared by two people: an agent decides who writes"),
        .init(number: "+13035550199", name: "A new number", hint: "Nobody the clinic knows yet"),
    ]

    let platform: Platform
    let patients: Int

    func prepare(_ record: inout DemoRecord) async throws {
        Output.note("making the practice …")
        let first = try await platform.setUp(
            tenantKey: Self.tenantKey, name: "Riverbend Health", adminEmail: "admin@riverbend.example")
        _ = try await platform.apply(blueprint: platform.assets.blueprintFolder + "/primary-care")
        let tenant = try await platform.onlyTenant()
        try await people(tenant)
        let configuration = try platform.definitions.configuration(of: tenant)
        try await staff(&record, first: first, configuration, tenant)
        if patients > 0 { _ = try await platform.generate(patients: patients, seed: 2026, tenant: tenant) }
        if patients >= DemoWaiting.smallestPractice { try await DemoWaiting(platform: platform).write(tenant) }
    }

    /// One person and one key per role.
    private func staff(
        _ record: inout DemoRecord, first: Platform.FirstAdministrator?, _ configuration: Configuration,
        _ tenant: ID<Tenant>
    ) async throws {
        let spine = platform.installation.spine
        if let first {
            record.users.append(
                .init(email: first.email, password: first.password, name: "Administrator", role: "administrator"))
        }
        let names = [
            "Ana Torres", "Ben Whitfield", "Carla Nguyen", "Dev Patel", "Erin Castellano", "Farid Haddad",
            "Grace Lindqvist", "Hugo Marchetti",
        ]
        var made: [(DemoRecord.User, DemoRecord.Key)] = []
        let locations = configuration.sortedLocations.map(\.key)
        let password = Secret.password()
        let hash = try await Password.hash(password)
        let key = { APIKeys.text(tenantKey: Self.tenantKey) }
        for (index, role) in configuration.roles.keys.sorted().enumerated() {
            made.append(
                (
                    .init(
                        email: "\(role)@riverbend.example", password: password, name: names[index % names.count],
                        role: role),
                    .init(role: role, key: key())
                ))
        }
        let all = made
        try await spine.run(
            "demo", tenant: tenant, purpose: .systemMaintenance, permissions: [.userManage], origin: "cli"
        ) { caller in
            for (user, key) in all {
                if user.role != "administrator" {
                    _ = try await spine.perform(
                        AddUser(
                            email: user.email, displayName: user.name, roles: [user.role], locations: locations,
                            passwordHash: hash),
                        as: caller)
                }
                _ = try await spine.perform(
                    AddAPIKey(name: "Demo \(user.role)", text: Redacted(key.key), roles: [key.role], expiresAt: nil),
                    as: caller)
            }
            return ((), all.count)
        }
        record.users += all.map(\.0).filter { $0.role != "administrator" }
        record.keys = all.map(\.1)
    }

    /// The named people of the story, registered as the console would.
    private func people(_ tenant: ID<Tenant>) async throws {
        let spine = platform.installation.spine
        var maria = NewPatient()
        maria.given = ["Maria"]
        maria.family = "Delgado Ruiz"
        maria.birthDate = CivilDate(iso: "1961-03-14")
        maria.gender = "female"
        maria.language = "es"
        maria.mrn = "RB-100142"
        maria.email = "maria.delgado@example.org"
        maria.contactPreference = "sms"
        maria.coveragePayer = "Harbor Mutual"
        maria.coveragePlan = "PPO"
        maria.memberID = "HM4402917"
        try add("+13035550142", "mobile", to: &maria)
        address(&maria, "418 Alder Street", "Denver", "CO", "80203")
        var ngozi = NewPatient()
        ngozi.given = ["Ngozi"]
        ngozi.family = "Okafor"
        ngozi.birthDate = CivilDate(iso: "1984-08-02")
        ngozi.gender = "female"
        ngozi.mrn = "RB-100187"
        ngozi.contactPreference = "sms"
        try add("+13035550187", "mobile", to: &ngozi)
        address(&ngozi, "77 Poplar Court", "Denver", "CO", "80205")
        var chidi = ngozi
        chidi.given = ["Chidi"]
        chidi.birthDate = CivilDate(iso: "2011-05-21")
        chidi.gender = "male"
        chidi.mrn = "RB-100188"
        let story = [maria, ngozi, chidi]
        let directory = platform.directory
        try await spine.run("demo-people", tenant: tenant, permissions: [.patientWrite], origin: "cli") { caller in
            for person in story {
                _ = try await spine.perform(RegisterForDemo(person: person, directory: directory), as: caller)
            }
            return ((), story.count)
        }
    }

    private func add(_ text: String, _ use: String, to person: inout NewPatient) throws {
        guard let number = PhoneNumber(text) else {
            throw Fault(.internalError, "demo.phone", "A demo number is no number.")
        }
        person.phones.append((number, use))
    }

    private func address(_ person: inout NewPatient, _ line: String, _ city: String, _ state: String, _ postal: String)
    {
        person.addressLines = [line]
        person.city = city
        person.state = state
        person.postalCode = postal
        person.zone = "America/Denver"
    }
}

/// Registers one person of the story through the directory that every area uses.
private struct RegisterForDemo: Command {
    static let permission = Permission.patientWrite
    static let freshSubjects = 1

    let person: NewPatient
    let directory: any PatientDirectory

    func run(_ context: CommandContext) throws -> Int64 {
        try directory.register(person, context: context).raw
    }
}
