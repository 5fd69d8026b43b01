import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// One record by itself, as it can be changed: what is written in records laid over it is theirs.
struct ReadRecord: Query {
    static let permission = Permission.patientRead
    /// The form shows what it changes: who may not see all of it does not get the form.
    static let shown: [Permission] = [.contactRead, .identifierRead, .coverageRead]

    struct Shown: Sendable {
        let plain: PatientPlain
        let record: PatientRecord
        let phones: [(number: String, use: String)]
        let emails: [String]
        let numbers: [String]
        let coverage: CoverageDetails?
    }

    private let patient: ID<Patient>
    private let directory: PeopleDirectory

    init(_ patient: ID<Patient>, directory: PeopleDirectory) {
        self.patient = patient
        self.directory = directory
    }

    func run(_ transaction: any Transaction, _ access: Access) throws -> Shown {
        for field in Self.shown { try access.require(field) }
        let (set, grant) = try directory.grant(Self.permission, for: patient, access: access, in: transaction)
        let id = set.primary
        guard let stored = try PatientsStore.stored([id], in: transaction).get().first else {
            throw Fault.notFound("patient")
        }
        let contacts = try PatientsStore.contacts(of: [id], in: transaction).get()
        return Shown(
            plain: stored.plain, record: try stored.open(grant),
            phones: try contacts.filter { $0.kind == "phone" }.map { (try $0.open(grant), $0.use) },
            emails: try contacts.filter { $0.kind == "email" }.map { try $0.open(grant) },
            numbers: try PatientsStore.identifiers(of: [id], in: transaction).get().filter {
                $0.system == PatientCodes.mrn
            }
            .map { try $0.open(grant) },
            coverage: try PatientsStore.coverage(of: [id], in: transaction).get().first?.open(grant))
    }
}

extension People {
    /// The form with the record in it.
    func editPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let shown = try await record(request, signedIn)
        return try editPage(request, signedIn, EditForm(shown), shown, status: .ok)
    }

    /// Saves what was changed, if the record is still the one that was read; else both values stand in the form.
    func change(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        var form = EditForm(try request.form())
        let shown = try await record(request, signedIn)
        guard form.version == shown.plain.version else { return try outdated(request, signedIn, &form, shown) }
        form.was = EditTexts(shown)
        let today = CivilDate.utc(request.spine.clock.now())
        guard let changes = form.changes(today: today) else {
            return try editPage(request, signedIn, form, shown, status: .unprocessableContent)
        }
        if changes == PatientChanges() { return .seeOther("/patients/\(shown.plain.id.text)?tab=details") }
        do {
            let command = UpdatePatient(
                shown.plain.id, expected: form.version, changes: changes, source: "console", directory: directory)
            _ = try await Self.numbering { try await request.spine.perform(command, as: signedIn.caller) }
            return .seeOther(Self.saved(shown))
        } catch let fault as Fault {
            switch fault.code {
            case "patient.changed":
                return try outdated(request, signedIn, &form, try await record(request, signedIn))
            case "patient.mrn-taken":
                form.refuseTakenNumber()
                return try editPage(request, signedIn, form, shown, status: .conflict)
            default: throw fault
            }
        }
    }

    private func record(_ request: WebRequest, _ signedIn: SignedIn) async throws -> ReadRecord.Shown {
        try await request.spine.ask(
            ReadRecord(try request.id("id", of: Patient.self), directory: directory), as: signedIn.caller)
    }

    private static func saved(_ shown: ReadRecord.Shown) -> String {
        "/patients/\(shown.plain.id.text)?tab=details&done=patient.updated"
    }

    /// Somebody was faster. When what they saved is what was typed here, there is nothing to ask.
    private func outdated(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: inout EditForm, _ shown: ReadRecord.Shown
    ) throws -> WebResponse {
        form.bring(upTo: shown)
        if form.typed == form.was && form.meanwhile.isEmpty { return .seeOther(Self.saved(shown)) }
        return try editPage(request, signedIn, form, shown, isOutdated: true, status: .conflict)
    }

    private func editPage(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: EditForm, _ shown: ReadRecord.Shown,
        isOutdated: Bool = false, status: HTTPResponse.Status
    ) throws -> WebResponse {
        let wording = try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: shown.plain.zone,
            zones: zones)
        let href = "/patients/\(shown.plain.id.text)"
        var problem: View?
        if isOutdated {
            problem = wording.notice(
                "amber", wording.text("patients.edit.conflict.title"), wording.text("patients.edit.conflict.text"))
        } else if !form.wrong.isEmpty {
            problem = wording.notice(
                "red", wording.text("patients.wrong.title"), wording.count("patients.wrong.text", form.wrong.count))
        }
        let view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, wording.text("patients.edit.title"), "patients")),
            "problem": .optional(problem), "back": .text(href), "who": .text(wording.name(shown.record)),
            "form": .view(EditView(wording: wording, form: form, action: href).view),
        ])
        return .html(try request.pages.render("patients/edit", view, request.language), status: status)
    }
}

extension PatientWording {
    func notice(_ tone: String, _ title: String, _ text: String) -> View {
        View(["tone": .text(tone), "icon": "alert", "role": "alert", "title": .text(title), "text": .text(text)])
    }
}

/// The view of the form in `patients/edit`: parts, each with single fields and lists of lines.
private struct EditView {
    let wording: PatientWording
    let form: EditForm
    let action: String

    var view: View {
        View([
            "action": .text(action), "back": .text(action), "version": .text(String(form.version)),
            "was": .views(
                EditField.allCases.map {
                    View(["name": .text("was-\($0.rawValue)"), "text": .text(form.was[$0])])
                }),
            "parts": .views([
                part(
                    "who",
                    [
                        input(.given), input(.family), input(.preferred, isOptional: true), input(.born, type: "date"),
                        choice(.sex, ["", "female", "male", "other", "unknown"]) { word("patients.sex", $0) },
                        choice(.language, NewPatientForm.languages, wording.languageName), interpreter,
                    ]),
                part(
                    "reach", [choice(.contact, ["", "sms", "phone", "email", "portal", "none"], way)],
                    [phones, list(.emails, "email", type: "email")]),
                part("address", [street, input(.city), input(.state), input(.postal)]),
                part("numbers", [], [list(.numbers, "number", type: "text")]),
                part(
                    "coverage",
                    [
                        input(.payer, hint: "coverage-hint"), input(.plan, isOptional: true),
                        input(.member, isOptional: true),
                    ]
                ),
            ]),
        ])
    }

    private func part(_ name: String, _ fields: [View], _ lists: [View] = []) -> View {
        View([
            "legend": .text(text("part.\(name)")), "hasFields": .flag(!fields.isEmpty), "fields": .views(fields),
            "lists": .views(lists),
        ])
    }

    private func text(_ key: String, _ values: [String: String] = [:]) -> String {
        wording.text("patients.edit.\(key)", values)
    }

    private func word(_ prefix: String, _ code: String) -> String {
        code.isEmpty ? wording.text("patients.unknown") : wording.code(prefix, code)
    }

    private func way(_ code: String) -> String { word("patients.contact", code) }

    // MARK: Single fields

    /// What every field has: its names, and what stands under it.
    private func field(_ field: EditField, isOptional: Bool = false, hint: String? = nil) -> View {
        let id = "edit-\(field.rawValue)"
        let under: [(String, String?)] = [
            ("hint", hint.map { text($0) }), ("meanwhile", form.meanwhile[field].map { told($0, of: field) }),
            ("wrong", form.wrong[field.rawValue].map { wording.text($0) }),
        ]
        let described = under.filter { $0.1 != nil }.map { "\(id)-\($0.0)" }.joined(separator: " ")
        var view = View([
            "id": .text(id), "name": .text(field.rawValue), "label": .text(text("field.\(field.rawValue)")),
            "isOptional": .flag(isOptional), "described": .optional(described.isEmpty ? nil : described),
            "text": .text(form.typed[field]), "isInput": false, "isArea": false, "isSelect": false, "isCheck": false,
        ])
        for (name, says) in under {
            view[name] = .optional(says.map { View(["id": .text("\(id)-\(name)"), "text": .text($0)]) })
        }
        return view
    }

    private func input(
        _ name: EditField, type: String = "text", isOptional: Bool = false, hint: String? = nil
    ) -> View {
        var view = field(name, isOptional: isOptional, hint: hint)
        view["isInput"] = true
        view["type"] = .text(type)
        return view
    }

    private var street: View {
        var view = field(.street)
        view["isArea"] = true
        return view
    }

    private func choice(_ name: EditField, _ codes: [String], _ label: (String) -> String) -> View {
        var view = field(name)
        let chosen = form.typed[name]
        // A code that nobody would choose here, such as `es-MX` of an imported record, stays as it is.
        let all = codes.contains(chosen) ? codes : codes + [chosen]
        view["isSelect"] = true
        view["options"] = .views(options(all, chosen: chosen, label))
        return view
    }

    private func options(_ codes: [String], chosen: String, _ label: (String) -> String) -> [View] {
        codes.map {
            View(["value": .text($0), "says": .text(label($0)), "chosen": .flag($0 == chosen)])
        }
    }

    private var interpreter: View {
        var view = field(.interpreter)
        view["isCheck"] = true
        view["chosen"] = .flag(form.typed[.interpreter] == "yes")
        return view
    }

    // MARK: Lists

    private func list(_ field: EditField, _ name: String, type: String) -> View {
        // An empty line more, so that one can be added.
        list(
            field, hint: nil,
            (form.typed.lines(field) + [""]).enumerated().map { index, line in
                row(field, name, index, type: type, line)
            })
    }

    private var phones: View {
        let lines = form.typed.lines(.phones)
        let rows = (lines + [""]).enumerated().map { index, line in
            let (use, number) = EditTexts.phone(line)
            let shown = PhoneNumber(number)?.display ?? number
            var view = row(.phones, "phone", index, type: "tel", shown)
            view["use"] = .view(
                View([
                    "id": .text("edit-phone-\(index + 1)-use"),
                    "label": .text(text("use", ["n": String(index + 1)])),
                    "options": .views(
                        options(["mobile", "home", "work"], chosen: use) { wording.code("patients.use", $0) }),
                ]))
            view["first"] = .optional(
                lines.count > 1 && index < lines.count
                    ? View([
                        "index": .text(String(index)), "chosen": .flag(index == 0),
                        "label": .text(text("phone", ["n": String(index + 1)])),
                    ]) : nil)
            return view
        }
        return list(.phones, hint: text("phones-hint"), rows)
    }

    private func list(_ field: EditField, hint: String?, _ rows: [View]) -> View {
        View([
            "title": .text(text("field.\(field.rawValue)")), "rows": .views(rows), "hint": .optional(hint),
            "meanwhile": .optional(form.meanwhile[field].map { told($0, of: field) }),
            "wrong": .optional(form.wrong[field.rawValue].map { wording.text($0) }),
        ])
    }

    private func row(_ field: EditField, _ name: String, _ index: Int, type: String, _ shown: String) -> View {
        let id = "edit-\(name)-\(index + 1)"
        let wrong = form.wrong["\(field.rawValue).\(index)"]
        return View([
            "id": .text(id), "name": .text(name), "type": .text(type), "text": .text(shown),
            "label": .text(text(name, ["n": String(index + 1)])),
            "bad": .optional(wrong.map { View(["id": .text("\(id)-wrong"), "text": .text(wording.text($0))]) }),
            "use": nil, "first": nil,
        ])
    }

    // MARK: What somebody else did

    private func told(_ meanwhile: EditForm.Meanwhile, of field: EditField) -> String {
        switch meanwhile {
        case .both(let value): text("meanwhile.both", ["value": shown(value, of: field)])
        case .before(let value): text("meanwhile.before", ["value": shown(value, of: field)])
        }
    }

    /// A field's text as people read it.
    private func shown(_ value: String, of field: EditField) -> String {
        if value.isEmpty { return wording.text("patients.none") }
        switch field {
        case .born: return CivilDate(iso: value).map(wording.plainDate) ?? value
        case .sex: return wording.code("patients.sex", value)
        case .language: return wording.languageName(value)
        case .contact: return wording.code("patients.contact", value)
        case .interpreter: return wording.text("patients.yes")
        case .phones:
            return value.split(separator: "\n").map { line in
                let (use, number) = EditTexts.phone(String(line))
                return "\(PhoneNumber(number)?.display ?? number) (\(wording.code("patients.use", use)))"
            }.joined(separator: ", ")
        default: return value.split(separator: "\n").joined(separator: ", ")
        }
    }
}
