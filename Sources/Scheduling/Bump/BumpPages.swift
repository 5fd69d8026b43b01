import HTTPTypes
import Kernel
import SchedulingAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    // MARK: All absences

    func showAbsences(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let words = try words(request)
        let page = try await request.spine.ask(
            ListAbsences(now: words.now, limit: ListAbsences.most + 1), as: signedIn.caller)
        let rows = try page.absences.prefix(ListAbsences.most).map { absence in
            let visits = page.visits[absence.id] ?? []
            return View([
                "href": .text("/bump/\(absence.id.text)"), "who": .text(subject(absence, words)),
                "when": .text(try span(absence, words)), "reason": .text(reason(absence.reason, words)),
                "visits": .text(words.count("bump.visit-count", visits.count)),
                "waiting": .number(visits.count { $0.state == "waiting" }),
                "state": .view(state(of: absence, visits, words)),
            ])
        }
        let mayWrite = signedIn.may(.bumpWrite)
        return .html(
            try request.pages.render(
                "bump/index",
                View([
                    "csrf": .text(signedIn.csrf),
                    "shell": .view(shell(request, signedIn, words.text("bump.title"), "bump")),
                    "rows": .views(rows), "hasMore": .flag(page.absences.count > rows.count),
                    "hasRows": .flag(!rows.isEmpty), "mayWrite": .flag(mayWrite),
                    "none": .optional(
                        rows.isEmpty
                            ? words.empty(
                                "bump.none", icon: "calendar",
                                action: mayWrite ? ("/bump/new", words.text("bump.new")) : nil) : nil),
                ]), request.language))
    }

    // MARK: A new one

    func newAbsence(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        try await absencePage(BumpForm(request.query), request, signedIn)
    }

    func absencePage(
        _ form: BumpForm, _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let words = try words(request)
        var problem = problem
        var preview: View?
        if !form.isEmpty, problem == nil {
            do {
                let page = try await request.spine.ask(
                    PreviewAbsence(request: try form.request(), now: words.now, bump: bump), as: signedIn.caller)
                preview = try self.preview(page, words)
            } catch let fault as Fault where fault.category == .invalid {
                problem = fault
            }
        }
        func choice(_ value: String, _ label: String, _ chosen: String) -> View {
            View(["value": .text(value), "label": .text(label), "chosen": .flag(value == chosen)])
        }
        let people = words.configuration.sortedPractitioners.map {
            choice("practitioner:\($0.key)", $0.value.name.display, form.subject)
        }
        let things = words.plan.resources.sorted { $0.key < $1.key }.map {
            choice("resource:\($0.key)", $0.names[words.language], form.subject)
        }
        let places = words.configuration.sortedLocations.map {
            choice("location:\($0.key)", $0.value.name, form.subject)
        }
        let wrong = problem.map { fault in
            let sentences = fault.fields.map { field in
                let key = "bump.wrong.\(field.path)"
                return words.pages.catalogue.has(key) ? words.text(key) : field.message
            }
            return words.notice(
                words.text("bump.refused"), sentences.isEmpty ? fault.message : sentences.joined(separator: " "))
        }
        return .html(
            try request.pages.render(
                "bump/new",
                View([
                    "csrf": .text(signedIn.csrf),
                    "shell": .view(shell(request, signedIn, words.text("bump.new"), "bump")),
                    "problem": .optional(wrong), "people": .views(people), "things": .views(things),
                    "hasThings": .flag(!things.isEmpty), "places": .views(places), "subject": .text(form.subject),
                    "from": .text(form.from), "to": .text(form.to), "reason": .text(form.reason),
                    "offers": .flag(form.offers),
                    "reasons": .views(
                        AbsenceReason.allCases.map {
                            choice($0.rawValue, words.text("bump.reason.\($0.rawValue)"), form.reason)
                        }),
                    "preview": .optional(preview),
                ]), request.language), status: problem.map { Problem.status($0.category) } ?? .ok)
    }

    private func preview(_ page: PreviewAbsence.Page, _ words: SchedulingWords) throws -> View {
        View([
            "count": .text(words.count("bump.touches", page.visits.count)),
            "visits": .views(
                try page.visits.map { visit in
                    let wording = words.visit(visit, try desk.plans.timeZones.zone(visit.place.zone))
                    return View([
                        "name": .text(page.names[visit.patient] ?? ""),
                        "when": .text(SchedulingWords.capitalized(wording.when)),
                        "what": .text("\(wording.visitType), \(wording.practitioner)"),
                    ])
                }), "hasVisits": .flag(!page.visits.isEmpty),
        ])
    }

    // MARK: Words

    func subject(_ absence: AbsenceRow, _ words: SchedulingWords) -> String {
        switch absence.kind {
        case .practitioner: words.configuration.known(practitioner: absence.key)?.name.display ?? absence.key
        case .resource: words.configuration.known(resource: absence.key)?.names[words.language] ?? absence.key
        case .location: words.configuration.known(location: absence.key)?.name ?? absence.key
        }
    }

    func span(_ absence: AbsenceRow, _ words: SchedulingWords) throws -> String {
        let zone = try desk.plans.timeZones.zone(absence.zone)
        let today = zone.civil(at: words.now.microseconds).date
        func moment(_ at: Int64) -> String { words.dates.dateTime(zone.civil(at: at), today: today) }
        return words.text(
            "bump.span",
            [
                "from": SchedulingWords.capitalized(moment(absence.span.start)), "to": moment(absence.span.end),
            ])
    }

    func reason(_ code: String, _ words: SchedulingWords) -> String { words.text("bump.reason.\(code)") }

    /// By what the reader sees: whether others wait whom they may not see is not told.
    func state(of absence: AbsenceRow, _ visits: [BumpedRow], _ words: SchedulingWords) -> View {
        if absence.state == "withdrawn" { return words.badge(words.text("bump.list.withdrawn"), "outline", "cross") }
        return visits.contains(where: \.isWaiting)
            ? words.badge(words.text("bump.list.open"), "blue", "clock")
            : words.badge(words.text("bump.list.closed"), "green", "circle-check")
    }
}
