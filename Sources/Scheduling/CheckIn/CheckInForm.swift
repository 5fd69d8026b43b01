import Kernel
import PeopleAPI
import StudioAPI
import Web

/// What was typed at check-in, read once, with everything that is wrong with it.
struct CheckInForm {
    private(set) var content = CheckInContent()
    private(set) var agreed: [CheckInDocument] = []
    /// Keys of texts, by field.
    private(set) var problems: [String: String] = [:]
    /// As it was typed, to show again.
    private(set) var typed: [String: String] = [:]

    init() {}

    init(_ fields: FormFields, _ rule: CheckInRule, _ language: Language) {
        for name in ["phone", "email", "address", "payer", "member"] { typed[name] = fields[name] ?? "" }
        content.phone = line("phone", fields)
        content.email = line("email", fields)
        content.address = line("address", fields)
        content.payer = line("payer", fields)
        content.member = line("member", fields)
        content.paysLater = fields["later"] == "yes"
        typed["later"] = content.paysLater ? "yes" : ""
        if let phone = content.phone, PhoneNumber(phone) == nil { problems["phone"] = "self-form.phone" }
        if let email = content.email, !email.contains("@") { problems["email"] = "self-form.email" }
        if content.member != nil, content.payer == nil { problems["payer"] = "check-in.payer-missing" }
        for question in rule.questions { take(question, fields, language) }
        for document in rule.documents {
            let isAgreed = fields["agree-\(document.key)"] == document.reference
            typed["agree-\(document.key)"] = isAgreed ? "yes" : ""
            if isAgreed {
                agreed.append(document)
                content.documents.append(document.reference)
            } else if document.required {
                problems["agree-\(document.key)"] = "check-in.agree-missing"
            }
        }
    }

    private mutating func line(_ name: String, _ fields: FormFields) -> String? {
        guard let text = fields.trimmed(name) else { return nil }
        if text.count > CheckInRules.longestLine || !text.allSatisfy(Self.isVisible) {
            problems[name] = "self-form.long"
            return nil
        }
        return text
    }

    static func isVisible(_ character: Character) -> Bool {
        !character.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private mutating func take(_ question: CheckInQuestion, _ fields: FormFields, _ language: Language) {
        let name = "answer-\(question.key)"
        let given = fields.trimmed(name)
        typed[name] = given ?? ""
        guard let given else {
            if question.required { problems[name] = "self-form.needed" }
            return
        }
        let answer: String?
        switch question.answer {
        case .text: answer = given.count <= CheckInRules.longestAnswer ? given : nil
        case .yesNo: answer = given == "yes" || given == "no" ? given : nil
        case .choice: answer = question.choices.first { $0.key == given }?.names[language]
        }
        guard let answer else {
            problems[name] = "self-form.long"
            return
        }
        content.answers.append(.init(question: question.text[language], answer: answer))
    }
}

/// The view of the form in `check-in/show`.
struct CheckInFormView {
    let words: SchedulingWords
    let rule: CheckInRule
    let form: CheckInForm
    /// Nil where somebody else may read.
    let card: PatientCard?
    let action: String

    private func wrong(_ name: String) -> View.Value { .optional(form.problems[name].map { words.text($0) }) }

    private func field(_ name: String, type: String = "text", known: String? = nil) -> View {
        View([
            "name": .text(name), "type": .text(type), "label": .text(words.text("check-in.\(name)")),
            "value": .text(form.typed[name] ?? ""), "wrong": wrong(name),
            "hint": .text(known.map { words.text("check-in.known", ["value": $0]) } ?? words.text("check-in.empty")),
        ])
    }

    var view: View {
        View([
            "action": .text(action), "wrong": .flag(!form.problems.isEmpty),
            "contact": .views([
                field("phone", type: "tel", known: card?.textPhone.map { "••• " + $0.number.digits.suffix(2) }),
                field("email", type: "email", known: card?.email.map(Self.masked)), field("address"),
            ]),
            "coverage": .views([field("payer"), field("member")]), "later": .flag(form.typed["later"] == "yes"),
            "questions": .views(rule.questions.map(question)), "hasQuestions": .flag(!rule.questions.isEmpty),
            "documents": .views(rule.documents.map(document)), "hasDocuments": .flag(!rule.documents.isEmpty),
        ])
    }

    /// `m•••@example.org`
    static func masked(_ email: String) -> String {
        guard let at = email.lastIndex(of: "@") else { return "•••" }
        return email.prefix(1) + "•••" + email[at...]
    }

    private func question(_ question: CheckInQuestion) -> View {
        let name = "answer-\(question.key)"
        let typed = form.typed[name] ?? ""
        let options: [(String, String)] =
            switch question.answer {
            case .text: []
            case .yesNo: [("yes", words.text("check-in.yes")), ("no", words.text("check-in.no"))]
            case .choice: question.choices.map { ($0.key, $0.names[words.language]) }
            }
        return View([
            "name": .text(name), "text": .text(question.text[words.language]), "value": .text(typed),
            "isText": .flag(question.answer == .text), "required": .flag(question.required), "wrong": wrong(name),
            "options": .views(
                options.map { value, label in
                    View(["value": .text(value), "label": .text(label), "chosen": .flag(typed == value)])
                }),
        ])
    }

    private func document(_ document: CheckInDocument) -> View {
        let name = "agree-\(document.key)"
        return View([
            "name": .text(name), "value": .text(document.reference),
            "title": .text(document.names[words.language]), "body": .text(document.body[words.language]),
            "version": .text(words.text("check-in.version", ["version": String(document.version)])),
            "chosen": .flag(form.typed[name] == "yes"), "wrong": wrong(name),
        ])
    }
}
