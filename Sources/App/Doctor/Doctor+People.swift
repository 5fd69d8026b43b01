import Kernel
import Spine
import Store
import Studio
import StudioAPI
import Trust
import Vault

/// What the users' tables and the roles say, over all tenants.
struct DoctorPeople {
    var active = 0
    /// Active ones who are administrators.
    var unlimited = 0
    var withoutRole = 0
    var withoutArgon = 0
    /// Active ones whose password alone signs them in, and whose roles let it.
    var withoutSecondStep = 0
    /// Active ones whose roles ask for a second step and who have set none up: until they have, their password alone
    /// signs in and sets one up.
    var secondStepMissing = 0
    var roles = 0
    /// Roles with which a record out of reach can be opened in an emergency.
    var emergencyRoles = 0
    /// Active ones who may look for snooping.
    var reviewers = 0
    /// Of the role that waits longest.
    var idleMinutes = 0
    var sessionHours = 0
}

extension Doctor {
    func people() async throws -> DoctorPeople {
        var people = DoctorPeople()
        for tenant in try await platform.installation.tenants.list() {
            // Before the first blueprint there are no roles but the administrator's.
            let known = try platform.definitions.configuration(of: tenant.id).roles.mapValues(\.value)
            people.roles += known.count
            people.emergencyRoles += known.values.count { $0.grants.contains(.patientBreakGlass) }
            for role in known.values {
                people.idleMinutes = max(people.idleMinutes, role.idleMinutes ?? 15)
                people.sessionHours = max(people.sessionHours, role.sessionHours ?? 12)
            }
            let (accounts, apps, passkeys) = try await database.read(tenant.id) { transaction in
                (
                    try transaction.rows(
                        "SELECT id, roles, password FROM user_account WHERE tenant = \(.tenant) AND state = 'active'"
                    ).map {
                        (
                            id: try $0["id"] as Int64, roles: try $0["roles"] as String,
                            hash: try $0["password"] as String
                        )
                    },
                    Set(
                        try transaction.rows("SELECT user_id FROM user_authenticator WHERE tenant = \(.tenant)")
                            .map { try $0["user_id"] as Int64 }),
                    Set(
                        try transaction.rows(
                            "SELECT user_id FROM user_passkey WHERE tenant = \(.tenant) AND blocked_at IS NULL"
                        ).map { try $0["user_id"] as Int64 })
                )
            }
            for account in accounts {
                let roles = account.roles.split(separator: " ").map(String.init)
                people.active += 1
                if roles.isEmpty { people.withoutRole += 1 }
                if roles.contains("administrator") { people.unlimited += 1 }
                if roles.contains(where: { known[$0]?.grants.contains(.snoopingReview) ?? false }) {
                    people.reviewers += 1
                }
                // Who has no password at all comes by passkey or from an identity provider.
                let hasPassword = account.hash != Password.none
                if hasPassword, !Password.isUsable(account.hash) { people.withoutArgon += 1 }
                let mustHave = roles.contains { known[$0]?.requiresSecondStep ?? false }
                // As `Gatekeeper.isAsked`: after a password a passkey is asked for only where a role asks.
                let isAsked = apps.contains(account.id) || (mustHave && passkeys.contains(account.id))
                if hasPassword, !isAsked {
                    if mustHave { people.secondStepMissing += 1 } else { people.withoutSecondStep += 1 }
                }
            }
        }
        return people
    }
}
