import App
import Conversations
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Testing
import TimeZones
import Trust
import Vault
import Web

/// People, texts and visits for pages, made by the product's own commands.
struct PageData {
    let platform: Platform
    let tenant: ID<Tenant>
    /// What runs by itself, but nothing that goes out. One for all: of two sequencers one would wait for the other.
    private let chores: [Recurring]

    init(platform: Platform, tenant: ID<Tenant>) {
        self.platform = platform
        self.tenant = tenant
        chores = Background(
            installation: platform.installation, capabilities: platform.capabilities,
            definitions: platform.definitions
        ).work.filter {
            ["sequencer", "timers", "audit-chain"].contains($0.name) || $0.name.hasPrefix("subscriber/")
        }
    }

    private var spine: Spine { platform.installation.spine }

    var caller: Caller {
        Caller(
            tenant: tenant, actor: .user(ID(raw: 7)), permissions: platform.permissions,
            correlation: spine.ids.nextRaw(), origin: "console")
    }

    var directory: PeopleDirectory { platform.directory }

    func register(_ person: NewPatient) async throws -> ID<Patient> {
        let made = try await spine.perform(RegisterPatient(person, directory: platform.directory), as: caller)
        return try #require(made.id)
    }

    var messaging: Messaging {
        Messaging(
            patients: platform.directory, definitions: platform.definitions, zones: platform.zones, staff: Staff(),
            proxies: proxies)
    }

    private var proxies: StoredProxies {
        StoredProxies(definitions: platform.definitions, zones: platform.zones)
    }

    var plans: SchedulePlans { SchedulePlans(definitions: platform.definitions, timeZones: platform.zones) }

    var desk: SchedulingDesk {
        SchedulingDesk(plans: plans, directory: platform.directory, messaging: messaging, proxies: proxies)
    }

    func receive(_ text: String, from phone: String) async throws {
        let area = Conversations(
            spine: spine, messaging: messaging, book: StoredAppointmentBook(plans: plans), settings: nil,
            http: OutboundClient(rules: OutboundRules()),
            tenantKey: { _ in "clinic" }, shell: { _, _, _, _ in View() })
        let number = try #require(PhoneNumber(phone))
        _ = try await area.receive(
            InboundText(providerID: "SM\(spine.ids.nextRaw())", from: number, text: text), tenant: tenant, spine: spine)
        try await settle()
    }

    /// A check-up with Dr. Alvarez, who is in Denver on Thursdays from eight to twelve.
    func book(
        _ patient: ID<Patient>, _ time: String = "09:00", day: String = "2026-03-05"
    ) async throws -> ID<Appointment> {
        let question = try BookingWorld.question(time, day: day)
        let answer = try await spine.perform(
            BookAppointment(.slot(question, patient: patient), desk: desk), as: caller)
        try await settle()
        return ID(raw: answer.id)
    }

    /// The first time of Dr. Alvarez in Denver that can be booked from Thursday on.
    private func openSlot() async throws -> CivilDateTime {
        let from = try #require(CivilDate(iso: "2026-03-05"))
        let request = SlotRequest(
            visitType: "annual-physical", from: from, to: from.adding(days: 60), practitioners: ["elena-alvarez"],
            locations: ["denver-northside"], limit: 1)
        let slots = try await spine.ask(FindSlots(request, now: spine.clock.now(), desk: desk), as: caller)
        return try #require(slots.first).localStart
    }

    /// Runs what runs by itself, but nothing that goes out, until nothing is left.
    func settle() async throws {
        var busy = true
        while busy {
            busy = false
            for item in chores where try await item.run(spine, tenant) > 0 { busy = true }
        }
    }

    func ids<Subject>(_ sql: SQL, of _: Subject.Type = Subject.self) async throws -> [ID<Subject>] {
        try await platform.installation.database.read(tenant) { try $0.rows(sql).map { try $0.value(at: 0) } }
    }

    /// Everything a practice has on a day: people, open needs of somebody known and of strangers, visits in every state.
    func fill() async throws -> Filled {
        _ = try await platform.generate(patients: 24, seed: 11, tenant: tenant)
        let maria = try await register(.maria)
        let child = try await register(.named("Mateo", "Delgado"))
        _ = try await register(.named("Ines", "Ruiz", phone: "(303) 555-0187"))
        _ = try await register(.named("Luis", "Ruiz", phone: "(303) 555-0187"))
        try await receive("I need to move my visit, also my insurance changed", from: "+13035550142")
        try await receive("Can we come an hour later?", from: "+13035550187")
        try await receive("Do you take new patients?", from: "+13035550199")
        let needs = try await ids("SELECT id FROM need WHERE tenant = \(.tenant) ORDER BY id DESC", of: Need.self)
        // The generated people have taken some times already.
        let first = try await openSlot()
        let visit = try await book(maria, first.time.hhmm, day: first.date.iso)
        let second = try await openSlot()
        _ = try await book(child, second.time.hhmm, day: second.date.iso)
        return Filled(patient: maria, needs: Array(needs.prefix(4)), visit: visit, day: first.date.iso)
    }

    struct Filled {
        let patient: ID<Patient>
        let needs: [ID<Need>]
        let visit: ID<Appointment>
        let day: String
    }
}
