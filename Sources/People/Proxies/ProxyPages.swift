import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

/// What was typed into the form of a new proxy; it keeps what was typed.
struct ProxyForm {
    var name = ""
    var person = ""
    var phone = ""
    var basis = ProxyBasis.parent.rawValue
    var access = ProxyPolicyDefinition.Access.full.rawValue
    var from = ""
    var until = ""
    var document = ""
    var note = ""
    /// Keys of the catalogue by field.
    var wrong: [String: String] = [:]

    init() {}

    init(_ fields: FormFields) {
        name = fields.trimmed("name") ?? ""
        person = fields.trimmed("person") ?? ""
        phone = fields.trimmed("phone") ?? ""
        basis = fields.trimmed("basis") ?? ""
        access = fields.trimmed("access") ?? ""
        from = fields.trimmed("from") ?? ""
        until = fields.trimmed("until") ?? ""
        document = fields.trimmed("document") ?? ""
        note = fields.trimmed("note") ?? ""
    }

    /// Nil with every wrong field marked.
    mutating func proxy() -> NewProxy? {
        let basis = ProxyBasis(rawValue: basis)
        let access = ProxyPolicyDefinition.Access(rawValue: access)
        let first = CivilDate(iso: from)
        if basis == nil { wrong["basis"] = "proxies.wrong.basis" }
        if access == nil || access == ProxyPolicyDefinition.Access.none { wrong["access"] = "proxies.wrong.access" }
        if first == nil { wrong["from"] = "proxies.wrong.from" }
        if !until.isEmpty, CivilDate(iso: until) == nil { wrong["until"] = "proxies.wrong.until" }
        if !person.isEmpty, ID<Patient>(person) == nil { wrong["person"] = "proxies.wrong.person" }
        if !phone.isEmpty, PhoneNumber(phone) == nil { wrong["phone"] = "proxies.wrong.phone" }
        guard wrong.isEmpty, let basis, let access, let first else { return nil }
        var proxy = NewProxy(
            name: name,
            terms: ProxyTerms(basis: basis, ceiling: access, from: first, until: CivilDate(iso: until)))
        proxy.person = ID(person)
        proxy.phone = PhoneNumber(phone)
        proxy.document = document.isEmpty ? nil : document
        proxy.note = note.isEmpty ? nil : note
        return proxy
    }

    mutating func note(_ fault: Fault) {
        if fault.category != .invalid { wrong["person"] = "proxies.wrong.person" }
        for field in fault.fields { wrong[field.path] = "proxies.wrong.\(field.path)" }
        if wrong.isEmpty { wrong["name"] = "proxies.wrong.name" }
    }
}

extension People {
    func proxiesPage(
        _ request: WebRequest, _ signedIn: SignedIn, _ form: ProxyForm
    ) async throws -> WebResponse {
        let read = try await readProxies(request, signedIn.caller)
        let wording = try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: nil, zones: zones)
        let words = ProxyWords(
            wording: wording, mayManage: signedIn.may(.proxyManage),
            mayShare: signedIn.may(Permission("audit.share")), showsContact: signedIn.may(.contactRead),
            showsNotes: signedIn.may(.noteRead), base: request.path)
        let shows = read.proxies.isEmpty && read.wards.isEmpty
        var view = View([
            "csrf": .text(signedIn.csrf),
            "shell": .view(shell(request, signedIn, wording.text("proxies.title"), "patients")),
            "name": .text(read.name), "back": .text("/patients/\(read.set.primary.text)"), "problem": nil,
            "form": nil, "none": nil, "hasRows": .flag(!read.proxies.isEmpty),
            "rows": .views(read.proxies.map { words.row($0, person: read.person(of: $0)) }),
            "hasWards": .flag(!read.wards.isEmpty),
            "wards": .views(read.wards.map(words.ward)),
        ])
        if shows {
            view["none"] = .view(
                View([
                    "icon": "people", "title": .text(wording.text("proxies.none.title")),
                    "text": .text(wording.text("proxies.none.text")),
                    "action": .view(
                        signedIn.may(.proxyManage)
                            ? View([
                                "href": .text("/patients/\(read.set.primary.text)/proxies#proxies-new"),
                                "label": .text(wording.text("proxies.new")),
                            ])
                            : View([
                                "href": .text("/patients/\(read.set.primary.text)"),
                                "label": .text(wording.text("proxies.back")),
                            ])),
                ]))
        }
        if signedIn.may(.proxyManage) {
            view["form"] = .view(
                words.form(form, today: read.day, action: "/patients/\(read.set.primary.text)/proxies"))
        }
        if let wrong = form.wrong.sorted(by: { $0.key < $1.key }).first?.value {
            view["problem"] = .view(
                View([
                    "tone": "red", "icon": "alert", "role": "alert", "title": .text(wording.text("proxies.wrong")),
                    "text": .text(wording.text(wrong)),
                ]))
        }
        return .html(
            try request.pages.render("patients/proxies", view, request.language),
            status: form.wrong.isEmpty ? .ok : .unprocessableContent)
    }
}

/// Proxies in words of the reader's language.
struct ProxyWords {
    let wording: PatientWording
    let mayManage: Bool
    let mayShare: Bool
    let showsContact: Bool
    let showsNotes: Bool
    /// The address of the page.
    let base: String

    /// `person`: the proxy's own record, when the reader may see it.
    func row(_ proxy: OpenedProxy, person: ID<Patient>?) -> View {
        let record = proxy.record
        let hasEnded = proxy.row.endedAt != nil
        let isFamily = record.terms.basis == .parent || record.terms.basis == .guardian
        return View([
            "name": .text(record.name), "href": .optional(person.map { "/patients/\($0.text)" }),
            "basis": .text(wording.text("proxies.basis.\(record.terms.basis.rawValue)")),
            "phone": .optional(!showsContact ? nil : record.phone.map { PhoneNumber($0)?.display ?? $0 }),
            "document": .optional(record.document),
            "note": .optional(showsNotes ? record.note ?? record.endReason : nil),
            "access": .view(access(proxy.standing)), "why": .optional(why(proxy.standing)),
            "next": .optional(next(proxy)), "from": .text(wording.plainDate(record.terms.from)),
            "until": .optional(record.terms.until.map { wording.plainDate($0) }),
            "custody": .views(
                record.terms.custody.map { span in
                    View([
                        "text": .text(
                            wording.text(
                                "proxies.custody.since",
                                [
                                    "custody": wording.text("proxies.custody.\(span.custody.rawValue)"),
                                    "date": wording.plainDate(span.from),
                                ]))
                    ])
                }),
            "share": .optional(
                mayShare && proxy.standing.access >= ProxyAct.seeAccesses.needs
                    ? "/audit/links?patient=\(proxy.row.patient.text)&proxy=\(proxy.row.id.text)" : nil),
            "manage": .optional(
                mayManage && !hasEnded
                    ? View([
                        "id": .text(proxy.row.id.text), "who": .text(record.name),
                        "end": .text("\(address)/\(proxy.row.id.text)/end"),
                        "custody": .optional(
                            isFamily
                                ? View([
                                    "action": .text("\(address)/\(proxy.row.id.text)/custody"),
                                    "id": .text(proxy.row.id.text),
                                    "choices": .views(Custody.allCases.map { choice("proxies.custody", $0.rawValue) }),
                                ]) : nil),
                    ]) : nil),
        ])
    }

    /// The page's own address, also when a form of it was sent.
    private var address: String {
        base.hasSuffix("/proxies")
            ? base : base.split(separator: "/").prefix(3).map { "/" + $0 }.joined()
    }

    func ward(_ ward: ReadProxies.Ward) -> View {
        View([
            "name": .text(ward.name), "href": .text("/patients/\(ward.patient.text)"),
            "basis": .text(wording.text("proxies.basis.\(ward.proxy.record.terms.basis.rawValue)")),
            "access": .view(access(ward.proxy.standing)), "why": .optional(why(ward.proxy.standing)),
            "next": .optional(next(ward.proxy)),
        ])
    }

    private func access(_ standing: ProxyStanding) -> View {
        let tone = standing.access == .full ? "green" : standing.access == .limited ? "amber" : "grey"
        let icon = standing.access == .full ? "check" : standing.access == .limited ? "shield" : "cross"
        return View([
            "label": .text(wording.text("proxies.access.\(standing.access.rawValue)")), "tone": .text(tone),
            "icon": .text(icon),
        ])
    }

    private func why(_ standing: ProxyStanding) -> String? {
        standing.reason.map { wording.text("proxies.reason.\($0.rawValue)") }
    }

    /// "From 9 May 2027: limited".
    private func next(_ proxy: OpenedProxy) -> String? {
        proxy.next.map { change in
            wording.text(
                "proxies.next",
                [
                    "date": wording.plainDate(change.day),
                    "access": wording.text("proxies.access.\(change.standing.access.rawValue)").lowercased(),
                ])
        }
    }

    private func choice(_ prefix: String, _ value: String, chosen: String? = nil) -> View {
        View([
            "value": .text(value), "label": .text(wording.text("\(prefix).\(value)")),
            "chosen": .flag(value == chosen),
        ])
    }

    func form(_ form: ProxyForm, today: CivilDate, action: String) -> View {
        View([
            "action": .text(action), "typedName": .text(form.name), "person": .text(form.person),
            "phone": .text(form.phone), "document": .text(form.document), "note": .text(form.note),
            "from": .text(form.from.isEmpty ? today.iso : form.from), "until": .text(form.until),
            "bases": .views(
                ProxyBasis.allCases.map { choice("proxies.basis", $0.rawValue, chosen: form.basis) }),
            "accesses": .views(
                [ProxyPolicyDefinition.Access.full, .limited].map {
                    choice("proxies.access", $0.rawValue, chosen: form.access)
                }),
        ])
    }
}
