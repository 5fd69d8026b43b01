import Foundation
import Kernel
import Vault
import Web

/// The technical safeguards that the proposed rule of 2025 adds (HIPAA Security Rule To Strengthen the Cybersecurity of
/// ePHI, 90 FR 898, 6 January 2025), in the order of its § 164.312. What concerns an organisation's other systems is said
/// not to be seen from here.
extension Doctor {
    func proposed(_ people: DoctorPeople) async throws -> [Check] {
        var checks = [
            privileges(people),
            Check(
                id: "login-attempts", rule: "proposed 164.312(a)(2)(v)", status: .ok,
                evidence:
                    "after five wrong passwords an account waits, doubling from a minute to an hour; an address that "
                    + "fails often waits too", remedy: nil),
            Check(
                id: "network-segmentation", rule: "proposed 164.312(a)(2)(vi)", status: .notApplicable,
                evidence: "the network is outside this program; it listens on \(platform.settings.host) only",
                remedy: nil),
            Check(
                id: "removal-of-access", rule: "proposed 164.308(a)(9)(ii), 164.312(a)(2)(vii)", status: .ok,
                evidence:
                    "a suspended user, an ended session and a revoked key are refused within a second, on every node",
                remedy: nil),
            Check(
                id: "configuration-management", rule: "proposed 164.312(c)", status: .notApplicable,
                evidence: "release \(Version.text) opens one port; anti-malware, removal of software and ports of the "
                    + "machine are outside this program; uploads are taken by content, capped and kept sealed",
                remedy: nil),
            monitoring(),
        ]
        checks.append(secondFactor(people))
        checks.append(
            Check(
                id: "vulnerability-management", rule: "proposed 164.312(h)", status: .notApplicable,
                evidence: "scans, tests and patches are the organisation's; this is release \(Version.text)",
                remedy: nil))
        return checks + backups()
    }

    private func privileges(_ people: DoctorPeople) -> Check {
        // Who administers needs a second account without such rights for daily work.
        let isWell = people.active > 0 && (people.unlimited < people.active || people.active == 1)
        return Check(
            id: "privileged-access", rule: "proposed 164.312(a)(2)(ii)", status: isWell ? .ok : .failed,
            evidence: "\(people.unlimited) of \(people.active) active users are administrators",
            remedy: "Give people roles for their work, and administrators a second account for daily work.")
    }

    private func monitoring() -> Check {
        let isThere = platform.tables.contains { $0.table.contains("signal") }
        return Check(
            id: "audit-monitoring", rule: "proposed 164.312(d)(2)(i)", status: isThere ? .ok : .failed,
            evidence: isThere
                ? "unusual access is looked for and shown for review"
                : "this release does not look for unusual access by itself",
            remedy: "Have a privacy officer review the audit pages regularly.")
    }

    private func secondFactor(_ people: DoctorPeople) -> Check {
        Check(
            id: "multi-factor", rule: "proposed 164.312(f)(2)(ii)",
            status: people.active > 0 && people.withoutSecondStep == 0 ? .ok : .failed,
            evidence: "\(people.withoutSecondStep) of \(people.active) active users may sign in with a password alone",
            remedy:
                "Require a second step in their roles (requiresSecondStep), or have them set one up on their own page.")
    }
}
