import ArgumentParser
import Foundation
import JSON
import Kernel
import Spine
import Trust
import Vault

/// `throughline export`: take a person's whole record out.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Take a patient's whole record out into a folder.",
        discussion: """
            Writes record.html (to be read), record.json (FHIR, which `throughline import fhir` takes in), everything.json
            (every entry of every table) and the attachments, of the patient with all records linked to them. The look is
            on the audit trail. The folder must be new or empty, and only its owner may open it.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case patient
    }

    @Argument(help: ArgumentHelp("patient.", valueName: "KIND"))
    var kind: Kind

    @Argument(help: ArgumentHelp("The id, 13 characters.", valueName: "ID"))
    var id: String

    @Option(help: ArgumentHelp("The folder to write into.", valueName: "FOLDER"))
    var to: String

    @Option(help: ArgumentHelp("en or es; the patient's own language if it is not given.", valueName: "CODE"))
    var language: String?

    @OptionGroup var options: DataOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        if Crockford.decode(id) == nil { throw ValidationError("ID must be an id of 13 characters.") }
        if let language, Language(rawValue: language) == nil { throw ValidationError("--language is en or es.") }
    }

    func run() async throws {
        guard let patient: ID<Patient> = ID(id) else { throw ValidationError("ID must be an id of 13 characters.") }
        try prepare()
        let platform = try await Platform.open(try await options.settings())
        let folder: RecordFolder
        do {
            let tenant = try await platform.onlyTenant()
            let spine = platform.installation.spine
            folder = try await spine.run(
                "export-patient", tenant: tenant, purpose: .patientRequest, permissions: [.recordExport], origin: "cli"
            ) { caller in
                let folder = try await platform.recordExport.folder(
                    of: patient, language: language.flatMap(Language.init(rawValue:)), spine: spine, as: caller)
                return (folder, folder.members.count)
            }
        } catch {
            await platform.close()
            throw error
        }
        await platform.close()
        for member in folder.members { try write(member) }
        show(folder)
    }

    /// A new or an empty folder, closed to others.
    private func prepare() throws {
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: to, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            guard try files.contentsOfDirectory(atPath: to).isEmpty else {
                throw Fault(
                    .conflict, "export.folder", "The folder is not empty.", remedy: "Name a new or an empty one.",
                    place: to)
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(
                .unavailable, "export.folder", "The folder cannot be made or read.",
                remedy: "Name a folder that you may write into.", place: to, cause: error)
        }
    }

    private func write(_ member: RecordFolder.Member) throws {
        let path = to + "/" + member.path
        let files = FileManager.default
        do {
            if member.path.contains("/") {
                let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
                try files.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try Data(member.bytes).write(to: URL(fileURLWithPath: path))
            try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw Fault(
                .unavailable, "export.write", "A file could not be written; the folder is not complete.",
                remedy: "Make room, delete the folder and run it again.", place: path, cause: error)
        }
    }

    private func show(_ folder: RecordFolder) {
        guard json else {
            for member in folder.members { Output.line("\(member.path) \(member.bytes.count)") }
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.list("files", folder.members) { member, writer in
            writer.field("path", member.path)
            writer.field("bytes", member.bytes.count)
        }
        writer.endObject()
        Output.line(String(decoding: writer.bytes, as: UTF8.self))
    }
}
