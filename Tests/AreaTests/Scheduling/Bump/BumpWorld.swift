import Kernel
import Scheduling
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// A practice in which somebody will be away: Monday 2 March 2026, 8:00 in Denver; Dr. Alvarez sees people on Thursdays.
struct BumpWorld {
    let base: BookingWorld
    let bump: BumpDesk
    let manager: Caller

    struct Line {
        let id: ID<BumpedVisit>
        let absence: ID<ScheduleAbsence>
        let appointment: ID<Appointment>
        let state: String
        let asked: Int
        let answer: String?
        /// The holds that can still be taken, in order.
        let choices: [ID<SlotHold>]
    }

    static func with(
        _ engine: Engine, definitions: (any DefinitionReading)? = nil,
        _ body: @escaping (BumpWorld) async throws -> Void
    ) async throws {
        try await BookingWorld.with(engine, definitions: definitions) { base in
            let rights = ConversationsWorld.agentRights.union([.bumpRead, .bumpWrite])
            try await body(
                BumpWorld(
                    base: base, bump: BumpDesk(base.desk, publicBase: "https://clinic.example"),
                    manager: base.world.caller(rights, actor: base.agent.actor)))
        }
    }

    var spine: Spine { base.world.spine }

    func request(
        _ kind: AbsenceRequest.Kind = .practitioner, _ key: String = "elena-alvarez", from: String = "07:00",
        to: String = "18:00", offers: Bool = true
    ) throws -> AbsenceRequest {
        AbsenceRequest(
            kind: kind, key: key, from: try #require(CivilDateTime(iso: "2026-03-05T" + from)),
            to: try #require(CivilDateTime(iso: "2026-03-05T" + to)), reason: .illness, offers: offers)
    }

    func record(_ request: AbsenceRequest) async throws -> ID<ScheduleAbsence> {
        ID(raw: try await spine.perform(RecordAbsence(request, bump: bump), as: manager))
    }

    /// In the order of the lists.
    func lines() async throws -> [Line] {
        let held = try await base.base.rows(
            """
            SELECT c.visit, c.hold FROM bump_choice c JOIN slot_hold h ON h.tenant = c.tenant AND h.id = c.hold
            WHERE c.tenant = \(.tenant) AND h.state = 'held' ORDER BY c.hold
            """)
        var choices: [ID<BumpedVisit>: [ID<SlotHold>]] = [:]
        for row in held { choices[try row["visit"], default: []].append(try row["hold"]) }
        return try await base.base.rows(
            """
            SELECT id, absence, appointment, state, asked, answer FROM bump_visit WHERE tenant = \(.tenant)
            ORDER BY absence, rank, id
            """
        ).map { row in
            let id: ID<BumpedVisit> = try row["id"]
            return Line(
                id: id, absence: try row["absence"], appointment: try row["appointment"], state: try row["state"],
                asked: try row["asked"], answer: try row["answer"], choices: choices[id] ?? [])
        }
    }

    /// As the carrier would have taken them.
    func sendAll() async throws {
        try await base.world.stores.main.write(base.world.tenant) { transaction in
            try transaction.send("UPDATE message SET state = 'sent' WHERE tenant = \(.tenant) AND state = 'queued'")
        }
    }

    func start(of hold: ID<SlotHold>) async throws -> Int64 {
        let rows = try await base.base.rows("SELECT start_at FROM slot_hold WHERE tenant = \(.tenant) AND id = \(hold)")
        return try #require(rows.first).value(at: 0)
    }

    func start(of visit: ID<Appointment>) async throws -> Int64 {
        let rows = try await base.base.rows(
            "SELECT start_at FROM appointment WHERE tenant = \(.tenant) AND id = \(visit)")
        return try #require(rows.first).value(at: 0)
    }

    func choose(_ line: Line, _ choice: ID<SlotHold>) async throws -> BumpAnswer.Outcome {
        try await spine.perform(ChooseBumped(line.id, choice: choice, by: "link", bump: bump), as: manager).outcome
    }

    func sent(_ template: String) async throws -> Int {
        try await base.base.outbound().count { $0.hasPrefix(template + " ") }
    }

    func lists(_ state: String) async throws -> Int {
        try await base.count("SELECT COUNT(*) FROM schedule_absence WHERE state = \(state)")
    }
}
