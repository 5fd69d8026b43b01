import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// The view models that pages about privacy share.
struct PrivacyPages {
    let words: TrustWords
    let today: CivilDate

    private var wording: DateWording {
        DateWording(words.request.language == .spanish ? .spanish : .english)
    }

    func day(_ iso: String) -> String { CivilDate(iso: iso).map { wording.date($0, today: today) } ?? iso }

    func problem(_ code: String) -> View {
        View([
            "tone": "red", "role": "alert", "icon": "alert",
            "title": .text(words.text("privacy.problem.\(code).title")),
            "text": .text(words.text("privacy.problem.\(code).text")),
        ])
    }

    func state(_ state: RequestState) -> View {
        let (tone, icon) =
            switch state {
            case .open: ("blue", "circle")
            case .extended: ("amber", "clock")
            case .fulfilled: ("green", "check")
            case .refused: ("grey", "cross")
            }
        return View([
            "label": .text(words.text("privacy.state.\(state.rawValue)")), "tone": .text(tone), "icon": .text(icon),
        ])
    }

    /// How long there is still time, or how long there is none.
    func due(_ row: RequestRow) -> View? {
        guard row.state.isOpen, let due = CivilDate(iso: row.dueOn) else { return nil }
        let days = today.days(until: due)
        let tone = days < 0 ? "late" : days <= 7 ? "soon" : "ok"
        let key = days < 0 ? "privacy.due.late" : days == 0 ? "privacy.due.today" : "privacy.due.in"
        return View([
            "tone": .text(tone), "icon": .text(days < 0 ? "alert" : "clock"),
            "label": .text(
                words.request.pages.catalogue.count(key, words.request.language, abs(days), ["day": day(row.dueOn)])),
        ])
    }

    /// A line of the list. `name` nil where the patient is plain from the page.
    func line(_ row: RequestRow, name: String?, assigned: String?) -> View {
        View([
            "href": .text("/privacy/requests/" + row.id.text),
            "kind": .text(words.text("privacy.kind.\(row.kind.rawValue)")),
            "name": .text(name ?? ""), "law": .text(words.text("privacy.law.\(row.law.rawValue)")),
            "received": .text(day(row.receivedOn)), "dueDay": .text(day(row.dueOn)), "due": .optional(due(row)),
            "assigned": .text(assigned ?? words.text("privacy.nobody")), "state": .view(state(row.state)),
        ])
    }

    func restriction(_ row: RestrictionRow, _ details: RestrictionDetails) -> View {
        let ended = row.endedAt.map { words.text("privacy.restriction.ended", ["when": words.moment($0)]) }
        return View([
            "id": .text(row.id.text), "patient": .text(row.patient.text),
            "kind": .text(words.text("privacy.restriction.kind.\(row.kind.rawValue)")),
            "whom": .text(details.whom), "note": .text(details.note ?? ""),
            "since": .text(words.text("privacy.restriction.since", ["when": words.moment(row.agreedAt)])),
            "ended": .optional(ended), "holds": .flag(row.endedAt == nil),
        ])
    }

    func disclosure(_ row: DisclosureRow, _ details: DisclosureDetails, by names: [ID<User>: StaffName]) -> View {
        View([
            "on": .text(day(row.disclosedOn)), "recipient": .text(details.recipient),
            "address": .text(details.address ?? ""), "what": .text(details.what), "why": .text(details.why),
            "basis": .text(words.text("privacy.basis.\(row.basis.rawValue)")), "statute": .text(details.law ?? ""),
            "by": .text(names[row.recordedBy]?.name ?? words.text("trust.audit.former")),
            "accounted": .view(
                View([
                    "label": .text(words.text(row.isAccounted ? "privacy.accounted" : "privacy.unaccounted")),
                    "tone": .text(row.isAccounted ? "blue" : "grey"),
                ])),
        ])
    }

    var languages: [View] {
        [("", words.text("privacy.language.own"))].map(option)
            + Language.allCases.map { option(($0.rawValue, words.text("privacy.language.\($0.rawValue)"))) }
    }

    private func option(_ choice: (String, String)) -> View {
        View(["value": .text(choice.0), "label": .text(choice.1)])
    }
}

extension Trust {
    // MARK: The list

    private static let shownRequests = 200

    private struct List: Sendable {
        let rows: [RequestRow]
        let names: [ID<Patient>: String]
        let staff: [ID<User>: StaffName]
        let open: Int
        let overdue: Int
    }

    func requestList(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let day = try today(request)
        var filter = RequestFilter()
        filter.show = request.query["show"].flatMap(RequestFilter.Show.init(rawValue:)) ?? .open
        filter.kind = request.query["kind"].flatMap(RequestKind.init(rawValue:))
        let (wanted, caller, directory, staff) = (filter, signedIn.caller, directory, Staff())
        let read = try await request.spine.read(.privacyManage, as: caller) { transaction, access in
            let rows = try PrivacyStore.list(
                wanted, today: day.iso, for: caller, limit: Self.shownRequests, in: transaction)
            let patients = Array(Set(rows.compactMap(\.patient)))
            let scopes = try Policy.scopeRows(of: patients, for: caller, in: transaction)
            let grant = try access.grant(
                .privacyManage, forList: scopes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            let counts = try PrivacyStore.counts(today: day.iso, for: caller, in: transaction)
            return List(
                rows: rows, names: try directory.names(of: patients, grant: grant, in: transaction),
                staff: try staff.names(of: Array(Set(rows.compactMap(\.assigned))), in: transaction),
                open: counts.open, overdue: counts.overdue)
        }
        let pages = PrivacyPages(words: words, today: day)
        let gone = words.text("privacy.gone")
        let rows = read.rows.map { row in
            pages.line(
                row, name: row.patient.map { read.names[$0] ?? "" } ?? gone,
                assigned: row.assigned.flatMap { read.staff[$0]?.name })
        }
        let catalogue = request.pages.catalogue
        let title = words.text("privacy.title")
        let isPlain = filter == RequestFilter()
        let none = View([
            "icon": "shield", "title": .text(words.text("privacy.none.title")),
            "text": .text(words.text(isPlain ? "privacy.none.text" : "privacy.none.filtered")),
            "action": .view(
                View([
                    "href": .text(isPlain ? "/privacy/requests/new" : "/privacy/requests"),
                    "label": .text(words.text(isPlain ? "privacy.new.title" : "privacy.clear")),
                ])),
        ])
        return .html(
            try request.pages.render(
                "privacy/requests",
                View([
                    "shell": .view(shell(request, signedIn, title, "privacy")),
                    "open": .text(catalogue.count("privacy.open", request.language, read.open)),
                    "overdue": .optional(
                        read.overdue == 0
                            ? nil : catalogue.count("privacy.overdue", request.language, read.overdue)),
                    "shows": .views(
                        RequestFilter.Show.allCases.map { show in
                            View([
                                "value": .text(show.rawValue),
                                "label": .text(words.text("privacy.show.\(show.rawValue)")),
                                "chosen": .flag(show == filter.show),
                            ])
                        }),
                    "kinds": .views(
                        RequestKind.allCases.map { kind in
                            View([
                                "value": .text(kind.rawValue),
                                "label": .text(words.text("privacy.kind.\(kind.rawValue)")),
                                "chosen": .flag(kind == filter.kind),
                            ])
                        }),
                    "hasRows": .flag(!rows.isEmpty), "rows": .views(rows),
                    "none": .optional(rows.isEmpty ? none : nil),
                ]), request.language))
    }

    func newRequest(
        _ request: WebRequest, _ signedIn: SignedIn, patient: String, _ form: PrivacyForm, wrongPatient: Bool = false
    ) async throws -> WebResponse {
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let isWrong = form.isWrong || wrongPatient
        return .html(
            try request.pages.render(
                "privacy/new",
                View([
                    "shell": .view(shell(request, signedIn, words.text("privacy.new.title"), "privacy")),
                    "csrf": .text(signedIn.csrf), "patient": .text(patient), "fields": .views(form.views(words)),
                    "wrongPatient": .optional(wrongPatient ? words.text("privacy.wrong.patient") : nil),
                ]), request.language), status: isWrong ? .unprocessableContent : .ok)
    }
}
