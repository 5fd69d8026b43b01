import JSON
import StudioAPI

extension SetupFields {
    /// What a patient is asked on the phone before a visit.
    static let checkIn: [SetupField] = [
        SetupField("rules.checkIn", "checkIn", .part),
        SetupField("rules.checkIn.leadMinutes", "checkIn.lead", .span(days: true), optional: true),
        SetupField(
            "rules.checkIn.questions", "questions",
            .rows(
                SetupRows(
                    question, summary: ["text.en", "answer"], ordered: true, atMost: 20,
                    blank: ["answer": "yes-no"]))),
        SetupField(
            "rules.checkIn.documents", "documents",
            .rows(
                SetupRows(
                    document, summary: ["names.en", "purpose"], folded: true, ordered: true, atMost: 20,
                    blank: ["version": 1]))),
    ]

    private static let question: [SetupField] = [
        SetupField("text", "questions.text", .localized(atMost: 300, isLong: false)),
        SetupField("answer", "questions.answer", .choice(codes(CheckInQuestion.Answer.self, "answer"))),
        SetupField("required", "questions.required", .flag), SetupField("key", .hidden),
        SetupField(
            "choices", "questions.choices",
            .rows(
                SetupRows(
                    [
                        SetupField("names", "choices.names", .localized(atMost: 120, isLong: false)),
                        SetupField("key", .hidden),
                    ],
                    summary: ["names.en"], ordered: true, atMost: 12))),
    ]

    private static let document: [SetupField] = [
        SetupField("names", "documents.names", .localized(atMost: 120, isLong: false)),
        SetupField("body", "documents.body", .localized(atMost: 4_000, isLong: true)),
        SetupField("purpose", "documents.purpose", .choice(codes(MessagePurpose.self, "purpose"))),
        SetupField("version", "documents.version", .number(.count)),
        SetupField("required", "documents.required", .flag), SetupField("key", .hidden),
    ]
}
