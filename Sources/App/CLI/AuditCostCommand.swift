import ArgumentParser
import JSON
import Kernel
import Logging
import People
import Spine
import Store
import Trust
import Vault

/// `throughline audit cost`: what the audit record adds to a read, for measuring. Only this command can read without one,
/// and what it reads it throws away.
struct AuditCostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "Measure what the audit record adds to reading a patient's summary.",
        discussion: """
            Reads summaries in this process, without HTTP, in turns of a second with records that are durable before the
            answer counts and without records. Prints one JSON document: the medians of both and the share that it costs.
            Refuses where the tenant is not called bench.
            """, shouldDisplay: false)

    @OptionGroup var options: DataOptions

    @Option(help: ArgumentHelp("How many turns of each.", valueName: "N"))
    var turns = 9

    @Option(help: ArgumentHelp("How many readers at once.", valueName: "N"))
    var readers = 32

    func run() async throws {
        let platform = try await Platform.open(try await options.settings())
        do {
            let tenant = try await platform.onlyTenant()
            try await Self.check(platform, tenant)
            let patients = try await platform.installation.database.read(tenant) { transaction in
                try transaction.rows(
                    "SELECT id FROM patient WHERE tenant = \(.tenant) ORDER BY version, region, id LIMIT 20000"
                ).map { try $0["id"] as ID<Patient> }
            }
            guard !patients.isEmpty else { throw Fault.notFound("patient") }
            let with = platform.installation.spine
            let without = Spine(
                database: with.database, keys: with.keys,
                audit: AuditLog(
                    database: Forgetful(engine: with.database.engine), clock: with.clock, ids: with.ids, stream: 0),
                clock: with.clock, ids: with.ids, logger: with.logger, metrics: Metrics(), wakeups: Wakeups())
            var rates: (with: [Double], without: [Double]) = ([], [])
            _ = try await turn(without, platform, tenant, patients)
            for _ in 0..<turns {
                rates.with.append(try await turn(with, platform, tenant, patients))
                rates.without.append(try await turn(without, platform, tenant, patients))
            }
            let audited = rates.with.sorted()[turns / 2]
            let bare = rates.without.sorted()[turns / 2]
            var json = JSONWriter()
            json.beginObject()
            json.field("audited", audited)
            json.field("unaudited", bare)
            json.field("share", 1 - audited / bare)
            json.endObject()
            Output.line(String(decoding: json.bytes, as: UTF8.self))
        } catch {
            await platform.close()
            throw error
        }
        await platform.close()
    }

    /// It reads without a record, and writes records of somebody who is not there: never where people are looked after.
    private static func check(_ platform: Platform, _ tenant: ID<Tenant>) async throws {
        let key = try await platform.installation.tenants.list().first { $0.id == tenant }?.key
        guard key == "bench" else {
            throw Fault(
                .conflict, "audit.cost", "This installation is in use; measuring is not for it.",
                remedy: "Make a new data directory with throughline init --tenant bench.")
        }
    }

    /// Summaries read in a second.
    private func turn(
        _ spine: Spine, _ platform: Platform, _ tenant: ID<Tenant>, _ patients: [ID<Patient>]
    ) async throws -> Double {
        let caller = Caller(
            tenant: tenant, actor: .user(ID(raw: 1)), permissions: platform.permissions,
            correlation: spine.ids.nextRaw(), origin: "cli")
        let sources = platform.areas.people.sources
        let started = ContinuousClock.now
        let end = started + .seconds(1)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for reader in 0..<readers {
                group.addTask { [patients] in
                    var place = reader &* 7919
                    var count = 0
                    while ContinuousClock.now < end {
                        place = (place &+ 104_729) % patients.count
                        _ = try await spine.ask(
                            ReadPatient(patients[place], now: spine.clock.now(), sources: sources), as: caller)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / (Double((ContinuousClock.now - started).microseconds) / 1e6)
    }
}

/// A store that keeps nothing and has nothing.
private struct Forgetful: Database {
    let engine: Engine

    private struct Nothing: Error {}

    func read<Value: Sendable>(
        _: ID<Tenant>, _: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value { throw Nothing() }

    /// Writes that give nothing back are taken and forgotten.
    func write<Value: Sendable>(
        _: ID<Tenant>, _: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        guard let done = () as? Value else { throw Nothing() }
        return done
    }

    func migrate(_: @escaping @Sendable (any Transaction) throws -> Void) async throws { throw Nothing() }
    func close() async {}
}
