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
    let zones: TimeZoneDatabase
    let tenants: TenantDirectory
    let gatekeeper: Gatekeeper
    let sessions: SessionRoutes
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    let tone: @Sendable (Int64) -> Int

    package init(
        definitions: any DefinitionReading, directory: any PatientDirectory,
        consents: any ConsentLedger, zones: TimeZoneDatabase,
        tenants: TenantDirectory, gatekeeper: Gatekeeper, sessions: SessionRoutes,
        shell: @escaping @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View,
        tone: @escaping @Sendable (Int64) -> Int
    ) {
        self.definitions = definitions
        self.directory = directory
        self.consents = consents
        self.zones = zones
        self.tenants = tenants
        self.gatekeeper = gatekeeper
        self.sessions = sessions
        self.shell = shell
        self.tone = tone
    }

    package var capabilities: [Capability] {
        [
            Users.capability, SecondStep.capability, APIKeys.capability,
            Capability(
                "sessions", schema: SessionStore.migrations + [SignInWaits.migration],
                tables: [
                    TableRule(
                        "user_session", .none(reason: "belongs to a user account, ends within days"),
                        disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] }),
                    SignInWaits.table,
                ],
                recurring: [
                    Recurring("session-purge", every: .hours(1)) { spine, tenant in
                        let now = spine.clock.now()
                        _ = try await spine.database.write(tenant) { transaction in
                            _ = try SessionStore.purge(before: now, in: transaction)
                            return try SignInWaits.purge(before: now, in: transaction)
                        }
                        return 0
                    }
                ], routes: sessions.routes),
            Capability("account", routes: accountRoutes),
            Capability("user-pages", routes: userRoutes),
            Capability("audit-trail", routes: auditRoutes, permissions: [.auditRead]),
            Capability(
                "access-report", schema: [AccessReport.migration], tables: AccessReport.tables,
                routes: accessLinkRoutes, permissions: [.auditShare]),
            BreakGlass.capability, Capability("break-glass-pages", routes: breakGlassRoutes),
            Capability(
                "snooping", schema: [StaffTies.migration], tables: StaffTies.tables, routes: snoopingRoutes,
                permissions: [.snoopingReview]),
            Capability(
                "protection", schema: [Protection.migration], tables: Protection.tables + [CareRelations.table],
                subscribers: [CareRelations.subscriber], recurring: [Protection.expiry], routes: protectionRoutes,
                permissions: [.labelWrite, .careWrite]),
            Capability("disposal", permissions: [.subjectDispose]),
        ]
    }

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
