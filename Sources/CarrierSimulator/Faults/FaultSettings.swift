/// How likely each fault is, and how it shows.
package struct FaultSettings: Sendable, Equatable {
    /// When a fault strikes: the next `count` times for sure, then with `probability`.
    package struct Rule: Sendable, Equatable {
        package var probability = 0.0
        package var count = 0
        package static let never = Rule()
    }

    /// How an answer is lost.
    package enum Loss: String, Sendable, CaseIterable {
        /// The connection is closed without an answer.
        case close
        /// The connection stays open and silent until the client gives up.
        case silence
    }

    package var seed: UInt64
    private var rules: [FaultKind: Rule] = [:]
    package var loss = Loss.close
    /// The HTTP status of a rejected send: 429, 500, 502, 503 or 504.
    package var rejectStatus = 503
    package var answerDelayMilliseconds = 2_000
    package var inboundDelayMilliseconds = 2_000
    /// How long a held-back webhook waits for another to overtake it.
    package var reorderMilliseconds = 1_000
    /// How a failed delivery ends: `undelivered` or `failed`.
    package var failStatus = Message.Status.undelivered
    /// The provider's error code of a failed delivery (30003 to 30008 are usual).
    package var failErrorCode = 30003
    /// Time from acceptance to `sent`.
    package var sentMilliseconds = 40
    /// Time from `sent` to `delivered`.
    package var deliveredMilliseconds = 120
    /// Whether the provider itself honours STOP and START.
    package var honoursOptOut = true

    package init(seed: UInt64 = 0) {
        self.seed = seed
    }

    package subscript(kind: FaultKind) -> Rule {
        get { rules[kind] ?? .never }
        set { rules[kind] = newValue == .never ? nil : newValue }
    }

    /// Sets what `changes` names, keys as in `description`; all of it, or nothing and the list of what is wrong.
    package mutating func apply(_ changes: Form) throws(Failure) {
        var changed = self
        let problems = changes.fields.compactMap { changed.set($0.name, $0.value) }
        guard problems.isEmpty else { throw Failure(problems: problems) }
        self = changed
    }

    /// Every setting by its name, as `apply` takes it.
    package var fields: [(name: String, value: Value)] {
        let scalars: [(String, Value)] = [
            ("seed", .text("\(seed)")),
            ("loseAnswer.as", .text(loss.rawValue)),
            ("rejectSend.status", .number(Double(rejectStatus))),
            ("delayAnswer.milliseconds", .number(Double(answerDelayMilliseconds))),
            ("delayInbound.milliseconds", .number(Double(inboundDelayMilliseconds))),
            ("reorderInbound.milliseconds", .number(Double(reorderMilliseconds))),
            ("failDelivery.status", .text(failStatus.rawValue)),
            ("failDelivery.errorCode", .number(Double(failErrorCode))),
            ("sent.milliseconds", .number(Double(sentMilliseconds))),
            ("delivered.milliseconds", .number(Double(deliveredMilliseconds))),
            ("optOut", .flag(honoursOptOut)),
        ]
        return scalars
            + FaultKind.allCases.flatMap { kind in
                [
                    ("\(kind.rawValue).probability", Value.number(self[kind].probability)),
                    ("\(kind.rawValue).count", Value.number(Double(self[kind].count))),
                ]
            }
    }

    package enum Value: Sendable, Equatable {
        case number(Double)
        case text(String)
        case flag(Bool)
    }

    /// What could not be applied, one sentence for each.
    package struct Failure: Error, Equatable {
        package let problems: [String]
    }
}

extension FaultSettings {
    /// Sets one value; the answer is what is wrong with it, nil when it was taken.
    private mutating func set(_ name: String, _ value: String) -> String? {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        if parts.count == 2, let kind = FaultKind(rawValue: parts[0]), let problem = setRule(kind, parts[1], value) {
            return problem.isEmpty ? nil : "\(name): \(problem)"
        }
        return setScalar(name, value).map { "\(name): \($0)" }
    }

    /// Nil when `part` is no part of a rule, else the problem, empty when there is none.
    private mutating func setRule(_ kind: FaultKind, _ part: String, _ value: String) -> String? {
        switch part {
        case "probability":
            guard let number = Double(value), (0...1).contains(number) else { return "a number from 0 to 1 is needed" }
            self[kind].probability = number
        case "count":
            guard let number = Self.whole(value, in: 0...1_000_000) else {
                return "a whole number from 0 to 1000000 is needed"
            }
            self[kind].count = number
        default:
            return nil
        }
        return ""
    }

    private mutating func setScalar(_ name: String, _ value: String) -> String? {
        switch name {
        case "seed":
            guard let number = UInt64(value) else { return "a whole number from 0 is needed" }
            seed = number
        case "loseAnswer.as":
            guard let loss = Loss(rawValue: value) else { return "close or silence is needed" }
            self.loss = loss
        case "rejectSend.status":
            guard let status = Self.whole(value, in: 429...504), [429, 500, 502, 503, 504].contains(status) else {
                return "429, 500, 502, 503 or 504 is needed"
            }
            rejectStatus = status
        case "failDelivery.status":
            guard let status = Message.Status(rawValue: value), [.undelivered, .failed].contains(status) else {
                return "undelivered or failed is needed"
            }
            failStatus = status
        case "failDelivery.errorCode":
            guard let code = Self.whole(value, in: 10_000...99_999) else { return "a five-digit code is needed" }
            failErrorCode = code
        case "optOut":
            guard let flag = Bool(value) else { return "true or false is needed" }
            honoursOptOut = flag
        default:
            return setTime(name, value)
        }
        return nil
    }

    private mutating func setTime(_ name: String, _ value: String) -> String? {
        let times: [String: WritableKeyPath<FaultSettings, Int>] = [
            "delayAnswer.milliseconds": \.answerDelayMilliseconds,
            "delayInbound.milliseconds": \.inboundDelayMilliseconds,
            "reorderInbound.milliseconds": \.reorderMilliseconds,
            "sent.milliseconds": \.sentMilliseconds,
            "delivered.milliseconds": \.deliveredMilliseconds,
        ]
        guard let path = times[name] else { return "there is no such setting" }
        guard let milliseconds = Self.whole(value, in: 0...60_000) else {
            return "milliseconds from 0 to 60000 are needed"
        }
        self[keyPath: path] = milliseconds
        return nil
    }

    /// A whole number, also when JSON wrote it as `3.0`.
    private static func whole(_ text: String, in range: ClosedRange<Int>) -> Int? {
        guard let number = Double(text), let whole = Int(exactly: number), range.contains(whole) else { return nil }
        return whole
    }
}
