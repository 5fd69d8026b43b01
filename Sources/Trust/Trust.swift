import Vault
import Store
import Spine
import Kernel
package import ConversationsAPI
package import PeopleAPI
package import StudioAPI
package import TimeZones
package import Web

/// The Trust area: tenants, users, sessions, keys, the audit trail. One line per capability.
package struct Trust: Sendable {
    let definitions: any DefinitionReading
    let directory: any PatientDirectory
    let consents: any ConsentLedger
    let proxies: any ProxyReading
    let zones: TimeZoneDatabase
    let tenants: TenantDirectory
    let gatekeeper: Gatekeeper
    let federation: Federation
    let sessions: SessionRoutes
    let tables: TableRules
    /// What an account may become, and what goes with it.
    let rules: AccountRules
    let publisher: any DefinitionPublishing
    let erasing: Erasing
    let notices: GlassNotices
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    let search: @Sendable (WebRequest, SignedIn, String) async throws -> [FoundPatient]
    let tone: @Sendable (Int64) -> Int

    package init(
        definitions: any DefinitionReading, directory: any PatientDirectory, consents: any ConsentLedger,
        proxies: any ProxyReading, zones: TimeZoneDatabase, tenants: TenantDirectory, gatekeeper: Gatekeeper,
        federation: Federation, sessions: SessionRoutes, tables: TableRules, work: any OpenWork,
        publisher: any DefinitionPublishing, erasing: Erasing, post: any StaffPost, catalogue: Catalogue,
        linkBase: String?,
        shell: @escaping @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View,
        search: @escaping @Sendable (WebRequest, SignedIn, String) async throws -> [FoundPatient],
        tone: @escaping @Sendable (Int64) -> Int
    ) {
        self.definitions = definitions
        self.directory = directory
        self.consents = consents
        self.proxies = proxies
        self.zones = zones
        self.tenants = tenants
        self.gatekeeper = gatekeeper
        self.federation = federation
        self.sessions = sessions
        self.tables = tables
        rules = AccountRules(definitions: definitions, work: work)
        self.publisher = publisher
        self.erasing = erasing
        notices = GlassNotices(
            post: post, gatekeeper: gatekeeper, zones: zones, catalogue: catalogue, base: linkBase)
        self.shell = shell
        self.search = search
        self.tone = tone
    }

    package var capabilities: [Capability] {
        [
            Users.capability, SecondStep.capability, Passkeys.capability, LinkedIdentities.capability,
            APIKeys.capability,
            Capability(
                "sessions", schema: SessionStore.migrations + [SignInWaits.migration, SignInCeremonies.migration],
                tables: [
                    TableRule(
                        "user_session", .none(reason: "belongs to a user account, ends within days"),
                        disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] }),
                    SignInWaits.table, SignInCeremonies.table,
                ],
                recurring: [
                    Recurring("session-purge", every: .hours(1)) { spine, tenant in
                        let now = spine.clock.now()
                        _ = try await spine.database.write(tenant) { transaction in
                            _ = try SessionStore.purge(before: now, in: transaction)
                            _ = try SignInCeremonies.purge(before: now, in: transaction)
                            return try SignInWaits.purge(before: now, in: transaction)
                        }
                        return 0
                    }
                ], routes: sessions.routes),
            Capability("account", routes: accountRoutes),
            Capability("api-key-pages", routes: apiKeyRoutes),
            Capability("user-pages", routes: userRoutes),
            Invitations.capability, Capability("invitation-pages", routes: invitationRoutes),
            Capability(
                "provisioning", schema: [Provisioning.migration], tables: Provisioning.tables,
                routes: provisioningRoutes, permissions: [.userProvision]),
            Capability("roles", routes: roleRoutes, permissions: [.roleManage]),
            AccessReview.capability, Capability("access-review-pages", routes: accessReviewRoutes),
            Capability("audit-trail", routes: auditRoutes, permissions: [.auditRead]),
            Capability(
                "access-report", schema: [AccessReport.migration, AccessReport.forProxies], tables: AccessReport.tables,
                routes: accessLinkRoutes, permissions: [.auditShare]),
            BreakGlass.capability,
            Capability("break-glass-pages", deliverers: [notices.deliverer], routes: breakGlassRoutes),
            Capability(
                "snooping", schema: [StaffTies.migration, SnoopingWatch.migration],
                tables: StaffTies.tables + SnoopingWatch.tables, recurring: [SnoopingWatch.recurring(zone: zone)],
                routes: snoopingRoutes, permissions: [.snoopingReview]),
            Capability(
                "protection", schema: [Protection.migration], tables: Protection.tables + [CareRelations.table],
                subscribers: [CareRelations.subscriber], recurring: [Protection.expiry], routes: protectionRoutes,
                permissions: [.labelWrite, .careWrite]),
            Capability("disposal", permissions: [.subjectDispose]),
            LegalHolds.capability, Capability("legal-hold-pages", routes: legalHoldRoutes),
            RetentionTables.capability, Capability("retention-pages", routes: retentionRoutes),
            Capability("key-rotation", permissions: [.keysRotate]),
            Privacy.capability, Capability("privacy-pages", routes: privacyRoutes + erasureRoutes),
        ]
    }

    /// How errors look under the addresses of provisioning.
    package static var provisioningProblems: ProblemForm { Provisioning.problems }

    func zone(_ tenant: ID<Tenant>) throws -> Zone {
        try zones.zone(try definitions.configuration(of: tenant).organization?.value.zone ?? "Etc/UTC")
    }

    func tenantKey(_ tenant: ID<Tenant>) async throws -> String {
        guard let known = try await tenants.list().first(where: { $0.id == tenant }) else {
            throw Fault.notFound("tenant")
        }
        return known.key
    }
}
