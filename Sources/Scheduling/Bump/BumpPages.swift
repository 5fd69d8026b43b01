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
        let page = try await request.spine.ask(ListAbsences(now: words.now), as: signedIn.caller)
        let rows = try page.absences.map { absence in
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
                    "rows": .views(rows), "hasRows": .flag(!rows.isEmpty), "mayWrite": .flag(mayWrite),
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

    // MARK: One list

    func showBumpList(
        _ request: WebRequest, _ signedIn: SignedIn, problem: Fault? = nil
    ) async throws -> WebResponse {
        let words = try words(request)
        let id: ID<ScheduleAbsence> = try request.id("id")
        let page = try await request.spine.ask(ReadBumpList(id: id, desk: desk), as: signedIn.caller)
        let mayAct = signedIn.may(.bumpWrite) && page.absence.state != "withdrawn"
        let waiting = page.lines.filter { $0.row.state == "waiting" }
        let held = waiting.count { $0.row.isHeld(at: words.now) }
        let lines = try page.lines.map { try line($0, page.names, words, mayAct: mayAct) }
        let notice = problem.map { fault in
            let key = "bump.fault.\(fault.code)"
            return words.notice(
                words.text("bump.refused"), words.pages.catalogue.has(key) ? words.text(key) : fault.message)
        }
        var counts: [View] = []
        for name in ["waiting", "moved", "cancelled", "kept", "over"] {
            let number = page.lines.count { $0.row.state == name }
            if number > 0 {
                counts.append(View(["label": .text(words.text("bump.state.\(name)")), "count": .number(number)]))
            }
        }
        return .html(
            try request.pages.render(
                "bump/show",
                View([
                    "csrf": .text(signedIn.csrf),
                    "shell": .view(shell(request, signedIn, words.text("bump.title"), "bump")),
                    "problem": .optional(notice), "id": .text(id.text), "who": .text(subject(page.absence, words)),
                    "when": .text(try span(page.absence, words)), "reason": .text(reason(page.absence.reason, words)),
                    "state": .view(state(of: page.absence, page.lines.map(\.row), words)), "counts": .views(counts),
                    "mayPlace": .flag(mayAct && held > 0), "placeAll": .text(words.count("bump.place-all", held)),
                    "maySearch": .flag(mayAct && waiting.count > held), "mayWithdraw": .flag(mayAct),
                    "lines": .views(lines), "hasLines": .flag(!lines.isEmpty),
                    "none": .optional(lines.isEmpty ? words.empty("bump.no-visits", icon: "circle-check") : nil),
                ]), request.language), status: problem.map { Problem.status($0.category) } ?? .ok)
    }

    private func line(
        _ line: BumpedLine, _ names: [ID<Patient>: String], _ words: SchedulingWords, mayAct: Bool
    ) throws -> View {
        let row = line.row
        let isWaiting = row.state == "waiting"
        let isHeld = isWaiting && row.isHeld(at: words.now)
        let needsCall = isWaiting && !isHeld && row.lookedAt != nil
        let (label, tone, icon): (String, String, String) =
            switch row.state {
            case "waiting":
                isHeld
                    ? ("bump.state.proposed", "blue", "clock")
                    : needsCall ? ("bump.state.call", "amber", "phone") : ("bump.state.looking", "outline", "refresh")
            case "moved": ("bump.state.moved", "green", "circle-check")
            case "cancelled": ("bump.state.cancelled", "outline", "cross")
            default: ("bump.state.\(row.state)", "outline", "check")
            }
        let wording = try line.visit.map { words.visit($0, try desk.plans.timeZones.zone($0.place.zone)) }
        var proposal: String?
        if isHeld || row.state == "moved", let place = row.newLocation, let start = row.newStart,
            let zone = words.plan.zone(ofLocation: place)
        {
            let today = zone.civil(at: words.now.microseconds).date
            let who = row.newPractitioner.flatMap { words.plan.practitioner($0)?.name.display } ?? ""
            let at = words.dates.dateTime(zone.civil(at: start.microseconds), today: today)
            proposal = "\(SchedulingWords.capitalized(at)), \(who), \(words.plan.location(place)?.name ?? place)"
        }
        if row.state == "moved", row.settledBy != "list" { proposal = wording.map { $0.whenAndWhere } }
        let zone = line.visit.flatMap { words.plan.zone(ofLocation: $0.place.location) } ?? words.plan.zones.first
        let was = zone.map { zone in
            words.dates.dateTime(
                zone.civil(at: row.start.microseconds), today: zone.civil(at: words.now.microseconds).date)
        }
        return View([
            "id": .text(row.id.text), "list": .text(row.absence.text), "name": .text(names[row.patient] ?? ""),
            "href": .text("/appointments/\(row.appointment.text)"), "when": .text(was ?? ""),
            "what": .text(wording.map { $0.visitType } ?? ""), "proposal": .optional(proposal),
            "state": .view(words.badge(words.text(label), tone, icon)), "mayPlace": .flag(mayAct && isHeld),
            "mayCancel": .flag(mayAct && isWaiting),
            "byHand": .optional(mayAct && isWaiting ? "/booking?moving=\(row.appointment.text)" : nil),
        ])
    }

    // MARK: Words

    private func subject(_ absence: AbsenceRow, _ words: SchedulingWords) -> String {
        switch absence.kind {
        case .practitioner: words.plan.practitioner(absence.key)?.name.display ?? absence.key
        case .resource: words.plan.resource(absence.key)?.names[words.language] ?? absence.key
        case .location: words.plan.location(absence.key)?.name ?? absence.key
        }
    }

    private func span(_ absence: AbsenceRow, _ words: SchedulingWords) throws -> String {
        let zone = try desk.plans.timeZones.zone(absence.zone)
        let today = zone.civil(at: words.now.microseconds).date
        func moment(_ at: Int64) -> String { words.dates.dateTime(zone.civil(at: at), today: today) }
        return words.text(
            "bump.span",
            [
                "from": SchedulingWords.capitalized(moment(absence.span.start)), "to": moment(absence.span.end),
            ])
    }

    private func reason(_ code: String, _ words: SchedulingWords) -> String { words.text("bump.reason.\(code)") }

    /// By what the reader sees: whether others wait whom they may not see is not told.
    private func state(of absence: AbsenceRow, _ visits: [BumpedRow], _ words: SchedulingWords) -> View {
        if absence.state == "withdrawn" { return words.badge(words.text("bump.list.withdrawn"), "outline", "cross") }
        return visits.contains { $0.state == "waiting" }
            ? words.badge(words.text("bump.list.open"), "blue", "clock")
            : words.badge(words.text("bump.list.closed"), "green", "circle-check")
    }
}
