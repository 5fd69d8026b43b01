import Kernel
import Store
import Vault
import Web

/// Throttling of sign-in. Each attempt is counted before its password is looked at, for the name that was given and for the
/// address it came from, so that attempts at the same moment or on several nodes count too. After five in a row a name
/// waits, after thirty an address: a minute, doubled each time, up to an hour. A name counts whether or not somebody has
/// it, so that waiting tells nothing. A name that was got right starts anew; an address, which a whole practice may share,
/// is forgiven one each minute, and a name one each day. The addresses of one IPv6 subscriber are one.
package enum SignInWaits {
    package enum Kind: String, Sendable {
        case account, address

        /// How many attempts are free.
        var free: Int { self == .account ? 5 : 30 }
        /// The time that makes up for one attempt.
        var ease: Duration { self == .account ? .hours(24) : .minutes(1) }
    }

    static let migration = Migration(
        "2026-11-23.trust.sign-in-waits",
        [
            """
            CREATE TABLE sign_in_wait (
                tenant BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('account', 'address')), hash BLOB NOT NULL,
                failures BIGINT NOT NULL, last_at BIGINT NOT NULL, wait_until BIGINT NOT NULL,
                PRIMARY KEY (tenant, kind, hash))
            """,
            "CREATE INDEX sign_in_wait_age ON sign_in_wait (tenant, last_at)",
        ])

    static let table = TableRule(
        "sign_in_wait", .none(reason: "keyed hashes of names and addresses, forgotten within a day"),
        disposal: .deleteWhere { target in
            [
                """
                kind = 'account' AND hash IN (SELECT a.login_hash FROM user_account a
                    WHERE a.tenant = \(.tenant) AND a.id IN \(list: target.users))
                """
            ]
        })

    /// How long to wait after this many attempts in a row; nil: not at all.
    package static func wait(after failures: Int, _ kind: Kind) -> Duration? {
        guard failures >= kind.free else { return nil }
        return .minutes(min(60, 1 << min(failures - kind.free, 6)))
    }

    /// An attempt that was counted and may be made.
    struct Attempt: Sendable {
        let account: [UInt8]
        let address: [UInt8]
        let accountWait: Instant
        let addressWait: Instant
    }

    enum Answer: Sendable {
        case may(Attempt)
        case wait(until: Instant)
    }

    /// An address as it is counted: what one subscriber is given, as a keyed hash.
    static func address(_ remote: String, _ vault: TenantVault) -> [UInt8] {
        let counted = IPAddress.subscriber(of: remote)?.description ?? remote
        return vault.keyedHash(Array(counted.utf8), label: "sign-in-address")
    }

    /// Counts an attempt, unless its name or its address has to wait.
    static func begin(
        account: [UInt8], address: [UInt8], now: Instant, in transaction: any Transaction
    ) throws -> Answer {
        guard let addressWait = try count(.address, address, now: now, in: transaction) else {
            return .wait(until: try until(.address, address, in: transaction) ?? now)
        }
        guard let accountWait = try count(.account, account, now: now, in: transaction) else {
            return .wait(until: try until(.account, account, in: transaction) ?? now)
        }
        return .may(
            Attempt(account: account, address: address, accountWait: accountWait, addressWait: addressWait))
    }

    /// The wait that this attempt brings about; nil: it has to wait itself and was not counted.
    private static func count(
        _ kind: Kind, _ hash: [UInt8], now: Instant, in transaction: any Transaction
    ) throws -> Instant? {
        let ease = kind.ease.microseconds
        let failures: Int? = try transaction.value(
            """
            INSERT INTO sign_in_wait (tenant, kind, hash, failures, last_at, wait_until)
            VALUES (\(.tenant), \(kind.rawValue), \(hash), 1, \(now), 0)
            ON CONFLICT (tenant, kind, hash) DO UPDATE SET
                failures = 1 + CASE WHEN sign_in_wait.failures > (\(now) - sign_in_wait.last_at) / \(ease)
                    THEN sign_in_wait.failures - (\(now) - sign_in_wait.last_at) / \(ease) ELSE 0 END,
                last_at = \(now)
            WHERE sign_in_wait.wait_until <= \(now)
            RETURNING failures
            """)
        guard let failures else { return nil }
        guard let wait = wait(after: failures, kind) else { return Instant(microseconds: 0) }
        try transaction.send(
            """
            UPDATE sign_in_wait SET wait_until = \(now + wait)
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND hash = \(hash)
            """)
        return now + wait
    }

    private static func until(_ kind: Kind, _ hash: [UInt8], in transaction: any Transaction) throws -> Instant? {
        try transaction.value(
            """
            SELECT wait_until FROM sign_in_wait
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND hash = \(hash)
            """)
    }

    /// The whole sign-in was right: the name starts anew, and the address is not charged for it.
    static func right(_ attempt: Attempt, in transaction: any Transaction) throws {
        try uncount(.address, attempt.address, attempt.addressWait, in: transaction)
        try forget(account: attempt.account, in: transaction)
    }

    /// The attempt was right as far as it went: it does not count, but what came before it does.
    static func withdraw(_ attempt: Attempt, in transaction: any Transaction) throws {
        try uncount(.address, attempt.address, attempt.addressWait, in: transaction)
        try uncount(.account, attempt.account, attempt.accountWait, in: transaction)
    }

    static func forget(account: [UInt8], in transaction: any Transaction) throws {
        try transaction.send(
            "DELETE FROM sign_in_wait WHERE tenant = \(.tenant) AND kind = 'account' AND hash = \(account)")
    }

    /// Takes one attempt back with the wait it brought about; not one that another attempt did.
    private static func uncount(
        _ kind: Kind, _ hash: [UInt8], _ wait: Instant, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE sign_in_wait SET failures = failures - 1,
                wait_until = CASE WHEN wait_until = \(wait) THEN 0 ELSE wait_until END
            WHERE tenant = \(.tenant) AND kind = \(kind.rawValue) AND hash = \(hash) AND failures > 0
            """)
    }

    /// The keyed hashes of names that have to wait.
    static func waiting(now: Instant, in transaction: any Transaction) throws -> Set<[UInt8]> {
        Set(
            try transaction.rows(
                """
                SELECT hash FROM sign_in_wait
                WHERE tenant = \(.tenant) AND kind = 'account' AND wait_until > \(now) LIMIT 1000
                """
            ).map { try $0["hash"] })
    }

    static func purge(before now: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.execute(
            "DELETE FROM sign_in_wait WHERE tenant = \(.tenant) AND last_at < \(now - .days(1))")
    }
}
