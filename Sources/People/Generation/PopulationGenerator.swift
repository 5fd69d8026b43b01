package import ConversationsAPI
import Kernel
import PeopleAPI
package import SchedulingAPI
package import Spine
import Store
import Synthetic
package import Vault

// Generation: believable people, visits and messages in any number, for demos, tests and benchmarks.
//
// - The same seed makes the same people. A generated person is known again by a keyed hash of seed and index: a run that
//   was cut off goes on where it stopped, a larger number adds the rest, and nothing is ever deleted.
// - Some tasks make and seal people while one transaction at a time writes them, some hundred people each.

/// How far a run is.
package struct GenerationProgress: Sendable, Equatable {
    package let done: Int
    package let total: Int
    package let perSecond: Double
    package let secondsLeft: Double?
}

/// What a run did.
package struct GenerationOutcome: Sendable, Equatable {
    /// People registered by this run.
    package var patients = 0
    package var visits = 0
    package var messages = 0
    /// People who were there already.
    package var unchanged = 0
    package var seconds = 0.0
}

package struct PopulationGenerator: Sendable {
    /// Records visits of one transaction's people; how many.
    package typealias RecordVisits = @Sendable ([RecordedVisit], CommandContext) throws -> Int
    /// Records messages of one transaction's people; how many.
    package typealias RecordMessages = @Sendable ([GeneratedMessage], CommandContext) throws -> Int

    package static let chunk = 2_500

    private let spine: Spine
    private let directory: PeopleDirectory
    private let consents: any ConsentLedger
    private let plan: PracticePlan?
    private let recordVisits: RecordVisits
    private let recordMessages: RecordMessages
    private let preparers: Int
    private let states: Set<String>

    /// - Parameters:
    ///   - plan: where visits go; nil: nobody has any.
    ///   - states: two-letter states the people live in; empty: anywhere. Fewer states have fewer phone numbers, so above
    ///     some 5,000 people an area code strangers begin to share them.
    ///   - preparers: tasks that make people while one writes; one per core is enough.
    package init(
        spine: Spine, directory: PeopleDirectory, consents: any ConsentLedger, plan: PracticePlan?,
        states: Set<String> = [], preparers: Int = 2,
        recordVisits: @escaping RecordVisits, recordMessages: @escaping RecordMessages
    ) {
        self.spine = spine
        self.directory = directory
        self.consents = consents
        self.plan = plan
        self.preparers = max(1, preparers)
        self.states = states
        self.recordVisits = recordVisits
        self.recordMessages = recordMessages
    }

    /// Sees to it that the first `count` people of a seed are there. `progress` is called after each transaction.
    package func run(
        count: Int, seed: UInt64, as caller: Caller,
        progress: @escaping @Sendable (GenerationProgress) -> Void = { _ in }
    ) async throws -> GenerationOutcome {
        let vault = try await spine.vault(caller.tenant)
        let maker = PersonMaker(
            population: Population(seed: seed, states: states), plan: plan, index: directory.indexes.index(vault),
            vault: vault,
            spine: spine)
        let started = spine.clock.now()
        var outcome = GenerationOutcome()
        var nextChunk = 0
        try await withThrowingTaskGroup(of: PreparedChunk.self) { group in
            func prepareNext() {
                let start = nextChunk * Self.chunk
                guard start < count else { return }
                nextChunk += 1
                let range = start..<min(start + Self.chunk, count)
                group.addTask { try await maker.prepare(range, now: started) }
            }
            for _ in 0...preparers { prepareNext() }
            while let chunk = try await group.next() {
                prepareNext()
                if !chunk.people.isEmpty {
                    let written = try await spine.perform(
                        WriteGenerated(chunk, consents: consents, visits: recordVisits, messages: recordMessages),
                        as: caller)
                    outcome.patients += chunk.people.count
                    outcome.visits += written.visits
                    outcome.messages += written.messages
                }
                outcome.unchanged += chunk.unchanged
                outcome.seconds = Double((spine.clock.now() - started).microseconds) / 1e6
                progress(Self.progress(outcome, total: count))
            }
        }
        if outcome.patients > 0 {
            try await Statistics.settle(caller.tenant, in: spine.database)
        }
        return outcome
    }

    private static func progress(_ outcome: GenerationOutcome, total: Int) -> GenerationProgress {
        let done = outcome.patients + outcome.unchanged
        let rate = outcome.seconds > 0 ? Double(done) / outcome.seconds : 0
        return GenerationProgress(
            done: done, total: total, perSecond: rate, secondsLeft: rate > 0 ? Double(total - done) / rate : nil)
    }
}

/// People of one transaction, ready to be inserted.
struct PreparedChunk: Sendable {
    struct Person: Sendable {
        let patient: PreparedPatient
        /// Nil: nobody asked.
        let consentsToText: Bool?
    }

    var people: [Person] = []
    var visits: [RecordedVisit] = []
    var messages: [GeneratedMessage] = []
    var unchanged = 0
}

/// Makes and seals people; a value that tasks share.
struct PersonMaker: Sendable {
    let population: Population
    let plan: PracticePlan?
    let index: BlindIndex
    let vault: TenantVault
    let spine: Spine

    func prepare(_ range: Range<Int>, now: Instant) async throws -> PreparedChunk {
        let keys = range.map { index.term(.sourceID, "generated/\(population.seed)/\($0)") }
        let known = try await spine.database.read(vault.tenant) { try PatientsStore.known(sourceKeys: keys, in: $0) }
        let missing = zip(range, keys).filter { !known.contains($0.1) }
        var chunk = PreparedChunk()
        chunk.unchanged = range.count - missing.count
        if missing.isEmpty { return chunk }
        let subjects = try await vault.newSubjects(missing.count)
        for ((number, key), subject) in zip(missing, subjects) {
            try add(number, key: key, subject: subject, now: now, to: &chunk)
        }
        return chunk
    }

    private func add(
        _ number: Int, key: Int64, subject: ID<KeySubject>, now: Instant, to chunk: inout PreparedChunk
    ) throws {
        let person = population.person(at: number)
        let patient = try PreparedPatient(
            NewPatient(person), id: spine.ids.next(), subject: subject, sourceKey: key, ids: spine.ids, vault: vault,
            index: index)
        let visits =
            plan.map { plan in
                population.visits(of: person, on: plan.calendar).compactMap { plan.recorded($0, of: patient.id) }
            } ?? []
        let messages = self.messages(of: person, patient.id, subject, now: now)
        // Whoever will be written to was asked; a no is always on the ledger.
        let isAsked = !person.consentsToText || visits.contains { $0.status == "booked" } || !messages.isEmpty
        chunk.people.append(.init(patient: patient, consentsToText: isAsked ? person.consentsToText : nil))
        chunk.visits += visits
        chunk.messages += messages
    }

    private func messages(
        of person: SyntheticPerson, _ patient: ID<Patient>, _ subject: ID<KeySubject>, now: Instant
    ) -> [GeneratedMessage] {
        guard let mobile = person.phones.first(where: { $0.use == .mobile }), let phone = PhoneNumber(mobile.number)
        else {
            return []
        }
        return population.messages(of: person).map { message in
            let at = now - .minutes(message.minutesAgo)
            return GeneratedMessage(
                patient: patient, keySubject: subject, phone: phone, language: message.language,
                intent: message.intent.rawValue, text: message.text, at: at, reply: message.reply,
                repliedAt: message.reply.map { _ in at + .minutes(message.replyAfterMinutes) })
        }
    }
}

/// Writes the people of one transaction with their visits and messages.
struct WriteGenerated: Command {
    struct Result: Sendable, Codable {
        let visits: Int
        let messages: Int
    }

    static let name = "WriteGenerated"
    static let permission = Permission.patientImport
    private let chunk: PreparedChunk
    private let consents: any ConsentLedger
    private let visits: PopulationGenerator.RecordVisits
    private let messages: PopulationGenerator.RecordMessages

    init(
        _ chunk: PreparedChunk, consents: any ConsentLedger, visits: @escaping PopulationGenerator.RecordVisits,
        messages: @escaping PopulationGenerator.RecordMessages
    ) {
        self.chunk = chunk
        self.consents = consents
        self.visits = visits
        self.messages = messages
    }

    func run(_ context: CommandContext) throws -> Result {
        for person in chunk.people {
            try PatientsStore.insert(person.patient, at: context.now, in: context.transaction)
            context.emit(PeopleDirectory.registered(person.patient))
            if let given = person.consentsToText {
                try consents.record(
                    ConsentSummary(
                        channel: "sms", purpose: "*", given: given, source: "generated", recordedAt: context.now),
                    of: person.patient.id, context: context)
            }
        }
        return Result(visits: try recordVisits(context), messages: try messages(chunk.messages, context))
    }

    /// Past visits take no time any more. A coming one whose place is taken, by an earlier run of another size or by a
    /// person, is left out: it undoes itself and nothing else.
    private func recordVisits(_ context: CommandContext) throws -> Int {
        var count = try visits(chunk.visits.filter { $0.status != "booked" }, context)
        for visit in chunk.visits where visit.status == "booked" {
            do {
                count += try context.transaction.savepoint { try visits([visit], context) }
            } catch let fault as Fault where fault.category == .conflict {
                continue
            } catch let refusal as StoreError where refusal.kind == .overlap || refusal.kind == .unique {
                continue
            }
        }
        return count
    }
}
