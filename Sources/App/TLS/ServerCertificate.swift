import Foundation
import Kernel
import NIOSSL

/// Where the certificate and its key are: PEM files.
package struct TLSFiles: Sendable, Equatable {
    package let certificate: String
    package let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Both, or neither; one alone is told.
    init?(certificate: String?, key: String?) throws(Fault) {
        switch (certificate, key) {
        case (nil, nil): return nil
        case (.some(let certificate), .some(let key)): self.init(certificate: certificate, key: key)
        case (.some, nil), (nil, .some):
            throw Fault(
                .invalid, "config.tls", "TLS is half configured.",
                remedy: "Set server.tls.certificate and server.tls.key, or neither.")
        }
    }

    struct Contents: Equatable {
        let certificate: [UInt8]
        let key: [UInt8]
    }

    /// A chain or a key is never larger. Keeps a wrong path from reading a disk image.
    private static let largest = 1 << 20

    func read() throws(Fault) -> Contents {
        try checkMode()
        return Contents(certificate: try Self.read(certificate, "certificate"), key: try Self.read(key, "key"))
    }

    private static func read(_ path: String, _ what: String) throws(Fault) -> [UInt8] {
        let bytes: Data?
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            bytes = try handle.read(upToCount: largest + 1)
            try handle.close()
        } catch {
            throw Fault(
                .unavailable, "tls.\(what)", "The file of the TLS \(what) cannot be read.",
                remedy: "Is the path right, and may this user read it?", place: path, cause: error)
        }
        guard let bytes, !bytes.isEmpty, bytes.count <= largest else {
            throw Fault(
                .invalid, "tls.\(what)", "The file of the TLS \(what) is empty or larger than a megabyte.", place: path)
        }
        return Array(bytes)
    }

    /// The key is its owner's; a group may read it (as Debian's `ssl-cert`), nobody else.
    private func checkMode() throws(Fault) {
        // Links, as certbot makes them, are followed: their own mode says nothing.
        let path = URL(fileURLWithPath: key).resolvingSymlinksInPath().path
        let mode: Int?
        do {
            mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        } catch {
            throw Fault(
                .unavailable, "tls.key", "The file of the TLS key cannot be found.",
                remedy: "Is the path right, and may this user see it?", place: key, cause: error)
        }
        guard let mode, mode & 0o037 == 0 else {
            throw Fault(
                .invalid, "tls.key-mode",
                "The TLS key is open to others (mode \(String(mode ?? 0, radix: 8))).",
                remedy: "chmod 600 the file; a group may read it at most (640).", place: key)
        }
    }
}

/// A certificate with its chain and its key, read, matched and in its time.
struct ServerCertificate: Sendable {
    let from: Instant
    let until: Instant
    let context: NIOSSLContext

    init(_ contents: TLSFiles.Contents, files: TLSFiles, at now: Instant) throws(Fault) {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(contents.certificate)
        } catch {
            throw Fault(
                .invalid, "tls.certificate", "The TLS certificate is not readable as PEM.",
                remedy: "The file must hold the certificate, then those between it and the root.",
                place: files.certificate, cause: error)
        }
        do {
            key = try NIOSSLPrivateKey(bytes: contents.key, format: .pem)
        } catch {
            throw Fault(
                .invalid, "tls.key", "The TLS key is not readable as PEM, or it is encrypted.",
                remedy: "Give the key without a passphrase, in a file that only its owner can read.",
                place: files.key, cause: error)
        }
        // The chain holds for as long as the first of its certificates to run out.
        guard let from = chain.map(\.notValidBefore).max(), let until = chain.map(\.notValidAfter).min() else {
            throw Fault(
                .invalid, "tls.certificate", "The file of the TLS certificate holds none.", place: files.certificate)
        }
        self.from = Instant(seconds: Int64(from))
        self.until = Instant(seconds: Int64(until))
        if now >= self.until {
            throw Fault(
                .invalid, "tls.expired", "The TLS certificate ran out at \(self.until.iso8601).",
                remedy: "Renew it.", place: files.certificate)
        }
        if now < self.from {
            throw Fault(
                .invalid, "tls.not-yet", "The TLS certificate holds only from \(self.from.iso8601) on.",
                remedy: "Is this machine's clock right?", place: files.certificate)
        }
        do {
            context = try NIOSSLContext(configuration: Self.configuration(chain, key))
        } catch {
            throw Fault(
                .invalid, "tls.mismatch", "The TLS key is not the one of the certificate.",
                remedy: "Give the key with which the certificate was asked for.", place: files.key, cause: error)
        }
    }

    /// TLS 1.2 and 1.3; in 1.2 only ciphers with forward secrecy that authenticate what they encrypt, so that every choice
    /// a client can make is a safe one. Source: RFC 9325, 4.2; Mozilla's "intermediate" list.
    private static func configuration(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = safe
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    static let safe: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
}
