package import Crypto
import Foundation
package import Kernel

/// A key that signed here until another followed it: its public half, and its own word for who follows.
package struct EarlierSigningKey: Sendable, Equatable {
    /// The key that signed.
    package let key: PublicSigningKey
    /// When it was replaced.
    package let until: Instant
    /// The key that followed it.
    package let next: PublicSigningKey
    /// Ed25519 over the UTF-8 of `statement`, by the key itself.
    package let signature: [UInt8]

    init(_ key: Curve25519.Signing.PrivateKey, until: Instant, next: PublicSigningKey) throws {
        let own = PublicSigningKey(key.publicKey)
        let signed = Array(Self.statement(own, until, next).utf8)
        self.init(own, until: until, next: next, signature: Array(try key.signature(for: signed)))
    }

    private init(_ key: PublicSigningKey, until: Instant, next: PublicSigningKey, signature: [UInt8]) {
        self.key = key
        self.until = until
        self.next = next
        self.signature = signature
    }

    /// Reads a line to the letter; nil: it is none, or the key did not sign it.
    package init?(line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 7, let key = PublicSigningKey(hex: words[1]), let until = Int64(words[3]),
            let next = PublicSigningKey(hex: words[5]), let signature = Hex.decode(words[6])
        else { return nil }
        self.init(key, until: Instant(microseconds: until), next: next, signature: signature)
        guard self.line == line, key.isValid(signature, of: Array(statement.utf8)) else { return nil }
    }

    /// What is signed. The form is frozen.
    package var statement: String { Self.statement(key, until, next) }
    /// How it stands on the list of earlier keys.
    package var line: String { statement + " " + Hex.encode(signature) }

    private static func statement(_ key: PublicSigningKey, _ until: Instant, _ next: PublicSigningKey) -> String {
        "signing-key \(key.hex) until \(until.microseconds) next \(next.hex)"
    }
}

/// The key that signs, with all that anything of ours may be signed by.
package struct SigningRing: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// Of the key that signs now.
    package let publicKey: PublicSigningKey
    /// Those that signed before it, the oldest first.
    package let earlier: [EarlierSigningKey]
    /// Every key, the oldest first. Behind the one that signs comes the one that is about to follow it, if any.
    package let all: [PublicSigningKey]
    private let ids: [String]

    init(_ key: Curve25519.Signing.PrivateKey, earlier: [EarlierSigningKey] = [], next: PublicSigningKey? = nil) {
        let own = PublicSigningKey(key.publicKey)
        var all = earlier.map(\.key) + [own]
        if let next { all.append(next) }
        self.key = key
        self.earlier = earlier
        self.all = all
        publicKey = own
        ids = all.map(\.id)
    }

    /// How the key is named beside what it signs; nil for an installation's first key, which is never named.
    package var name: String? { earlier.isEmpty ? nil : publicKey.id }

    /// Ed25519, 64 bytes, by the key that signs now.
    package func sign(_ bytes: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: bytes)) }

    /// Whether a name is that of one of the keys.
    package func knows(_ id: String) -> Bool { ids.contains(id) }

    /// Whether one of the keys made this signature; with a name, the key of that name.
    package func isSigned(_ bytes: [UInt8], by signature: [UInt8], named id: String? = nil) -> Bool {
        place(of: signature, over: bytes, named: id) != nil
    }

    /// Where the key that made a signature stands among all; nil: none of them made it. What names no key is of the
    /// first one, as a rule.
    func place(of signature: [UInt8], over bytes: [UInt8], named id: String?) -> Int? {
        all.indices.first { (id == nil || ids[$0] == id) && all[$0].isValid(signature, of: bytes) }
    }
}

/// What signs and what signatures are checked by. It is read each time, so a running process needs no word of a
/// rotation.
package struct SigningKey: Sendable {
    private let read: @Sendable () throws -> SigningRing

    /// One key for good, without files.
    package init(key: Curve25519.Signing.PrivateKey) {
        read = { SigningRing(key) }
    }

    init(reading read: @escaping @Sendable () throws -> SigningRing) { self.read = read }

    /// The keys as they are now.
    package func ring() throws -> SigningRing { try read() }
}

extension KeyFolder {
    /// The public halves of the keys that signed before, a line each.
    static let earlierSigners = "signing-keys.earlier"

    /// What signs for this installation. Throws `keys.missing` or `keys.damaged`, with the file that is.
    package func signingKey() throws(Fault) -> SigningKey {
        _ = try signingRing()
        let folder = self
        return SigningKey(reading: { try folder.signingRing() })
    }

    func signingRing() throws(Fault) -> SigningRing {
        do {
            return try readSigningRing()
        } catch  where error.code == "keys.damaged" {
            // The files may have changed names between the reading of two of them.
            return try readSigningRing()
        }
    }

    /// In this order: a key is on the list before another takes its file.
    private func readSigningRing() throws(Fault) -> SigningRing {
        let key = try signing()
        let own = PublicSigningKey(key.publicKey)
        var earlier = try earlierSigningKeys()
        // Listed already, and still the one that signs: a rotation is between the two steps.
        if let last = earlier.last, last.key == own { earlier.removeLast() }
        if let last = earlier.last, last.next != own { throw damagedSigners }
        return SigningRing(key, earlier: earlier, next: try nextSigningKey())
    }

    private func nextSigningKey() throws(Fault) -> PublicSigningKey? {
        guard isThere(KeyFile.signing.next) else { return nil }
        do {
            return PublicSigningKey(try signing(KeyFile.signing.next).publicKey)
        } catch  where error.code == "keys.missing" || error.code == "keys.damaged" {
            // It took its name a moment ago, or is still being brought here: nothing is signed by it yet.
            return nil
        }
    }

    /// As the list tells it, the oldest first; each line leads to the next. The key to which the last one leads has
    /// sealed the whole, so that nobody adds a key of their own before the first.
    func earlierSigningKeys() throws(Fault) -> [EarlierSigningKey] {
        guard isThere(Self.earlierSigners) else { return [] }
        var keys: [EarlierSigningKey] = []
        var lines = try lines(of: Self.earlierSigners)
        guard let seal = lines.popLast().flatMap(Self.seal) else { throw damagedSigners }
        for line in lines {
            guard let key = EarlierSigningKey(line: line) else { throw damagedSigners }
            if let last = keys.last, last.next != key.key { throw damagedSigners }
            keys.append(key)
        }
        guard let last = keys.last, last.next.isValid(seal, of: Self.sealed(keys)) else { throw damagedSigners }
        return keys
    }

    /// What the seal of the list is over. The form is frozen.
    private static func sealed(_ keys: [EarlierSigningKey]) -> [UInt8] {
        Array("signing-keys\n".utf8) + text(keys).utf8
    }

    private static func text(_ keys: [EarlierSigningKey]) -> String { keys.map { $0.line + "\n" }.joined() }

    private static func seal(_ line: String) -> [UInt8]? {
        line.hasPrefix("sealed ") ? Hex.decode(String(line.dropFirst("sealed ".count))) : nil
    }

    /// Writes down that the key in use signs until now, and which key follows it. Once more after a rotation that was
    /// cut off: it signed in between.
    func listSigningKey(until now: Instant) throws {
        let key = try signing()
        let next = try signing(KeyFile.signing.next)
        let ended = try EarlierSigningKey(key, until: now, next: PublicSigningKey(next.publicKey))
        let keys = try earlierSigningKeys().filter { $0.key != ended.key } + [ended]
        let seal = Array(try next.signature(for: Self.sealed(keys)))
        try writeWhole(Self.text(keys) + "sealed \(Hex.encode(seal))\n", as: Self.earlierSigners)
    }

    /// The lines of one of the folder's lists.
    func lines(of name: String) throws(Fault) -> [String] {
        guard let data = FileManager.default.contents(atPath: path + "/" + name) else { throw lack(of: name) }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private var damagedSigners: Fault {
        Fault(
            .unavailable, "keys.damaged",
            "The list of earlier signing keys is damaged, or does not lead to the signing key.",
            remedy: "Put back the key folder that belongs to this data directory, from where you keep its copy.",
            place: path + "/" + Self.earlierSigners)
    }
}
