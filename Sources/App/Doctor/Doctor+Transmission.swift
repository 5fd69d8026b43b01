import Foundation
import Kernel
import NIOSSL
import Spine

/// TLS as the running server really does it: somebody connects and looks.
extension Doctor {
    /// A certificate that runs out within this wants attention.
    private static let soon: Duration = .days(14)

    /// To the browser: integrity and encryption come with the same TLS.
    func encryptionInTransit() async -> Check {
        let settings = platform.settings
        if settings.tlsCertificate != nil {
            let host = ["0.0.0.0", "::"].contains(settings.host) ? "127.0.0.1" : settings.host
            let name = settings.publicBase.flatMap { URL(string: $0)?.host }
            return transmission(
                await TLSProbe(host: host, port: settings.port, name: Self.name(name)).look(),
                at: "\(host):\(settings.port)", name: name,
                silent: "nobody speaks TLS at \(host):\(settings.port), where the server is configured to",
                remedy: "Start it with throughline serve, and give doctor the same --port.")
        }
        guard let base = settings.publicBase, base.lowercased().hasPrefix("https://"), let url = URL(string: base),
            let host = url.host
        else {
            return transmission(
                .failed, "no TLS is configured: plain HTTP on \(settings.host)",
                remedy: "Set server.tls.certificate and server.tls.key, or put a TLS proxy in front and set "
                    + "server.publicBase and server.secureCookies.")
        }
        guard settings.secureCookies else {
            return transmission(
                .failed, "the public address is https, but cookies may leave over plain HTTP",
                remedy: "Set server.secureCookies.")
        }
        let port = url.port ?? 443
        return transmission(
            await TLSProbe(host: host, port: port, name: Self.name(host)).look(), at: "\(host):\(port)", name: host,
            silent: "nobody speaks TLS at the public address \(host):\(port), as seen from here",
            remedy: "Is the proxy running, and is server.publicBase its address?")
    }

    private func transmission(
        _ finding: TLSProbe.Finding, at place: String, name: String?, silent: String, remedy: String
    ) -> Check {
        guard let best = finding.best else { return transmission(.failed, silent, remedy: remedy) }
        let now = platform.installation.spine.clock.now()
        let accepted = finding.takesTLS12 ? ", takes TLS 1.2 with forward secrecy" : ""
        let refused = [
            finding.takesOld ? "TAKES TLS 1.1 OR OLDER" : "refuses TLS 1.1 and older",
            finding.takesWeak
                ? "TAKES CIPHERS WITHOUT FORWARD SECRECY OR AUTHENTICATION" : "refuses ciphers without forward secrecy",
        ].joined(separator: ", ")
        let trust =
            finding.isTrusted
            ? "this machine trusts the certificate" + (name.map { " for \($0)" } ?? "")
            : "this machine does NOT trust the certificate" + (name.map { " for \($0)" } ?? "")
        let evidence =
            "shook hands at \(place): \(Self.words(best.version))\(accepted), \(refused); certificate until "
            + "\(best.until.iso8601); \(trust)"
        if finding.takesOld || finding.takesWeak || !Self.isModern(best.version) {
            return transmission(
                .failed, evidence,
                remedy: "Let the proxy take TLS 1.2 and 1.3 only, with ECDHE and AES-GCM or ChaCha20.")
        }
        if best.until <= now {
            return transmission(.failed, evidence, remedy: "Renew the certificate: it has run out.")
        }
        if !finding.isTrusted {
            return transmission(
                .warning, evidence,
                remedy: "Use a certificate that browsers trust, or add its authority to this machine.")
        }
        return transmission(
            best.until - now < Self.soon ? .warning : .ok, evidence, remedy: "Renew the certificate soon.")
    }

    private func transmission(_ status: Status, _ evidence: String, remedy: String) -> Check {
        Check(
            id: "transmission-security", rule: "164.312(e)(1), (e)(2)(i), (e)(2)(ii); proposed 164.312(g)",
            status: status,
            evidence: evidence, remedy: remedy)
    }

    /// A name that a certificate can be for: an address has none.
    private static func name(_ host: String?) -> String? {
        guard let host, !host.contains(":"), host.contains(where: \.isLetter) else { return nil }
        return host
    }

    private static func isModern(_ version: TLSVersion) -> Bool { version == .tlsv12 || version == .tlsv13 }

    private static func words(_ version: TLSVersion) -> String {
        switch version {
        case .tlsv1: "TLS 1.0"
        case .tlsv11: "TLS 1.1"
        case .tlsv12: "TLS 1.2"
        case .tlsv13: "TLS 1.3"
        }
    }
}
