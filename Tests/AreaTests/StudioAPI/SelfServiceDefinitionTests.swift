import Foundation
import Kernel
import StudioAPI
import Testing

@Suite("What definitions say of self-service")
struct SelfServiceDefinitionTests {
    private func visit(_ change: (inout VisitTypeDefinition) -> Void) -> [String] {
        var visit = VisitTypeDefinition(
            key: "visit", names: SmallBlueprint.words, minutes: 20, serviceLine: "care", leadMinutes: 60,
            horizonDays: 60)
        change(&visit)
        return visit.problems().filter { $0.severity == .error }.map(\.path)
    }

    @Test("the public books neither groups nor what only patients who have been here may have")
    func publicBooking() {
        #expect(visit { $0.rules.selfService.book = true } == [])
        let wrong = ["rules.selfService.book"]
        #expect(
            visit {
                $0.rules.selfService.book = true
                $0.patients = .established
            } == wrong)
        #expect(
            visit {
                $0.rules.selfService.book = true
                $0.rules.groupSize = 8
            } == wrong)
        #expect(
            visit {
                $0.rules.selfService.book = true
                $0.rules.eligibility.referral = true
            } == wrong)
    }

    @Test("by text only what patients may do at all is done, and nothing that is sensitive")
    func texts() {
        let wrong = ["rules.selfService.text"]
        #expect(visit { $0.rules.selfService.text = true } == [])
        #expect(visit { $0.rules.selfService = SelfServiceRule(move: false, cancel: false, text: true) } == wrong)
        #expect(
            visit {
                $0.rules.selfService.text = true
                $0.labels = ["behavioural-health"]
            } == wrong)
    }

    @Test("who lets texts do something needs the words for it, and nobody else does")
    func wordsForTexts() throws {
        var blueprint = try SmallBlueprint.make()
        func missing() -> Int {
            blueprint.problems(zones: SmallBlueprint.zones, permissions: SmallBlueprint.permissions)
                .count { $0.sentence.hasPrefix("The use text-") }
        }
        blueprint.visitTypes[0].rules.selfService.text = true
        #expect(missing() == 0)
        blueprint.messageTemplates.removeAll { $0.use.isOfTextBooking }
        #expect(missing() == 5)
        blueprint.visitTypes[0].rules.selfService.text = false
        #expect(missing() == 0)
    }

    @Test("the question whether to cancel names its two numbers, the others have their choices")
    func textTemplates() {
        func errors(_ use: TemplateUse, _ body: String?) -> [String] {
            var template = SmallBlueprint.template(use)
            if let body { template.body = LocalizedText(body) }
            return template.problems().filter { $0.severity == .error }.map(\.path)
        }
        for use in TemplateUse.allCases where use.isOfTextBooking {
            #expect(errors(use, nil) == [], "\(use.rawValue)")
            #expect(errors(use, "Call us.") == ["body.en"], "\(use.rawValue)")
        }
    }

    @Test("questions and documents of a check-in are checked, each by its place")
    func checkIn() {
        let words = SmallBlueprint.words
        #expect(
            visit {
                $0.rules.checkIn = CheckInRule(
                    questions: [CheckInQuestion(key: "way", text: words, answer: .yesNo)],
                    documents: [
                        CheckInDocument(
                            key: "texts", version: 1, names: words, body: words, purpose: .appointmentReminder)
                    ])
            } == [])
        let found = visit {
            $0.rules.checkIn = CheckInRule(
                leadMinutes: 5,
                questions: [
                    CheckInQuestion(key: "a b", text: words, answer: .choice),
                    CheckInQuestion(
                        key: "way", text: words, answer: .text, choices: [.init(key: "car", names: words)]),
                ],
                documents: [
                    CheckInDocument(key: "texts", version: 0, names: words, body: words, purpose: .appointmentReminder)
                ])
        }
        #expect(
            Set(found) == [
                "rules.checkIn.leadMinutes", "rules.checkIn.questions[0].key", "rules.checkIn.questions[0].choices",
                "rules.checkIn.questions[1].choices", "rules.checkIn.documents[0].version",
            ])
    }

    @Test("a visit type from before says nothing of a check-in, and one that does comes back as it was")
    func decodes() throws {
        let rule = CheckInRule(
            questions: [CheckInQuestion(key: "way", text: SmallBlueprint.words, answer: .yesNo, required: true)])
        let back = try JSONDecoder().decode(CheckInRule.self, from: JSONEncoder().encode(rule))
        #expect(back == rule)
        let empty = try JSONDecoder().decode(VisitRules.self, from: Data("{}".utf8))
        #expect(empty.checkIn == nil)
    }

    @Test(
        "sites that may show the page in a frame are origins and nothing more",
        arguments: [
            ("https://riverbend.example", true), ("https://riverbend.example:8443", true), ("http://a.example", false),
            ("https://a.example/page", false), ("https://a.example; script-src *", false), ("https://", false),
            ("*", false), ("https://A.example", false),
        ])
    func origins(site: String, isOne: Bool) {
        #expect(OrganizationDefinition.isOrigin(site) == isOne)
    }
}
