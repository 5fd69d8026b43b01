import Conversations
import Kernel
import PeopleAPI
import Spine
import TimeZones
import Vault

/// People who wrote in the last hours and wait for an answer, so that the demo opens on an inbox with work in it.
struct DemoWaiting {
    /// In a practice smaller than this, one for scripts and tests, nobody waits at the start.
    static let smallestPractice = 300

    private struct Writer {
        let given: String
        let family: String
        let born: String
        let language: String
        let number: String
        let minutesAgo: Int
        let text: String
    }

    private static let writers = [
        Writer(
            given: "Walter", family: "Brandvold", born: "1948-11-02", language: "en", number: "+13035550111",
            minutesAgo: 1_260, text: "I need to reschedule my visit on Thursday, I have no ride that day"),
        Writer(
            given: "Lucía", family: "Ferrer Ortiz", born: "1990-06-17", language: "es", number: "+13035550112",
            minutesAgo: 960, text: "Buenas, necesito una cita para mi control, ¿tienen algo por la mañana?"),
        Writer(
            given: "Denise", family: "Achterberg", born: "1972-01-29", language: "en", number: "+13035550113",
            minutesAgo: 310, text: "Can I get a refill of my blood pressure medicine? I have pills for three more days"),
        Writer(
            given: "Tomás", family: "Villaseñor", born: "1985-09-08", language: "es", number: "+13035550114",
            minutesAgo: 190, text: "Cambié de seguro este mes, ¿necesitan la tarjeta nueva?"),
        Writer(
            given: "Priya", family: "Ramaswamy", born: "1996-04-23", language: "en", number: "+13035550115",
            minutesAgo: 95, text: "Hi, I would like to book a new patient visit, any afternoon works"),
        Writer(
            given: "Harold", family: "Nyquist", born: "1955-12-11", language: "en", number: "+13035550116",
            minutesAgo: 40, text: "What should I bring to my annual wellness visit?"),
        Writer(
            given: "Carmen", family: "Iturbide", born: "1967-07-30", language: "es", number: "+13035550117",
            minutesAgo: 12, text: "¿Dónde puedo estacionar cuando llegue a la clínica?"),
    ]

    let platform: Platform

    func write(_ tenant: ID<Tenant>) async throws {
        let spine = platform.installation.spine
        let commands = try Self.writers.map { try command($0, now: spine.clock.now()) }
        try await spine.run(
            "demo-waiting", tenant: tenant, permissions: platform.permissions, origin: "cli"
        ) { caller in
            for command in commands { _ = try await spine.perform(command, as: caller) }
            return ((), commands.count)
        }
    }

    private func command(_ writer: Writer, now: Instant) throws -> WaitForDemo {
        var person = NewPatient()
        person.given = [writer.given]
        person.family = writer.family
        person.birthDate = CivilDate(iso: writer.born)
        person.language = writer.language
        person.contactPreference = "sms"
        person.zone = "America/Denver"
        guard let number = PhoneNumber(writer.number) else {
            throw Fault(.internalError, "demo.phone", "A demo number is no number.")
        }
        person.phones = [(number, "mobile")]
        return WaitForDemo(
            person: person, number: number, text: writer.text, at: now - .minutes(writer.minutesAgo),
            directory: platform.directory, messaging: platform.areas.conversations.messaging)
    }
}

/// Registers one person whose text waits.
private struct WaitForDemo: Command {
    static let permission = Permission.patientWrite
    static let freshSubjects = 1

    let person: NewPatient
    let number: PhoneNumber
    let text: String
    let at: Instant
    let directory: any PatientDirectory
    let messaging: Messaging

    func run(_ context: CommandContext) throws -> Int64 {
        let patient = try directory.register(person, context: context)
        guard let plain = try directory.plain(of: [patient], in: context.transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        try messaging.seed(
            PastConversation(
                patient: patient, keySubject: plain.keySubject, number: number, language: person.language,
                messages: [.init(text: text, at: at, sender: nil)]), context: context)
        return patient.raw
    }
}
