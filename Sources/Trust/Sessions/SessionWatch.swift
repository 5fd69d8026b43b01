import Kernel
import Logging
import PeopleAPI
import Spine
import Store
import StudioAPI
import Synchronization
import Vault

/// Looks after sessions that hold a live stream open: a few times a second it asks for all of them at once whether they
/// still hold, whoever ended them on whatever node, and whether their rights, the records that they never open and what
/// stands for them in others' care are still those they began with.
final class SessionWatch: Sendable {
    /// With the time of the question itself well below a second.
    static let pause: Duration = .milliseconds(300)

    private struct Watched: Sendable {
        let tenant: ID<Tenant>
        let session: Int64
        let end: AsyncStream<Bool>.Continuation
        /// What the stream's caller was made with; nil: somebody who has to set something up first.
        let began: Began?
    }

    /// What a caller was made with.
    struct Began: Sendable, Equatable {
        let rights: RoleRights
        let own: Set<ID<Patient>>
        let relationship: Caller.Relationship

        init(of caller: Caller) {
            self.init(rights: RoleRights(of: caller), own: caller.own, relationship: caller.relationship)
        }

        /// The moment of the request is no difference.
        init(rights: RoleRights, own: Set<ID<Patient>>, relationship: Caller.Relationship) {
            self.rights = rights
            self.own = own
            if case .needed(let parties, _) = relationship {
                self.relationship = .needed(parties: parties, at: Instant(microseconds: 0))
            } else {
                self.relationship = .notNeeded
            }
        }
    }

    private struct State {
        var next = 0
        var watched: [Int: Watched] = [:]
        var isRunning = false
    }

    private let spine: Spine
    private let definitions: any DefinitionReading
    private let directory: (any PatientDirectory)?
    private let state = Mutex(State())

    init(spine: Spine, definitions: any DefinitionReading, directory: (any PatientDirectory)?) {
        self.spine = spine
        self.definitions = definitions
        self.directory = directory
    }

    /// Returns when the session has ended (true) or what its person may see has changed (false), or the task was
    /// cancelled (nil).
    func ended(_ session: Int64, tenant: ID<Tenant>, began: Began?) async -> Bool? {
        let (stream, end) = AsyncStream.makeStream(of: Bool.self)
        let (key, start) = state.withLock { state in
            state.next += 1
            state.watched[state.next] = Watched(tenant: tenant, session: session, end: end, began: began)
            let start = !state.isRunning
            state.isRunning = true
            return (state.next, start)
        }
        if start { Task { await run() } }
        defer { state.withLock { $0.watched[key] = nil } }
        for await hasEnded in stream { return hasEnded }
        return nil
    }

    private func run() async {
        while true {
            // Nobody cancels this task: it ends when nobody is watched.
            try? await Task.sleep(for: Self.pause)
            let watched = state.withLock { state in
                if state.watched.isEmpty { state.isRunning = false }
                return state.watched
            }
            if watched.isEmpty { return }
            for (tenant, entries) in Dictionary(grouping: watched, by: { $0.value.tenant }) {
                do {
                    try await look(tenant, entries)
                } catch {
                    spine.logger.warning("live sessions could not be looked up", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func look(_ tenant: ID<Tenant>, _ entries: [(key: Int, value: Watched)]) async throws {
        let sessions = Array(Set(entries.map(\.value.session)))
        try await definitions.refresh(of: tenant)
        let directory = directory
        let seen = try await spine.database.read(tenant) { transaction in
            let standings = try SessionStore.standings(of: sessions, in: transaction)
            let users = Array(Set(standings.map(\.user)))
            return Seen(
                standings: standings, own: try StaffTies.own(of: users, directory, in: transaction),
                parties: try CareRelations.parties(of: users, in: transaction))
        }
        let known = Dictionary(seen.standings.map { ($0.session, $0) }, uniquingKeysWith: { first, _ in first })
        let now = spine.clock.now()
        let configuration = try definitions.configuration(of: tenant)
        for (_, entry) in entries {
            let roles = known[entry.session]?.roles.split(separator: " ").map(String.init) ?? []
            guard let standing = known[entry.session], standing.state == "active",
                standing.times.hold(Gatekeeper.limits(roles, configuration), at: now)
            else {
                entry.end.yield(true)
                entry.end.finish()
                continue
            }
            // However soon after the stream began they changed: it is held against what it began with.
            let places = (standing.locations ?? "").split(separator: " ").map(String.init)
            guard let before = entry.began else { continue }
            let rights = RoleRights(roles, places: places, configuration)
            let parties = Gatekeeper.parties(
                standing.user, roles: roles, seen.parties[standing.user] ?? [], configuration)
            let after = Began(
                rights: rights, own: seen.own[standing.user] ?? [],
                relationship: rights.needsRelationship ? .needed(parties: parties, at: now) : .notNeeded)
            if before != after {
                entry.end.yield(false)
                entry.end.finish()
            }
        }
    }

    private struct Seen: Sendable {
        let standings: [SessionStore.Standing]
        let own: [ID<User>: Set<ID<Patient>>]
        let parties: [ID<User>: [String]]
    }
}
