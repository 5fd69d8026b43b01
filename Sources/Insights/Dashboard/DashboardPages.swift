import Kernel
package import PeopleAPI
import Spine
import Store
package import StudioAPI
package import TimeZones
import Vault
package import Web

/// The dashboard: a few numbers, each with its n, its spread, and a link to the events it was counted from.
package struct Dashboard: Sendable {
    let definitions: any DefinitionReading
    let zones: TimeZoneDatabase
    let staff: any StaffDirectory
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View

    package init(
        definitions: any DefinitionReading, zones: TimeZoneDatabase, staff: any StaffDirectory,
        shell: @escaping @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    ) {
        self.definitions = definitions
        self.zones = zones
        self.staff = staff
        self.shell = shell
    }

    package var capability: Capability {
        Capability(
            "dashboard",
            routes: [
                .get(
                    "/dashboard", heavy: true,
                    .page(.dashboardRead) { request, signedIn in try await page(request, signedIn) }),
                .get(
                    "/events", heavy: true,
                    .page(.eventRead) { request, signedIn in try await events(request, signedIn) }),
            ],
            permissions: [.dashboardRead, .eventRead])
    }

    /// What one page is counted from.
    struct Scene: Sendable {
        let period: Period
        let location: String?
        let locationName: String?
        let zone: Zone
        let dates: [CivilDate]
        let starts: [Instant]
        let now: Instant
        let wording: DateWording

        var from: Instant { starts.first ?? now }
        var to: Instant { starts.last ?? now }
        /// `America/New_York` as people say it: New York.
        var city: String {
            (zone.name.split(separator: "/").last.map(String.init) ?? zone.name).replacing("_", with: " ")
        }
        var locationID: ID<Location>? { location.map(LocationKeys.id) }
    }

    func scene(_ request: WebRequest) throws -> Scene {
        let configuration = try definitions.configuration(of: request.tenant)
        let zone = try zones.zone(configuration.organization?.value.zone ?? "Etc/UTC")
        let period = request.query["period"].flatMap(Period.init(rawValue:)) ?? .week
        let location = request.query["location"].flatMap { configuration.locations[$0]?.value.key }
        let now = request.spine.clock.now()
        let (dates, starts) = period.days(in: zone, now: now)
        return Scene(
            period: period, location: location,
            locationName: location.flatMap { configuration.locations[$0]?.value.name }, zone: zone, dates: dates,
            starts: starts, now: now,
            wording: DateWording(request.language == .spanish ? .spanish : .english))
    }

    /// Everything the page shows, read in one snapshot.
    struct Numbers: Sendable {
        var stages: [Measure: [Measured]] = [:]
        var open: [(Measured, String)] = []
        var inbound: [Int] = []
    }

    private func numbers(_ scene: Scene, _ request: WebRequest, _ signedIn: SignedIn) async throws -> Numbers {
        let caller = signedIn.caller
        return try await request.spine.read(.dashboardRead, as: caller) { transaction, _ in
            var numbers = Numbers()
            for measure in Measure.stages {
                numbers.stages[measure] = try ProgressStore.measured(
                    measure, from: scene.from, to: scene.to, location: scene.locationID, limit: ProgressStore.largest,
                    caller: caller, in: transaction)
            }
            numbers.open = try ProgressStore.open(location: scene.locationID, caller: caller, in: transaction)
            numbers.inbound = try ProgressStore.inbound(
                days: scene.starts, location: scene.locationID, caller: caller, in: transaction)
            return numbers
        }
    }

    private func page(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let scene = try scene(request)
        let numbers = try await numbers(scene, request, signedIn)
        let language = request.language
        let text = { (key: String, values: [String: String]) in request.pages.text(key, language, values) }
        let hasFigures =
            !numbers.open.isEmpty || numbers.inbound.contains { $0 > 0 }
            || numbers.stages.values.contains { !$0.isEmpty }
        var view = View([
            "shell": .view(shell(request, signedIn, text("insights.title", [:]), "dashboard")),
            "csrf": .text(signedIn.csrf),
            "periods": .views(
                Period.allCases.map { period in
                    View([
                        "href": .text(address("/dashboard", scene, period: period)),
                        "label": .text(text("insights.period.\(period.rawValue)", [:])),
                        "current": .flag(period == scene.period),
                    ])
                }),
            "period": .text(scene.period.rawValue), "locations": .views(try locations(request, scene)),
            "hasFigures": .flag(hasFigures),
        ])
        if hasFigures {
            let words = DashboardWords(
                request: request, scene: scene, address: { path, extra in address(path, scene, extra: extra) })
            view["figures"] = .views(words.figures(numbers))
            view["charts"] = .views(words.charts(numbers))
            let local = scene.zone.civil(at: scene.now.microseconds)
            view["asOf"] = .text(
                text("insights.as-of", ["time": scene.wording.time(local.time), "city": scene.city]))
        } else {
            // A longer stretch may have something; when the longest has nothing, nothing has happened yet.
            let isLongest = scene.period == .month && scene.location == nil
            let key = isLongest ? "insights.none" : "insights.none.stretch"
            let href = isLongest ? "/inbox" : "/dashboard?period=\(Period.month.rawValue)"
            view["none"] = .view(
                View([
                    "icon": "chart", "title": .text(text("\(key).title", [:])), "text": .text(text("\(key).text", [:])),
                    "action": .view(View(["href": .text(href), "label": .text(text("\(key).action", [:]))])),
                ]))
        }
        return .html(try request.pages.render("dashboard/index", view, language))
    }

    private func locations(_ request: WebRequest, _ scene: Scene) throws -> [View] {
        let all = View([
            "value": "", "label": .text(request.pages.text("insights.all-locations", request.language)),
            "chosen": .flag(scene.location == nil),
        ])
        return [all]
            + (try definitions.configuration(of: request.tenant)).sortedLocations.map {
                View([
                    "value": .text($0.value.key), "label": .text($0.value.name),
                    "chosen": .flag($0.value.key == scene.location),
                ])
            }
    }

    /// An address of ours with the period and location of this page.
    func address(_ path: String, _ scene: Scene, period: Period? = nil, extra: String = "") -> String {
        var query = "period=" + (period ?? scene.period).rawValue
        if let location = scene.location { query += "&location=" + location }
        return path + "?" + query + extra
    }
}
