import ArgumentParser
import JSON
import Kernel
import Spine
import Trust
import Vault

/// `throughline keys`: replace keys, and how they are.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Replace keys beside a running server, and show how they are.",
        subcommands: [Rotate.self, Status.self, Public.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the master, signing or backup key, a tenant's key or a patient's key.",
            discussion: """
                Servers go on reading and writing meanwhile. Cut off anywhere, the same command goes on where it was.
                After --master, --signing and --backup keep a new safe copy of the key folder. After --patient make a
                backup: earlier backups can no longer be read for this patient.
                """)

        @Flag(help: "The master key: every tenant's key is wrapped anew.")
        var master = false

        @Flag(help: "The key that signs anchors, certificates and backups: what was signed before is still checked.")
        var signing = false

        @Flag(help: "The key that seals backups: earlier ones can still be read.")
        var backup = false

        @Option(help: ArgumentHelp("The key of this tenant: every patient's key is wrapped anew.", valueName: "KEY"))
        var tenant: String?

        @Option(help: ArgumentHelp("The key of this patient: all their data are sealed anew.", valueName: "ID"))
        var patient: String?

        @Option(help: ArgumentHelp("With --patient: the patient's tenant, when there are several.", valueName: "KEY"))
        var of: String?

        @Flag(help: "With --master, --signing or --backup: only make the next key, to be brought to every node first.")
        var prepare = false

        @Option(help: ArgumentHelp("With --tenant: keys in one transaction.", valueName: "N"))
        var batch = 10_000

        @OptionGroup var options: DataOptions

        @Flag(help: "Print one JSON document.")
        var json = false

        func validate() throws {
            let chosen = [master, signing, backup, tenant != nil, patient != nil].count { $0 }
            if chosen != 1 {
                throw ValidationError("Give one of --master, --signing, --backup, --tenant KEY and --patient ID.")
            }
            if prepare, tenant != nil || patient != nil {
                throw ValidationError("--prepare goes with --master, --signing and --backup.")
            }
            if of != nil, patient == nil { throw ValidationError("--of goes with --patient.") }
            if let patient, Crockford.decode(patient) == nil {
                throw ValidationError("--patient must be an id of 13 characters.")
            }
            if !(1...100_000).contains(batch) { throw ValidationError("--batch must be 1 to 100000.") }
        }

        func run() async throws {
            let platform = try await Platform.open(try await options.settings())
            do {
                let started = ContinuousClock.now
                let told = try await rotate(platform)
                let seconds = Double((ContinuousClock.now - started).microseconds) / 1e6
                await platform.close()
                show(told, seconds)
            } catch {
                await platform.close()
                throw error
            }
        }

        /// What was done, for the screen and as fields.
        private struct Told {
            let kind: String
            let sentence: String
            var resumed = false
            var numbers: [(String, Int)] = []
            /// The name of the new key.
            var key: String?
            var failures: [String] = []
        }

        private func rotate(_ platform: Platform) async throws -> Told {
            if prepare { return try prepareNext(platform) }
            if signing {
                let report = try await platform.rotateSigningKey()
                return Told(
                    kind: "signing",
                    sentence: "The signing key is new, \(report.key); what was signed before is checked by the earlier "
                        + "one. Give the new public key to whoever checks certificates: throughline keys public.",
                    resumed: report.wasResumed, key: report.key)
            }
            if backup {
                let report = try await platform.rotateBackupKey()
                return Told(
                    kind: "backup",
                    sentence: "The backup key is new, \(report.key); backups that were made before are still read by "
                        + "the earlier one.",
                    resumed: report.wasResumed, key: report.key)
            }
            if master {
                let report = try await platform.rotateMasterKey()
                return Told(
                    kind: "master", sentence: "The master key is new; \(report.keys) keys of tenants are under it.",
                    resumed: report.wasResumed, numbers: [("keys", report.keys)])
            }
            if let tenant {
                let id = try await platform.tenant(keyed: tenant)
                let report = try await platform.rotateTenantKey(id, batch: batch) { count in
                    if count.isMultiple(of: 100_000) { Output.progress("\(count) keys") }
                }
                return Told(
                    kind: "tenant",
                    sentence: "The tenant's key is new (version \(report.version)); "
                        + "\(report.keys) patients' keys are under it.",
                    resumed: report.wasResumed, numbers: [("version", Int(report.version)), ("keys", report.keys)])
            }
            guard let patient, let raw = Crockford.decode(patient) else {
                throw ValidationError("--patient must be an id of 13 characters.")
            }
            let report = try await platform.rotatePatientKey(
                ID(raw: raw), tenant: try await platform.tenant(keyed: of))
            let rows = report.rows.values.reduce(0, +)
            return Told(
                kind: "patient",
                sentence:
                    "The patient's key is new; \(rows) rows were sealed anew. Make a backup now: earlier ones can "
                    + "no longer be read for this patient.",
                resumed: report.wasResumed, numbers: [("subjects", report.subjects), ("rows", rows)],
                failures: report.failures)
        }

        private func prepareNext(_ platform: Platform) throws -> Told {
            let key: KeyFile
            if signing {
                try platform.signingKeyRotation.prepare()
                key = .signing
            } else if backup {
                try platform.backupKeyRotation.prepare()
                key = .backup
            } else {
                try platform.masterKeyRotation.prepare()
                key = .master
            }
            return Told(
                kind: "\(key)",
                sentence: "\(key.rawValue).next is there: bring it to every node, then run without --prepare.")
        }

        private func show(_ told: Told, _ seconds: Double) {
            guard json else {
                Output.line((told.resumed ? "Went on with what an earlier run had begun. " : "") + told.sentence)
                for failure in told.failures { Output.line("  opened under neither key: \(failure)") }
                return
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("rotated", told.kind)
            writer.field("resumed", told.resumed)
            writer.field("key", ifPresent: told.key)
            for (name, value) in told.numbers {
                writer.key(named: name)
                writer.int(value)
            }
            writer.key("failures")
            writer.beginArray()
            for failure in told.failures { writer.string(failure) }
            writer.endArray()
            writer.field("seconds", seconds)
            writer.endObject()
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the age of keys and which rotation has not ended.")

        @OptionGroup var options: DataOptions

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let settings = try await options.settings()
            let installation = try await Installation(settings.installation, logger: Platform.logger(settings))
            do {
                let folder = installation.keyFolder
                let keys = [try Held(signing: folder), try Held(backup: folder)]
                let isMasterRotating = folder.isReplacing(.master)
                var tenants: [(key: String, status: KeyStatus)] = []
                for tenant in try await installation.tenants.list() {
                    tenants.append((tenant.key, try await installation.spine.keys.status(tenant.id)))
                }
                await installation.close()
                show(isMasterRotating, keys, tenants)
            } catch {
                await installation.close()
                throw error
            }
        }

        /// The signing key or the backup key, with those before it.
        private struct Held {
            let key: KeyFile
            /// Nil: there is none.
            let name: String?
            let earlier: [(name: String, until: Instant)]
            let isRotating: Bool

            init(signing folder: KeyFolder) throws {
                key = .signing
                let ring = try folder.signingKey().ring()
                name = ring.publicKey.id
                earlier = ring.earlier.map { ($0.key.id, $0.until) }
                isRotating = folder.isReplacing(key)
            }

            init(backup folder: KeyFolder) throws {
                key = .backup
                name = folder.missing.contains(key.rawValue) ? nil : try folder.backupKey().name
                earlier = try folder.earlierBackupKeyNames()
                isRotating = folder.isReplacing(key)
            }

            var line: String {
                if isRotating { return "\(key): a rotation has not ended; run throughline keys rotate --\(key) again" }
                let before = earlier.map { ", before it \($0.name) until \($0.until.iso8601)" }.joined()
                return "\(key): \(name ?? "none")\(before)"
            }

            func write(to writer: inout JSONWriter) {
                writer.key(named: "\(key)")
                writer.beginObject()
                writer.field("key", ifPresent: name)
                writer.field("rotating", isRotating)
                writer.list("earlier", earlier) { key, writer in
                    writer.field("key", key.name)
                    writer.field("until", key.until.iso8601)
                }
                writer.endObject()
            }
        }

        private func show(
            _ isMasterRotating: Bool, _ keys: [Held], _ tenants: [(key: String, status: KeyStatus)]
        ) {
            guard json else {
                Output.line(
                    isMasterRotating
                        ? "master: a rotation has not ended; run throughline keys rotate --master again"
                        : "master: one key")
                for key in keys { Output.line(key.line) }
                for (key, status) in tenants {
                    Output.line(
                        "\(key): version \(status.version), \(status.subjects) patients' keys, "
                            + "\(status.disposed) disposed of")
                    if status.isTenantKeyRotating {
                        Output.line(
                            "  a rotation has not ended, \(status.waiting) keys wait; run throughline keys rotate "
                                + "--tenant \(key) again")
                    }
                    if status.rotating > 0 {
                        Output.line(
                            "  \(status.rotating) patients' keys are being replaced; run throughline keys rotate "
                                + "--patient again for them")
                    }
                }
                return
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("masterRotating", isMasterRotating)
            for key in keys { key.write(to: &writer) }
            writer.key("tenants")
            writer.beginArray()
            for (key, status) in tenants {
                writer.beginObject()
                writer.field("tenant", key)
                writer.field("version", Int(status.version))
                writer.field("rootMadeAt", status.rootMadeAt.iso8601)
                writer.field("versionMadeAt", ifPresent: status.versionMadeAt?.iso8601)
                writer.field("subjects", status.subjects)
                writer.field("disposed", status.disposed)
                writer.field("tenantRotating", status.isTenantKeyRotating)
                writer.field("waiting", status.waiting)
                writer.field("patientsRotating", status.rotating)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        }
    }
}
