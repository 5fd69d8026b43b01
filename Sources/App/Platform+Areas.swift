import Console
import Conversations
import ConversationsAPI
import Foundation
import Insights
import Interop
import Kernel
import NIOCore
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TimeZones
import Trust
import Vault
import Web

/// What the areas are and how they find each other. Built once, in the order in which they need one another: the small
/// structures that others ask first, then the areas.
struct Areas: Sendable {
    let shell: Shell
    let directory: PeopleDirectory
    let people: People
    let conversations: Conversations
    let scheduling: Scheduling
    let interop: Interop
    let book: StoredAppointmentBook
    let rules: TableRules
    let capabilities: [Capability]

    init(
        installation: Installation, settings: AppSettings, zones: TimeZoneDatabase, definitions: DefinitionReader,
        gatekeeper: Gatekeeper, http: OutboundClient, postcodes: Postcodes, catalogue: Catalogue
    ) throws {
        let tenants = installation.tenants
        let feed = installation.feed
        let staff = Staff()
        directory = PeopleDirectory()
        let proxies = StoredProxies(definitions: definitions, zones: zones)
        let messaging = Messaging(
            patients: directory, definitions: definitions, zones: zones, staff: staff, proxies: proxies,
            mail: try settings.mailSettings())
        let plans = SchedulePlans(definitions: definitions, timeZones: zones, postcodes: postcodes)
        book = StoredAppointmentBook(plans: plans)
        let book = book
        let referrals = StoredReferrals(
            desk: SchedulingDesk(plans: plans, directory: directory, messaging: messaging))
        let shell = Shell(definitions: definitions) { caller in
            var counts = ShellCounts()
            if caller.may(.needRead) { counts.needs = try await installation.spine.ask(CountMyNeeds(), as: caller) }
            if caller.may(.breakGlassReview) {
                counts.reviews = try await installation.spine.ask(CountReviews(), as: caller)
            }
            if caller.may(.snoopingReview) {
                counts.signals = try await installation.spine.ask(CountSignals(), as: caller)
            }
            return counts
        }
        self.shell = shell
        let view: @Sendable (WebRequest, SignedIn, String, String) -> View = { request, signedIn, title, section in
            shell.view(request, signedIn, title: title, section: section)
        }
        people = People(
            directory: directory, definitions: definitions, messaging: messaging, consents: messaging,
            appointments: book,
            staff: staff, zones: zones, notices: PrivacyNotices(), referrals: referrals, shell: view,
            alike: { try await Scheduling.lookAlikeCount($0, $1) })
        conversations = Conversations(
            spine: installation.spine, messaging: messaging, book: book, settings: try settings.sms(), http: http,
            tenantKey: { tenant in
                guard let known = try await tenants.list().first(where: { $0.id == tenant }) else {
                    throw Fault.notFound("tenant")
                }
                return known.key
            },
            nudge: { tenant, patient, labels, topics in
                feed.nudge(tenant, patient: patient, labels: labels, topics: topics)
            }, catalogue: catalogue, bare: { shell.bare($0, title: $1) }, shell: view)
        let people = people
        scheduling = Scheduling(
            plans: plans, directory: directory, messaging: messaging, staff: staff, shell: view,
            panel: { try await people.panelView($0, $1, $2) }, search: Self.patients(people),
            bare: { shell.bare($0, title: $1) }, publicBase: settings.linkBase ?? settings.publicBase,
            doors: Self.selfService(messaging, directory), proxies: proxies, catalogue: catalogue,
            standing: { request, user in
                try await gatekeeper.standing(
                    of: user, tenant: request.tenant, origin: "calendar", remote: request.remote)
            })
        interop = Interop(directory: directory, documents: DocumentShelf(), referrals: referrals)
        let federation = Federation(
            provider: OpenIDProvider(outbound: Outbound(http: http), clock: installation.spine.clock)
        ) { tenant in
            guard let known = try await tenants.list().first(where: { $0.id == tenant }) else { return nil }
            return try settings.openID(known.key)
        }
        let rules = TableRules()
        self.rules = rules
        let trust = Trust(
            definitions: definitions, directory: directory, consents: messaging,
            proxies: proxies, zones: zones, tenants: tenants, gatekeeper: gatekeeper, federation: federation,
            sessions: SessionRoutes(
                gatekeeper: gatekeeper, federation: federation, secure: settings.hasSecureCookies,
                bare: { shell.bare($0, title: $1) },
                tenantName: { tenant in
                    // Before the first blueprint there is no name to show.
                    (try? definitions.configuration(of: tenant).organization?.value.name) ?? "Throughline"
                }, safeReturn: Settings.safeReturn), tables: rules, work: messaging,
            publisher: DefinitionPublisher(),
            erasing: Erasing(
                sources: installation.retentionSources, signers: { try installation.certificates.ring().all }
            ) { subject, reason, caller in
                try await installation.erase(subject, reason: reason, from: rules.all, as: caller)
            }, post: conversations.staffPost, catalogue: catalogue, linkBase: settings.linkBase ?? settings.publicBase,
            shell: view, search: Self.patients(people), tone: Shell.tone)
        let insights = Insights(dashboard: Dashboard(definitions: definitions, zones: zones, staff: staff, shell: view))
        let console = Console(
            home: Home(
                shell: shell, sources: Self.today(conversations, scheduling), definitions: definitions, zones: zones),
            palette: Palette(search: Self.search(people)), styleGuide: StyleGuide(shell: shell), feed: feed,
            ended: { await gatekeeper.ended($0) })
        let setup = Setup(
            definitions: definitions, zones: zones, staff: staff, uses: ScheduledUses(), shell: view)
        capabilities = [
            trust.capabilities, Studio(setup: setup).capabilities, people.capabilities, conversations.capabilities,
            scheduling.capabilities, interop.capabilities, insights.capabilities, console.capabilities,
        ].flatMap { $0 }
        rules.set(Platform.baseTables + capabilities.flatMap(\.tables))
    }
}

extension Areas {
    /// What Today shows of other areas.
    private static func today(_ conversations: Conversations, _ scheduling: Scheduling) -> Home.Sources {
        Home.Sources(
            needs: { try await conversations.todayRows($0, $1) }, visits: { try await scheduling.todayRows($0, $1) },
            figures: { request, signedIn in
                signedIn.may(.needRead) ? try await conversations.todayFigures(request, signedIn) : []
            })
    }

    /// Patients to choose from, by the search that every door uses.
    private static func patients(
        _ people: People
    ) -> @Sendable (WebRequest, SignedIn, String) async throws -> [FoundPatient] {
        { request, signedIn, text in
            try await people.quickSearch(text, request, signedIn).map {
                FoundPatient(id: $0.id, name: $0.name, initials: $0.initials, detail: $0.detail)
            }
        }
    }

    /// What patients do themselves: texts to a number, the ledger, and the search that every door uses.
    private static func selfService(_ messaging: Messaging, _ directory: PeopleDirectory) -> SelfServiceDoors {
        SelfServiceDoors(numbers: messaging, consents: messaging) { text, context in
            let today = CivilDate(daysSinceEpoch: Int(context.now.seconds / 86_400))
            return try FindPatients(text, limit: 10, today: today, indexes: directory.indexes)
                .run(context.transaction, context.access).hits.map(\.id)
        }
    }

    /// Patients for the palette, by the search that every door uses.
    private static func search(
        _ people: People
    ) -> @Sendable (WebRequest, SignedIn, String) async throws -> [Palette.Found] {
        { request, signedIn, text in
            try await people.quickSearch(text, request, signedIn).map {
                Palette.Found(id: $0.id, name: $0.name, initials: $0.initials, detail: $0.detail)
            }
        }
    }
}

extension AppSettings {
    /// Each address that is set is looked at before anything begins, so that a wrong one is told at once.
    func checkOutbound(_ client: OutboundClient) throws(Fault) {
        guard let smsBase else { return }
        do {
            try client.check(smsBase)
        } catch {
            throw Fault(
                .invalid, error.code, "sms.base: \(error.message)", remedy: error.remedy, place: "sms.base")
        }
    }

    /// The provider's account, when it is configured; a half configured one is refused by name.
    func sms() throws -> SMSSettings? {
        guard let account = smsAccount else { return nil }
        guard let token = smsToken, let from = smsFrom, let base = smsBase, let publicBase = smsPublicBase else {
            throw Fault(
                .invalid, "config.sms", "Text messages are half configured.",
                remedy: "Set sms.account, sms.token, sms.from, sms.base and sms.publicBase, or none of them.")
        }
        guard let number = PhoneNumber(from) else {
            throw Fault(
                .invalid, "config.sms.from", "sms.from is not a telephone number.", remedy: "Write it as +13035550100.")
        }
        return SMSSettings(accountSID: account, authToken: token, from: number, apiBase: base, publicBase: publicBase)
    }
}
