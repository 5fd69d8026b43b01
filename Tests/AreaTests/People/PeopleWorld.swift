import ConversationsAPI
import Kernel
import People
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import TestKit
import TimeZones
import Vault

/// What the People area asks of others, where nothing has been said, written or booked yet.
struct NothingElsewhere: PatientMessaging, ConsentLedger, AppointmentBook, StaffDirectory {
    func send(_ request: MessageRequest, context: CommandContext) throws -> MessageOutcome {
        .withheld(reason: "no-template")
    }
    func mailed(
        _ template: String, to patients: [ID<Patient>], _ action: Permission, access: Access,
        in transaction: any Transaction
    ) throws -> Set<ID<Patient>> { [] }
    func letters(among messages: [ID<Message>], in transaction: any Transaction) throws -> Set<ID<Message>> { [] }
    func openNeeds(
        of patients: PatientSet, grant: Grant, in transaction: any Transaction
    ) throws -> Asked<[NeedSummary]> { Asked { [] } }
    func appointmentChanged(_ change: NeedAppointmentChange, context: CommandContext) throws {}

    func consents(
        of patients: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<[ConsentSummary]> { Asked { [] } }
    func record(_ word: ConsentSummary, of patient: ID<Patient>, context: CommandContext) throws {}

    func next(
        of patients: PatientSet, after now: Instant, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<AppointmentSummary?> { Asked { nil } }
    func visits(
        of patients: PatientSet, limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> [AppointmentSummary] { [] }
    func appointment(_ id: ID<Appointment>, in transaction: any Transaction) throws -> AppointmentSummary? { nil }
    func confirm(_ id: ID<Appointment>, by channel: String, context: CommandContext) throws -> Bool { false }
    func decline(_ id: ID<Appointment>, context: CommandContext) throws -> Bool { false }
    func waiting(
        of patients: PatientSet, for caller: Caller, in transaction: any Transaction
    ) throws -> [WaitlistSummary] { [] }
    func record(_ visit: RecordedVisit, context: CommandContext) throws -> ID<Appointment> { context.newID() }

    func names(of users: [ID<User>], in transaction: any Transaction) throws -> [ID<User>: StaffName] { [:] }
    func active(in transaction: any Transaction) throws -> [StaffName] { [] }
}

extension TestWorld {
    static func withPeople(_ engine: Engine, _ body: (TestWorld, PeopleDirectory) async throws -> Void) async throws {
        try await with(engine, migrations: People.schema) { try await body($0, PeopleDirectory()) }
    }

    static let peopleRights: Set<Permission> = Set(
        [Permission.patientRead, .patientWrite, .patientSearch, .patientImport]
    ).union(Permission.fields)

    var desk: Caller { caller(Self.peopleRights.union([.patientRestricted])) }

    func register(
        _ person: NewPatient, _ directory: PeopleDirectory, as other: Caller? = nil
    ) async throws -> ID<Patient> {
        let result = try await spine.perform(RegisterPatient(person, directory: directory), as: other ?? desk)
        guard let id = result.id else { throw Fault.notFound("patient") }
        return id
    }

    func read(_ id: ID<Patient>, _ directory: PeopleDirectory, as other: Caller? = nil) async throws -> PatientSummary {
        let nothing = NothingElsewhere()
        let sources = PatientSources(directory: directory, messaging: nothing, consents: nothing, appointments: nothing)
        return try await spine.ask(ReadPatient(id, now: clock.now(), sources: sources), as: other ?? desk)
    }
}

extension NewPatient {
    /// Maria, whom the stories are about; made up.
    static var maria: NewPatient {
        var person = NewPatient()
        person.given = ["Maria", "Elena"]
        person.family = "Delgado Ruiz"
        person.preferredName = "Mari"
        person.birthDate = .init(year: 1961, month: 6, day: 14)
        person.gender = "female"
        person.language = "es"
        person.mrn = "0048213"
        person.phones = [PhoneNumber("(303) 555-0142")].compactMap { $0 }.map { ($0, "mobile") }
        person.email = "m.delgado@example.org"
        person.addressLines = ["418 Alder Street"]
        person.city = "Denver"
        person.state = "CO"
        person.postalCode = "80212"
        person.zone = "America/Denver"
        person.contactPreference = "sms"
        person.coveragePayer = "Bluepeak"
        person.coveragePlan = "PPO"
        return person
    }

    static func named(_ given: String, _ family: String, phone: String? = nil) -> NewPatient {
        var person = NewPatient()
        person.given = [given]
        person.family = family
        person.phones = [phone.flatMap { PhoneNumber($0) }].compactMap { $0 }.map { ($0, "mobile") }
        return person
    }
}
