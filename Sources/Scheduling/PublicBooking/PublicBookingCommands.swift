import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// Holds a time for a browser; what it held before is given back.
struct HoldInPublic: Command {
    static let permission = Permission.appointmentWrite
    let question: SlotFinder.Question
    /// 0: the browser keeps no cookies; then its address alone counts.
    let browser: Int64
    let address: Int64
    let desk: SchedulingDesk

    func run(_ context: CommandContext) throws -> Int64 {
        let plan = try desk.plans.plan(of: context.caller.tenant)
        if let person = plan.practitioner(question.practitioner), !person.acceptsNew {
            throw PublicBookingRules.noNewPatients
        }
        guard PublicBookingRules.types(plan).contains(where: { $0.key == question.visitType }) else {
            throw SlotFinder.unknown("visit_type")
        }
        if browser != 0 {
            for (booking, hold) in try PublicBookingStore.live(browser: browser, in: context.transaction) {
                try IntervalStore.free(hold.raw, in: context.transaction)
                try HoldStore.end(hold, as: "released", in: context.transaction)
                try PublicBookingStore.end(booking, in: context.transaction)
            }
        }
        let live = try PublicBookingStore.liveHolds(address: address, at: context.now, in: context.transaction)
        guard live < PublicBookingRules.holdsOfAddress else { throw PublicBookingRules.tooOften }
        let hold = try context.run(HoldSlot(question, patient: nil, desk: desk))
        let id: ID<PublicBooking> = context.newID()
        try PublicBookingStore.insert(
            id, hold: ID(raw: hold.id), browser: browser, address: address, at: context.now, in: context.transaction)
        return id.raw
    }
}

/// Gives the time back. Nothing happens when it is booked or over.
struct ReleaseInPublic: Command {
    static let permission = Permission.appointmentWrite
    let id: ID<PublicBooking>

    func run(_ context: CommandContext) throws -> Bool {
        guard let row = try PublicBookingStore.find(id, locking: true, in: context.transaction),
            row.state == .held || row.state == .asked
        else { return false }
        try IntervalStore.free(row.hold.raw, in: context.transaction)
        try HoldStore.end(row.hold, as: "released", in: context.transaction)
        try PublicBookingStore.end(id, in: context.transaction)
        return true
    }
}

/// Sends a code to the number that somebody says is theirs. Whose it is plays no part.
struct SendBookingCode: Command {
    static let permission = Permission.messageSend
    static let freshSubjects = 1
    let id: ID<PublicBooking>
    let phone: PhoneNumber
    let language: Language
    let address: Int64
    let code: String
    let doors: SelfServiceDoors

    /// Whether the time is held still.
    func run(_ context: CommandContext) throws -> Bool {
        let transaction = context.transaction
        guard let row = try PublicBookingStore.find(id, locking: true, in: transaction),
            row.state == .held || row.state == .asked,
            let hold = try HoldStore.find(row.hold, locking: true, in: transaction), hold.state == "held",
            hold.expiresAt > context.now
        else { return false }
        let number = Self.hash(phone, context.vault)
        let day = context.now - .days(1), hour = context.now - .hours(1)
        guard row.codes < PublicBookingRules.codesOfBooking,
            try PublicBookingStore.codes(phone: number, since: day, in: transaction)
                < PublicBookingRules.codesOfNumber,
            try PublicBookingStore.codes(address: address, since: hour, in: transaction)
                < PublicBookingRules.codesOfAddress
        else { throw PublicBookingRules.tooOften }
        try PublicBookingStore.asked(
            id, phone: number, code: Self.hash(code, id, context.vault), at: context.now, in: transaction)
        try PublicBookingStore.extend(
            row.hold, until: context.now + PublicBookingRules.codeLifetime, in: transaction)
        // What the policy withholds (a number that wants no texts) is not told: the page is the same for every number.
        _ = try doors.numbers.send(
            TemplateUse.bookingCode.rawValue, to: phone, values: [TemplateVariable.code.rawValue: code],
            language: language.rawValue, context: context)
        return true
    }

    static func hash(_ phone: PhoneNumber, _ vault: TenantVault) -> Int64 {
        number(vault.keyedHash(Array(phone.e164.utf8), label: "public-booking/phone"))
    }

    static func hash(_ code: String, _ id: ID<PublicBooking>, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array("\(id.text) \(code)".utf8), label: "public-booking/code")
    }

    static func number(_ hash: [UInt8]) -> Int64 {
        Int64(bitPattern: hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}

/// The code was typed: when it is right the visit is booked, for a record that is found or made.
struct BookInPublic: Command {
    enum Outcome: String, Codable, Sendable {
        case booked, wrong, over
    }

    static let permission = Permission.appointmentWrite
    static let freshSubjects = 1
    let id: ID<PublicBooking>
    let person: PublicPerson
    let code: String
    let doors: SelfServiceDoors
    let desk: SchedulingDesk

    func run(_ context: CommandContext) throws -> Outcome {
        let transaction = context.transaction
        let plan = try desk.plans.plan(of: context.caller.tenant)
        guard let row = try PublicBookingStore.find(id, locking: true, in: transaction) else { return .over }
        if row.state == .booked { return .booked }
        guard row.state == .asked, row.tries < PublicBookingRules.mostTries, let sent = row.codeAt,
            let wanted = row.code,
            context.now < sent + PublicBookingRules.codeLifetime,
            let hold = try HoldStore.find(row.hold, locking: true, in: transaction), hold.state == "held",
            hold.expiresAt > context.now, PublicBookingRules.isOffered(hold, plan)
        else { return .over }
        let number = SendBookingCode.hash(person.phone, context.vault)
        guard row.phone == number, Timing.equal(SendBookingCode.hash(code, id, context.vault), wanted) else {
            try PublicBookingStore.tried(id, in: transaction)
            return .wrong
        }
        guard
            try PublicBookingStore.visits(phone: number, after: context.now, in: transaction)
                < PublicBookingRules.visitsOfNumber
        else { throw PublicBookingRules.tooOften }
        let (patient, answer) = try book(row.hold, in: context)
        for purpose in PublicBookingRules.consents {
            try doors.consents.record(
                ConsentSummary(
                    channel: "sms", purpose: purpose.rawValue, given: true, source: "form", recordedAt: context.now,
                    document: PublicBookingRules.document), of: patient, context: context)
        }
        try PublicBookingStore.booked(
            id, patient: patient, appointment: ID(raw: answer.id), visitAt: answer.startsAt, in: transaction)
        context.concerns(.patient(patient))
        return .booked
    }

    private func book(_ hold: ID<SlotHold>, in context: CommandContext) throws -> (ID<Patient>, AppointmentAnswer) {
        var alike: [ID<Patient>] = []
        switch try match(in: context) {
        case .certain(let known):
            do {
                return (known, try context.run(BookAppointment(.hold(hold, patient: known), desk: desk)))
            } catch let fault as Fault where fault.category == .conflict || fault.category == .notFound {
                // Nothing was changed: a booking reads before it writes.
                alike = [known]
            }
        case .none(let others): alike = others
        }
        var new = NewPatient()
        new.given = [person.given]
        new.family = person.family
        new.birthDate = person.birthDate
        new.language = person.language.rawValue
        new.phones = [(person.phone, "mobile")]
        new.source = "public"
        let made = try desk.directory.register(new, context: context)
        try LookAlikeStore.put(made, alike, at: context.now, in: context.transaction)
        return (made, try context.run(BookAppointment(.hold(hold, patient: made), desk: desk)))
    }

    private func match(in context: CommandContext) throws -> IdentityMatch {
        let transaction = context.transaction
        let directory = desk.directory
        let reachable = try directory.reachable(at: person.phone, vault: context.vault, in: transaction)
        var cards: [PatientCard] = []
        for patient in reachable.prefix(12) {
            let (_, grant) = try directory.grant(
                .appointmentWrite, for: patient, access: context.access, in: transaction)
            if let card = try directory.cards(of: [patient], grant: grant, in: transaction)[patient] {
                cards.append(card)
            }
        }
        let others = try doors.alike("\(person.given) \(person.family) \(person.birthDate.iso)", context)
        return IdentityMatch.judge(person, reachable: cards, others: others)
    }
}
