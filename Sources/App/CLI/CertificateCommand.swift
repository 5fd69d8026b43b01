import ArgumentParser
import Foundation
import JSON
import Kernel
import Vault

/// `throughline certificate`: what others hold of ours.
struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Check a certificate of disposal.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that a downloaded certificate was signed by a key and was not changed since.",
            discussion: """
                Needs neither a database nor a key folder. Ends with 1 when the file is not as it was signed. Take the public
                key from where the installation cannot have changed it: what throughline keys public printed when the
                installation was made, or what was written down from /.well-known/throughline-signing-keys.json.
                """)

        @Argument(help: ArgumentHelp("The certificate as it was downloaded.", valueName: "FILE"))
        var file: String

        @Option(
            help: ArgumentHelp(
                "The public key: 64 hexadecimal digits, or a file with what the installation publishes.",
                valueName: "PUBLIC"))
        var key: String

        @Flag(help: "Print one JSON document.")
        var json = false

        private static let largest = 1 << 20

        func run() async throws {
            let bytes = try Self.read(file)
            var problem: String?
            var found: CertificateFile?
            do {
                found = try CertificateFile(reading: bytes)
            } catch {
                problem = error.message
            }
            let key = try publicKey(named: found?.keyID)
            if let found { problem = found.problem(under: key) }
            show(problem, found, key)
            if problem != nil { throw ExitCode(1) }
        }

        private func publicKey(named id: String?) throws -> PublicSigningKey {
            if let key = PublicSigningKey(hex: key.lowercased()) { return key }
            guard FileManager.default.fileExists(atPath: key) else {
                throw ValidationError("--key must be 64 hexadecimal digits or a file.")
            }
            let document = try Self.read(key)
            guard let found = try SigningKeys.key(named: id, in: document) else {
                throw Fault(
                    .notFound, "certificate.key", "The file of keys does not hold the key of this certificate.",
                    remedy: "Take it from \(SigningKeys.path) of the installation that made the certificate.",
                    place: key)
            }
            return found
        }

        private static func read(_ path: String) throws -> [UInt8] {
            guard let handle = FileHandle(forReadingAtPath: path) else {
                throw Fault(.notFound, "file.missing", "The file cannot be read.", place: path)
            }
            defer { try? handle.close() }  // opened for reading: nothing can be lost by it
            let data = try handle.read(upToCount: largest + 1) ?? Data()
            guard data.count <= largest else {
                throw Fault(.invalid, "file.size", "The file is larger than a certificate can be.", place: path)
            }
            return Array(data)
        }

        private func show(_ problem: String?, _ found: CertificateFile?, _ key: PublicSigningKey) {
            guard json else {
                Output.line(problem ?? "The certificate is as it was signed by the key \(key.id).")
                if problem == nil, let found { Output.text(found.certificate.text) }
                return
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("valid", problem == nil)
            writer.field("problem", ifPresent: problem)
            writer.field("key", key.id)
            // What was changed tells nothing.
            writer.field("certificate", ifPresent: problem == nil ? found?.certificate.text : nil)
            writer.endObject()
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        }
    }
}

extension KeysCommand {
    struct Public: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the public key by which anybody checks certificates of disposal.",
            discussion:
                "Reads the key folder alone. The same key is told at /.well-known/throughline-signing-keys.json.")

        @OptionGroup var options: DataOptions

        @Flag(help: "Print what the installation publishes.")
        var json = false

        func run() async throws {
            let folder = KeyFolder(besideData: options.data)
            let key = DisposalCertificates(key: try folder.signing()).publicKey
            Output.line(
                json ? String(decoding: SigningKeys.document(key), as: UTF8.self) : "\(key.id) ed25519 \(key.hex)")
        }
    }
}
