package import Crypto
package import Kernel
package import Store

/// What proves a disposal: who was disposed of, why, by whom and when, which keys are gone and how many rows of which
/// table, signed with the installation's signing key. It holds ids and codes, nothing of the person.
package struct DisposalCertificate: Sendable, Equatable {
    /// What is signed, a line for each fact.
    package let text: String
    /// Ed25519 over the UTF-8 of `text`.
    package let signature: [UInt8]

    package init(text: String, signature: [UInt8]) {
        self.text = text
        self.signature = signature
    }
}

/// Makes and checks certificates of disposal.
package struct DisposalCertificates: Sendable {
    private let key: SigningKey

    package init(key: SigningKey) {
        self.key = key
    }

    package init(key: Curve25519.Signing.PrivateKey) {
        self.init(key: SigningKey(key: key))
    }

    /// The keys by which others check what is signed here, or was.
    package func ring() throws -> SigningRing { try key.ring() }

    package func sign(_ record: DisposalRecord, tenant: ID<Tenant>, at now: Instant) throws -> DisposalCertificate {
        var lines = Self.facts(record, tenant: tenant)
        lines.append("completed \(now.iso8601)")
        for (table, count) in record.rows.sorted(by: { $0.key < $1.key }) { lines.append("rows \(table) \(count)") }
        let text = lines.joined(separator: "\n") + "\n"
        return DisposalCertificate(text: text, signature: try ring().sign(Array(text.utf8)))
    }

    /// What is wrong with a record's certificate; nil when it is ours, unchanged and about this very disposal.
    static func problem(with record: DisposalRecord, tenant: ID<Tenant>, under ring: SigningRing) -> String? {
        guard let certificate = record.certificate else { return "has no certificate" }
        guard ring.isSigned(Array(certificate.text.utf8), by: certificate.signature) else {
            return "has a certificate whose signature is wrong"
        }
        let facts = Self.facts(record, tenant: tenant).joined(separator: "\n") + "\ncompleted "
        return certificate.text.hasPrefix(facts) ? nil : "has a certificate that tells of something else"
    }

    /// The lines that follow from the record, in a frozen order.
    private static func facts(_ record: DisposalRecord, tenant: ID<Tenant>) -> [String] {
        let target = record.target
        var lines = [
            "throughline disposal 1", "tenant \(tenant.text)", "disposal \(record.id.text)",
            "subject \(target.subject.kind) \(Crockford.encode(target.subject.raw))", "reason \(record.reason)",
            "actor \(record.actor.kind) \(Crockford.encode(record.actor.raw))",
            "requested \(record.requestedAt.iso8601)",
        ]
        lines += target.patients.map { "patient \($0.text)" }
        lines += target.keys.map { "key \($0.text)" }
        return lines
    }
}

/// Checks every disposal of a tenant: its certificate, and that the keys it names are gone.
package struct DisposalVerification: Sendable {
    package struct Report: Sendable {
        package var disposals = 0
        /// Begun and not yet done; the background goes on with them.
        package var unfinished = 0
        /// Each a plain sentence with the place. Empty: every disposal holds.
        package var findings: [String] = []
        /// Everybody who was disposed of, for a look whether anything of theirs is left.
        package var targets: [DisposalTarget] = []

        package init() {}
    }

    private let keyDatabase: any Database
    private let certificates: DisposalCertificates

    package init(keyDatabase: any Database, certificates: DisposalCertificates) {
        self.keyDatabase = keyDatabase
        self.certificates = certificates
    }

    package func run(tenant: ID<Tenant>) async throws -> Report {
        let certificates = certificates
        return try await keyDatabase.read(tenant) { transaction in
            var report = Report()
            // A key store that an earlier release left has no such tables yet.
            guard try DisposalStore.isThere(in: transaction) else { return report }
            let records = try DisposalStore.all(in: transaction)
            // After the rows: what signed one of them is a key of ours by then.
            let ring = try certificates.ring()
            for record in records {
                report.disposals += 1
                report.targets.append(record.target)
                if record.certificate == nil {
                    report.unfinished += 1
                } else if let problem = DisposalCertificates.problem(with: record, tenant: tenant, under: ring) {
                    report.findings.append("disposal \(record.id.text) \(problem)")
                }
                for subject in try DisposalStore.alive(record.target.keys, in: transaction) {
                    report.findings.append(
                        "disposal \(record.id.text): the key \(subject.text) is there again: "
                            + "was an older key store put back?")
                }
            }
            return report
        }
    }
}
