import App
import Foundation
import Kernel
import Spine
import Store
import StudioAPI
import Studio
import Synchronization
import TestKit
import Testing
import TimeZones
import Trust
import Vault
import Web

/// Somebody who probes: rights and places drawn by chance, within what the pair hides from everybody.
struct Part: Sendable {
    let name: String
    let permissions: Set<Permission>
    let locations: Caller.Locations
    let user: ID<User>
    /// The cookies of a person who has signed in, by world; nil: their caller is made beside the gatekeeper.
    var sessions: (a: String, b: String)?
    /// Records of their own and of family, which they open none of.
    var own: Set<ID<Patient>> = []
    var relationship = Caller.Relationship.notNeeded
    /// Routes that are not compared for them: `Declassified` says why.
    var shownOtherwise: Set<String> = []

    var csrf: String { "csrf-of-" + name }

    func caller(_ request: RequestOrigin, actor: Actor, origin: String) -> Caller {
        Caller(
            tenant: request.tenant, actor: actor, permissions: permissions, locations: locations,
            purposes: [.treatment, .payment], roles: ["front-desk"], correlation: request.correlation, origin: origin,
            own: own, relationship: relationship)
    }

    var description: String {
        let places =
            switch locations {
            case .all: "everywhere"
            case .only(let ids): "at " + ids.map(\.text).sorted().joined(separator: "+")
            }
        return "\(name) \(places) may \(permissions.map(\.rawValue).sorted().joined(separator: " "))"
    }
}

/// Those who probe a pair, known to its servers by cookie and key.
final class Cast: Identities {
    private let parts: [String: Part]
    private let gatekeeper: any Identities

    init(_ parts: [Part], gatekeeper: any Identities) {
        self.parts = Dictionary(parts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.gatekeeper = gatekeeper
    }

    func signedIn(cookie: String, request: RequestOrigin) async throws -> SignedIn? {
        guard let part = parts[cookie] else { return try await gatekeeper.signedIn(cookie: cookie, request: request) }
        return SignedIn(
            caller: part.caller(request, actor: .user(part.user), origin: "console"), user: part.user,
            displayName: "Ana Torres", initials: "AT", csrf: part.csrf, session: 1)
    }

    func caller(bearer: String, request: RequestOrigin) async throws -> Caller? {
        guard let part = parts[bearer] else { return nil }
        return part.caller(request, actor: .apiKey(ID(raw: part.user.raw)), origin: "api")
    }
}

/// Draws those who probe.
struct PartGenerator {
    let pair: WorldPair
    let users: [ID<User>]
    let all: [Permission]
    var random: SeededGenerator

    init(_ pair: WorldPair, users: [ID<User>]) {
        self.pair = pair
        self.users = users
        all = pair.a.platform.permissions.subtracting(pair.hiding == .location ? [] : [.patientRestricted])
            .subtracting([pair.hiddenKind.permission])
            .sorted { $0.rawValue < $1.rawValue }
        random = SeededGenerator(seed: pair.seed &* 31 &+ 7)
    }

    /// Somebody from whom nothing is hidden: no part of a comparison.
    func seer() -> Part {
        Part(
            name: "seer", permissions: pair.a.platform.permissions, locations: .all, user: users[users.count - 1])
    }

    /// With every right that the pair allows, at all places that it allows.
    func widest() -> Part {
        Part(
            name: "widest", permissions: Set(all), locations: places(pair.visiblePlaces, everywhere: true),
            user: users[0])
    }

    /// The widest without the rights over the whole practice, so that their pages are compared too.
    func wide() -> Part {
        let kept = all.filter { Declassified.practiceWide[$0] == nil }
        return Part(
            name: "wide", permissions: Set(kept), locations: places(pair.visiblePlaces, everywhere: true),
            user: users[1 % users.count])
    }

    /// Everybody at every place, restricted or not, but for what the story keeps from them.
    private func everywhere(_ name: String, _ user: ID<User>) -> Part {
        let kept = Set(all).union([.patientRestricted]).filter { Declassified.practiceWide[$0] == nil }
        return Part(name: name, permissions: kept, locations: .all, user: user)
    }

    /// Somebody to whom all hidden people are family, and nothing else keeps them away.
    func family(_ story: PairStory) -> Part {
        var part = everywhere("family", users[1 % users.count])
        part.own = Set(story.hidden() + story.declared)
        return part
    }

    /// Somebody who sees those alone in whose care they have a part: everybody whom `PairStory.care` gave them, and no
    /// hidden person.
    func carer() -> Part {
        var part = everywhere("carer", PairStory.carer(users))
        part.relationship = .needed(parties: [CareParty.user(part.user)], at: TestWorld.start + .days(30))
        return part
    }

    /// Where records under 42 CFR Part 2 are hidden: somebody with the right to them but no patient's consent, who watches
    /// over nothing, since `Policy.oversight` asks no consent. Nil elsewhere.
    func unconsented() -> Part? {
        guard pair.hiddenKind.label == .substanceUse else { return nil }
        let kept = Set(all).union([.labelSubstanceUse]).subtracting(Policy.oversight)
            .filter { Declassified.practiceWide[$0] == nil }
        return Part(
            name: "unconsented", permissions: kept, locations: places(pair.visiblePlaces, everywhere: true),
            user: users[1 % users.count])
    }

    private func places(_ keys: [String], everywhere: Bool) -> Caller.Locations {
        if pair.hiding == .restricted, everywhere { return .all }
        return .only(Set(keys.map(LocationKeys.id)))
    }

    mutating func rights() -> Set<Permission> {
        let share = [25, 60, 90, 100].randomElement(using: &random) ?? 100
        var kept: Set<Permission> = []
        for right in all where Int.random(in: 0..<100, using: &random) < share { kept.insert(right) }
        return kept
    }

    mutating func places() -> [String] {
        let reach = pair.hiding == .restricted ? pair.visiblePlaces + [pair.hiddenPlace] : pair.visiblePlaces
        var kept: [String] = []
        for place in reach where Bool.random(using: &random) { kept.append(place) }
        return kept
    }

    mutating func next(_ number: Int) -> Part {
        let rights = rights()
        let (drawn, everywhere) = (places(), Bool.random(using: &random))
        return Part(
            name: "part-\(number)", permissions: rights, locations: places(drawn, everywhere: everywhere),
            user: users[number % users.count])
    }

    /// People with generated roles who sign in as everybody does: the gatekeeper makes their callers.
    mutating func people() async throws -> [Part] {
        var roles: [String: Set<Permission>] = [:]
        for key in ["front-desk", "clinic-manager", "clinician"] { roles[key] = rights() }
        let (chosen, where_) = (roles, places())
        let hash = try await Password.hash(PageWorld.password)
        try await pair.both("roles") { try await $0.change(chosen) }
        var parts: [Part] = []
        for (key, rights) in roles.sorted(by: { $0.key < $1.key }) {
            let email = "real-\(key)@clinic.example"
            let id = try await pair.both("a person") { world in
                try await world.spine.perform(
                    AddUser(
                        email: email, displayName: "Rita Vega", roles: [key], locations: where_, passwordHash: hash),
                    as: world.everywhere())
            }
            parts.append(
                Part(
                    name: key, permissions: rights, locations: .only(Set(where_.map(LocationKeys.id))),
                    user: ID(raw: id), sessions: (try await cookie(email, pair.a), try await cookie(email, pair.b))))
        }
        return parts
    }

    /// The same rights as a role, at all places, of somebody who has signed in.
    func signedIn(_ part: Part, as key: String) async throws -> Part {
        let rights = [key: part.permissions]
        let places = pair.visiblePlaces + [pair.hiddenPlace]
        let (hash, email) = (try await Password.hash(PageWorld.password), "signed-in@clinic.example")
        try await pair.both("a role") { try await $0.change(rights) }
        let id = try await pair.both("somebody") { world in
            try await world.spine.perform(
                AddUser(
                    email: email, displayName: "Rita Vega", roles: [key], locations: places, passwordHash: hash),
                as: world.everywhere())
        }
        return Part(
            name: "signed-in", permissions: part.permissions, locations: .only(Set(places.map(LocationKeys.id))),
            user: ID(raw: id), sessions: (try await cookie(email, pair.a), try await cookie(email, pair.b)))
    }

    private func cookie(_ email: String, _ world: PageWorld) async throws -> String {
        guard case .session(let token) = try await world.attempt(email, PageWorld.password) else {
            throw Fault(.internalError, "test", "nobody could sign in")
        }
        return token
    }
}

extension PageWorld {
    /// Publishes roles with these rights, whoever has them at assigned places alone.
    func change(_ rights: [String: Set<Permission>]) async throws {
        var blueprint = try BlueprintFolder.read(ShippedDefinitions.root + "/blueprints/primary-care")
        for index in blueprint.roles.indices {
            guard let given = rights[blueprint.roles[index].key] else { continue }
            blueprint.roles[index].permissions = given.map(\.rawValue).sorted()
            blueprint.roles[index].locationScope = .assigned
            blueprint.roles[index].requiresSecondStep = nil
        }
        let apply = ApplyBlueprint(blueprint, zones: Set(platform.zones.names), permissions: platform.permissions)
        _ = try await spine.perform(apply, as: everywhere())
        try await platform.definitions.load(tenant)
    }
}
