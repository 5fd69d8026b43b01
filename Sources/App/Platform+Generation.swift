import Store
import PeopleAPI
import Studio
import Conversations
package import Kernel
package import People
import Scheduling
import SchedulingAPI
import Spine
import Synchronization
import Trust
import Vault

/// Generation is put together here: people from one area, their visits and messages from two others.
extension Platform {
    /// Sees to it that the first `patients` people of a seed are there, with progress on standard error.
    package func generate(patients: Int, seed: UInt64, tenant: ID<Tenant>) async throws -> GenerationOutcome {
        let spine = installation.spine
        let messaging = areas.conversations.messaging
        let book = areas.book
        let agents = try await spine.database.read(tenant) { try Staff().active(in: $0).map(\.id) }
        let plan = PracticePlan(
            try definitions.configuration(of: tenant), people: patients, asOf: spine.clock.now().microseconds)
        let generator = PopulationGenerator(
            spine: spine, directory: directory, consents: messaging, plan: plan,
            recordVisits: { visits, context in
                for visit in visits { _ = try book.record(visit, context: context) }
                return visits.count
            },
            recordMessages: { messages, context in try Self.seed(messages, agents, messaging, context) })
        let meter = ProgressMeter(clock: spine.clock)
        let desk = SchedulingDesk(
            plans: SchedulePlans(definitions: definitions, timeZones: zones), directory: directory,
            messaging: messaging)
        return try await spine.run("generate", tenant: tenant, permissions: permissions, origin: "cli") { caller in
            let outcome = try await generator.run(count: patients, seed: seed, as: caller) { progress in
                meter.show(progress)
            }
            _ = try await spine.perform(SeedReferrals(for: try await someone(tenant), desk: desk), as: caller)
            return (outcome, outcome.patients)
        }
    }

    /// The first few people, for referrals that are made up.
    private func someone(_ tenant: ID<Tenant>) async throws -> [ID<Patient>] {
        let now = installation.spine.clock.now()
        return try await installation.spine.database.read(tenant) {
            try self.directory.registered(before: now + .days(1), after: nil, limit: 40, in: $0)
        }
    }

    /// What nobody answered is left out when it is old or wants no answer: a practice does not let people wait for months.
    private static func waits(_ message: GeneratedMessage, at now: Instant) -> Bool {
        now - message.at < .days(4) && !["thanks", "stop"].contains(message.intent)
    }

    /// Messages of one transaction, gathered into one past conversation per patient and number.
    private static func seed(
        _ messages: [GeneratedMessage], _ agents: [ID<User>], _ messaging: Messaging, _ context: CommandContext
    ) throws -> Int {
        var order: [ID<Patient>] = []
        var groups: [ID<Patient>: [GeneratedMessage]] = [:]
        for message in messages where message.reply != nil || waits(message, at: context.now) {
            if groups[message.patient] == nil { order.append(message.patient) }
            groups[message.patient, default: []].append(message)
        }
        var count = 0
        for patient in order {
            guard let group = groups[patient]?.sorted(by: { $0.at < $1.at }), let first = group.first else { continue }
            var past: [PastConversation.PastMessage] = []
            let sender: PastConversation.PastMessage.Sender =
                agents.isEmpty ? .system : .user(agents[Int(UInt64(bitPattern: patient.raw) % UInt64(agents.count))])
            for message in group {
                past.append(.init(text: message.text, at: message.at, sender: nil))
                if let reply = message.reply, let at = message.repliedAt {
                    past.append(.init(text: reply, at: at, sender: sender))
                }
            }
            count += past.count
            try messaging.seed(
                PastConversation(
                    patient: patient, keySubject: first.keySubject, number: first.phone, language: first.language,
                    messages: past.sorted { $0.at < $1.at }), context: context)
        }
        return count
    }
}

/// Prints how far a run is, about once a second.
final class ProgressMeter: Sendable {
    private let clock: any Clock
    private let last = Mutex<Instant>(Instant(microseconds: 0))

    init(clock: any Clock) {
        self.clock = clock
    }

    func show(_ progress: GenerationProgress) {
        let now = clock.now()
        let done = progress.done >= progress.total
        let due = last.withLock { last in
            guard done || now - last >= .seconds(1) else { return false }
            last = now
            return true
        }
        guard due else { return }
        let left = progress.secondsLeft.map { ", \(Int($0.rounded())) s left" } ?? ""
        Output.progress(
            "\(progress.done) of \(progress.total) people, \(Int(progress.perSecond)) a second\(left)", last: done)
    }
}
