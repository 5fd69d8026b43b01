import Kernel
import PeopleAPI
import Store
import Vault

/// All statements about links.
enum AccessLinkStore {
    struct Link: Sendable {
        let id: ID<AccessLink>
        let patient: ID<Patient>
        /// Who got it in the patient's place.
        let proxy: ID<PatientProxy>?
        let madeBy: ID<User>
        let madeAt: Instant
        let expiresAt: Instant
        let revokedAt: Instant?

        func holds(at now: Instant) -> Bool { revokedAt == nil && now < expiresAt }
    }

    /// Somebody of the staff as patients may be told of them.
    struct Member: Sendable {
        let name: String
        let roles: [String]
        let locations: [String]
    }

    static func insert(
        _ link: ID<AccessLink>, patient: ID<Patient>, proxy: ID<PatientProxy>?, by user: ID<User>, at now: Instant,
        until end: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO access_link (tenant, id, patient, proxy, made_by, made_at, expires_at)
            VALUES (\(.tenant), \(link), \(patient), \(proxy), \(user), \(now), \(end))
            """)
    }

    static func find(_ link: ID<AccessLink>, in transaction: any Transaction) throws -> Link? {
        try transaction.row("SELECT \(columns) FROM access_link l WHERE l.tenant = \(.tenant) AND l.id = \(link)")
            .map(read)
    }

    /// Nil also when the caller may not see the patient.
    static func find(_ link: ID<AccessLink>, for caller: Caller, in transaction: any Transaction) throws -> Link? {
        try transaction.row(
            """
            SELECT \(columns) FROM access_link l WHERE l.tenant = \(.tenant) AND l.id = \(link)
                AND \(Policy.scope(caller, .auditShare, patient: "l.patient"))
            """
        ).map(read)
    }

    /// The newest links of patients whom the caller may see.
    static func newest(for caller: Caller, limit: Int, in transaction: any Transaction) throws -> [Link] {
        try transaction.rows(
            """
            SELECT \(columns) FROM access_link l
            WHERE l.tenant = \(.tenant) AND \(Policy.scope(caller, .auditShare, patient: "l.patient"))
            ORDER BY l.id DESC LIMIT \(limit)
            """
        ).map(read)
    }

    static func revoke(_ link: ID<AccessLink>, at now: Instant, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE access_link SET revoked_at = \(now)
            WHERE tenant = \(.tenant) AND id = \(link) AND revoked_at IS NULL
            """) == 1
    }

    static func members(
        _ users: [ID<User>], in transaction: any Transaction
    ) throws -> [ID<User>: Member] {
        if users.isEmpty { return [:] }
        var members: [ID<User>: Member] = [:]
        let rows = try transaction.rows(
            """
            SELECT id, display_name, roles, locations FROM user_account
            WHERE tenant = \(.tenant) AND id IN \(list: users)
            """)
        for row in rows {
            let roles: String = try row["roles"]
            let locations: String? = try row["locations"]
            members[try row["id"]] = Member(
                name: try row["display_name"], roles: roles.split(separator: " ").map(String.init),
                locations: (locations ?? "").split(separator: " ").map(String.init))
        }
        return members
    }

    private static let columns: SQL = "l.id, l.patient, l.proxy, l.made_by, l.made_at, l.expires_at, l.revoked_at"

    private static func read(_ row: Row) throws -> Link {
        Link(
            id: try row["id"], patient: try row["patient"], proxy: try row["proxy"], madeBy: try row["made_by"],
            madeAt: try row["made_at"],
            expiresAt: try row["expires_at"], revokedAt: try row["revoked_at"])
    }
}
