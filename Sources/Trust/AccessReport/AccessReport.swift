package import Kernel
package import Spine
import Store
package import PeopleAPI
package import Vault
import Web

// The patient's own "who looked at me, and why".
//
// - A privacy officer makes a link for a patient; it holds for some days and can be revoked. What the link carries is
//   sealed with the tenant's key, so it can neither be guessed nor changed; the database knows only its id.
// - Whoever opens it sees what was permitted to be done with the record, by day: what kind of person, where they work,
//   what they did and for which purpose. Names of staff stand there only when the practice has decided so.
// - Nothing of the record itself is opened: the page holds no name, no date of birth, no word of a message.
// - Opening it only shows. It is on the trail, as an act of the patient's.
// - A link may be made for somebody who acts for the patient. Whether they still may is asked each time it is opened: on
//   a child's birthday, or when custody changes, it leads nowhere from midnight on.
// - A link that has run out, was revoked or never was looks the same.

extension Permission {
    /// Giving patients the list of who looked at their record.
    package static let auditShare = Permission("audit.share")
    /// What a patient's own link may do. No role can give it.
    static let ownAccessRead = Permission("own-access.read")
}

package enum AccessLink {}

enum AccessReport {
    static let lifetimes = [7, 30, 90]
    static let standardLifetime = 30
    /// How far back it goes. Source: 45 CFR 164.528(a)(1).
    static let reach: Duration = .days(6 * 365)
    static let tokenLabel = "access-report"

    static let migration = Migration(
        "2026-11-23.trust.access-links",
        [
            """
            CREATE TABLE access_link (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, made_by BIGINT NOT NULL,
                made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT,
                PRIMARY KEY (tenant, id), CHECK (made_at < expires_at))
            """,
            "CREATE INDEX access_link_patient ON access_link (tenant, patient)",
        ])

    static let forProxies = Migration(
        "2026-11-23.trust.access-links-of-proxies", ["ALTER TABLE access_link ADD COLUMN proxy BIGINT"])

    static let tables = [
        TableRule("access_link", .patient(column: "patient"), export: .plain(.access), merge: .follows)
    ]

    /// What a link ends with.
    static func token(_ link: ID<AccessLink>, vault: TenantVault) throws -> String {
        try vault.sealToken(BigEndianID.bytes(link.raw), label: tokenLabel)
    }

    static func link(_ token: String, vault: TenantVault) -> ID<AccessLink>? {
        guard token.utf8.count <= 100, let bytes = vault.openToken(token, label: tokenLabel), bytes.count == 8 else {
            return nil
        }
        return ID(raw: bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) })
    }
}

private enum BigEndianID {
    static func bytes(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

/// Makes a link for a patient whom the caller may see.
package struct ShareAccessReport: Command {
    package struct Result: Codable, Sendable {
        package let link: Int64
        package let expiresAt: Int64
    }

    package static let permission = Permission.auditShare
    let patient: ID<Patient>
    let days: Int
    let directory: any PatientDirectory
    let proxy: ID<PatientProxy>?
    let proxies: any ProxyReading

    /// - proxy: who gets the link in the patient's place; nil: the patient.
    package init(
        _ patient: ID<Patient>, days: Int, directory: any PatientDirectory, for proxy: ID<PatientProxy>? = nil,
        proxies: any ProxyReading
    ) {
        self.patient = patient
        self.days = days
        self.directory = directory
        self.proxy = proxy
        self.proxies = proxies
    }

    package func validate() throws {
        if !AccessReport.lifetimes.contains(days) { throw Fault.invalid("days", "Choose how long it holds.") }
    }

    package func run(_ context: CommandContext) throws -> Result {
        let transaction = context.transaction
        let grant = try directory.grant(Self.permission, for: patient, access: context.access, in: transaction).grant
        if let proxy {
            guard
                try proxies.maySeeAccesses(proxy, of: patient, grant: grant, at: context.now, in: transaction)
            else { throw Fault.invalid("proxy", "This proxy may not see the patient's record today.") }
        }
        guard case .user(let user) = context.caller.actor else {
            throw Fault(.forbidden, "access-link.person", "Only a person makes such a link.")
        }
        context.concerns(.patient(patient))
        let link: ID<AccessLink> = context.newID()
        let end = context.now + .days(days)
        try AccessLinkStore.insert(
            link, patient: patient, proxy: proxy, by: user, at: context.now, until: end, in: transaction)
        return Result(link: link.raw, expiresAt: end.microseconds)
    }
}

/// Ends a link at once.
package struct RevokeAccessLink: Command {
    package static let permission = Permission.auditShare
    let link: ID<AccessLink>

    package init(_ link: ID<AccessLink>) { self.link = link }

    package func run(_ context: CommandContext) throws -> Bool {
        guard let known = try AccessLinkStore.find(link, for: context.caller, in: context.transaction),
            try AccessLinkStore.revoke(link, at: context.now, in: context.transaction)
        else { throw Fault.notFound("link") }
        context.concerns(.patient(known.patient))
        return true
    }
}
