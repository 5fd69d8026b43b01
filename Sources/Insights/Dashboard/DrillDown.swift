import Kernel
import PeopleAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// The list behind a number: each row is an event or a need, with what it counted as.
extension Dashboard {
    private struct Line: Sendable {
        let at: Instant
        let need: ID<Need>?
        let patient: ID<Patient>?
        let actor: Actor?
        let seconds: Double?
    }

    private struct List: Sendable {
        let lines: [Line]
        let total: Int
        let names: [ID<User>: StaffName]
        let reasons: [ID<Need>: String]
    }

    private static let largestList = 200

    func events(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let scene = try scene(request)
        let name = request.query["measure"] ?? "inbound"
        let known = Measure(rawValue: name)
        guard known != nil || ["open", "inbound"].contains(name) else { throw Fault.notFound("page") }
        let (from, to, day) = try stretch(request, scene)
        let stage = request.query["stage"]
        let caller = signedIn.caller
        let staff = staff
        let list = try await request.spine.read(.eventRead, as: caller) { transaction, access -> List in
            var lines: [Line] = []
            if let known {
                let rows = try ProgressStore.measured(
                    known, from: from, to: to, location: scene.locationID, limit: ProgressStore.largest, caller: caller,
                    in: transaction)
                let actors = try ProgressStore.actors(
                    of: rows.prefix(Self.largestList).map(\.need), kinds: Self.kinds(known), in: transaction)
                lines = rows.map {
                    Line(
                        at: $0.to, need: $0.need, patient: $0.patient, actor: actors[$0.need], seconds: $0.seconds)
                }
            } else if name == "open" {
                lines = try ProgressStore.open(location: scene.locationID, caller: caller, in: transaction)
                    .filter { stage == nil || $0.1 == stage }
                    .map {
                        Line(
                            at: $0.0.from, need: $0.0.need, patient: $0.0.patient, actor: nil,
                            seconds: Double((scene.now - $0.0.from).microseconds) / 1e6)
                    }
            } else {
                lines = try ProgressStore.events(
                    kind: "message.received", from: from, to: to, location: scene.locationID,
                    limit: ProgressStore.largest,
                    caller: caller, in: transaction
                ).map {
                    Line(at: $0.occurredAt, need: $0.need, patient: $0.patient, actor: $0.actor, seconds: nil)
                }
            }
            let shown = Array(lines.prefix(Self.largestList))
            try access.noteLook(.eventRead, at: Set(shown.compactMap(\.patient)), in: transaction)
            let users = shown.compactMap { line -> ID<User>? in
                if case .user(let user) = line.actor { return user }
                return nil
            }
            return List(
                lines: shown, total: lines.count, names: try staff.names(of: users, in: transaction),
                reasons: try ProgressStore.reasons(of: shown.compactMap(\.need), in: transaction))
        }
        return try render(request, signedIn, scene, name: name, day: day, list)
    }

    private static func kinds(_ measure: Measure) -> [String] {
        switch measure {
        case .firstResponse: ["need.responded"]
        case .booked: ["appointment.booked"]
        case .confirmed: ["appointment.confirmed"]
        case .arrived: ["appointment.arrived"]
        case .completed: ["appointment.completed"]
        case .resolution: ["need.closed"]
        }
    }

    /// The whole period, or one day of it.
    private func stretch(_ request: WebRequest, _ scene: Scene) throws -> (Instant, Instant, CivilDate?) {
        guard let text = request.query["day"] else { return (scene.from, scene.to, nil) }
        guard let day = CivilDate(iso: text) else { throw Fault.invalid("day", "A date such as 2026-03-02.") }
        return (
            Instant(microseconds: scene.zone.startOfDay(day)),
            Instant(microseconds: scene.zone.startOfDay(day.adding(days: 1))), day
        )
    }

    private func render(
        _ request: WebRequest, _ signedIn: SignedIn, _ scene: Scene, name: String, day: CivilDate?, _ list: List
    ) throws -> WebResponse {
        let lines = list.lines
        let language = request.language
        let text = { (key: String) in request.pages.text(key, language) }
        let words = DashboardWords(
            request: request, scene: scene, address: { path, extra in address(path, scene, extra: extra) })
        let title = text("insights.measure.\(name)")
        let today = scene.dates.last ?? scene.zone.civil(at: scene.now.microseconds).date
        var filters = [
            day.map { scene.wording.date($0, today: today) } ?? text("insights.period.\(scene.period.rawValue)")
        ]
        filters.append(scene.locationName ?? text("insights.all-locations"))
        let rows = lines.map { line -> View in
            let local = scene.zone.civil(at: line.at.microseconds)
            var row = View([
                "when": .text(scene.wording.relativeDateTime(local, today: today)), "stamp": .text(line.at.iso8601),
                "kind": .text(title),
                "by": .text(who(line.actor, list.names, text)), "measure": .text(line.seconds.map(words.spoken) ?? "1"),
                "subject": .text(text("insights.events.no-need")),
            ])
            if let need = line.need, signedIn.may(.needRead) {
                let key = "inbox.reason.\(list.reasons[need] ?? "")"
                let label = text(request.pages.catalogue.has(key) ? key : "insights.events.need")
                row["link"] = .view(View(["href": .text("/inbox/\(need.text)"), "label": .text(label)]))
            }
            return row
        }
        let spread = Spread(lines.compactMap(\.seconds))
        var view = View([
            "shell": .view(shell(request, signedIn, title, "dashboard")), "csrf": .text(signedIn.csrf),
            "back": .text(address("/dashboard", scene)), "title": .text(title),
            "value": .text(
                spread.map { words.spoken($0.median) + " " + text("insights.column.median").lowercased() } ?? ""),
            "definition": .text(text("insights.definition.\(name)")),
            "count": .text(request.pages.catalogue.count("insights.events.count", language, list.total)),
            "filters": .views(filters.map { View(["label": .text($0), "tone": "grey"]) }),
            "hasRows": .flag(!rows.isEmpty),
            "rows": .views(rows),
        ])
        if rows.isEmpty {
            view["none"] = .view(
                View([
                    "icon": "list", "title": .text(text("insights.events.none.title")),
                    "text": .text(text("insights.events.none.text")),
                    "action": .view(
                        View([
                            "href": .text(address("/dashboard", scene)), "label": .text(text("insights.events.back")),
                        ])),
                ]))
        }
        return .html(try request.pages.render("events/index", view, language))
    }

    private func who(_ actor: Actor?, _ names: [ID<User>: StaffName], _ text: (String) -> String) -> String {
        switch actor {
        case .user(let user): names[user]?.name ?? text("insights.by.former")
        case .patient: text("insights.by.patient")
        case .apiKey: text("insights.by.program")
        case .system: text("insights.by.system")
        case nil: ""
        }
    }
}
