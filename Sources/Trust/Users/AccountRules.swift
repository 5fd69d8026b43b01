package import ConversationsAPI
import JSON
import Kernel
import Spine
import Store
package import StudioAPI
import Vault

// Joining, moving and leaving: what holds at every door, be it the console, an identity provider or an access review.
//
// - Nobody changes their own roles, places or access.
// - Nobody gives rights that they do not have, unless they may shape roles (`role.manage`). A program gives whatever a
//   role holds but the rights with which rights are given: those it must have itself.
// - Nobody makes a program's key, or a new secret for one, that may do more, reaches further, asks for no part in the
//   care where they have to have one, or looks for more than they do, unless they may shape roles: they would hold it
//   themselves.
// - A practice is never left without somebody who administers it.
// - Whoever leaves: sessions and live streams end, the keys they answer for are revoked or handed over, invitations are
//   void, and their open work goes back to its teams or to whoever is named. The account stays as the author of what it
//   did.

/// What may be changed of accounts, and what goes with it.
package struct AccountRules: Sendable {
    let definitions: any DefinitionReading
    let work: any OpenWork

    package init(definitions: any DefinitionReading, work: any OpenWork) {
        self.definitions = definitions
        self.work = work
    }

    /// Rights with which somebody gives rights, or does away with people.
    static let administering: Set<Permission> = [.userManage, .userProvision, .roleManage, .subjectDispose]

    /// What happens to what somebody leaves behind.
    struct Leaving: Sendable {
        var work = WorkReceiver.ownTeams
        /// Who answers for their keys from now on; nil: the keys are revoked.
        var keys: ID<User>?
    }

    /// Throws unless the caller may give these roles; `user` is who gets them, nil for somebody new.
    func mayGive(_ roles: [String], to user: ID<User>?, _ context: CommandContext) throws {
        let configuration = try definitions.configuration(of: context.caller.tenant)
        var grants: Set<Permission> = []
        for key in roles {
            guard let role = configuration.roles[key] else { throw Fault.invalid("roles", "There is no role \(key).") }
            grants.formUnion(role.value.grants)
        }
        switch context.caller.actor {
        case .user(let giver):
            if giver == user { throw Self.own }
            if context.caller.permissions.contains(.roleManage) { return }
            try Self.refuse(grants.subtracting(context.caller.permissions), context)
            let given = roles.compactMap { configuration.roles[$0]?.value }
            let reaches = given.contains { $0.locationScope == .everywhere }
            if reaches, context.caller.locations != .all { throw Self.beyondPlaces }
            try Self.staysWithinCare(given, context)
        case .apiKey:
            let administering = grants.intersection(Self.administering)
            try Self.refuse(administering.subtracting(context.caller.permissions), context)
        case .system, .patient: break
        }
    }

    /// Throws unless the caller may hold a program's key of these roles in their hands: by it they could do whatever
    /// it may. Who may shape roles may: they could have those rights themselves. `permissions` and `locations` are what
    /// the key is held to; nil: to nothing. A role that is gone gives nothing.
    func mayHold(
        _ roles: [String], only permissions: Set<Permission>?, at locations: [String]?, _ context: CommandContext
    ) throws {
        switch context.caller.actor {
        case .user, .apiKey: break
        case .system, .patient: return
        }
        if context.caller.permissions.contains(.roleManage) { return }
        let configuration = try definitions.configuration(of: context.caller.tenant)
        var rights = roles.reduce(into: Set<Permission>()) { $0.formUnion(configuration.roles[$1]?.value.grants ?? []) }
        if let permissions { rights.formIntersection(permissions) }
        try Self.refuse(rights.subtracting(context.caller.permissions), context)
        try Self.staysWithinCare(roles.compactMap { configuration.roles[$0]?.value }, context)
        guard case .only(let reach) = context.caller.locations else { return }
        guard let locations, locations.allSatisfy({ reach.contains(LocationKeys.id($0)) }) else {
            throw Self.beyondPlaces
        }
    }

    /// Throws when one of these roles asks for no part in the care where the caller has to have one, or looks for more.
    private static func staysWithinCare(_ roles: [RoleDefinition], _ context: CommandContext) throws {
        let isFreer = context.caller.relationship != .notNeeded && roles.contains { $0.relationship != .required }
        let isForMore = roles.contains { !$0.looksFor.isSubset(of: context.caller.purposes) }
        if isFreer || isForMore { throw beyondCare }
    }

    /// Throws when the caller lacks any of the rights that they would give.
    private static func refuse(_ missing: Set<Permission>, _ context: CommandContext) throws {
        guard let first = missing.min(by: { $0.rawValue < $1.rawValue }) else { return }
        do {
            // So that the attempt is on the trail.
            try context.access.require(first)
        } catch {
            throw Fault(
                .forbidden, "role.beyond", "You cannot give rights that you do not have yourself: \(first).",
                remedy: "Ask somebody who may change roles.", cause: error)
        }
    }

    static var own: Fault {
        Fault(
            .conflict, "user.self", "You cannot change your own access.",
            remedy: "Ask another administrator.")
    }

    /// Throws when nobody would be left who administers the practice.
    func keepsAnAdministrator(
        _ account: UserStore.Account, roles: [String], isActive: Bool, _ context: CommandContext
    ) throws {
        let known = try definitions.configuration(of: context.caller.tenant).roles
        let administers = { (roles: [String]) in
            roles.contains { known[$0]?.value.grants.contains(.userManage) ?? false }
        }
        guard account.state == "active", administers(account.roles), !isActive || !administers(roles) else { return }
        let others = try UserStore.locked(in: context.transaction)
        guard others.contains(where: { $0.id != account.id && administers($0.roles) }) else {
            throw Fault(
                .conflict, "user.last-administrator", "Nobody else administers this practice.",
                remedy: "Give somebody else a role that manages users first.")
        }
    }

    /// Makes an account what it is to be. False: it is that already.
    ///
    /// Throws `user.changed` when it was changed meanwhile.
    func change(
        _ account: UserStore.Account, _ details: UserDetails, to shape: AccountShape, leaving: Leaving = Leaving(),
        _ context: CommandContext
    ) throws -> Bool {
        let before = account.shape(details)
        if before == shape { return false }
        let added = shape.roles.filter { !before.roles.contains($0) }
        let removed = before.roles.filter { !shape.roles.contains($0) }
        let moved = before.locations != shape.locations
        let isOwn = context.caller.actor == .user(account.id)
        if isOwn, !added.isEmpty || !removed.isEmpty || moved || before.isActive != shape.isActive { throw Self.own }
        if !added.isEmpty { try mayGive(added, to: account.id, context) }
        // Who comes back comes back to the rights they had: they are given again.
        if shape.isActive, !before.isActive { try mayGive(shape.roles, to: account.id, context) }
        if moved { try mayPlace(shape.locations ?? [], keeping: before.locations ?? [], context) }
        try keepsAnAdministrator(account, roles: shape.roles, isActive: shape.isActive, context)
        try isFree(shape.details.email, but: account.id, context)
        guard try UserStore.update(account, to: shape, context: context) else {
            throw Fault(
                .conflict, "user.changed", "This account was changed meanwhile.", remedy: "Look at it again.")
        }
        context.concerns(.user(account.id))
        if !added.isEmpty || !removed.isEmpty || moved {
            context.emit(
                NewEvent(
                    EventKind("user.moved"), subjects: [.user(account.id)],
                    body: [
                        "added": .array(added.map { .string($0) }), "removed": .array(removed.map { .string($0) }),
                        "locations": .array((shape.locations ?? []).map { .string($0) }),
                    ]))
        }
        if before.details != shape.details || before.displayName != shape.displayName {
            context.emit(NewEvent(EventKind("user.described"), subjects: [.user(account.id)]))
        }
        if before.isActive, !shape.isActive { try leave(account, leaving, context) }
        if !before.isActive, shape.isActive {
            context.emit(NewEvent(EventKind("user.restored"), subjects: [.user(account.id)]))
        }
        return true
    }

    /// Throws unless each of these places is there; those that somebody has already may have been retired since.
    func arePlaces(_ locations: [String], keeping kept: [String] = [], _ context: CommandContext) throws {
        let known = try definitions.configuration(of: context.caller.tenant).locations
        for key in locations where known[key] == nil && !kept.contains(key) {
            throw Fault.invalid("locations", "There is no location \(key).")
        }
    }

    /// Throws unless these places are there and within the caller's own.
    func mayPlace(_ locations: [String], keeping kept: [String] = [], _ context: CommandContext) throws {
        try arePlaces(locations, keeping: kept, context)
        guard case .only(let reach) = context.caller.locations, !context.caller.permissions.contains(.roleManage) else {
            return
        }
        guard locations.allSatisfy({ reach.contains(LocationKeys.id($0)) }) else { throw Self.beyondPlaces }
    }

    private static var beyondCare: Fault {
        Fault(
            .forbidden, "care.beyond",
            "You cannot give a role that reaches more patients, or looks at records for more, than your own.",
            remedy: "Ask somebody who may change roles.")
    }

    private static var beyondPlaces: Fault {
        Fault(.forbidden, "location.beyond", "You cannot give places that you do not reach yourself.")
    }

    func isFree(_ login: String, but account: ID<User>?, _ context: CommandContext) throws {
        let hash = UserStore.loginHash(login, context.vault)
        guard let other = try UserStore.find(login: hash, in: context.transaction), other.id != account else { return }
        throw Fault(.conflict, "user.exists", "Somebody with this address is already here.")
    }

    /// Ends everything through which somebody still acts, and hands over what they had to do. The state is set already.
    func leave(_ account: UserStore.Account, _ leaving: Leaving, _ context: CommandContext) throws {
        let transaction = context.transaction
        _ = try SessionStore.endAll(of: account.id, now: context.now, in: transaction)
        try InvitationStore.revokeAll(of: account.id, at: context.now, in: transaction)
        let keys = try KeyOwners.held(by: account.id, in: transaction)
        if let receiver = leaving.keys {
            try KeyOwners.hand(keys, to: receiver, in: transaction)
        } else {
            for key in keys where try KeyOwners.revoke(key, at: context.now, in: transaction) {
                context.emit(NewEvent(EventKind("api-key.revoked"), body: ["key": .string(key.text)]))
            }
        }
        // How many is not told: it would tell of records out of a reader's reach.
        _ = try work.handOver(from: account.id, to: leaving.work, context: context)
        context.concerns(.user(account.id))
        context.emit(
            NewEvent(
                EventKind("user.suspended"), subjects: [.user(account.id)],
                body: ["keys": .int(Int64(keys.count))]))
    }
}

extension CommandContext {
    /// Adds an account; who may give its roles was asked before.
    func addAccount(_ shape: AccountShape, passwordHash: String) throws -> ID<User> {
        let id: ID<User> = newID()
        let subject = try takeSubject()
        guard try UserStore.find(login: UserStore.loginHash(shape.details.email, vault), in: transaction) == nil else {
            throw Fault(.conflict, "user.exists", "Somebody with this address is already here.")
        }
        try UserStore.insert(shape, id: id, subject: subject, passwordHash: passwordHash, context: self)
        concerns(.user(id))
        emit(
            NewEvent(
                EventKind("user.added"), subjects: [.user(id)],
                body: ["roles": .array(shape.roles.map { .string($0) })]))
        return id
    }
}
