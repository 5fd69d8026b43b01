import Crypto
package import Kernel
import Store
import Synchronization

/// One tenant's keys at work: seals, opens, derives index keys, and keeps a bounded cache of subject keys.
package final class TenantVault: Sendable {
    package let tenant: ID<Tenant>
    /// What index keys and keyed hashes are derived from. It wraps nothing and is never replaced.
    private let root: SymmetricKey
    private let wrapping: Mutex<WrappingKeys>
    let store: KeyStore
    private let held: Mutex<HeldKeys>
    /// Held while the key store is asked what was disposed of, so that one caller asks for all.
    private let asking = Mutex<Void>(())
    private let pool = SubjectPool()
    private let derived = Mutex<[String: SymmetricKey]>([:])

    /// How long a key that is held may be used without asking the key store whether it still exists. A disposal reaches
    /// every node within it, however the node learns of it; a background task asks more often, so that reads need not.
    package static let longestKeyAge: Duration = .milliseconds(500)

    /// - generation: the key store's, read before any key; `at` is the moment before that.
    init(
        tenant: ID<Tenant>, root: SymmetricKey, wrapping: WrappingKeys, store: KeyStore, generation: Int64, at: Instant
    ) {
        self.tenant = tenant
        self.root = root
        self.wrapping = Mutex(wrapping)
        self.store = store
        held = Mutex(HeldKeys(generation: generation, at: at))
    }

    // MARK: Subjects

    /// A fresh subject whose key is already durable. Keys are made ahead in bulk, so that making a patient costs no
    /// second commit; a key that is never used does no harm.
    package func newSubject() async throws -> ID<KeySubject> {
        ID(raw: try await pool.take { count in try await self.makeSubjects(count) })
    }

    /// Many fresh subjects at once, for import and generation.
    package func newSubjects(_ count: Int) async throws -> [ID<KeySubject>] {
        try await makeSubjects(count).map { ID(raw: $0) }
    }

    private func makeSubjects(_ count: Int) async throws -> [Int64] {
        let fresh = (0..<count).map { _ in (store.nextSubject(), SymmetricKey(size: .bits256)) }
        for _ in 0..<3 {
            let keys = wrappingKeys
            guard let outer = keys.keys[keys.current] else { throw KeyStore.wrongKey }
            let rows = try fresh.map { subject, key in
                (subject: subject, wrapped: try Wrap.wrap(key, by: outer, tenant: tenant, name: subject))
            }
            if try await store.insert(rows, wrapping: keys.current, tenant: tenant) {
                held.withLock { held in
                    for (subject, key) in fresh { held.keys[subject] = SubjectKeys(current: key) }
                }
                return fresh.map(\.0)
            }
            // The tenant's key was replaced since it was loaded.
            try await reloadWrappingKeys()
        }
        throw KeyStore.wrongKey
    }

    /// Deletes the subject's key for ever: whatever was sealed under it stays unreadable, in every backup too, and on
    /// every other node within `longestKeyAge`. False when it was already gone.
    package func dispose(_ subject: ID<KeySubject>) async throws -> Bool {
        try await dispose([subject]) == 1
    }

    /// The same for many at once; how many keys there were to delete.
    package func dispose(_ subjects: [ID<KeySubject>]) async throws -> Int {
        let count = try await store.dispose(subjects.map(\.raw), tenant: tenant)
        forget(subjects.map(\.raw))
        return count
    }

    /// Drops keys from memory at once, without waiting to hear of them from the key store.
    func forget(_ subjects: [Int64]) {
        held.withLock { $0.drop(subjects) }
    }

    private func keys(of subject: ID<KeySubject>) throws -> SubjectKeys {
        let now = store.clock.now()
        let (keys, fresh) = held.withLock { held in
            let fresh = held.isFresh(at: now)
            return (fresh ? held.keys[subject.raw] : nil, fresh)
        }
        if let keys { return keys }
        if !fresh {
            try askWhatWasDisposed(at: now)
            if let keys = held.withLock({ $0.keys[subject.raw] }) { return keys }
        }
        return try fetch(subject)
    }

    /// The keys as the key store has them now, held from here on. It blocks.
    private func fetch(_ subject: ID<KeySubject>) throws -> SubjectKeys {
        for _ in 0..<3 {
            let round = held.withLock { $0.round }
            guard let stored = try store.stored(subject.raw, tenant: tenant) else { throw Self.disposed }
            guard let outer = wrappingKeys.keys[stored.wrapping] else {
                // The tenant's key was replaced since it was loaded.
                let new = try store.wrappingKeysNow(tenant)
                wrapping.withLock { $0 = new }
                continue
            }
            let keys = try stored.unwrapped(by: outer, tenant: tenant)
            held.withLock { held in
                // A disposal that was heard of meanwhile may be of this key, read just before it went.
                if held.round == round { held.keys[subject.raw] = keys }
            }
            return keys
        }
        throw KeyStore.wrongKey
    }

    static var disposed: Fault {
        Fault(.gone, "sealed.disposed", "This data was disposed of: its key no longer exists.")
    }

    var wrappingKeys: WrappingKeys { wrapping.withLock { $0 } }

    /// Takes the tenant's keys as the key store has them now.
    func reloadWrappingKeys() async throws {
        let new = try await store.wrappingKeys(tenant)
        wrapping.withLock { $0 = new }
    }

    /// Asks the key store what was disposed of since the last time and drops it. For a background task that asks more
    /// often than `longestKeyAge`, so that reads find what they hold fresh and ask nothing.
    package func refreshKeys() async throws {
        let now = store.clock.now()
        let known = held.withLock { $0.generation }
        let news = try await store.disposals(after: known, tenant: tenant)
        held.withLock { $0.note(news, at: now) }
        // The tenant's key may be among what changed.
        if news.generation > known { try await reloadWrappingKeys() }
    }

    /// The same for a read that found nobody had asked in time. It blocks: call on a storage thread.
    private func askWhatWasDisposed(at now: Instant) throws {
        try asking.withLock { _ in
            guard let known = held.withLock({ $0.isFresh(at: now) ? nil : $0.generation }) else { return }
            let news = try store.disposalsNow(after: known, tenant: tenant)
            held.withLock { $0.note(news, at: now) }
        }
    }

    // MARK: Sealing

    /// Seals a value for one row. Call on a storage thread or in a write closure: a key may have to be fetched.
    package func seal<Value: Sealable>(
        _ value: Value, id: Int64, subject: ID<KeySubject>
    ) throws -> Sealed<Value> {
        var packer = Packer()
        value.pack(into: &packer)
        return Sealed(bytes: try seal(packer.bytes, kind: Value.sealKind, id: id, key: try keys(of: subject).current))
    }

    func seal(_ plain: [UInt8], kind: SealKind, id: Int64, key: SymmetricKey) throws -> [UInt8] {
        let format = store.formats.newest
        let sealed = try format.seal(
            plain, key, Self.associated(kind: kind, version: format.version, tenant: tenant, id: id))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sealed.count + 1)
        bytes.append(format.version)
        bytes.append(contentsOf: sealed)
        return bytes
    }

    func open<Value: Sealable>(_ sealed: Sealed<Value>, id: Int64, subject: ID<KeySubject>) throws -> Value {
        try Value(unpacking: Unpacker(try open(sealed.bytes, kind: Value.sealKind, id: id, subject: subject)))
    }

    /// Opens by the subject's key, or by the one before it while that is being replaced.
    private func open(_ bytes: [UInt8], kind: SealKind, id: Int64, subject: ID<KeySubject>) throws -> [UInt8] {
        let known = try keys(of: subject)
        do {
            return try open(bytes, kind: kind, id: id, key: known.current)
        } catch let fault as Fault where fault.code == "sealed.tampered" {
            if let previous = known.previous, let plain = try? open(bytes, kind: kind, id: id, key: previous) {
                return plain  // what does not open by this one either is told below
            }
            let now = try fetch(subject)
            if now == known { throw fault }
            if let plain = try? open(bytes, kind: kind, id: id, key: now.current) { return plain }  // as above
            guard let previous = now.previous else { throw fault }
            return try open(bytes, kind: kind, id: id, key: previous)
        }
    }

    func open(_ bytes: [UInt8], kind: SealKind, id: Int64, key: SymmetricKey) throws -> [UInt8] {
        guard let version = bytes.first, let format = store.formats[version] else {
            throw Fault(.internalError, "sealed.version", "A sealed row has a version this program does not know.")
        }
        do {
            return try format.open(
                bytes.dropFirst(), key, Self.associated(kind: kind, version: version, tenant: tenant, id: id))
        } catch {
            throw Fault(
                .internalError, "sealed.tampered", "A sealed row does not open: it was changed or moved.", cause: error)
        }
    }

    /// The version that `seal` writes.
    package var newestSealVersion: UInt8 { store.formats.newest.version }

    /// The same value in the newest version; nil when it has that already. Nothing of the value leaves the vault, so no
    /// grant is needed. Call on a storage thread.
    func resealed(_ bytes: [UInt8], kind: SealKind, id: Int64, subject: ID<KeySubject>) throws -> [UInt8]? {
        if bytes.first == newestSealVersion { return nil }
        let plain = try open(bytes, kind: kind, id: id, subject: subject)
        return try seal(plain, kind: kind, id: id, key: try keys(of: subject).current)
    }

    /// The same value under the subject's key; nil when it stands under that already. Throws `sealed.tampered` when it
    /// opens neither by it nor by the one before it.
    func rekeyed(_ bytes: [UInt8], kind: SealKind, id: Int64, subject: ID<KeySubject>) throws -> [UInt8]? {
        let keys = try keys(of: subject)
        do {
            _ = try open(bytes, kind: kind, id: id, key: keys.current)
            return nil
        } catch let fault as Fault where fault.code == "sealed.tampered" {
            guard let previous = keys.previous else { throw fault }
            let plain = try open(bytes, kind: kind, id: id, key: previous)
            return try seal(plain, kind: kind, id: id, key: keys.current)
        }
    }

    func resealed(_ bytes: [UInt8], kind: SealKind, id: Int64, key: SymmetricKey) throws -> [UInt8] {
        try seal(try open(bytes, kind: kind, id: id, key: key), kind: kind, id: id, key: key)
    }

    private static func associated(kind: SealKind, version: UInt8, tenant: ID<Tenant>, id: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(19)
        bytes.append(UInt8(kind.number >> 8))
        bytes.append(UInt8(truncatingIfNeeded: kind.number))
        bytes.append(version)
        bytes.append(contentsOf: BigEndian.bytes(tenant.raw))
        bytes.append(contentsOf: BigEndian.bytes(id))
        return bytes
    }

    // MARK: Keys derived from the tenant's root

    /// A key for one use, named by `label`, derived by HKDF-SHA256. The number of labels is small and fixed.
    func derivedKey(_ label: String) -> SymmetricKey {
        if let key = derived.withLock({ $0[label] }) { return key }
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, info: Array("throughline/\(label)".utf8), outputByteCount: 32)
        derived.withLock { $0[label] = key }
        return key
    }

    /// A keyed hash of 32 bytes, for what must be recognised again but never read: source ids, tokens, payloads.
    package func keyedHash(_ bytes: [UInt8], label: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: derivedKey("hash/" + label)))
    }

    /// Encrypts a short text that leaves the server and comes back: cursors, state in links. Not for storage.
    package func sealToken(_ plain: [UInt8], label: String) throws -> String {
        let box = try AES.GCM.seal(plain, using: derivedKey("token/" + label))
        guard let combined = box.combined else {
            throw Fault(.internalError, "token.seal", "A token could not be made.")
        }
        return Base64URL.encode(Array(combined))
    }

    /// Nil when the token was altered or made for another label.
    package func openToken(_ text: String, label: String) -> [UInt8]? {
        guard let bytes = Base64URL.decode(text), let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? AES.GCM.open(box, using: derivedKey("token/" + label))
        else { return nil }  // a foreign or altered token is an expected input, not a failure
        return Array(plain)
    }
}

/// URL-safe base 64 without padding (RFC 4648 §5).
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 3)
        var index = 0
        while index < bytes.count {
            let rest = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if rest > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if rest > 2 { group |= UInt32(bytes[index + 2]) }
            for position in 0...rest { text.append(alphabet[Int(group >> (18 - 6 * UInt32(position)) & 63)]) }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        for character in text.utf8 {
            let value: UInt32
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(character) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(character) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(character) + 4
            case UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "_"): value = 63
            default: return nil
            }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                group &= (1 << UInt32(bits)) - 1
            }
        }
        return bits < 6 && group == 0 ? bytes : nil
    }
}
