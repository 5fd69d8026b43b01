import Kernel
import Spine
import Store
import StudioAPI
import Vault

/// Every statement about needs that commands run.
enum NeedStore {
    static let columns: SQL = """
        n.id, n.conversation, n.patient, n.reason, n.priority, n.stage, n.owner, n.team, n.next_step, n.due_at,
        n.opened_at, n.first_response_at, n.closed_at, n.outcome, n.version, n.key_subject
        """

    static func read(_ row: Row) throws -> NeedRow {
        let reason: String = try row["reason"], priority: String = try row["priority"]
        let stage: String = try row["stage"], step: String = try row["next_step"]
        let outcome: String? = try row["outcome"]
        guard let priority = NeedPriority(rawValue: priority), let stage = NeedStage(rawValue: stage),
            let step = NextStep(rawValue: step)
        else { throw Fault(.internalError, "need.code", "A need has a code this program does not know.") }
        return NeedRow(
            id: try row["id"], conversation: try row["conversation"], patient: try row["patient"],
            reason: NeedReason(rawValue: reason) ?? .other, priority: priority, stage: stage, owner: try row["owner"],
            team: try row["team"], nextStep: step, dueAt: try row["due_at"], openedAt: try row["opened_at"],
            firstResponseAt: try row["first_response_at"], closedAt: try row["closed_at"],
            outcome: outcome.flatMap(NeedOutcome.init(rawValue:)), version: try row["version"],
            keySubject: try row["key_subject"])
    }

    static func need(_ id: ID<Need>, lock: Bool = false, in transaction: any Transaction) throws -> NeedRow? {
        try transaction.row(
            """
            SELECT \(columns) FROM need n WHERE n.tenant = \(.tenant) AND n.id = \(id)\(lock ? SQL.forUpdate : "")
            """
        ).map(read)
    }

    /// Open needs of a conversation, the newest first. `lock`: to be changed, in a conversation that is locked.
    static func open(
        in conversation: ID<Conversation>, lock: Bool = false, _ transaction: any Transaction
    ) throws -> [NeedRow] {
        try transaction.rows(
            """
            SELECT \(columns) FROM need n WHERE n.tenant = \(.tenant) AND n.conversation = \(conversation)
                AND n.stage <> 'closed' ORDER BY n.id DESC\(lock ? SQL.forUpdate : "")
            """
        ).map(read)
    }

    /// Open needs of a person with their sealed words, the one due first in front.
    static func open(
        of patients: [ID<Patient>], limit: Int, for caller: Caller, in transaction: any Transaction
    ) throws -> Asked<[(need: NeedRow, sealed: Sealed<NeedText>)]> {
        try transaction.ask(
            """
            SELECT \(columns), n.sealed FROM need n
            WHERE n.tenant = \(.tenant) AND n.patient IN \(list: patients) AND n.stage <> 'closed'
                AND \(Policy.seen(caller, .needRead, patient: "n.patient", labels: "n.labels"))
            ORDER BY +n.due_at, n.id LIMIT \(limit)
            """
        ).map { rows in try rows.map { (try read($0), try $0["sealed"]) } }
    }

    struct NewNeed {
        var id: ID<Need>
        var conversation: ConversationRow
        var reason: NeedReason
        var plan: NeedPlan
        var nextStep: NextStep
        var title: String
        var at: Instant
    }

    static func insert(_ need: NewNeed, vault: TenantVault, in transaction: any Transaction) throws {
        let subject = need.conversation.keySubject
        try transaction.send(
            """
            INSERT INTO need (tenant, id, conversation, patient, reason, priority, stage, team, next_step, due_at,
                resolve_by, opened_at, stage_at, version, labels, key_subject, sealed)
            VALUES (\(.tenant), \(need.id), \(need.conversation.id), \(need.conversation.patient),
            \(need.reason.rawValue),
                \(need.plan.priority.rawValue), 'new', \(need.plan.team), \(need.nextStep.rawValue),
                \(need.plan.firstDue), \(need.plan.resolutionDue), \(need.at), \(need.at), 1,
                \(need.conversation.labels.rawValue), \(subject),
                \(try vault.seal(NeedText(title: need.title), id: need.id.raw, subject: subject)))
            """)
    }

    /// A change of the plain columns; nil leaves one as it is. The version goes up by one.
    struct Change {
        var stage: NeedStage?
        var owner: Owner = .keep
        var team: String?
        var nextStep: NextStep?
        var dueAt: Instant?
        var firstResponseAt: Instant?
        var appointment: ID<Appointment>?

        enum Owner {
            case keep, nobody
            case user(ID<User>)
        }
    }

    static func update(_ need: NeedRow, _ change: Change, at now: Instant, in transaction: any Transaction) throws {
        let stage = change.stage ?? need.stage
        let owner: ID<User>?
        switch change.owner {
        case .keep: owner = need.owner
        case .nobody: owner = nil
        case .user(let id): owner = id
        }
        try transaction.send(
            """
            UPDATE need SET stage = \(stage.rawValue), owner = \(owner), team = \(change.team ?? need.team),
                next_step = \((change.nextStep ?? need.nextStep).rawValue), due_at = \(change.dueAt ?? need.dueAt),
                first_response_at = \(change.firstResponseAt ?? need.firstResponseAt),
                stage_at = CASE WHEN stage = \(stage.rawValue) THEN stage_at ELSE \(now) END,
                appointment = COALESCE(\(change.appointment), appointment), version = version + 1
            WHERE tenant = \(.tenant) AND id = \(need.id)
            """)
    }

    /// Takes a need that nobody owns, in one statement. False: somebody was faster, or it is closed.
    static func take(_ id: ID<Need>, by user: ID<User>, at now: Instant, in transaction: any Transaction) throws -> Bool
    {
        try transaction.execute(
            """
            UPDATE need SET owner = \(user), stage = CASE WHEN stage = 'new' THEN 'in-progress' ELSE stage END,
                stage_at = CASE WHEN stage = 'new' THEN \(now) ELSE stage_at END, version = version + 1
            WHERE tenant = \(.tenant) AND id = \(id) AND owner IS NULL AND stage <> 'closed'
            """) > 0
    }

    static func close(
        _ id: ID<Need>, outcome: NeedOutcome, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE need SET stage = 'closed', stage_at = \(now), closed_at = \(now), outcome = \(outcome.rawValue),
                version = version + 1
            WHERE tenant = \(.tenant) AND id = \(id) AND stage <> 'closed'
            """) > 0
    }

    /// Ends a need of the past; one that was completed was answered by then.
    static func closePast(
        _ id: ID<Need>, _ outcome: NeedOutcome, at moment: Instant, in transaction: any Transaction
    ) throws {
        let answered = outcome == .completed ? moment : nil
        try transaction.send(
            """
            UPDATE need SET stage = 'closed', stage_at = \(moment), first_response_at = \(answered),
                closed_at = \(moment), outcome = \(outcome.rawValue)
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }

    static func reopen(
        _ id: ID<Need>, stage: NeedStage, due: Instant, at now: Instant, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            UPDATE need SET stage = \(stage.rawValue), stage_at = \(now), closed_at = NULL, outcome = NULL,
                next_step = 'answer', due_at = \(due), version = version + 1
            WHERE tenant = \(.tenant) AND id = \(id) AND stage = 'closed'
            """) > 0
    }

    /// How long the answer to a need may take in all; used when the patient writes again.
    static func resolveBy(_ id: ID<Need>, in transaction: any Transaction) throws -> Instant? {
        try transaction.value("SELECT resolve_by FROM need WHERE tenant = \(.tenant) AND id = \(id)")
    }

    // MARK: Facts and notes

    static func insertFact(
        _ id: Int64, need: ID<Need>, code: String, value: String, source: String, sourceID: Int64?,
        subject: ID<KeySubject>, at now: Instant, vault: TenantVault, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO need_fact (tenant, id, need, code, source, source_id, recorded_at, key_subject, sealed)
            VALUES (\(.tenant), \(id), \(need), \(code), \(source), \(sourceID), \(now), \(subject),
                \(try vault.seal(FactText(value: value), id: id, subject: subject)))
            """)
    }

    static func facts(of need: ID<Need>, in transaction: any Transaction) throws -> Set<String> {
        Set(
            try transaction.rows(
                "SELECT DISTINCT f.code FROM need_fact f WHERE f.tenant = \(.tenant) AND f.need = \(need)"
            ).map { try $0["code"] })
    }

    static func insertNote(
        _ id: Int64, need: NeedRow, author: ID<User>, kind: String, text: String, at now: Instant, vault: TenantVault,
        in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            INSERT INTO need_note (tenant, id, need, conversation, author, kind, at, key_subject, sealed)
            VALUES (\(.tenant), \(id), \(need.id), \(need.conversation), \(author), \(kind), \(now), \(need.keySubject),
                \(try vault.seal(NoteText(text: text), id: id, subject: need.keySubject)))
            """)
    }
}
