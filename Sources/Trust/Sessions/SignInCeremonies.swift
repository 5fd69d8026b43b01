import Kernel
import Store
import Vault
import Web

/// What was asked of a browser and is waited for: the challenge of a passkey, the state of a sign-in at an identity
/// provider. Each is good once, for a few minutes, for what it was made for and in the browser it was made for. Kept as
/// the keyed hash of its random bytes.
enum SignInCeremonies {
    enum Purpose: String, Sendable {
        case addPasskey = "passkey-add"
        case signInByPasskey = "passkey-sign-in"
        case confirmByPasskey = "passkey-confirm"
        case signInAtProvider = "provider-sign-in"
        case confirmAtProvider = "provider-confirm"

        var time: Duration {
            switch self {
            case .addPasskey, .signInByPasskey, .confirmByPasskey: .minutes(5)
            case .signInAtProvider, .confirmAtProvider: .minutes(10)
            }
        }
    }

    struct Ceremony: Sendable {
        let purpose: Purpose
        /// The address of ours under which it began.
        let origin: String
        /// Whose, and in which session; nil before anybody is known.
        let user: ID<User>?
        let session: Int64?
        /// The keyed hash of a random cookie, where there is no session to hold on to.
        let browser: [UInt8]?
        /// Where its person wanted to go.
        let back: String?
    }

    static let migration = Migration(
        "2026-11-23.trust.sign-in-ceremonies",
        [
            """
            CREATE TABLE sign_in_ceremony (
                tenant BIGINT NOT NULL, hash BLOB NOT NULL, purpose TEXT NOT NULL, origin TEXT NOT NULL,
                address BLOB NOT NULL, user_id BIGINT, session BIGINT, browser BLOB, back TEXT,
                expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, hash))
            """,
            "CREATE INDEX sign_in_ceremony_age ON sign_in_ceremony (tenant, expires_at)",
            "CREATE INDEX sign_in_ceremony_address ON sign_in_ceremony (tenant, address)",
        ])

    static let table = TableRule(
        "sign_in_ceremony", .none(reason: "keyed hashes of random challenges, gone within minutes"),
        disposal: .deleteWhere { ["user_id IN \(list: $0.users)"] })

    /// How many one address may have under way before anybody there has signed in.
    static let most = 100
    static let cookieBytes = 24

    static func hash(_ challenge: [UInt8], _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(challenge, label: "sign-in-ceremony")
    }

    static func browser(_ cookie: String, _ vault: TenantVault) -> [UInt8] {
        vault.keyedHash(Array(cookie.utf8), label: "sign-in-browser")
    }

    /// Writes one down. False: the address has too many under way.
    static func begin(
        _ ceremony: Ceremony, hash: [UInt8], address: [UInt8], now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        if ceremony.user == nil {
            let open: Int =
                try transaction.value(
                    """
                    SELECT COUNT(*) FROM sign_in_ceremony
                    WHERE tenant = \(.tenant) AND address = \(address) AND user_id IS NULL AND expires_at > \(now)
                    """) ?? 0
            if open >= most { return false }
        }
        try transaction.send(
            """
            INSERT INTO sign_in_ceremony (tenant, hash, purpose, origin, address, user_id, session, browser, back, expires_at)
            VALUES (\(.tenant), \(hash), \(ceremony.purpose.rawValue), \(ceremony.origin), \(address), \(ceremony.user),
                \(ceremony.session), \(ceremony.browser), \(ceremony.back), \(now + ceremony.purpose.time))
            """)
        return true
    }

    /// Takes one away, and gives what it was. Nil: there is none, or it is of another purpose or too old. Of several who
    /// come at the same moment one gets it.
    static func take(
        _ hash: [UInt8], _ purposes: Set<Purpose>, now: Instant, in transaction: any Transaction
    ) throws -> Ceremony? {
        let row = try transaction.row(
            """
            DELETE FROM sign_in_ceremony WHERE tenant = \(.tenant) AND hash = \(hash)
            RETURNING purpose, origin, user_id, session, browser, back, expires_at
            """)
        guard let row, let purpose = Purpose(rawValue: try row["purpose"]), purposes.contains(purpose) else {
            return nil
        }
        let expires: Instant = try row["expires_at"]
        guard now < expires else { return nil }
        return Ceremony(
            purpose: purpose, origin: try row["origin"], user: try row["user_id"], session: try row["session"],
            browser: try row["browser"], back: try row["back"])
    }

    static func purge(before now: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.execute("DELETE FROM sign_in_ceremony WHERE tenant = \(.tenant) AND expires_at < \(now)")
    }
}
