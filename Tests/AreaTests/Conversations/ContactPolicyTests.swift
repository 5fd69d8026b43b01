import Conversations
import Kernel
import StudioAPI
import TestKit
import Testing
import TimeZones

@Suite("who may be written to, and when")
struct ContactPolicyTests {
    private let policy: Published<ConsentPolicyDefinition>
    private let zones: TimeZoneDatabase

    init() throws {
        policy = try #require(try ShippedDefinitions().shipped.consentPolicy)
        zones = try ShippedDefinitions.zones()
    }

    private func question(
        _ purpose: MessagePurpose, at moment: Instant = TestWorld.start
    ) throws -> ContactPolicy.Question {
        ContactPolicy.Question(purpose: purpose, now: moment, locationZone: try zones.zone("America/Denver"))
    }

    private let withdrawn = ConsentState(everything: .init(id: 1, given: false))

    @Test("a deceased patient gets nothing, whatever it is", arguments: MessagePurpose.allCases)
    func deceased(purpose: MessagePurpose) throws {
        var question = try question(purpose)
        question.deceased = true
        question.answersKeyword = true
        #expect(ContactPolicy.decide(question, by: policy) == .withheld(reason: "deceased"))
    }

    @Test("after STOP nothing goes out but the answer to a keyword", arguments: MessagePurpose.allCases)
    func stopped(purpose: MessagePurpose) throws {
        var question = try question(purpose)
        question.number = withdrawn
        guard case .withheld = ContactPolicy.decide(question, by: policy) else {
            Issue.record("\(purpose) was allowed after STOP")
            return
        }
        question.answersKeyword = true
        let answer = ContactPolicy.decide(question, by: policy)
        if purpose == .serviceNotice || purpose == .reply {
            guard case .allowed = answer else {
                Issue.record("the confirmation was withheld")
                return
            }
        } else {
            guard case .withheld = answer else {
                Issue.record("\(purpose) passed as an answer to a keyword")
                return
            }
        }
    }

    @Test("what asks for a recorded yes is not sent without one, and names it when there is one")
    func optIn() throws {
        var question = try question(.marketing, at: TestWorld.start + .hours(3))
        #expect(ContactPolicy.decide(question, by: policy) == .withheld(reason: "no-consent"))
        question.consent.purpose = .init(id: 42, given: true)
        guard case .allowed(_, _, let consent, _) = ContactPolicy.decide(question, by: policy) else {
            Issue.record("a given consent was not enough")
            return
        }
        #expect(consent.hasPrefix("given:"))
    }

    @Test("the first allowed minute is allowed by both clocks, and none before it is", .timeLimit(.minutes(10)))
    func bothClocks() throws {
        var generator = SeededGenerator(seed: 77)
        let names = [
            "America/Denver", "America/New_York", "Pacific/Honolulu", "Asia/Kolkata", "Australia/Lord_Howe",
            "Europe/Madrid",
            "Pacific/Chatham", "America/Phoenix",
        ]
        for round in 0..<400 {
            let patient =
                Bool.random(using: &generator) ? try zones.zone(names.randomElement(using: &generator) ?? "") : nil
            let place = try zones.zone(names.randomElement(using: &generator) ?? "")
            var question = try question(
                .appointmentReminder,
                at: Instant(seconds: 1_772_000_000 + Int64.random(in: 0..<31_000_000, using: &generator)))
            question.patientZone = patient
            question.locationZone = place
            let all = [patient, place].compactMap { $0 }
            func isQuiet(_ moment: Instant) -> Bool {
                all.contains {
                    policy.value.quietHours.contains(minuteOfDay: $0.civil(at: moment.microseconds).time.minutesOfDay)
                }
            }
            guard case .allowed(let at, let held, _, _) = ContactPolicy.decide(question, by: policy) else {
                // No common hour: then no minute of two days is free.
                for step in 0..<(2 * 24 * 12) where !isQuiet(question.now + .minutes(step * 5)) {
                    Issue.record("round \(round): an hour was there and not found")
                    break
                }
                continue
            }
            #expect(!isQuiet(at), "round \(round)")
            #expect(held == (at > question.now))
            var earlier = question.now
            while earlier < at {
                if !isQuiet(earlier) {
                    Issue.record("round \(round): \(earlier.iso8601) was free before \(at.iso8601)")
                    break
                }
                earlier = earlier + .minutes(1)
            }
        }
    }

    /// Sunday 1 March 2026, 23:00 in Denver.
    private static let night = Instant(seconds: 1_772_431_200)

    @Test(
        "by night only an answer to what was written a moment ago goes at once; all else waits for the morning",
        arguments: MessagePurpose.allCases)
    func answers(purpose: MessagePurpose) throws {
        let policy = policy
        func at(_ heard: Duration?, _ place: String = "America/Denver") throws -> ContactPolicy.Verdict {
            var question = try question(purpose, at: Self.night)
            question.consent.purpose = .init(id: 1, given: true)
            question.heardAt = heard.map { Self.night - $0 }
            question.patientZone = try zones.zone(place)
            return ContactPolicy.decide(question, by: policy)
        }
        func decision(_ verdict: ContactPolicy.Verdict) -> String? {
            guard case .allowed(let at, let held, _, let decision) = verdict else { return nil }
            #expect(held == (at > Self.night))
            return decision
        }
        let isAnswer = [.reply, .serviceNotice, .appointmentConfirmation].contains(purpose)
        if policy.value.basis(for: purpose, on: .sms) == .never { return }
        #expect(
            decision(try at(.minutes(10))) == (isAnswer ? "contact/1:answer-at-once" : "contact/1:held-quiet-hours"))
        #expect(decision(try at(.minutes(30)))?.hasSuffix(isAnswer ? "answer-at-once" : "held-quiet-hours") == true)
        for heard in [.minutes(31), .days(3), nil] as [Duration?] {
            guard case .allowed(let morning, true, _, _) = try at(heard) else {
                Issue.record("\(purpose) did not wait")
                continue
            }
            #expect(try zones.zone("America/Denver").civil(at: morning.microseconds).iso == "2026-03-02T08:00")
        }
        // It is 23:00 in Denver and noon in Calcutta on Monday: the place's clock still says no.
        guard case .allowed(_, true, _, _) = try at(nil, "Asia/Kolkata") else {
            Issue.record("\(purpose) did not wait for the place")
            return
        }
    }
}
