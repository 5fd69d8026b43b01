import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// The parts of a patient's page, one at a time.
enum PatientTab: String, CaseIterable {
    case overview, timeline, visits, details, documents
}

extension People {
    /// One patient: header and the chosen part.
    func showPage(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id = try request.id("id", of: Patient.self)
        let tab = request.query["tab"].flatMap(PatientTab.init(rawValue:)) ?? .overview
        let vault = try await request.spine.vault(request.tenant)
        let after = try Self.cursor(request, list: tab.rawValue, vault: vault)
        let query = ReadPatient(id, now: request.spine.clock.now(), sources: sources)
        let configuration = try definitions.configuration(of: request.tenant)
        let view = try await request.spine.read(.patientRead, as: signedIn.caller) { transaction, access in
            let summary = try query.run(transaction, access)
            let wording = try PatientWording(
                request, configuration: configuration, zone: summary.plain.zone, zones: self.zones)
            let page = PatientPage(
                request: request, summary: summary, wording: wording, people: self, after: after, vault: vault,
                caller: signedIn.caller, access: access, transaction: transaction)
            return try page.view(tab)
        }
        var whole = view
        whole["csrf"] = .text(signedIn.csrf)
        whole["shell"] = .view(
            shell(request, signedIn, request.pages.text("patients.patient", request.language), "patients"))
        return .html(try request.pages.render("patients/show", whole, request.language))
    }

    /// The card that stands beside inbox and schedule.
    func panel(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id = try request.id("id", of: Patient.self)
        let summary = try await request.spine.ask(
            ReadPatient(id, now: request.spine.clock.now(), sources: sources), as: signedIn.caller)
        let wording = try PatientWording(
            request, configuration: definitions.configuration(of: request.tenant), zone: summary.plain.zone,
            zones: zones)
        return .html(try request.pages.render("patients/panel", wording.panel(summary), request.language))
    }
}

extension PatientWording {
    /// The view of `patients/panel`.
    func panel(_ summary: PatientSummary) -> View {
        let record = summary.record
        var view = header(summary)
        view["line"] = .text(
            [sexAndAge(record), record.birthDate.map(plainDate), summary.mrn.map { text("patients.mrn", ["mrn": $0]) }]
                .compactMap { $0 }.joined(separator: " · "))
        view["visit"] = .optional(summary.next.map(visitCard))
        view["hasNeeds"] = .flag(!summary.needs.isEmpty)
        view["needs"] = .views(summary.needs.map(need))
        let facts = record.preferences.map { preference in
            View([
                "label": .text(code("patients.preference", preference.kind)),
                "value": .text(preference.note ?? code("patients.flag", preference.code)),
                "from": .text(source(preference.source)),
            ])
        }
        view["hasFacts"] = .flag(!facts.isEmpty)
        view["facts"] = .views(facts)
        return view
    }

    /// What the panel and the page's top share.
    func header(_ summary: PatientSummary) -> View {
        let record = summary.record
        let id = summary.plain.id
        let flags =
            labels(summary.labels)
            + flags(
                record, plain: summary.plain,
                sharedPhone: summary.contacts.contains { $0.contact.shared && $0.contact.kind == "phone" })
        let coverage = summary.coverage.first.map { entry -> View in
            let isSelfPay = entry.payer == "self-pay"
            return View([
                "plan": .text(entry.details.wording),
                "label": .text(text(isSelfPay ? "patients.coverage.self-pay" : "patients.coverage.on-file")),
                "tone": "grey", "icon": nil,
            ])
        }
        return View([
            "id": .text(id.text), "href": .text("/patients/\(id.text)"), "name": .text(name(record)),
            "initials": .text(record.initials), "tone": .number(Self.tone(id)),
            "line": .text(
                line(
                    record, mrn: summary.mrn, showsNumber: summary.shows(.identifierRead), zone: summary.plain.zone)),
            "preferred": .optional(record.preferredName), "language": .text(languageName(summary.plain.language)),
            "contact": .text(contactPreference(record)), "hasFlags": .flag(!flags.isEmpty), "flags": .views(flags),
            "coverage": .optional(coverage), "coverageUnseen": .flag(!summary.shows(.coverageRead)),
            "consents": .views(consents(summary.consents)),
            "consentHref": .text("/patients/\(id.text)/consent"),
            "proxiesHref": .text("/patients/\(id.text)/proxies"),
        ])
    }
}

/// One rendering of a patient's page, inside its read transaction.
struct PatientPage {
    let request: WebRequest
    let summary: PatientSummary
    let wording: PatientWording
    let people: People
    let after: Cursor?
    let vault: TenantVault
    let caller: Caller
    let access: Access
    let transaction: any Transaction

    private var base: String { "/patients/\(summary.plain.id.text)" }
    private static let visitsShown = 100

    func view(_ tab: PatientTab) throws -> View {
        let visits =
            caller.may(.appointmentRead)
            ? try people.sources.appointments.visits(
                of: summary.set, limit: Self.visitsShown, for: caller, in: transaction) : []
        let counts =
            caller.may(.clinicalRead) ? try DocumentsStore.counts(of: summary.set, for: caller, in: transaction) : []
        var view = View([
            "problem": nil, "overview": nil, "history": nil, "visits": nil, "details": nil, "documents": nil,
            "nothing": nil, "notices": .views(try notices()),
        ])
        view["patient"] = .view(top(tab, visits: visits.count, documents: counts.reduce(0) { $0 + $1.count }))
        switch tab {
        case .overview: view["overview"] = .view(try overview(counts))
        case .timeline: view["history"] = .view(try history())
        case .visits:
            if visits.isEmpty {
                view["nothing"] = .view(
                    nothing("calendar", "patients.visits", bookHref.map { ($0, "patients.visits.book") }))
            } else {
                view["visits"] = .view(View(["list": .views(visits.map(visit))]))
            }
        case .details: view["details"] = .view(View(["fields": .views(fields())]))
        case .documents:
            if !caller.may(.clinicalRead) {
                view["nothing"] = .view(nothing("lock", "patients.documents.unseen", nil))
            } else if counts.isEmpty {
                view["nothing"] = .view(
                    nothing(
                        "document", "patients.documents",
                        ("\(base)?tab=timeline", "patients.documents.none.action")))
            } else {
                view["documents"] = .view(try documents(of: counts))
            }
        }
        return view
    }

    private func top(_ current: PatientTab, visits: Int, documents: Int) -> View {
        var view = wording.header(summary)
        view["tabs"] = .views(
            PatientTab.allCases.map { tab in
                let count = tab == .visits ? visits : tab == .documents ? documents : 0
                let shown = count == Self.visitsShown && tab == .visits ? "\(count)+" : String(count)
                return View([
                    "href": .text(tab == .overview ? base : "\(base)?tab=\(tab.rawValue)"),
                    "label": .text(wording.text("patients.tab.\(tab.rawValue)")), "current": .flag(tab == current),
                    "count": .optional(count > 0 ? shown : nil),
                ])
            })
        view["bookHref"] = .optional(bookHref)
        view["editHref"] = .optional(editHref)
        view["privacyHref"] = .optional(privacyHref)
        view["protectHref"] = .optional(caller.may(.labelWrite) ? "\(base)/protection" : nil)
        // A message belongs to a need: the most urgent open one is where writing goes on.
        view["writeHref"] = .optional(
            caller.may(.messageSend) ? summary.needs.first.map { "/inbox/\($0.id.text)" } : nil)
        return view
    }

    /// What the practice has agreed to with this patient: everybody who opens the page is told.
    private func notices() throws -> [View] {
        let agreed = try people.notices.notices(of: summary.set, grant: summary.grant, in: transaction).map { notice in
            View([
                "title": .text(wording.text("patients.notice.\(notice.kind)", ["whom": notice.whom])),
                "note": .text(notice.note ?? ""), "href": nil,
            ])
        }
        return try agreed + disputes()
    }

    /// Record numbers that stand in another record too, for who may see both.
    private func disputes() throws -> [View] {
        guard caller.may(.identifierRead) else { return [] }
        let found = try RecordNumberStore.disputes(
            of: summary.set.members, for: caller, limit: 5, in: transaction)
        return found.map { dispute in
            let other = summary.set.members.contains(dispute.patient) ? dispute.holder : dispute.patient
            return View([
                "title": .text(wording.text("patients.disputed.notice")),
                "note": .text(wording.text("patients.disputed.do")), "href": .text("/patients/\(other.text)"),
                "label": .text(wording.text("patients.disputed.other")),
            ])
        }
    }

    private var privacyHref: String? {
        caller.may(Permission("privacy.manage")) ? "/privacy/patients/\(summary.plain.id.text)" : nil
    }

    private var editHref: String? {
        caller.may(.patientWrite) && ReadRecord.shown.allSatisfy(caller.may) ? "\(base)/edit" : nil
    }
    private var bookHref: String? {
        caller.may(.appointmentWrite) && !summary.plain.deceased ? "/booking?patient=\(summary.plain.id.text)" : nil
    }

    private func nothing(_ icon: String, _ key: String, _ action: (href: String, label: String)?) -> View {
        View([
            "icon": .text(icon), "title": .text(wording.text("\(key).none.title")),
            "text": .text(wording.text("\(key).none.text")),
            "action": .optional(
                action.map { View(["href": .text($0.href), "label": .text(wording.text($0.label))]) }),
        ])
    }

    private func overview(_ counts: [(type: String, count: Int)]) throws -> View {
        let page = try ReadTimeline.page(
            of: summary.set, group: nil, after: nil, limit: 8, staff: people.staff, caller: caller, in: transaction)
        let waiting = try people.sources.appointments.waiting(of: summary.set, for: caller, in: transaction)
        let mayJoin = caller.may(Permission("waitlist.write"))
        return View([
            "liveTopic": .text("patient-\(summary.plain.id.text)"), "hasNeeds": .flag(!summary.needs.isEmpty),
            "needs": .views(summary.needs.map(wording.need)), "timeline": .views(wording.timeline(page.entries)),
            "timelineHref": .text("\(base)?tab=timeline"), "visit": .optional(summary.next.map(wording.visitCard)),
            "points": .views(summary.contacts.map { point($0.contact, $0.source) }),
            "referrals": .optional(try referrals()), "pointsUnseen": .flag(!summary.shows(.contactRead)),
            "clinical": .views(try clinical(counts)),
            "clinicalUnseen": .flag(!caller.may(.clinicalRead)), "bookHref": .optional(bookHref),
            "editHref": .optional(editHref), "hasWaiting": .flag(!waiting.isEmpty),
            "waiting": .views(
                waiting.map { entry in
                    View([
                        "visit": .text(wording.visitTypeName(entry.visitType)),
                        "since": .text(
                            wording.text("patients.waitlist.since", ["when": wording.plainDate(entry.joinedAt)])),
                        "href": .optional(mayJoin ? "/waitlist/entries/\(entry.entry)" : nil),
                    ])
                }),
            "waitHref": .optional(
                mayJoin && !summary.plain.deceased ? "/waitlist/new?patient=\(summary.plain.id.text)" : nil),
        ])
    }

    /// What somebody follows for this person; nil: the caller does not see referrals.
    private func referrals() throws -> View? {
        guard caller.may(.referralRead) else { return nil }
        let found = try people.referrals.referrals(of: summary.set, limit: 10, for: caller, in: transaction)
        return View([
            "newHref": .optional(
                caller.may(.referralWrite) ? "/referrals/new?patient=\(summary.plain.id.text)" : nil),
            "hasRows": .flag(!found.isEmpty), "rows": .views(found.map(wording.referral)),
        ])
    }

    private func point(_ contact: PatientContact, _ source: FieldSource) -> View {
        var marks: [View] = []
        let preferred = summary.record.contactPreference
        let isPreferred =
            contact.kind == "email" ? preferred == "email" : (preferred == "sms" && contact.use == "mobile")
        let use =
            contact.kind == "email" ? wording.text("patients.use.email") : wording.code("patients.use", contact.use)
        let label = isPreferred ? wording.text("patients.use.preferred", ["use": use]) : use
        marks.append(
            View([
                "label": .text(label), "tone": isPreferred ? "green" : "grey",
                "icon": .optional(isPreferred ? "check" : nil),
            ]))
        if contact.shared {
            marks.append(
                View(["label": .text(wording.text("patients.use.shared")), "tone": "amber", "icon": "people"]))
        }
        return View([
            "icon": contact.kind == "email" ? "mail" : "phone", "value": .text(contact.display), "marks": .views(marks),
            "from": .text(wording.source(source)),
        ])
    }

    private func history() throws -> View {
        let group = request.query["kind"].flatMap(TimelineWords.Group.init(rawValue:))
        let page = try ReadTimeline.page(
            of: summary.set, group: group, after: after, limit: 40, staff: people.staff, caller: caller,
            in: transaction)
        let kinds = [nil] + TimelineWords.Group.allCases.map(Optional.some)
        let next = try page.next.map { cursor in
            let text = try cursor.text(for: PatientTab.timeline.rawValue, vault: vault)
            let kind = group.map { "&kind=\($0.rawValue)" } ?? ""
            return View([
                "shown": .text(wording.count("patients.timeline.shown", page.entries.count)),
                "href": .text("\(base)?tab=timeline\(kind)&cursor=\(FormFields.encode(text))"),
            ])
        }
        return View([
            "action": .text(base),
            "kinds": .views(
                kinds.map { kind in
                    View([
                        "value": .text(kind?.rawValue ?? ""), "chosen": .flag(kind == group),
                        "label": .text(wording.text("patients.timeline.group.\(kind?.rawValue ?? "all")")),
                    ])
                }),
            "timeline": .views(wording.timeline(page.entries)), "next": .optional(next),
        ])
    }

    private func visit(_ visit: AppointmentSummary) -> View {
        let state = PatientWording.state(visit)
        return View([
            "href": .text("/appointments/\(visit.id.text)"), "when": .text(wording.localStart(visit, withYear: true)),
            "what": .text(wording.visitTypeName(visit.visitType)),
            "who": .text(wording.practitionerName(visit.practitioner)),
            "where": .text(wording.locationName(visit.location)), "state": .text(state),
            "icon": .text(PatientWording.stateIcon(state)), "label": .text(wording.code("patients.visit", state)),
        ])
    }
}
