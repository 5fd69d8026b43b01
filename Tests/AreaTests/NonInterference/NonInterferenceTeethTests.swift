import App
import HTTPTypes
import Kernel
import Spine
import Store
import TestKit
import Testing
import Vault
import Web

/// That the comparison finds what it is there to find.
@Suite("What one may not see changes no answer: the comparison has teeth", .serialized)
struct NonInterferenceTeethTests {
    /// Routes as somebody might write them by mistake.
    private static let leaks: [Route] = [
        .get(
            "/leaks/total",
            .account { request, _ in
                let count = try await request.spine.database.read(request.tenant) { transaction -> Int in
                    try transaction.value("SELECT COUNT(*) FROM patient WHERE tenant = \(.tenant)") ?? 0
                }
                return .text("There are \(count) patients.\n")
            }),
        .get(
            "/leaks/position",
            .account { request, _ in
                let last = try await request.spine.database.read(request.tenant) {
                    try EventStore.lastPosition(in: $0)
                }
                return .text("\(last)\n")
            }),
        .get(
            "/leaks/header",
            .account { request, _ in
                let newest = try await request.spine.database.read(request.tenant) { transaction -> Int64 in
                    try transaction.value("SELECT COUNT(*) FROM patient_scope WHERE tenant = \(.tenant)") ?? 0
                }
                var response = WebResponse.text("ok\n")
                response.headers[.eTag] = "\"\(newest)\""
                return response
            }),
        .get(
            "/leaks/{id}",
            .account { request, signedIn in
                let id = try request.id("id", of: Patient.self)
                let scopes = try await request.spine.database.read(request.tenant) {
                    try Policy.scopeRows(of: [id], for: signedIn.caller, in: $0)
                }
                guard let rows = scopes[id] else { throw Fault.notFound("patient") }
                guard Policy.decide(signedIn.caller, .patientRead, .patient(rows)) == .permit else {
                    throw Fault(.forbidden, "patient.hidden", "You may not see this patient.")
                }
                return .text("ok\n")
            }),
    ]

    private func get(_ target: String, _ route: String = "GET /leaks", _ ids: [String] = []) -> Probe {
        var probe = Probe(route: route, method: .get, target: target, sight: nil)
        probe.ids = ids
        return probe
    }

    @Test("routes that leak are found, and a caller who sees more finds every kind of hidden thing")
    func leaks() async throws {
        try await WorldPair.with(.sqlite, seed: 21, .both) { pair in
            var story = PairStory(pair)
            try await story.run()
            let generator = PartGenerator(pair, users: story.staff)
            let (wide, seer) = (generator.wide(), generator.seer())
            var (family, carer) = (generator.family(story), generator.carer())
            // The same with nothing that keeps hidden people from them.
            family.own = []
            carer.relationship = .notNeeded
            let prober = try await Prober(pair, [wide, seer, family, carer], adding: Self.leaks)
            #expect(RoutePlans.gaps(pair.a.platform.routes + Self.leaks).count == Self.leaks.count)

            for target in ["/leaks/total", "/leaks/position", "/leaks/header"] {
                #expect(try await prober.compare(get(target), wide) != nil, "\(target) was not found")
            }
            let hidden = try #require(story.hidden().first).text
            #expect(try await prober.compare(get("/leaks/\(hidden)"), wide) != nil)
            let told = try await prober.compareAbsence(
                get("/leaks/\(hidden)", "GET /leaks", [hidden]),
                get("/leaks/\(Known.nobody)", "GET /leaks", [Known.nobody]), wide)
            #expect(told?.contains("403") == true)
            // The same questions about what is not hidden tell nothing.
            #expect(try await prober.compare(get("/leaks/\(Known.nobody)"), wide) == nil)

            for part in [family, carer] {
                let found = try await prober.compare(get("/patients?q=Quillfeather", "GET /patients"), part)
                #expect(found != nil, "\(part.name) sees nobody hidden either way")
            }
            for target in [
                "/patients?q=Quillfeather", "/palette?q=Quillfeather", "/inbox", "/inbox?filter=closed", "/", "/outbox",
                "/consent", "/dashboard", "/events?measure=inbound", "/audit/links", "/break-glass/reviews",
                "/legal-holds", "/retention", "/privacy/requests",
                "/patients/\(story.patients().first?.text ?? "")/proxies",
                "/api/v1/patients/\(story.patients().first?.text ?? "")/proxies",
                "/patients/\(hidden)", "/patients/\(hidden)?tab=documents", "/api/v1/events?limit=500",
                "/api/v1/patients?limit=1",
            ] {
                let found = try await prober.compare(get(target, "GET \(target)"), seer)
                #expect(found != nil, "the worlds do not differ in \(target)")
            }
        }
    }

    @Test("only what the world's own key opens counts as a token, and its length must be the same")
    func masks() async throws {
        try await TestWorld.with(.sqlite) { world in
            let masks = Masks(vault: world.vault)
            func seen(_ text: String) -> Seen {
                Seen(status: 200, headers: ["content-type: application/json"], body: Array(text.utf8))
            }
            let first = try Cursor(1, 2).text(for: "patients", vault: world.vault)
            let second = try Cursor(3, 4).text(for: "patients", vault: world.vault)
            let longer = try Cursor(3, 4, 5).text(for: "patients", vault: world.vault)
            let other = try Cursor(1, 2).text(for: "timeline", vault: world.vault)
            let plain = masks.masked(seen("{\"next\":\"\(first)\"}"))
            #expect(plain.difference(to: masks.masked(seen("{\"next\":\"\(second)\"}"))) == nil)
            #expect(plain.difference(to: masks.masked(seen("{\"next\":\"\(longer)\"}"))) != nil)
            #expect(plain.difference(to: masks.masked(seen("{\"next\":\"\(other)\"}"))) != nil)
            let foreign = String(repeating: "A", count: first.count)
            #expect(masks.text(foreign) == foreign)
            #expect(masks.text("0123456789ABC") == "0123456789ABC")
        }
    }
}
