import Conversations
package import Kernel
import People
import Scheduling
import Spine
import Store
package import Trust
package import Vault
package import Web

extension Installation {
    /// Disposes of people in these tables.
    package func disposal(of tables: [TableRule]) -> SubjectDisposal {
        SubjectDisposal(
            spine: spine, tables: tables, certificates: certificates, directory: PeopleDirectory(),
            strangers: ContactHistory())
    }

    /// Disposes of somebody at once in every respect: for the command line and the console.
    package func erase(
        _ subject: DataSubject, reason: String, from tables: [TableRule], as caller: Caller
    ) async throws -> DisposalRecord {
        let record = try await disposal(of: tables).dispose(subject, reason: reason, as: caller)
        // The copy that a restore takes keys from forgets the key at once.
        _ = try await keyStoreCopy.catchUp(keyDatabase, at: spine.clock.now())
        return record
    }

    /// Where retention looks for signs of people.
    package var retentionSources: RetentionSources {
        RetentionSources(
            directory: PeopleDirectory(), roll: PeopleDirectory(), histories: [VisitHistory(), ContactHistory()],
            strangers: ContactHistory())
    }
}

extension Platform {
    package var disposal: SubjectDisposal { installation.disposal(of: tables) }

    /// What is wrong with a tenant's disposals: certificates, keys that are back, rows that are back.
    package func verifyDisposals(_ tenant: ID<Tenant>) async throws -> DisposalVerification.Report {
        var report = try await DisposalVerification(
            keyDatabase: installation.keyDatabase, certificates: installation.certificates
        ).run(tenant: tenant)
        let targets = report.targets
        if targets.isEmpty { return report }
        let tables = tables
        report.findings += try await installation.database.read(tenant) { transaction in
            try tables.compactMap { rule in
                let count = try rule.left(of: targets, in: transaction)
                return count == 0 ? nil : "\(count) rows of people who were disposed of stand in \(rule.table)"
            }
        }
        return report
    }
}
