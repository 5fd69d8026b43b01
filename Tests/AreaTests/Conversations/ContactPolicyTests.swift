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

    @Test("the first allowed minute is allowed by both clocks, and none before it is", .timeLimit(.minutes(2)))
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

    @Test("a reply does not wait for the morning, a reminder does")
    func exceptions() throws {
        let night = Instant(seconds: 1_772_431_200)  // Sunday 1 March 2026, 23:00 in Denver
        guard case .allowed(let at, false, _, _) = ContactPolicy.decide(try question(.reply, at: night), by: policy)
        else {
            Issue.record("a reply was held")
            return
        }
        #expect(at == night)
        guard
            case .allowed(let morning, true, _, _) = ContactPolicy.decide(
                try question(.appointmentReminder, at: night), by: policy)
        else {
            Issue.record("a reminder was not held")
            return
        }
        #expect(try zones.zone("America/Denver").civil(at: morning.microseconds).iso == "2026-03-02T08:00")
    }
}
