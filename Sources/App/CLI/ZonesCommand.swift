import ArgumentParser
import JSON
import Kernel
import Scheduling
import Spine

/// `throughline zones replan`: visits ahead after a change of the tz data.
struct ZonesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zones", abstract: "Keep visits right when the rules of time zones change.",
        subcommands: [Replan.self])

    struct Replan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Place visits ahead anew that an older release of the tz data placed.",
            discussion: """
                The agreed reading of the clock stays, the moment moves. Where somebody else has the new time nothing is
                changed and the visit is listed. A server does the same when it starts. Who must be told stands on the page
                /schedule/zone-changes.
                """)

        @Flag(help: "Only tell what would be done.")
        var dryRun = false

        @OptionGroup var options: DataOptions

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let platform = try await Platform.open(try await options.settings())
            let done: ZoneReplan
            do {
                let tenant = try await platform.onlyTenant()
                let replanning = ZoneReplanning(desk: platform.areas.scheduling.desk)
                let spine = platform.installation.spine
                done =
                    dryRun
                    ? try await replanning.preview(spine, tenant)
                    : try await replanning.run(spine, tenant, origin: "cli")
            } catch {
                await platform.close()
                throw error
            }
            await platform.close()
            if json { Output.line(String(decoding: document(done), as: UTF8.self)) } else { tell(done) }
        }

        /// What is worth a line: all but what stays as it is.
        private func told(_ done: ZoneReplan) -> [ReplannedVisit] {
            done.visits.filter { $0.outcome != .unchanged && $0.outcome != .gone }
        }

        private func tell(_ done: ZoneReplan) {
            let would = dryRun ? "would be " : ""
            Output.line("tz data \(done.version): \(done.count(.moved)) visits \(would)moved,")
            Output.line("  \(done.count(.unchanged)) stay, \(done.count(.conflict)) meet somebody else's time")
            for visit in told(done) {
                let from = Instant(microseconds: visit.from).iso8601, to = Instant(microseconds: visit.to).iso8601
                Output.line(
                    "\(Crockford.encode(visit.id)) \(visit.outcome.rawValue) \(visit.localStart) \(visit.zone) \(from) \(to)"
                )
            }
            if done.newer > 0 {
                Output.line("\(done.newer) visits were placed by newer tz data than this program has: run bin/setup.")
            }
        }

        private func document(_ done: ZoneReplan) -> [UInt8] {
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("tzVersion", done.version)
            writer.field("dryRun", dryRun)
            writer.field("moved", done.count(.moved))
            writer.field("unchanged", done.count(.unchanged))
            writer.field("conflicts", done.count(.conflict))
            writer.field("unknownZones", done.count(.unknownZone))
            writer.field("gone", done.count(.gone))
            writer.field("newer", done.newer)
            writer.key("visits")
            writer.beginArray()
            for visit in told(done) {
                writer.beginObject()
                writer.field("appointment", Crockford.encode(visit.id))
                writer.field("outcome", visit.outcome.rawValue)
                writer.field("localStart", visit.localStart)
                writer.field("zone", visit.zone)
                writer.field("from", Instant(microseconds: visit.from).iso8601)
                writer.field("to", Instant(microseconds: visit.to).iso8601)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
            return writer.bytes
        }
    }
}
