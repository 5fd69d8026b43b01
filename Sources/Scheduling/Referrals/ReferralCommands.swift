import JSON
package import Kernel
import PeopleAPI
package import SchedulingAPI
package import Spine
import Store
package import StudioAPI
import TimeZones
package import Vault

/// What somebody knows of a new referral.
package struct NewReferral: Sendable {
    package var patient: ID<Patient>
    package var kind: ReferralKind
    package var category: OrderCategory?
    package var isDraft = false
    package var priority: NeedPriority = .routine
    /// Keys of definitions.
    package var serviceLine: String?
    package var visitType: String?
    package var performer: String?
    package var requester: String?
    package var code: String?
    package var codeSystem: String?
    package var content = ReferralContent()
    package var authorization: ReferralAuthorization = .notNeeded
    package var authorizedFrom: String?
    package var authorizedTo: String?
    package var expiresOn: String?
    package var identifier: (system: String, value: String)?
    package var receivedAt: Instant?
    package var owner: ID<User>?
    package var source: String
    package var labels: Labels = []

    package init(patient: ID<Patient>, kind: ReferralKind, source: String) {
        self.patient = patient
        self.kind = kind
        self.source = source
    }

    func check(_ configuration: Configuration) throws {
        var wrong: [Fault.Field] = []
        func known(_ key: String?, _ isThere: (String) -> Bool, _ path: String) {
            if let key, !isThere(key) { wrong.append(Fault.Field(path, "Not a known key.")) }
        }
        known(serviceLine, { configuration.serviceLines[$0] != nil }, "serviceLine")
        known(visitType, { configuration.visitTypes[$0] != nil }, "visitType")
        known(performer, { configuration.practitioners[$0] != nil }, "performer")
        known(requester, { configuration.practitioners[$0] != nil }, "requester")
        if !wrong.isEmpty { throw Fault.invalid(wrong) }
    }

    func check() throws {
        var wrong: [Fault.Field] = []
        func need(_ condition: Bool, _ path: String, _ message: String) {
            if !condition { wrong.append(Fault.Field(path, message)) }
        }
        need((category != nil) == (kind == .order), "category", "Orders have one, nothing else does.")
        let names = [
            ("requesterName", content.requesterName), ("performerName", content.performerName), ("what", content.what),
            ("authorizationNumber", content.authorizationNumber),
        ]
        for (path, name) in names {
            need(
                (name?.count ?? 0) <= ReferralContent.longestName, path,
                "At most \(ReferralContent.longestName) characters.")
        }
        need(
            (content.reason?.count ?? 0) <= ReferralContent.longestText, "reason",
            "At most \(ReferralContent.longestText) characters.")
        // Codes stand plain, so they must look like codes.
        for (path, text) in [("code", code), ("codeSystem", codeSystem)] {
            let isPlain = text?.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ?? true
            need(isPlain && (text?.utf8.count ?? 0) <= 200, path, "At most 200 bytes, without control characters.")
        }
        need((identifier?.value.count ?? 1) <= 200, "identifier", "At most 200 characters.")
        for (path, day) in [
            ("authorizedFrom", authorizedFrom), ("authorizedTo", authorizedTo), ("expiresOn", expiresOn),
        ] {
            need(day.map { CivilDate(iso: $0) != nil } ?? true, path, "A day such as 2026-11-30.")
        }
        if let from = authorizedFrom, let to = authorizedTo {
            need(from <= to, "authorizedTo", "It ends before it begins.")
        }
        let isSaid = serviceLine != nil || visitType != nil || content.what != nil || code != nil
        need(isSaid, "what", "Say what is asked for.")
        if !wrong.isEmpty { throw Fault.invalid(wrong) }
    }
}

/// What a command on a referral answers with.
package struct ReferralAnswer: Sendable, Codable, Equatable {
    package let id: Int64
    package let version: Int
    package let stage: String
    /// False: it was so already, or was known by its identifier.
    package let changed: Bool

    init(_ row: ReferralRow, changed: Bool = true) {
        id = row.id.raw
        version = row.version
        stage = row.stage.rawValue
        self.changed = changed
    }
}

/// Writes down a referral, an order or a result.
package struct RecordReferral: Command {
    package static let permission = Permission.referralWrite
    let new: NewReferral
    let desk: SchedulingDesk

    package init(_ new: NewReferral, desk: SchedulingDesk) {
        self.new = new
        self.desk = desk
    }

    package func validate() throws { try new.check() }

    package func run(_ context: CommandContext) throws -> ReferralAnswer {
        let client = try desk.client(new.patient, Self.permission, in: context)
        let tenant = context.caller.tenant
        let configuration = try desk.plans.configuration(of: tenant)
        try new.check(configuration)
        let labels = try desk.referralLabels(
            visitType: new.visitType, serviceLine: new.serviceLine, tenant: tenant
        ).union(new.labels)
        // Nobody writes what they may not see.
        let scope = try Policy.scopeRows(of: [new.patient], for: context.caller, in: context.transaction)
        guard
            Policy.decide(context.caller, Self.permission, .item(of: scope[new.patient] ?? [], labels)) == .permit
        else {
            throw Fault(
                .forbidden, "referral.label", "Referrals to this service are not yours to see.",
                remedy: "Ask somebody who may.")
        }
        guard !client.plain.deceased || new.kind == .result else {
            throw Fault(.conflict, "referral.deceased", "The patient has died.")
        }
        let hash = new.identifier.map { Self.hash($0, context.vault) }
        if let hash, let known = try ReferralStore.find(source: hash, in: context.transaction) {
            let isSeen =
                Policy.decide(
                    context.caller, Self.permission, .item(of: scope[new.patient] ?? [], known.labels)) == .permit
            guard known.patient == new.patient, isSeen else {
                throw Fault(
                    .conflict, "referral.identifier", "Another referral has this identifier.",
                    fields: [.init("identifier", "Taken.")])
            }
            return ReferralAnswer(known, changed: false)
        }
        var row = ReferralRow(
            id: context.newID(), patient: new.patient, keySubject: client.plain.keySubject, kind: new.kind,
            category: new.category, source: new.source, receivedAt: min(new.receivedAt ?? context.now, context.now))
        fill(&row, configuration, hash, labels)
        let (rules, version) = try desk.referralRules(nil, isNew: true, tenant: tenant, in: context.transaction)
        row.policy = version
        row.enough = rules.policy.attempts
        row.sealed = try context.vault.seal(content, id: row.id.raw, subject: row.keySubject)
        ReferralChange.setClock(of: &row, by: rules)
        try ReferralStore.insert(row, in: context.transaction)
        try ReferralChange.setTimer(of: row, in: context)
        context.emit(ReferralChange.told(.recorded, row))
        return ReferralAnswer(row)
    }

    private var content: ReferralContent {
        var content = new.content
        content.identifier = new.identifier.map { "\($0.system)|\($0.value)" }
        return content
    }

    private func fill(
        _ row: inout ReferralRow, _ configuration: Configuration, _ hash: [UInt8]?, _ labels: Labels
    ) {
        row.status = new.isDraft ? .draft : .active
        if new.kind == .result {
            row.stage = .reported
            row.reportedAt = row.receivedAt
        }
        row.priority = new.priority
        row.serviceLine = new.serviceLine ?? new.visitType.flatMap { configuration.visitTypes[$0]?.value.serviceLine }
        row.visitType = new.visitType
        row.performer = new.performer
        row.requester = new.requester
        row.code = new.code
        row.codeSystem = new.codeSystem
        row.authorization = new.authorization
        row.authorizedFrom = new.authorizedFrom
        row.authorizedTo = new.authorizedTo
        row.expiresOn = new.expiresOn
        row.sourceHash = hash
        row.owner = new.owner
        row.labels = labels
    }

    /// Each part with its length before it, so that no two pairs read the same.
    static func hash(_ identifier: (system: String, value: String), _ vault: TenantVault) -> [UInt8] {
        let text = "\(identifier.system.utf8.count):\(identifier.system)\(identifier.value)"
        return vault.keyedHash(Array(text.utf8), label: "referral-identifier")
    }
}

/// One step of a referral, with what belongs to it.
package enum ReferralStep: Sendable {
    case activate, accept
    case decline(reason: String)
    case attempt(ContactChannel, ContactOutcome, note: String?)
    /// A time elsewhere; nil: it is not known.
    case scheduledElsewhere(Instant?)
    case seen(SeenPlace, on: Instant?)
    case report(on: Instant?)
    case acknowledge(finding: String?)
    /// `until`: `2026-11-30`.
    case hold(until: String, reason: String?)
    case resume
    case close(ReferralOutcome, note: String?)
    case reopen

    var input: ReferralInput {
        switch self {
        case .activate: .activate
        case .accept: .accept
        case .decline: .decline
        case .attempt(_, let outcome, _): .attempt(reached: outcome == .reached)
        case .scheduledElsewhere: .schedule(own: false)
        case .seen: .see(own: false)
        case .report: .report
        case .acknowledge: .acknowledge
        case .hold: .hold
        case .resume: .resume
        case .close(let outcome, _): .close(outcome)
        case .reopen: .reopen
        }
    }
}

/// Takes a referral one step on.
package struct StepReferral: Command {
    package static let permission = Permission.referralWrite
    let id: ID<Referral>
    let step: ReferralStep
    /// The version somebody looked at; nil: whatever it is.
    let version: Int?
    let desk: SchedulingDesk

    package init(_ id: ID<Referral>, _ step: ReferralStep, version: Int? = nil, desk: SchedulingDesk) {
        self.id = id
        self.step = step
        self.version = version
        self.desk = desk
    }

    package func validate() throws {
        switch step {
        case .decline(let reason): try Self.check(reason, "reason", isNeeded: true)
        case .attempt(_, _, let note): try Self.check(note, "note", longest: ReferralAttemptNote.longest)
        case .hold(let until, let reason):
            guard CivilDate(iso: until) != nil else { throw Fault.invalid("until", "A day such as 2026-11-30.") }
            try Self.check(reason, "reason")
        case .acknowledge(let finding): try Self.check(finding, "finding")
        case .close(let outcome, let note):
            guard outcome != .notAccepted else { throw Fault.invalid("outcome", "Decline it, with a reason.") }
            try Self.check(note, "note")
        case .activate, .accept, .scheduledElsewhere, .seen, .report, .resume, .reopen: break
        }
    }

    private static func check(
        _ text: String?, _ path: String, isNeeded: Bool = false, longest: Int = ReferralContent.longestText
    ) throws {
        if isNeeded, (text ?? "").isEmpty { throw Fault.invalid(path, "Say why.") }
        if let text, text.count > longest { throw Fault.invalid(path, "At most \(longest) characters.") }
    }

    package func run(_ context: CommandContext) throws -> ReferralAnswer {
        let row = try desk.referral(id, in: context)
        if let version, version != row.version {
            throw Fault(
                .conflict, "referral.changed", "Somebody else changed this referral meanwhile.",
                remedy: "Look at it again.")
        }
        try checkDay(context)
        let details = try details(row, context)
        let done = try ReferralChange.apply(step.input, to: row, details, desk: desk, in: context)
        if done.changed, case .attempt(let channel, let outcome, let note) = step {
            try record(channel, outcome, note, of: row, context)
        }
        return ReferralAnswer(done.row, changed: done.changed)
    }

    private func checkDay(_ context: CommandContext) throws {
        switch step {
        case .hold(let until, _):
            let today = CivilDate(daysSinceEpoch: Int(context.now.seconds / 86_400))
            guard let day = CivilDate(iso: until), day >= today, day <= today.adding(days: 366) else {
                throw Fault.invalid("until", "A day within a year from now.")
            }
        case .seen(_, let on?), .report(let on?):
            guard on <= context.now + .days(1), on >= context.now - .days(3_650) else {
                throw Fault.invalid("on", "A day that has come.")
            }
        default: break
        }
    }

    private func record(
        _ channel: ContactChannel, _ outcome: ContactOutcome, _ note: String?, of row: ReferralRow,
        _ context: CommandContext
    ) throws {
        let attempt = context.ids.nextRaw()
        let text = note.flatMap { $0.isEmpty ? nil : ReferralAttemptNote($0) }
        let sealed = try text.map { try context.vault.seal($0, id: attempt, subject: row.keySubject) }
        try ReferralStore.insert(
            ReferralAttempt(
                id: attempt, referral: row.id, at: context.now, by: context.caller.actor, channel: channel,
                outcome: outcome, keySubject: sealed == nil ? nil : row.keySubject, note: sealed),
            patient: row.patient, in: context.transaction)
    }

    private func details(_ row: ReferralRow, _ context: CommandContext) throws -> ReferralDetails {
        var details = ReferralDetails()
        switch step {
        case .attempt(let channel, let outcome, _):
            details.channel = channel
            details.outcome = outcome
        case .scheduledElsewhere(let at): details.scheduledAt = at
        case .seen(let place, let on):
            details.seenPlace = place
            details.at = on
        case .report(let on): details.at = on
        case .decline(let text): details.content = try rewritten(row, context) { $0.ending = text }
        case .hold(let until, let text):
            details.until = until
            details.content = try rewritten(row, context) { $0.ending = text }
        case .close(_, let text): details.content = try rewritten(row, context) { $0.ending = text }
        case .acknowledge(let text): details.content = try rewritten(row, context) { $0.finding = text }
        case .reopen: details.content = try rewritten(row, context) { $0.ending = nil }
        case .activate, .accept, .resume: break
        }
        return details
    }

    /// The sealed part with something changed in it.
    private func rewritten(
        _ row: ReferralRow, _ context: CommandContext, _ change: (inout ReferralContent) -> Void
    ) throws -> Sealed<ReferralContent> {
        try desk.rewrite(row, in: context, change)
    }
}

extension SchedulingDesk {
    /// The sealed part of a referral with something changed in it: opened under a grant of its own.
    func rewrite(
        _ row: ReferralRow, in context: CommandContext, _ change: (inout ReferralContent) -> Void
    ) throws -> Sealed<ReferralContent> {
        let scope = try Policy.scopeRows(of: [row.patient], for: context.caller, in: context.transaction)
        let grant = try context.access.grant(
            .referralWrite, for: PatientSet(row.patient), scope: scope[row.patient] ?? [], labels: row.labels)
        var content = try row.open(grant)
        change(&content)
        return try context.vault.seal(content, id: row.id.raw, subject: row.keySubject)
    }
}
