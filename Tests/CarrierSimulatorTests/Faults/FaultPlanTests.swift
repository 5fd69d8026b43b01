import CarrierSimulator
import Testing

@Suite("Fault plan") struct FaultPlanTests {
    private func outcomes(seed: UInt64, _ kind: FaultKind, probability: String, count: Int = 200) throws -> [Bool] {
        var settings = FaultSettings(seed: seed)
        try settings.apply(Form([("\(kind.rawValue).probability", probability)]))
        var plan = FaultPlan(settings: settings)
        return (0..<count).map { _ in plan.strikes(kind) }
    }

    @Test("the same seed strikes the same way, another seed another way")
    func seeded() throws {
        let one = try outcomes(seed: 7, .loseAnswer, probability: "0.5")
        #expect(try outcomes(seed: 7, .loseAnswer, probability: "0.5") == one)
        #expect(try outcomes(seed: 8, .loseAnswer, probability: "0.5") != one)
        #expect(try outcomes(seed: 7, .rejectSend, probability: "0.5") != one)
    }

    @Test("asking about one kind does not move another's outcomes")
    func independentStreams() throws {
        let alone = try outcomes(seed: 7, .repeatReceipt, probability: "0.3")
        var settings = FaultSettings(seed: 7)
        try settings.apply(Form([("repeatReceipt.probability", "0.3"), ("loseReceipt.probability", "0.9")]))
        var plan = FaultPlan(settings: settings)
        let mixed = (0..<200).map { number in
            if number % 3 == 0 { _ = plan.strikes(.loseReceipt) }
            return plan.strikes(.repeatReceipt)
        }
        #expect(mixed == alone)
    }

    @Test("a probability is kept within the error of 20,000 draws", arguments: ["0.05", "0.5", "0.9"])
    func frequency(probability: String) throws {
        let struck = try outcomes(seed: 3, .loseAnswer, probability: probability, count: 20_000).filter { $0 }.count
        let expected = try #require(Double(probability))
        #expect(abs(Double(struck) / 20_000 - expected) < 0.015)
    }

    @Test("zero never strikes and one always does")
    func extremes() throws {
        #expect(try outcomes(seed: 1, .delayAnswer, probability: "0").allSatisfy { !$0 })
        #expect(try outcomes(seed: 1, .delayAnswer, probability: "1").allSatisfy { $0 })
    }

    @Test("a count strikes that often, then no more, and is told")
    func counts() throws {
        var settings = FaultSettings()
        try settings.apply(Form([("loseReceipt.count", "2")]))
        var plan = FaultPlan(settings: settings)
        #expect((0..<5).map { _ in plan.strikes(.loseReceipt) } == [true, true, false, false, false])
        #expect(plan.struck == [.loseReceipt: 2])
    }

    @Test("settings that are wrong are all named and none is taken")
    func wrongSettings() {
        var settings = FaultSettings(seed: 4)
        let before = settings
        let changes = Form([
            ("loseAnswer.probability", "1.5"), ("loseAnswer.count", "-1"), ("nonsense", "1"),
            ("rejectSend.status", "404"),
            ("sent.milliseconds", "x"), ("optOut", "false"), ("loseAnswer.probability", "nan"), ("nonsense.count", "1"),
        ])
        #expect(throws: FaultSettings.Failure.self) { try settings.apply(changes) }
        #expect(settings == before)
        do throws(FaultSettings.Failure) {
            try settings.apply(changes)
        } catch {
            #expect(error.problems.count == 7)
        }
    }

    @Test("every setting that is told can be set again")
    func settingsRoundTrip() throws {
        var settings = FaultSettings(seed: 12)
        try settings.apply(
            Form([
                ("loseAnswer.probability", "0.25"), ("loseAnswer.as", "silence"), ("reorderInbound.count", "3"),
                ("failDelivery.status", "failed"), ("failDelivery.errorCode", "30005"), ("optOut", "false"),
                ("delivered.milliseconds", "0"),
            ]))
        let told = settings.fields.map { field -> (String, String) in
            switch field.value {
            case .number(let number): (field.name, "\(number)")
            case .text(let text): (field.name, text)
            case .flag(let flag): (field.name, "\(flag)")
            }
        }
        var again = FaultSettings()
        try again.apply(Form(told))
        #expect(again == settings)
    }
}
