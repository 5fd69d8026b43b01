import Crypto
package import Kernel
import Store
import Synchronization

/// One tenant's keys at work: seals, opens, derives index keys, and keeps a bounded cache of subject keys.
package final class TenantVault: Sendable {
    package let tenant: ID<Tenant>
    private let tenantKey: SymmetricKey
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
    init(tenant: ID<Tenant>, key: SymmetricKey, store: KeyStore, generation: Int64, at: Instant) {
        self.tenant = tenant
        tenantKey = key
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
        var rows: [(subject: Int64, wrapped: [UInt8])] = []
        rows.reserveCapacity(count)
        var fresh: [(Int64, SymmetricKey)] = []
        for _ in 0..<count {
            let subject = store.nextSubject()
            let key = SymmetricKey(size: .bits256)
            rows.append((subject, try Wrap.wrap(key, by: tenantKey, tenant: tenant, name: subject)))
            fresh.append((subject, key))
        }
        try await store.insert(rows, tenant: tenant)
        held.withLock { held in
            for (subject, key) in fresh { held.keys[subject] = key }
        }
        return rows.map(\.subject)
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

    private func key(of subject: ID<KeySubject>) throws -> SymmetricKey {
        let now = store.clock.now()
        var (key, round, fresh) = held.withLock { held in
            let fresh = held.isFresh(at: now)
            return (fresh ? held.keys[subject.raw] : nil, held.round, fresh)
        }
        if !fresh {
            try askWhatWasDisposed(at: now)
            (key, round) = held.withLock { ($0.keys[subject.raw], $0.round) }
        }
        if let key { return key }
        guard let wrapped = try store.wrapped(subject.raw, tenant: tenant) else {
            throw Fault(
                .gone, "sealed.disposed", "This data was disposed of: its key no longer exists.")
        }
        let fetched = try Wrap.unwrap(wrapped, by: tenantKey, tenant: tenant, name: subject.raw)
        held.withLock { held in
            // A disposal that was heard of meanwhile may be of this key, read just before it went.
            if held.round == round { held.keys[subject.raw] = fetched }
        }
        return fetched
    }

    /// Asks the key store what was disposed of since the last time and drops it. For a background task that asks more
    /// often than `longestKeyAge`, so that reads find what they hold fresh and ask nothing.
    package func refreshKeys() async throws {
        let now = store.clock.now()
        let known = held.withLock { $0.generation }
        let news = try await store.disposals(after: known, tenant: tenant)
        held.withLock { $0.note(news, at: now) }
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
        return Sealed(bytes: try seal(packer.bytes, kind: Value.sealKind, id: id, key: try key(of: subject)))
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
        try Value(unpacking: Unpacker(try open(sealed.bytes, kind: Value.sealKind, id: id, key: try key(of: subject))))
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
        return try resealed(bytes, kind: kind, id: id, key: try key(of: subject))
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

    // MARK: Keys derived from the tenant's key

    /// A key for one use, named by `label`, derived by HKDF-SHA256. The number of labels is small and fixed.
    func derivedKey(_ label: String) -> SymmetricKey {
        if let key = derived.withLock({ $0[label] }) { return key }
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: tenantKey, info: Array("throughline/\(label)".utf8), outputByteCount: 32)
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

/// Subject keys in memory, and how far this node knows what was disposed of.
private struct HeldKeys {
    var keys = TwoGenerationCache<Int64, SymmetricKey>(limit: 60_000)
    /// Every disposal up to this generation of the key store has been heeded.
    private(set) var generation: Int64
    /// Counts the times that keys were dropped: a key fetched in an earlier round is not kept.
    private(set) var round: UInt64 = 0
    private var askedAt: Instant

    init(generation: Int64, at: Instant) {
        self.generation = generation
        askedAt = at
    }

    /// A clock that was set back makes it old too.
    func isFresh(at now: Instant) -> Bool {
        let age = now.microseconds - askedAt.microseconds
        return age >= 0 && age <= Self.longestAge
    }

    /// In microseconds: looked at for every value that is opened.
    private static let longestAge = TenantVault.longestKeyAge.microseconds

    mutating func drop(_ subjects: [Int64]) {
        round += 1
        for subject in subjects { keys[subject] = nil }
    }

    mutating func note(_ news: KeyStore.Disposals, at moment: Instant) {
        if news.generation > generation {
            generation = news.generation
            drop(news.subjects)
        }
        askedAt = moment
    }
}

/// A bounded cache: when the young half is full it becomes the old half, and the old half is dropped. It never holds
/// more than `limit` values and one.
package struct TwoGenerationCache<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let half: Int

    package init(limit: Int) { half = max(1, limit / 2) }

    package var count: Int { young.count + old.count }

    package subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old[key] else { return nil }
            self[key] = value
            return value
        }
        set {
            old[key] = nil
            young[key] = newValue
            if young.count > half {
                old = young
                young = [:]
            }
        }
    }
}

/// Subjects made ahead. One refill runs at a time; callers that find the pool empty wait for it.
private actor SubjectPool {
    private var ready: [Int64] = []
    private var refill: Task<[Int64], any Error>?

    func take(_ make: @escaping @Sendable (Int) async throws -> [Int64]) async throws -> Int64 {
        while true {
            if let subject = ready.popLast() { return subject }
            let task: Task<[Int64], any Error>
            if let refill {
                task = refill
            } else {
                task = Task { try await make(256) }
                refill = task
            }
            let outcome = await task.result
            if refill == task {
                // Forgotten also when it failed: the next caller tries anew.
                refill = nil
                if case .success(let made) = outcome { ready.append(contentsOf: made) }
            }
            _ = try outcome.get()
        }
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
