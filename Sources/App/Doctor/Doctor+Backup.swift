import Foundation
import Kernel
import Spine
import Store
import Vault

/// Backups, as the journal in the key folder tells of them.
extension Doctor {
    /// Copies are no more than 48 hours older than the data, and a restoration is tried at least monthly. Source: proposed
    /// 45 CFR 164.312(i)(2)(i) and (iv), 90 FR 898.
    private static let oldestBackup: Duration = .hours(48)
    private static let oldestTrial: Duration = .days(31)
    /// Data are back so soon after their loss. Source: proposed 45 CFR 164.308(a)(13)(ii), 90 FR 898.
    private static let longestRestore: Duration = .hours(72)

    func backups() -> [Check] {
        let now = platform.installation.spine.clock.now()
        let entries = BackupJournal(platform.installation.keyFolder).read()
        let attempts = entries.filter { $0.act == .backup }
        return [recent(attempts, now), outcome(attempts), record(entries), trial(entries, now), restored(entries)]
    }

    private func recent(_ attempts: [BackupJournal.Entry], _ now: Instant) -> Check {
        let latest = attempts.last { $0.failure == nil }
        let isThere = latest.map {
            FileManager.default.fileExists(atPath: $0.folder + "/" + $0.backup + "/manifest.json")
        }
        let evidence: String
        var status = Status.failed
        if let latest {
            let age = now - latest.at
            evidence =
                "the latest, \(latest.backup), is of \(latest.at.iso8601)"
                + (isThere == true ? "" : "; its folder \(latest.folder) cannot be seen from here")
            if age <= Self.oldestBackup, isThere == true { status = .ok }
        } else {
            evidence = "no backup was ever made"
        }
        return Check(
            id: "backup-recent", rule: "proposed 164.312(i)(2)(i)", status: status, evidence: evidence,
            remedy:
                "Run throughline backup at least every two days, best each hour, by cron or a systemd timer, into a folder that can be seen from here."
        )
    }

    private func outcome(_ attempts: [BackupJournal.Entry]) -> Check {
        guard let last = attempts.last else {
            return Check(
                id: "backup-outcome", rule: "proposed 164.312(i)(2)(ii)", status: .failed,
                evidence: "no backup was ever tried", remedy: "Run throughline backup.")
        }
        return Check(
            id: "backup-outcome", rule: "proposed 164.312(i)(2)(ii)", status: last.failure == nil ? .ok : .failed,
            evidence: "the last of \(attempts.count) attempts, at \(last.at.iso8601), "
                + (last.failure.map { "failed: \($0)" } ?? "was done"),
            remedy: "Run throughline backup and look at its error; have the timer that runs it tell you of a failure.")
    }

    private func record(_ entries: [BackupJournal.Entry]) -> Check {
        Check(
            id: "backup-record", rule: "proposed 164.312(i)(2)(iii)", status: entries.isEmpty ? .failed : .ok,
            evidence:
                "\(entries.count) backups, trials and restores, \(entries.count { $0.failure != nil }) of them failed, "
                + "are on record in backups.jsonl",
            remedy: "Run throughline backup; each attempt is recorded.")
    }

    private func trial(_ entries: [BackupJournal.Entry], _ now: Instant) -> Check {
        let last = entries.last { $0.act == .verify }
        let status: Status = last.map { $0.failure == nil && now - $0.at <= Self.oldestTrial } == true ? .ok : .failed
        let evidence =
            last.map { entry in
                let what =
                    entry.failure.map {
                        $0 == "backup.not-opened" ? "was read but not loaded into a server" : "failed: \($0)"
                    } ?? "was restored for a trial and found whole"
                return "\(entry.backup) \(what) at \(entry.at.iso8601)"
            } ?? "no restoration was ever tried"
        return Check(
            id: "backup-tested", rule: "proposed 164.312(i)(2)(iv)", status: status, evidence: evidence,
            remedy: "Run throughline restore --verify --from FOLDER each month (with --database URL on PostgreSQL).")
    }

    /// What the last one took that was measured. Failed ones, and backups that were only read, tell nothing of it.
    private func restored(_ entries: [BackupJournal.Entry]) -> Check {
        let good = entries.filter { $0.act != .backup && $0.failure == nil }
        let last = good.last { $0.seconds != nil }
        let evidence =
            last.map { entry in
                let what = entry.act == .verify ? "was restored for a trial" : "was restored"
                let size = entry.bytes.map { " of \($0) bytes" } ?? ""
                let seconds = Int((entry.seconds ?? 0).rounded(.up))
                return "\(entry.backup)\(size) \(what) at \(entry.at.iso8601) in \(seconds) s: the data alone, "
                    + "without a new machine, its keys and whoever is called"
            } ?? (good.isEmpty ? "no restoration was ever done" : "no restoration was measured")
        let isSoon = last?.seconds.map { Duration.seconds($0) < Self.longestRestore } ?? false
        return Check(
            id: "restore-within-72-hours", rule: "proposed 164.308(a)(13)(ii)", status: isSoon ? .ok : .failed,
            evidence: evidence,
            remedy: "Run throughline restore --verify --from FOLDER (with --database URL on PostgreSQL), and write "
                + "down who restores what in which order.")
    }

    /// Whether PostgreSQL archives its log, so that any moment can be gone back to. No law asks for it.
    func pointInTime() async throws -> [Check] {
        let id = "backup-point-in-time"
        guard database.engine == .postgres else {
            return [
                Check(
                    id: id, status: .notApplicable,
                    evidence: "SQLite: a backup is the moment that can be gone back to", remedy: nil)
            ]
        }
        let remedy = "Set wal_level, archive_mode and archive_command as docs/operations/backup.md says."
        let (settings, archiver) = try await database.read(.installation) { transaction in
            (
                try transaction.rows(
                    """
                    SELECT name, setting FROM pg_settings
                    WHERE name IN ('archive_mode', 'archive_command', 'archive_library', 'wal_level') ORDER BY name
                    """
                ).map { "\(try $0["name"] as String) = \(try $0["setting"] as String)" },
                try transaction.row(
                    """
                    SELECT archived_count, failed_count,
                        COALESCE(last_failed_time > COALESCE(last_archived_time, '-infinity'), FALSE) AS failing
                    FROM pg_stat_archiver
                    """)
            )
        }
        let isOn = settings.contains { $0 == "archive_mode = on" || $0 == "archive_mode = always" }
        guard isOn, let archiver else {
            return [
                Check(
                    id: id, status: .warning,
                    evidence: "the server does not archive its log (\(settings.joined(separator: ", ")))",
                    remedy: remedy)
            ]
        }
        let failing: Bool = try archiver["failing"]
        let archived: Int64 = try archiver["archived_count"]
        let failed: Int64 = try archiver["failed_count"]
        return [
            Check(
                id: id, status: failing || archived == 0 ? .warning : .ok,
                evidence: "\(archived) files of the log archived, \(failed) failed"
                    + (failing ? ", the last one too" : ""),
                remedy: remedy)
        ]
    }
}
