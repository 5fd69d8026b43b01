import ConversationsAPI
import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// What was typed into the form of a new patient, and what is wrong with it; the form keeps what was typed.
struct NewPatientForm {
    var given = ""
    var family = ""
    var preferred = ""
    var born = ""
    var sex = ""
    var language: String
    var phone = ""
    var email = ""
    var contact = "sms"
    var mrn = ""
    var consents: Set<String> = []
    /// What it goes on with: `referral`. Empty: the record itself.
    var next = ""
    /// One form, one patient: the key under which a repeated press of the button gives the first answer again. It begins
    /// with `seen-` once people who look like this one were shown.
    var intent: String
    /// Keys of the catalogue by field.
    var wrong: [String: String] = [:]

    static let languages = ["en", "es", "zh", "vi", "ar", "ru", "tl", "ht", "ko"]
    static let contacts = ["sms", "phone", "email", "none"]
    static let consentChannels = ["text": "sms", "call": "voice"]

    init(intent: String, language: Language) {
        self.intent = intent
        self.language = language.rawValue
    }

    init(_ fields: FormFields, fallback: String) {
        given = fields.trimmed("given") ?? ""
        family = fields.trimmed("family") ?? ""
        preferred = fields.trimmed("preferred") ?? ""
        born = fields.trimmed("born") ?? ""
        sex = fields.trimmed("sex") ?? ""
        language = fields.trimmed("language") ?? "en"
        phone = fields.trimmed("phone") ?? ""
        email = fields.trimmed("email") ?? ""
        contact = fields.trimmed("contact") ?? ""
        mrn = fields.trimmed("mrn") ?? ""
        consents = Set(fields.all("consent")).intersection(Self.consentChannels.keys)
        next = fields["next"] == "referral" ? "referral" : ""
        let asked = fields["intent"] ?? ""
        intent = IdempotencyKey(asked) == nil ? fallback : asked
    }

    var hasSeenAlike: Bool { intent.hasPrefix("seen-") }

    /// The person to register, or nil with every wrong field marked.
    mutating func person(today: CivilDate, caller: Caller) -> NewPatient? {
        var person = NewPatient()
        person.source = "console"
        person.given = given.split(whereSeparator: \.isWhitespace).map(String.init)
        person.family = family.isEmpty ? nil : family
        person.preferredName = preferred.isEmpty ? nil : preferred
        person.birthDate = CivilDate(iso: born)
        person.gender = sex.isEmpty ? nil : sex
        person.language = language
        person.email = email.isEmpty ? nil : email
        person.mrn = mrn.isEmpty ? nil : mrn
        person.contactPreference = contact.isEmpty ? nil : contact
        if case .only(let locations) = caller.locations { person.locations = locations.sorted() }
        // At a desk a name is typed by hand: a digit in it is a slip.
        func hasDigit(_ text: String) -> Bool { text.contains(where: \.isNumber) }
        if given.isEmpty || hasDigit(given) { wrong["given"] = "patients.wrong.given" }
        if family.isEmpty || hasDigit(family) { wrong["family"] = "patients.wrong.family" }
        if person.birthDate == nil { wrong["born"] = "patients.wrong.born" }
        if !phone.isEmpty {
            if let number = PhoneNumber(phone) {
                person.phones = [(number, "mobile")]
            } else {
                wrong["phone"] = "patients.wrong.phone"
            }
        }
        for problem in PatientRules.problems(person) + PatientRules.dateProblems(person.birthDate, today: today) {
            switch problem.path {
            case "birthDate": wrong["born"] = "patients.wrong.born-range"
            case "email": wrong["email"] = "patients.wrong.email"
            case "mrn": wrong["mrn"] = "patients.wrong.mrn"
            case "given", "family": wrong[problem.path] = wrong[problem.path] ?? "patients.wrong.long"
            case "preferredName": wrong["given"] = wrong["given"] ?? "patients.wrong.long"
            default: wrong[problem.path] = "patients.wrong.other"
            }
        }
        return wrong.isEmpty ? person : nil
    }
}

extension People {
    func newPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        var form = NewPatientForm(intent: Crockford.encode(request.spine.ids.nextRaw()), language: request.language)
        form.next = request.query["next"] == "referral" ? "referral" : ""
        return try formPage(request, signedIn, form, alike: [], status: .ok)
    }

    func create(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let spine = request.spine
        var form = NewPatientForm(try request.form(), fallback: Crockford.encode(spine.ids.nextRaw()))
        let today = CivilDate.utc(spine.clock.now())
        guard let person = form.person(today: today, caller: signedIn.caller) else {
            return try formPage(request, signedIn, form, alike: [], status: .unprocessableContent)
        }
        let searches = form.hasSeenAlike || !signedIn.may(.patientSearch) ? [] : searches(alike: person, today: today)
        let now = spine.clock.now()
        let words = form.consents.flatMap { consent in
            Self.carePurposes.map { purpose in
                ConsentSummary(
                    channel: NewPatientForm.consentChannels[consent] ?? "sms", purpose: purpose.rawValue, given: true,
                    source: "console", recordedAt: now)
            }
        }
        let key = IdempotencyKey(form.intent).map { (key: $0, payload: request.body) }
        do {
            let result = try await register(
                person, consents: words, unlessFound: searches, spine, signedIn.caller, key)
            if form.next == "referral" {
                return .seeOther("/referrals/new?patient=\(result.patient)&done=patient.registered")
            }
            return .seeOther("/patients/\(result.patient)?done=patient.registered")
        } catch let fault as Fault where fault.code == "patient.alike" {
            form.intent = "seen-" + form.intent
            var alike: [SearchHit] = []
            for query in searches {
                let found = try await spine.ask(query, as: signedIn.caller).hits
                alike += found.filter { hit in !alike.contains { $0.id == hit.id } }
            }
            return try formPage(request, signedIn, form, alike: alike, status: .ok)
        } catch let fault as Fault where fault.code == "patient.mrn-taken" {
            form.wrong["mrn"] = "patients.wrong.mrn-taken"
            return try formPage(request, signedIn, form, alike: [], status: .conflict)
        }
    }

    /// "Texts about care": every purpose but those that sell, ask for money or ask for an opinion.
    private static let carePurposes: [MessagePurpose] = [
        .reply, .appointmentConfirmation, .appointmentReminder, .appointmentChange, .careOutreach,
    ]

    /// Who may be the same person: the same birth date with a name that fits or sounds alike, or with the phone.
    private func searches(alike person: NewPatient, today: CivilDate) -> [FindPatients] {
        guard let birthDate = person.birthDate?.iso else { return [] }
        let name = (person.given + [person.family].compactMap { $0 }).joined(separator: " ")
        return ([name] + person.phones.map { String($0.number.digits) }).map { query in
            FindPatients("\(query) \(birthDate)", limit: 3, today: today, indexes: directory.indexes)
        }
    }

    private func formPage(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: NewPatientForm, alike: [SearchHit],
        status: HTTPResponse.Status
    ) throws -> WebResponse {
        let wording = try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: nil, zones: zones)
        var view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, wording.text("patients.new.title"), "patients")),
            "form": .view(wording.form(form)), "problem": nil, "alike": nil,
        ])
        if !form.wrong.isEmpty {
            view["problem"] = .view(
                View([
                    "tone": "red", "icon": "alert", "role": "alert",
                    "title": .text(wording.text("patients.wrong.title")),
                    "text": .text(wording.count("patients.wrong.text", form.wrong.count)),
                ]))
        }
        if !alike.isEmpty {
            view["alike"] = .view(
                View([
                    "title": .text(wording.text("patients.alike.title")),
                    "list": .views(alike.map(wording.alike)),
                ]))
        }
        return .html(try request.pages.render("patients/new", view, request.language), status: status)
    }
}

extension PatientWording {
    fileprivate func alike(_ hit: SearchHit) -> View {
        let born = hit.record.birthDate.map(plainDate)
        return View([
            "href": .text("/patients/\(hit.id.text)"),
            "name": .text([name(hit.record), born].compactMap { $0 }.joined(separator: ", ")),
            "why": .text(hit.reasons.map { code("patients.match", $0) }.joined(separator: ", ")),
        ])
    }

    fileprivate func form(_ form: NewPatientForm) -> View {
        func field(_ name: String, _ value: String) -> View.Value {
            .view(View(["value": .text(value), "wrong": .optional(form.wrong[name].map { text($0) })]))
        }
        func choices(_ values: [String], chosen: String, _ label: (String) -> String) -> View.Value {
            .view(
                View([
                    "choices": .views(
                        values.map { value in
                            View([
                                "value": .text(value), "label": .text(label(value)), "chosen": .flag(value == chosen),
                            ])
                        })
                ]))
        }
        return View([
            "intent": .text(form.intent), "conversation": nil,
            "next": .optional(form.next.isEmpty ? nil : form.next),
            "given": field("given", form.given), "family": field("family", form.family),
            "preferred": field("preferred", form.preferred), "born": field("born", form.born),
            "sex": choices(["", "female", "male", "other"], chosen: form.sex) {
                $0.isEmpty ? text("patients.unknown") : code("patients.sex", $0)
            },
            "language": choices(NewPatientForm.languages, chosen: form.language, languageName),
            "phone": field("phone", form.phone), "email": field("email", form.email),
            "mrn": field("mrn", form.mrn),
            "contact": choices(NewPatientForm.contacts, chosen: form.contact) { code("patients.contact", $0) },
            "consents": .views(
                ["text", "call"].map { channel in
                    View([
                        "value": .text(channel), "label": .text(text("patients.new.consent.\(channel)")),
                        "hint": .text(text("patients.new.consent.\(channel)-hint")),
                        "chosen": .flag(form.consents.contains(channel)),
                    ])
                }),
        ])
    }
}
