import ArgumentParser
import JSON
import Kernel
import Spine
import Trust
import Vault

/// `throughline dispose`: make somebody's data unreadable for ever.
struct DisposeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispose", abstract: "Make a patient's or a user's data unreadable for ever.",
        discussion: """
            Deletes the keys, does away with hashes, search terms and plain columns, and leaves a signed certificate, which
            `throughline audit verify` checks. A legal hold stops it. A patient goes with all records linked to them. It cannot be undone: without
            --yes nothing is done. Run again it does what is left to do, also after old data were restored.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case patient, user, conversation
    }

    @Argument(help: ArgumentHelp("patient, user, or the conversation of somebody unknown.", valueName: "KIND"))
    var kind: Kind

    @Argument(help: ArgumentHelp("The id, 13 characters.", valueName: "ID"))
    var id: String

    @Option(help: ArgumentHelp("Why, as a code: retention, request.", valueName: "CODE"))
    var reason: String

    @Flag(help: "It is meant.")
    var yes = false

    @OptionGroup var options: DataOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        if Crockford.decode(id) == nil { throw ValidationError("ID must be an id of 13 characters.") }
        if reason.wholeMatch(of: /[a-z][a-z0-9-]{0,39}/) == nil {
            throw ValidationError("--reason must be a code of lower-case letters, digits and dashes.")
        }
        if !yes { throw ValidationError("This cannot be undone. Say --yes if it is meant.") }
    }

    func run() async throws {
        guard let raw = Crockford.decode(id) else { throw ValidationError("ID must be an id of 13 characters.") }
        let subject: DataSubject =
            switch kind {
            case .patient: .patient(ID(raw: raw))
            case .user: .user(ID(raw: raw))
            case .conversation: .conversation(ID(raw: raw))
            }
        let platform = try await Platform.open(try await options.settings())
        let record: DisposalRecord
        do {
            let tenant = try await platform.onlyTenant()
            record = try await platform.installation.spine.run(
                "dispose", tenant: tenant, purpose: .systemMaintenance, permissions: [.subjectDispose], origin: "cli"
            ) { caller in
                let record = try await platform.installation.erase(
                    subject, reason: reason, from: platform.tables, as: caller)
                return (record, record.rows.values.reduce(0, +))
            }
        } catch {
            await platform.close()
            throw error
        }
        await platform.close()
        show(record)
    }

    private func show(_ record: DisposalRecord) {
        let rows = record.rows.sorted { $0.key < $1.key }
        guard json else {
            Output.line("\(record.target.keys.count) keys deleted, rows done away with:")
            for (table, count) in rows { Output.line("  \(table) \(count)") }
            Output.line("Certificate \(record.id.text): throughline audit verify checks it.")
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("disposal", record.id.text)
        writer.field("keys", record.target.keys.count)
        writer.key("rows")
        writer.beginObject()
        for (table, count) in rows {
            writer.key(named: table)
            writer.int(count)
        }
        writer.endObject()
        writer.field("certificate", ifPresent: record.certificate?.text)
        writer.field("signature", ifPresent: record.certificate.map { Hex.encode($0.signature) })
        writer.endObject()
        Output.line(String(decoding: writer.bytes, as: UTF8.self))
    }
}
