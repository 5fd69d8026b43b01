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
                installation was made or the key replaced, or what was written down from
                /.well-known/throughline-signing-keys.json. With such a file, a certificate that says it was made more
                than a day after its key was replaced is refused.
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
            let signer = try signer(of: found)
            if let found { problem = found.problem(under: signer.key, until: signer.until) }
            show(problem, found, signer.key)
            if problem != nil { throw ExitCode(1) }
        }

        /// The key that the certificate names. Where it names none, the one that signed it; the oldest when none did.
        private func signer(of file: CertificateFile?) throws -> SigningKeys.Published {
            if let key = PublicSigningKey(hex: key.lowercased()) { return SigningKeys.Published(key: key, until: nil) }
            guard FileManager.default.fileExists(atPath: key) else {
                throw ValidationError("--key must be 64 hexadecimal digits or a file.")
            }
            let keys = try SigningKeys.keys(in: try Self.read(key))
            let found: SigningKeys.Published?
            if let id = file?.keyID {
                found = keys.first { $0.key.id == id }
            } else {
                found = keys.first { file?.problem(under: $0.key) == nil } ?? keys.last
            }
            guard let signer = found else {
                var name = ""
                // A file from anywhere may name anything.
                if let id = file?.keyID, PublicSigningKey.isID(id) { name = ", " + id }
                throw Fault(
                    .notFound, "certificate.key", "The file of keys does not hold the key of this certificate\(name).",
                    remedy: "Take it from \(SigningKeys.path) of the installation that made the certificate.",
                    place: key)
            }
            return signer
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
            abstract: "Show the public keys by which anybody checks certificates of disposal.",
            discussion: """
                First the one that signs now, then those before it with the moment until which each signed. Reads the key
                folder alone. The same keys are told at /.well-known/throughline-signing-keys.json.
                """)

        @OptionGroup var options: DataOptions

        @Flag(help: "Print what the installation publishes.")
        var json = false

        func run() async throws {
            let folder = KeyFolder(besideData: options.data)
            let ring = try folder.signingKey().ring()
            guard !json else { return Output.line(String(decoding: SigningKeys.document(ring), as: UTF8.self)) }
            Output.line("\(ring.publicKey.id) ed25519 \(ring.publicKey.hex)")
            for end in ring.earlier.reversed() {
                Output.line("\(end.key.id) ed25519 \(end.key.hex) until \(end.until.iso8601)")
            }
        }
    }
}
