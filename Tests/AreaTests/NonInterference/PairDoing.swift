import App
import AsyncHTTPClient
import Conversations
import ConversationsAPI
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import Testing
import TimeZones
import Trust
import Vault
import Web

/// What the people of a practice do, by the product's own commands. Each answers with what it made.
extension PageWorld {
    var messaging: Messaging {
        Messaging(
            patients: platform.directory, definitions: platform.definitions, zones: platform.zones, staff: Staff())
    }

    /// Somebody of the staff who may do everything everywhere.
    func everywhere(_ user: ID<User> = ID(raw: 7), purpose: Purpose = .operations) -> Caller {
        Caller(
            tenant: tenant, actor: .user(user), permissions: platform.permissions, purpose: purpose,
            purposes: [.treatment], correlation: spine.ids.nextRaw(), origin: "console")
    }

    /// A text, and the need that it opened or went on with.
    func receive(_ text: String, from phone: String) async throws -> ID<Need> {
        let plans = SchedulePlans(definitions: platform.definitions, timeZones: platform.zones)
        let area = Conversations(
            spine: spine, messaging: messaging, book: StoredAppointmentBook(plans: plans), settings: nil,
            http: OutboundClient(rules: OutboundRules()),
            tenantKey: { _ in "clinic" }, shell: { _, _, _, _ in View() })
        let number = try #require(PhoneNumber(phone))
        _ = try await area.receive(
            InboundText(providerID: "SM\(spine.ids.nextRaw())", from: number, text: text), tenant: tenant, spine: spine)
        let needs = try await people.ids(
            """
            SELECT n.id FROM need n WHERE n.tenant = \(.tenant) AND n.conversation = (SELECT m.conversation FROM message m
                WHERE m.tenant = \(.tenant) AND m.direction = 'in' ORDER BY m.id DESC LIMIT 1)
            ORDER BY n.id DESC LIMIT 1
            """, of: Need.self)
        return try #require(needs.first)
    }

    func conversation(of need: ID<Need>) async throws -> ID<Conversation> {
        try #require(
            try await people.ids(
                "SELECT conversation FROM need WHERE tenant = \(.tenant) AND id = \(need)", of: Conversation.self
            ).first)
    }

    func take(_ need: ID<Need>, by user: ID<User>) async throws {
        _ = try await spine.perform(TakeNeed(need: need, owner: user, messaging: messaging), as: everywhere(user))
    }

    func work(_ need: ID<Need>, by user: ID<User>) async throws {
        let caller = everywhere(user)
        _ = try await spine.perform(
            RecordFact(need: need, code: .ride, value: "Needs a ride", messaging: messaging), as: caller)
        _ = try await spine.perform(
            HandOffNeed(need: need, to: .user(user), note: "Please call back.", messaging: messaging), as: caller)
    }

    func close(_ need: ID<Need>) async throws {
        _ = try await spine.perform(
            CloseNeed(need: need, outcome: .elsewhere, note: nil, messaging: messaging), as: everywhere())
    }

    /// An answer; 0 when the policy withheld it.
    func reply(_ text: String, to need: ID<Need>, by user: ID<User>) async throws -> ID<Message> {
        let outcome = try await spine.perform(
            SendReply(
                conversation: try await conversation(of: need), need: need, text: text, language: .english,
                messaging: messaging), as: everywhere(user))
        return ID(raw: outcome.message)
    }

    /// The provider has refused a message for good: a person is to decide.
    func jam(_ message: ID<Message>) async throws {
        let now = spine.clock.now()
        try await platform.installation.database.write(tenant) { transaction in
            try transaction.send(
                """
                UPDATE outbox SET state = 'dead', reason = 'unreachable', attempts = 5, settled_at = \(now)
                WHERE tenant = \(.tenant) AND target = \(message)
                """)
        }
    }

    /// The first time from Thursday on at a place.
    func slot(at place: String, _ type: String = "annual-physical") async throws -> OpenSlot? {
        let from = try #require(CivilDate(iso: "2026-03-05"))
        let request = SlotRequest(
            visitType: type, from: from, to: from.adding(days: 40), locations: [place], limit: 1)
        return try await spine.ask(
            FindSlots(request, now: spine.clock.now(), desk: people.desk), as: everywhere()
        ).first
    }

    private func question(_ slot: OpenSlot) -> SlotFinder.Question {
        SlotFinder.Question(
            visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
            localStart: slot.localStart)
    }

    /// A visit; nil when the place has no time.
    func visit(_ patient: ID<Patient>, at place: String, need: ID<Need>? = nil) async throws -> ID<Appointment>? {
        guard let slot = try await slot(at: place) else { return nil }
        let answer = try await spine.perform(
            BookAppointment(.slot(question(slot), patient: patient), need: need, desk: people.desk), as: everywhere())
        return ID(raw: answer.id)
    }

    func hold(_ patient: ID<Patient>?, at place: String) async throws -> ID<SlotHold>? {
        guard let slot = try await slot(at: place) else { return nil }
        let answer = try await spine.perform(
            HoldSlot(question(slot), patient: patient, desk: people.desk), as: everywhere())
        return ID(raw: answer.id)
    }

    private static let awayDay = "2026-04-02"

    /// A visit on the day on which somebody will be away, and on which nobody else has one.
    func visitOfAwayDay(_ patient: ID<Patient>) async throws -> ID<Appointment>? {
        let day = try #require(CivilDate(iso: Self.awayDay))
        let request = SlotRequest(
            visitType: "annual-physical", from: day, to: day, practitioners: ["elena-alvarez"], limit: 1)
        let slots = try await spine.ask(
            FindSlots(request, now: spine.clock.now(), desk: people.desk), as: everywhere())
        guard let slot = slots.first else { return nil }
        let answer = try await spine.perform(
            BookAppointment(.slot(question(slot), patient: patient), desk: people.desk), as: everywhere())
        return ID(raw: answer.id)
    }

    func away() async throws -> ID<ScheduleAbsence> {
        let from = try #require(CivilDateTime(iso: Self.awayDay + "T07:00"))
        let to = try #require(CivilDateTime(iso: Self.awayDay + "T18:00"))
        let request = AbsenceRequest(
            kind: .practitioner, key: "elena-alvarez", from: from, to: to, reason: .leave, offers: false)
        return ID(
            raw: try await spine.perform(RecordAbsence(request, bump: BumpDesk(people.desk)), as: everywhere()))
    }

    func bumped() async throws -> ID<BumpedVisit>? {
        try await people.ids("SELECT id FROM bump_visit WHERE tenant = \(.tenant)", of: BumpedVisit.self).first
    }

    /// A place on the waitlist.
    func wait(_ patient: ID<Patient>) async throws -> ID<WaitlistEntry> {
        let request = WaitlistRequest(WaitlistWish(visitType: "annual-physical"))
        return ID(
            raw: try await spine.perform(
                JoinWaitlist(patient, request, waitlist: WaitlistDesk(people.desk)), as: everywhere()))
    }

    func confirm(_ visit: ID<Appointment>) async throws {
        _ = try await spine.perform(ConfirmAppointment(visit, by: "phone", desk: people.desk), as: everywhere())
    }

    func refer(_ patient: ID<Patient>, labels: Labels = []) async throws -> ID<Referral> {
        var new = NewReferral(patient: patient, kind: .outbound, source: "console")
        new.serviceLine = "orthopaedics"
        new.content.reason = "A torn meniscus."
        new.labels = labels
        // Nobody writes what they may not see: without the patient's consent only in an emergency (42 CFR §2.51).
        let caller = everywhere(purpose: labels.contains(.substanceUse) ? .emergency : .operations)
        let answer = try await spine.perform(RecordReferral(new, desk: people.desk), as: caller)
        return ID(raw: answer.id)
    }

    func attempt(_ referral: ID<Referral>) async throws {
        for step in [ReferralStep.accept, .attempt(.phone, .noAnswer, note: "Twice.")] {
            _ = try await spine.perform(StepReferral(referral, step, desk: people.desk), as: everywhere())
        }
    }

    func cancel(_ visit: ID<Appointment>) async throws {
        _ = try await spine.perform(CancelAppointment(visit, reason: .patient, desk: people.desk), as: everywhere())
    }

    func consent(_ patient: ID<Patient>, given: Bool) async throws {
        let said = RecordConsent.Said(given: given, channel: .sms)
        _ = try await spine.perform(RecordConsent(of: patient, said: said, messaging: messaging), as: everywhere())
    }

    func label(_ conversation: ID<Conversation>, _ labels: Labels) async throws {
        _ = try await spine.perform(LabelConversation(conversation, labels, messaging: messaging), as: everywhere())
    }

    func shelve(
        _ title: String, for patient: ID<Patient>, labels: Labels = []
    ) async throws -> ID<ClinicalDocument> {
        _ = try await spine.perform(FileDocument(patient: patient, title: title, labels: labels), as: everywhere())
        return try #require(
            try await people.ids(
                "SELECT id FROM clinical_document WHERE tenant = \(.tenant) AND patient = \(patient) ORDER BY id DESC",
                of: ClinicalDocument.self
            ).first)
    }

    func link(_ patient: ID<Patient>, to primary: ID<Patient>) async throws {
        _ = try await spine.perform(
            LinkPatients(patient, to: primary, directory: platform.directory), as: everywhere())
    }

    /// A link to the patient's own list of who looked.
    func share(_ patient: ID<Patient>) async throws -> String {
        let made = try await spine.perform(
            ShareAccessReport(
                patient, days: 30, directory: platform.directory,
                proxies: StoredProxies(definitions: platform.definitions, zones: platform.zones)), as: everywhere())
        return Crockford.encode(made.link)
    }

    /// Somebody without reach opens a record in an emergency.
    func breakGlass(_ patient: ID<Patient>, by user: ID<User>) async throws -> String {
        let nobody = Caller(
            tenant: tenant, actor: .user(user), permissions: [.patientRead, .patientBreakGlass], locations: .only([]),
            correlation: spine.ids.nextRaw(), origin: "console")
        let glass = try await spine.perform(
            BreakTheGlass(
                patient, reason: "She is unconscious in room two.", hours: 2, directory: platform.directory), as: nobody
        )
        return Crockford.encode(glass)
    }
}

/// Puts a document on a patient's shelf, as the import does.
private struct FileDocument: Command {
    static let permission = Permission.patientImport
    let patient: ID<Patient>
    let title: String
    let labels: Labels

    func run(_ context: CommandContext) throws -> Bool {
        let plain = try PeopleDirectory().plain(of: [patient], in: context.transaction)[patient]
        guard let plain else { throw Fault.notFound("patient") }
        let source = Array("\(patient.text) \(title)".utf8)
        return try DocumentShelf().record(
            NewClinicalDocument(
                patient: patient, keySubject: plain.keySubject, type: "Condition", code: "44054006",
                codeSystem: "http://snomed.info/sct", title: title, primaryAt: context.now, sourceHash: source,
                contentHash: source, raw: Array("{\"resourceType\":\"Condition\"}".utf8), source: "import",
                labels: labels),
            context: context)
    }
}
