import Kernel
import Spine
import Vault
import Web

extension Scheduling {
    var capacity: Capability {
        Capability(
            "capacity", schema: [CapacitySchema.available], tables: CapacitySchema.rules,
            recurring: [dailyAvailability], routes: capacityPages + capacityAPI, permissions: [.capacityRead])
    }

    /// Looks every hour whether the day has its record.
    private var dailyAvailability: Recurring {
        Recurring("daily-availability", every: .seconds(3_600)) { spine, tenant in
            try await desk.recordAvailability(spine, tenant)
        }
    }

    private var capacityPages: [Route] {
        [
            .get("/capacity", heavy: true, .page(.capacityRead, showCapacity)),
            .get("/capacity/visits", heavy: true, .page(.capacityRead, showCapacityVisits)),
            .get("/capacity/sessions", heavy: true, .page(.capacityRead, showCapacitySessions)),
            .get("/capacity/availability", heavy: true, .page(.capacityRead, showAvailability)),
            .get("/capacity/released-blocks", heavy: true, .page(.capacityRead, showReleasedBlocks)),
            .get("/capacity/what-if", heavy: true, .page(.capacityRead, showWhatIf)),
            .get("/capacity/overbooking", heavy: true, .page(.capacityRead, showOverbooking)),
        ]
    }

    private var capacityAPI: [Route] {
        typealias Description = CapacityDescription
        return [
            .get("/api/v1/capacity/use", heavy: true, .api(.capacityRead, Description.use, readUse)),
            .get(
                "/api/v1/capacity/availability", heavy: true,
                .api(.capacityRead, Description.availability, readAvailability)),
            .get(
                "/api/v1/capacity/released-blocks", heavy: true,
                .api(.capacityRead, Description.released, readReleased)),
            .get("/api/v1/capacity/what-if", heavy: true, .api(.capacityRead, Description.whatIf, readWhatIf)),
            .get(
                "/api/v1/capacity/overbooking", heavy: true,
                .api(.capacityRead, Description.overbooking, readOverbooking)),
        ]
    }

    // MARK: API

    private func choice(_ request: WebRequest) throws -> CapacityChoice {
        var fields = QueryFields(request.query)
        let plan = try desk.plans.plan(of: request.tenant)
        var choice = CapacityChoice()
        if let text = fields.text("period") {
            if let period = CapacityPeriod(rawValue: text) {
                choice.period = period
            } else {
                let known = CapacityPeriod.allCases.map(\.rawValue).joined(separator: ", ")
                fields.note("period", "One of \(known).")
            }
        }
        choice.location = fields.text("location")
        choice.practitioner = fields.text("practitioner")
        choice.visitType = fields.text("visit_type")
        if let key = choice.location, plan.location(key) == nil { fields.note("location", "Not a known location.") }
        if let key = choice.practitioner, plan.practitioner(key) == nil {
            fields.note("practitioner", "Not a known practitioner.")
        }
        if let key = choice.visitType, plan.visitTypes[key] == nil {
            fields.note("visit_type", "Not a known visit type.")
        }
        try fields.check()
        return choice
    }

    private func readUse(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let answer = try await request.spine.ask(
            ReadCapacity(try choice(request), now: request.spine.clock.now(), desk: desk), as: caller)
        return .json(CapacityJSON.use(answer))
    }

    private func readReleased(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let now = request.spine.clock.now()
        let answer = try await request.spine.ask(
            ReadCapacity(try choice(request), now: now, desk: desk), as: caller)
        return .json(
            CapacityJSON.released(
                ReleasedBlock.counted(answer.sessions, answer.visits, answer.plan, now: now.microseconds)))
    }

    private func readAvailability(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        var fields = QueryFields(request.query)
        let days = fields.number("days", 1...366) ?? 28
        try fields.check()
        let answer = try await request.spine.ask(
            ReadAvailability(days: days, now: request.spine.clock.now(), desk: desk), as: caller)
        return .json(CapacityJSON.availability(answer))
    }

    private func readWhatIf(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let question = WhatIfQuestion(request.query, try desk.plans.plan(of: request.tenant))
        if !question.problems.isEmpty { throw Fault.invalid(question.problems) }
        let known = try await request.spine.ask(
            ReadWhatIf(now: request.spine.clock.now(), desk: desk), as: caller)
        let (before, after) = try await WhatIfQuestion.answer(
            known.inputs, question.changes, desk.plans.timeZones)
        return .json(CapacityJSON.whatIf(before, after, visits: known.visits))
    }

    private func readOverbooking(_ request: WebRequest, _: Caller) async throws -> WebResponse {
        let (inputs, problems) = Self.overbooking(request.query, noShowRate: nil)
        if !problems.isEmpty { throw Fault.invalid(problems) }
        return .json(CapacityJSON.overbooking(inputs))
    }

    /// `noShowRate`: of the practice, for who names none.
    static func overbooking(
        _ query: FormFields, noShowRate: Double?
    ) -> (inputs: Overbooking.Inputs, problems: [Fault.Field]) {
        var fields = QueryFields(query)
        let starts = fields.number("starts", 1...60) ?? 12
        let minutes = fields.number("minutes", 5...240) ?? 20
        let budget = fields.number("budget", 0...240) ?? 10
        let usual = noShowRate.map { Int(($0 * 100).rounded()) } ?? 15
        let rate = fields.number("no_show", 0...95) ?? min(95, usual)
        return (
            Overbooking.Inputs(
                starts: starts, minutes: minutes, noShowRate: Double(rate) / 100, budget: Double(budget)),
            fields.problems
        )
    }
}
