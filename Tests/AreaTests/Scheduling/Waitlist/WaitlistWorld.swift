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

/// A practice with people who wait: Monday 2 March 2026, 8:00 in Denver; Dr. Alvarez sees people on Thursdays.
struct WaitlistWorld {
    let base: BookingWorld
    let waitlist: WaitlistDesk
    let agent: Caller

    var spine: Spine { base.world.spine }

    static func with(
        _ engine: Engine, definitions: (any DefinitionReading)? = nil,
        _ body: @escaping (WaitlistWorld) async throws -> Void
    ) async throws {
        try await BookingWorld.with(engine, definitions: definitions) { base in
            let rights = ConversationsWorld.agentRights.union([.waitlistRead, .waitlistWrite])
            try await body(
                WaitlistWorld(
                    base: base, waitlist: WaitlistDesk(base.desk, publicBase: "https://clinic.example"),
                    agent: base.world.caller(rights, actor: base.agent.actor)))
        }
    }

    func join(
        _ patient: ID<Patient>, priority: String? = nil, _ change: (inout WaitlistWish) -> Void = { _ in }
    ) async throws -> ID<WaitlistEntry> {
        var wish = WaitlistWish(visitType: "annual-physical")
        change(&wish)
        let request = WaitlistRequest(wish, priority: priority)
        return ID(raw: try await spine.perform(JoinWaitlist(patient, request, waitlist: waitlist), as: agent))
    }

    /// A visit that is booked and called off again: its time came free.
    func cancel(_ visit: AppointmentAnswer) async throws {
        _ = try await spine.perform(
            CancelAppointment(ID(raw: visit.id), reason: .patient, telling: false, desk: base.desk), as: agent)
        try await base.settle()
    }

    func accept(_ offer: ID<WaitlistOffer>) async throws -> OfferAnswer {
        try await spine.perform(AcceptOffer(offer, by: "console", waitlist: waitlist), as: agent)
    }

    /// Offers in the order in which they were made: entry and state.
    func offers() async throws -> [(id: ID<WaitlistOffer>, entry: ID<WaitlistEntry>, state: String)] {
        try await base.base.rows(
            "SELECT id, entry, state FROM waitlist_offer WHERE tenant = \(.tenant) ORDER BY offered_at, id"
        ).map { (try $0["id"], try $0["entry"], try $0["state"]) }
    }

    func openings() async throws -> [String] {
        try await base.base.rows(
            "SELECT local_start, state FROM waitlist_opening WHERE tenant = \(.tenant) ORDER BY opened_at, id"
        ).map { row in
            let start: String = try row["local_start"], state: String = try row["state"]
            return "\(start) \(state)"
        }
    }

    /// Everybody says yes at once; their outcomes, sorted.
    func race() async throws -> [String] {
        let offers = try await offers()
        return await withTaskGroup(of: String.self) { group in
            for offer in offers {
                group.addTask {
                    do {
                        return try await accept(offer.id).outcome.rawValue
                    } catch let fault as Fault {
                        return fault.category == .conflict ? "gone" : "failed: \(fault)"
                    } catch {
                        return "failed: \(error)"
                    }
                }
            }
            var outcomes: [String] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes.sorted()
        }
    }
}
