import ArgumentParser
import Foundation
import JSON
import Kernel
import Scheduling
import Studio
import StudioAPI

/// `throughline simulate …`: what rules would do, on made-up people, without a store.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Try rules on made-up people.", subcommands: [Waitlist.self])

    /// The waitlist: how much of the time that came free is filled, how fast, and what each guard costs.
    struct Waitlist: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "waitlist", abstract: "Fill of cancelled time by the waitlist's rules.",
            discussion: "The same code decides as in the practice. What it assumes: docs/capabilities/waitlist.md.")

        @Option(help: "Practitioners, 1 to 1000.")
        var practitioners = 200

        @Option(help: "The list, as a share of the panel of 1,600 patients.")
        var listShare = 0.05

        @Option(help: "The chance that an offer is accepted.")
        var acceptance = 0.083

        @Option(help: "Minutes until half of the answers are there.")
        var replyMedian = 20.0

        @Option(help: "Weeks, 1 to 52.")
        var weeks = 12

        @Option(help: "Where chance begins.")
        var seed: UInt64 = 1

        @Option(
            help: ArgumentHelp(
                "Guards whose cost is measured, on or off, by one more run each: all, none, or names joined by commas.",
                valueName: "LIST"))
        var guards = "all"

        @Option(
            help: ArgumentHelp("A blueprint whose waitlist policy is tried; else what is built in.", valueName: "DIR"))
        var blueprint: String?

        @Flag(help: "Print one JSON document.")
        var json = false

        func validate() throws {
            if !(1...1_000).contains(practitioners) { throw ValidationError("--practitioners must be 1 to 1000.") }
            if !(1...52).contains(weeks) { throw ValidationError("--weeks must be 1 to 52.") }
            if !(0.001...0.5).contains(listShare) { throw ValidationError("--list-share must be 0.001 to 0.5.") }
            if !(0...1).contains(acceptance) { throw ValidationError("--acceptance must be 0 to 1.") }
            if !(0.1...10_000).contains(replyMedian) { throw ValidationError("--reply-median must be 0.1 to 10000.") }
            _ = try wanted()
        }

        private func wanted() throws -> [WaitlistExclusion] {
            if guards == "all" { return WaitlistExclusion.guards }
            if guards == "none" { return [] }
            return try guards.split(separator: ",").map { name in
                guard let found = WaitlistExclusion.guards.first(where: { $0.rawValue == name }) else {
                    let known = WaitlistExclusion.guards.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("There is no guard “\(name)”. Known: \(known).")
                }
                return found
            }
        }

        func run() async throws {
            var inputs = WaitlistSimulation.Inputs()
            inputs.practitioners = practitioners
            inputs.listShare = listShare
            inputs.acceptance = acceptance
            inputs.replyMedian = replyMedian
            inputs.weeks = weeks
            inputs.seed = seed
            if let blueprint {
                inputs.policy = try BlueprintFolder.read(blueprint).waitlistPolicies.first ?? .builtIn
            }
            let simulation = WaitlistSimulation(inputs)
            let result = simulation.run()
            let costs = try wanted().compactMap { exclusion -> WaitlistSimulation.GuardCost? in
                Output.note("the guard \(exclusion.rawValue) …")
                return simulation.guardCost(of: exclusion, with: result)
            }
            let report = WaitlistReport(inputs: inputs, result: result, costs: costs)
            json ? Output.line(String(decoding: report.json, as: UTF8.self)) : report.lines.forEach(Output.line)
        }
    }
}

/// What a run is told as.
struct WaitlistReport {
    let inputs: WaitlistSimulation.Inputs
    let result: WaitlistSimulation.Result
    let costs: [WaitlistSimulation.GuardCost]

    var lines: [String] {
        var lines = [
            "cancellations              \(result.cancellations)",
            "  with 24 h notice         \(result.withNotice)",
            "  filled                   \(rounded(result.filled * 100)) %",
            "  filled, shorter notice   \(rounded(result.filledShortShare * 100)) %",
            "left by who took a time    \(result.cascaded), filled \(result.cascadedFilled)",
            "double accepts             \(result.doubleAccepts)",
            "median minutes to fill     \(result.medianMinutesToFill)",
            "offers                     \(result.offers), yes but gone \(result.gone), yes but too late \(result.tooLate)",
            "widest gap between groups  \(rounded(result.widestGap)) offers per 100 people",
        ]
        for group in result.groups {
            lines.append(
                "  \(group.group): \(Int(group.heads.rounded())) people, \(group.offers) offers, \(rounded(group.perHead)) each"
            )
        }
        for cost in costs {
            let says = cost.isOn ? "costs" : "is off, and would cost"
            lines.append(
                "guard \(cost.exclusion.rawValue) \(says) \(rounded(cost.points)) points of all cancellations")
        }
        return lines
    }

    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("practitioners", inputs.practitioners)
        json.field("list_share", inputs.listShare)
        json.field("acceptance", inputs.acceptance)
        json.field("reply_median", inputs.replyMedian)
        json.field("weeks", inputs.weeks)
        json.field("seed", String(inputs.seed))
        json.field("cancellations", result.cancellations)
        json.field("cancellations_24h", result.withNotice)
        json.field("filled", result.filled)
        json.field("filled_short", result.filledShortShare)
        json.field("filled_overall", result.filledOverall)
        json.field("cascaded", result.cascaded)
        json.field("cascaded_filled", result.cascadedFilled)
        json.field("double_accepts", result.doubleAccepts)
        json.field("gone", result.gone)
        json.field("too_late", result.tooLate)
        json.field("offers", result.offers)
        json.field("median_minutes_to_fill", result.medianMinutesToFill)
        json.list("offers_by_group", result.groups) { group, json in
            json.field("group", group.group)
            json.field("heads", group.heads)
            json.field("offers", group.offers)
            json.field("per_head", group.perHead)
        }
        json.field("group_gap_points", result.widestGap)
        json.field("group_gap_points_last", result.lastGap)
        json.list("guards", costs) { cost, json in
            json.field("guard", cost.exclusion.rawValue)
            json.field("on", cost.isOn)
            json.field("filled_overall_with", cost.with.filledOverall)
            json.field("filled_with", cost.with.filled)
            json.field("filled_overall_without", cost.without.filledOverall)
            json.field("filled_without", cost.without.filled)
            json.field("cost_points", cost.points)
        }
        json.endObject()
        return json.bytes
    }

    private func rounded(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
