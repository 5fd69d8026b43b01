import Foundation
import Kernel
import Spine
import Store
import Trust
import Vault
import Web

/// The technical safeguards that the proposed rule of 2025 adds (HIPAA Security Rule To Strengthen the Cybersecurity of
/// ePHI, 90 FR 898, 6 January 2025), in the order of its § 164.312, after the inventory and the map of its
/// § 164.308(a)(1). Those that it keeps stand in `safeguards`. What a program cannot see is `unknown`, with who has to
/// look.
extension Doctor {
    func proposed(_ people: DoctorPeople) async throws -> [Check] {
        [
            try await assets(), try await network(),
            privileges(people), try await loginAttempts(), segmentation(), try await removal(),
            antiMalware(), softwareRemoval(), baseline(), ports(),
            try await monitoring(people), try await retained(), systemLogs(), secondFactor(people),
        ] + vulnerabilities() + backups() + [informationSystems(), try await maintenance()]
    }

    private static func unknown(_ id: String, _ rule: String, _ evidence: String, _ remedy: String) -> Check {
        Check(id: id, rule: "proposed " + rule, status: .unknown, evidence: evidence, remedy: remedy)
    }

    // MARK: 164.308(a)(1) Technology asset inventory and network map

    /// What of an inventory can be told from here.
    private func assets() async throws -> Check {
        let options = platform.settings.installation
        let tenants = try await platform.installation.tenants.list().count
        let store =
            database.engine == .sqlite
            ? "in \(options.directory)" : "on a PostgreSQL server in the schema \(options.schema)"
        return Self.unknown(
            "asset-inventory", "164.308(a)(1)",
            "release \(Version.text), node \(options.node), data of \(tenants) tenants \(store), keys in "
                + "\(platform.installation.keyFolder.path); what it keeps is listed in docs/security/inventory.md; machines, "
                + "devices and other programs are outside it",
            "List every machine, device and program that patients' data pass through, this one among them, and go over "
                + "the list at least once a year.")
    }

    /// Whom the program listens for and whom it calls, as it is configured.
    private func network() async throws -> Check {
        let settings = platform.settings
        var called: [String] = []
        if database.engine == .postgres { called.append("the database server of database.url") }
        if let base = settings.smsBase {
            called.append("the SMS provider at \(URL(string: base)?.host ?? "sms.base")")
        }
        if let mail = settings.mail { called.append("the mail server \(mail.host):\(mail.port)") }
        for tenant in try await platform.installation.tenants.list() {
            guard let provider = try settings.openID(tenant.key) else { continue }
            called.append("the identity provider \(provider.issuer) of \(tenant.key)")
        }
        return Self.unknown(
            "network-map", "164.308(a)(1)",
            "the program listens on \(settings.host):\(settings.port) and calls "
                + (called.isEmpty ? "nobody" : called.joined(separator: ", "))
                + "; each way is listed in docs/security/inventory.md; the network is outside it",
            "Draw how patients' data move through your network, these ways among them, and go over the map at least once "
                + "a year.")
    }

    // MARK: (a) Access control

    private func privileges(_ people: DoctorPeople) -> Check {
        // Who administers needs a second account without such rights for daily work.
        let isWell = people.active > 0 && (people.unlimited < people.active || people.active == 1)
        return Check(
            id: "privileged-access", rule: "proposed 164.312(a)(2)(ii)", status: isWell ? .ok : .failed,
            evidence: "\(people.unlimited) of \(people.active) active users are administrators",
            remedy: "Give people roles for their work, and administrators a second account for daily work.")
    }

    /// The waits in force, and that attempts are really counted in the store.
    private func loginAttempts() async throws -> Check {
        let attempts = 1...100
        func first(_ kind: SignInWaits.Kind) -> (count: Int, wait: Duration)? {
            for count in attempts { if let wait = SignInWaits.wait(after: count, kind) { return (count, wait) } }
            return nil
        }
        let now = platform.installation.spine.clock.now()
        var waiting: Int64 = 0
        for tenant in try await platform.installation.tenants.list() {
            let count: Int64? = try await database.read(tenant.id) { transaction in
                try transaction.value(
                    "SELECT COUNT(*) FROM sign_in_wait WHERE tenant = \(.tenant) AND wait_until > \(now)")
            }
            waiting += count ?? 0
        }
        let name = first(.account)
        let address = first(.address)
        let longest = attempts.compactMap { SignInWaits.wait(after: $0, .account) }.max()
        let isWell = name.map { $0.count <= 10 && $0.wait >= .seconds(60) } ?? false
        return Check(
            id: "login-attempts", rule: "proposed 164.312(a)(2)(v)", status: isWell && address != nil ? .ok : .failed,
            evidence: "a name waits after \(name?.count ?? 0) wrong attempts in a row, an address after "
                + "\(address?.count ?? 0), from \(Self.minutes(name?.wait)) doubling up to \(Self.minutes(longest)); "
                + "\(waiting) wait now",
            remedy: "This release does not hold sign-in back as it should: go back to one that does.")
    }

    private func segmentation() -> Check {
        Self.unknown(
            "network-segmentation", "164.312(a)(2)(vi)",
            "the network is outside this program; it listens on \(platform.settings.host):\(platform.settings.port)",
            "Keep the program and its database in a segment that only the proxy and administrators reach, and write it "
                + "down on the network map.")
    }

    /// That access which was taken away is gone: no session of somebody who may not come in is open.
    private func removal() async throws -> Check {
        let now = platform.installation.spine.clock.now()
        var left: Int64 = 0
        for tenant in try await platform.installation.tenants.list() {
            let count: Int64? = try await database.read(tenant.id) { transaction in
                try transaction.value(
                    """
                    SELECT COUNT(*) FROM user_session s JOIN user_account a ON a.tenant = s.tenant AND a.id = s.user_id
                    WHERE s.tenant = \(.tenant) AND s.ended_at IS NULL AND s.expires_at > \(now) AND a.state <> 'active'
                    """)
            }
            left += count ?? 0
        }
        return Check(
            id: "removal-of-access", rule: "proposed 164.308(a)(9)(ii), 164.312(a)(2)(vii)",
            status: left == 0 ? .ok : .failed,
            evidence:
                "\(left) open sessions are of people whose access was taken away; each node looks at sessions and "
                + "keys again after \(Gatekeeper.trust), at open streams every \(Gatekeeper.streamPause)",
            remedy: "Suspend these people again on the page Users.")
    }

    // MARK: (c) Configuration management

    private func antiMalware() -> Check {
        Self.unknown(
            "anti-malware", "164.312(c)(2)(i)",
            "protection of the machine is outside this program; it keeps what is uploaded sealed and never runs it",
            "Run protection against malware on every machine that reaches it.")
    }

    private func softwareRemoval() -> Check {
        Self.unknown(
            "software-removal", "164.312(c)(2)(ii)",
            "what else is installed on this machine is outside this program",
            "Take away from the machine what the program does not need.")
    }

    private func baseline() -> Check {
        Self.unknown(
            "configuration-baseline", "164.312(c)(1), (c)(2)(iii)",
            "release \(Version.text) on \(database.engine.rawValue), node \(platform.settings.installation.node)",
            "Keep config.json, the unit or container file and this report under version control, and compare.")
    }

    private func ports() -> Check {
        let settings = platform.settings
        let plain = settings.tlsRedirectPort.map { " and \($0), which leads to it" } ?? ""
        return Self.unknown(
            "network-ports", "164.312(c)(2)(iv)",
            "this program opens port \(settings.port)\(plain) on \(settings.host); others are outside it",
            "Close every other port of the machine that nobody needs.")
    }

    // MARK: (d) Audit trail and system logs

    /// `SnoopingWatch` weighs the looks of thirty days once a day, and its count stands beside the page's link. Nobody
    /// gets a message: that somebody opens the page is seen on the trail.
    private func monitoring(_ people: DoctorPeople) async throws -> Check {
        let now = platform.installation.spine.clock.now()
        let since = ID<AuditRecord>.lowest(at: now - .days(31)).raw
        let isServed = platform.capabilities.flatMap(\.routes).contains { $0.path == "/audit/signals" }
        var unwatched: [String] = []
        var latest: Instant?
        for tenant in try await platform.installation.tenants.list() {
            let look: Instant? = try await database.read(tenant.id) { transaction in
                try transaction.value(
                    """
                    SELECT recorded_at FROM audit_record
                    WHERE tenant = \(.tenant) AND id > \(since) AND action = 'snooping.read'
                        AND actor_kind = 'user' AND outcome = 'permitted'
                    ORDER BY id DESC LIMIT 1
                    """)
            }
            if let look { latest = max(latest ?? look, look) } else { unwatched.append(tenant.key) }
        }
        let mayLook = isServed && people.reviewers > 0
        let looked =
            unwatched.isEmpty
            ? "last looked at \(latest?.iso8601 ?? "never")"
            : "nobody looked for 31 days at \(unwatched.joined(separator: ", "))"
        return Check(
            id: "audit-monitoring", rule: "proposed 164.312(d)(2)(i)",
            status: !mayLook ? .failed : unwatched.isEmpty ? .ok : .warning,
            evidence:
                "\(people.reviewers) active users may see looks that no work explains, weighed once a day and when "
                + "/audit/signals is opened; who newly stands out is counted beside its link; \(looked)",
            remedy: mayLook
                ? "Have a privacy officer open /audit/signals at least once a month: no message is sent to anybody."
                : "Give somebody a role with the right snooping.review.")
    }

    private func retained() async throws -> Check {
        var oldest: Instant?
        for tenant in try await platform.installation.tenants.list() {
            let first: Instant? = try await database.read(tenant.id) { transaction in
                try transaction.value(
                    "SELECT recorded_at FROM audit_record WHERE tenant = \(.tenant) ORDER BY id LIMIT 1")
            }
            if let first { oldest = min(oldest ?? first, first) }
        }
        return Check(
            id: "audit-retained", rule: "proposed 164.312(d)(2)(iii)", status: oldest == nil ? .failed : .ok,
            evidence: oldest.map {
                "the oldest record is of \($0.iso8601); by design none is removed, and audit verify tells what is gone "
                    + "(tested by AuditChainTests)"
            } ?? "there is no record",
            remedy: "Run throughline init.")
    }

    private func systemLogs() -> Check {
        Self.unknown(
            "system-logs", "164.312(d)(1), (d)(2)(ii)-(iv)",
            "the program writes its log to standard error, without patients' data; who keeps it is outside",
            "Have the supervisor keep the log, send it to another machine, and review it.")
    }

    // MARK: (f) Authentication

    /// That a role asks for a second step protects nobody before they have set one up: whoever has the password can.
    private func secondFactor(_ people: DoctorPeople) -> Check {
        let isMissing = people.secondStepMissing > 0
        let alone =
            "\(people.withoutSecondStep) of \(people.active) active users need no second step and may sign in with a "
            + "password alone"
        let missing =
            "\(people.secondStepMissing) of \(people.active) have set none up although their role asks for one: "
            + "whoever has their password can"
        return Check(
            id: "multi-factor", rule: "proposed 164.312(f)(2)(ii)",
            status: people.active > 0 && people.withoutSecondStep == 0 && !isMissing ? .ok : .failed,
            evidence: alone + "; " + (isMissing ? missing : "who must have one has set it up"),
            remedy: isMissing
                ? "Have these people sign in and set a second step up now: the page Users tells who has none."
                : "Require a second step in their roles (requiresSecondStep), or have them set one up themselves.")
    }

    // MARK: (h) Vulnerability management

    private func vulnerabilities() -> [Check] {
        let release = "this is release \(Version.text)"
        return [
            Self.unknown(
                "vulnerability-scans", "164.312(h)(1), (h)(2)(i)", "scans are the organisation's; \(release)",
                "Scan the machine and the public address at least every six months."),
            Self.unknown(
                "vulnerability-monitoring", "164.312(h)(2)(ii)",
                "known vulnerabilities are published elsewhere; \(release)",
                "Follow the advisories of this program and of those in docs/dependencies.md."),
            Self.unknown(
                "penetration-tests", "164.312(h)(2)(iii)", "tests by people are the organisation's; \(release)",
                "Have the installation tested by qualified people at least once a year."),
            Self.unknown(
                "patches", "164.312(h)(2)(iv)", "whether there is a newer release cannot be seen from here; \(release)",
                "Install critical patches within 15 days, others within 30; those of the machine too."),
        ]
    }

    // MARK: (j) Information systems, and maintenance of all of it

    private func informationSystems() -> Check {
        Self.unknown(
            "information-systems-backup", "164.312(j)",
            "a backup holds the data; the program, config.json, certificates and DIR.keys are not in it",
            "Keep copies of these apart from the backups, and try once in six months to set it all up anew from them.")
    }

    private func maintenance() async throws -> Check {
        var reviewed: Instant?
        for tenant in try await platform.installation.tenants.list() {
            let latest: Instant? = try await database.read(tenant.id) { transaction in
                try transaction.value(
                    """
                    SELECT completed_at FROM access_review WHERE tenant = \(.tenant) AND completed_at IS NOT NULL
                    ORDER BY completed_at DESC LIMIT 1
                    """)
            }
            if let latest { reviewed = max(reviewed ?? latest, latest) }
        }
        return Self.unknown(
            "maintenance", "164.312(a)(2)(viii), (c)(2)(v), (d)(2)(v), (f)(2)(v)",
            "that safeguards are reviewed and tested in writing is the organisation's; the last review of access was "
                + (reviewed.map { "completed at \($0.iso8601)" } ?? "never completed"),
            "At least once a year review access at /access-review, and keep this report with what was done."
        )
    }

    private static func minutes(_ duration: Duration?) -> String {
        duration.map { "\($0.components.seconds / 60) min" } ?? "no wait"
    }
}
