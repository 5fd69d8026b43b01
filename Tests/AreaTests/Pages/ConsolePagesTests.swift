import App
import HTTPTypes
import Kernel
import PeopleAPI
import SchedulingAPI
import Store
import Studio
import TestKit
import Testing
import Vault
import Web

@Suite("Console pages")
struct ConsolePagesTests {
    /// What a route of the console is looked at by.
    private enum Look {
        case addresses([String])
        case none(reason: String)
    }

    /// Every route that a signed-in person may open, with the addresses it is looked at by.
    private func looks(_ filled: PageData.Filled) -> [String: Look] {
        let patient = "/patients/\(filled.patient.text)"
        let visit = filled.visit.text
        let day = "date=\(filled.day)&location=denver-northside"
        let gap = "practitioner=elena-alvarez&location=denver-northside&from=2026-03-05&to=2026-03-05&at=11:00"
        return [
            "/": .addresses(["/"]),
            "/inbox": .addresses(["/inbox", "/inbox?filter=mine", "/inbox?filter=unassigned", "/inbox?filter=closed"]),
            "/inbox/{id}": .addresses(filled.needs.map { "/inbox/\($0.text)" }),
            "/conversations/{id}": .none(reason: "leads on to the inbox"),
            "/conversations/{id}/media/{media}": .none(reason: "a download"),
            "/conversations/{id}/labels": .none(reason: "looked at in a test of its own"),
            "/outbox": .addresses(["/outbox"]),
            "/patients": .addresses(["/patients", "/patients?q=delgado", "/patients?q=delgato", "/patients?q=nobody"]),
            "/patients/new": .addresses(["/patients/new"]),
            "/patients/record-numbers": .addresses(["/patients/record-numbers"]),
            "/patients/look-alikes": .addresses(["/patients/look-alikes"]),
            "/patients/{id}": .addresses(
                [patient] + ["timeline", "visits", "details", "documents"].map { "\(patient)?tab=\($0)" }),
            "/patients/{id}/consent": .addresses(["\(patient)/consent"]),
            "/patients/{id}/proxies": .addresses(["\(patient)/proxies"]),
            "/patients/{id}/edit": .addresses(["\(patient)/edit"]),
            "/patients/{id}/protection": .none(reason: "looked at in a test of its own"),
            "/patients/{id}/why": .addresses(["\(patient)/why"]),
            "/patients/{id}/panel": .addresses(["\(patient)/panel"]),
            "/patients/{id}/documents/{document}": .none(reason: "a download"),
            "/schedule": .addresses(
                ["/schedule", "/schedule?\(day)", "/schedule?\(day)&visit=\(visit)"]
                    + ["by=room", "by=location", "view=week", "view=week&by=room", "view=week&by=location"].map {
                        "/schedule?\(day)&\($0)"
                    }),
            "/arrivals": .addresses(["/arrivals", "/arrivals?location=denver-northside"]),
            "/arrivals/wall": .addresses(["/arrivals/wall?location=denver-northside"]),
            "/appointments/{id}/placement": .addresses(
                ["11:00", "03:00"].map { "/appointments/\(visit)/placement?start=\(filled.day)T\($0)" }),
            "/schedule/zone-changes": .addresses(["/schedule/zone-changes"]),
            "/booking": .addresses([
                "/booking", "/booking?\(gap)", "/booking?\(gap)&q=delgado", "/booking?\(gap)&q=nobody",
                "/booking?\(gap)&patient=\(filled.patient.text)", "/booking?moving=\(visit)",
                "/booking?patient=\(filled.patient.text)&type=sick-visit&from=2026-12-25&to=2026-12-25",
                "/booking?patient=\(filled.patient.text)&type=annual-physical&best=yes&sex=female&access=step-free",
                "/booking?patient=\(filled.patient.text)&type=annual-physical&sex=other&postcode=00000&radius=10",
            ]),
            "/booking/series": .addresses(
                ["", "&count=12&unit=day&every=3", "&every=0"].map {
                    "/booking/series?patient=\(filled.patient.text)"
                        + "&slot=annual-physical~elena-alvarez~denver-northside~2026-03-12T10:00\($0)"
                }),
            "/booking/trip": .addresses(
                ["", "&from=2026-12-24&to=2026-12-25"].map {
                    "/booking/trip?patient=\(filled.patient.text)&type=annual-physical\($0)"
                }),
            "/booking/family": .addresses([
                "/booking/family", "/booking/family?person=\(filled.patient.text)&type=annual-physical",
                "/booking/family?person=\(filled.patient.text)&type=annual-physical&q=delgado",
                "/booking/family?person=\(filled.patient.text)&type=annual-physical&q=nobody",
            ]),
            "/appointments/{id}": .addresses(["/appointments/\(visit)"]),
            "/appointments/{id}/together": .addresses([
                "/appointments/\(visit)/together",
                "/appointments/\(visit)/together?missed=2026-03-19T09:00.practitioner-busy",
            ]),
            "/referrals": .addresses(
                ["/referrals"]
                    + [
                        "show=overdue", "show=held", "show=reported", "show=closed", "kind=outbound&whose=mine",
                        "line=orthopaedics", "fate=elsewhere&since=2020-01-01&requester=-",
                    ].map { "/referrals?\($0)" }),
            "/referrals/leakage": .addresses(["/referrals/leakage", "/referrals/leakage?days=30"]),
            "/referrals/new": .addresses([
                "/referrals/new", "/referrals/new?q=delgado", "/referrals/new?q=nobody",
                "/referrals/new?patient=\(filled.patient.text)",
            ]),
            "/referrals/{id}": .none(reason: "looked at in a test of its own"),
            "/referrals/{id}/documents/{document}": .none(reason: "a download"),
            "/waitlist": .addresses(["/waitlist", "/waitlist?type=annual-physical&priority=urgent"]),
            "/waitlist/new": .addresses(["/waitlist/new?patient=\(filled.patient.text)&type=annual-physical"]),
            "/waitlist/entries/{id}": .none(reason: "looked at in a test of its own"),
            "/waitlist/openings": .addresses(["/waitlist/openings"]),
            "/waitlist/openings/{id}": .none(reason: "looked at in a test of its own"),
            "/waitlist/simulation": .addresses(["/waitlist/simulation", "/waitlist/simulation?acceptance=20"]),
            "/bump": .addresses(["/bump"]),
            "/bump/new": .addresses([
                "/bump/new",
                "/bump/new?subject=practitioner:elena-alvarez&from=2026-03-05T08:00&to=2026-03-06T18:00&reason=illness",
            ]),
            "/bump/{id}": .none(reason: "looked at in a test of its own"),
            "/capacity": .addresses([
                "/capacity", "/capacity?period=next-4&by=week", "/capacity?period=next-4&by=visit-type",
                "/capacity?period=next-12&by=location&practitioner=elena-alvarez",
            ]),
            "/capacity/visits": .addresses(["/capacity/visits?period=next-4", "/capacity/visits?part=late"]),
            "/capacity/sessions": .addresses(["/capacity/sessions?period=next-4&week=2026-03-02"]),
            "/capacity/availability": .addresses(["/capacity/availability", "/capacity/availability?type=follow-up"]),
            "/capacity/released-blocks": .addresses(["/capacity/released-blocks?period=past-12"]),
            "/capacity/what-if": .addresses(["/capacity/what-if", "/capacity/what-if?demand=20&away=elena-alvarez"]),
            "/capacity/overbooking": .addresses(["/capacity/overbooking?no_show=20&budget=10"]),
            "/dashboard": .addresses(["/dashboard", "/dashboard?period=today&location=denver-northside"]),
            "/events": .addresses(
                ["open", "inbound", "first-response", "booked", "resolution"].map { "/events?measure=\($0)" }),
            "/users": .addresses(["/users"]),
            "/users/practitioners": .addresses(["/users/practitioners"]),
            "/users/{id}": .none(reason: "looked at in a test of its own"),
            "/keys": .addresses(["/keys"]),
            "/keys/new": .addresses(["/keys/new"]),
            "/keys/{id}": .none(reason: "looked at in a test of its own"),
            "/roles": .addresses(["/roles"]), "/roles/new": .addresses(["/roles/new"]),
            "/roles/{key}": .addresses(["/roles/administrator", "/roles/front-desk"]),
            "/access-review": .addresses(["/access-review"]),
            "/access-review/{id}": .none(reason: "looked at in a test of its own"),
            "/access-review/export": .none(reason: "a download"),
            "/access-review/{id}/export": .none(reason: "a download"),
            "/account/security": .addresses(["/account/security"]),
            "/account/second-step": .addresses(["/account/second-step"]),
            "/account/second-step/passkeys": .addresses(["/account/second-step/passkeys"]),
            "/account/confirmation/provider": .none(reason: "leads on to the identity provider"),
            "/audit": .addresses(
                ["/audit", "/audit?act=write", "/audit?outcome=denied", "/audit?from=2030-01-01"]
                    + ["patient=\(filled.patient.text)", "act=patient.read&origin=console", "purpose=TREAT"].map {
                        "/audit?" + $0
                    }),
            "/audit/export": .none(reason: "a download"),
            "/audit/links": .addresses(["/audit/links", "/audit/links?patient=\(filled.patient.text)"]),
            "/audit/signals": .addresses(["/audit/signals"]),
            "/break-glass": .addresses(["/break-glass", "/break-glass?patient=\(filled.patient.text)"]),
            "/break-glass/reviews": .addresses(["/break-glass/reviews"]),
            "/consent": .addresses(["/consent"]),
            "/schedule/feeds": .addresses(["/schedule/feeds"]),
            "/legal-holds": .addresses(
                ["/legal-holds", "/legal-holds?patient=\(filled.patient.text)", "/legal-holds?q=delgado"]),
            "/retention": .addresses(["/retention"]),
            "/privacy/requests": .addresses(["/privacy/requests", "/privacy/requests?show=overdue&kind=erasure"]),
            "/privacy/requests/new": .addresses(["/privacy/requests/new?patient=\(filled.patient.text)"]),
            "/privacy/requests/{id}": .none(reason: "looked at in a test of its own"),
            "/privacy/requests/{id}/erasure": .none(reason: "looked at in a test of its own"),
            "/privacy/requests/{id}/certificate": .none(reason: "a download"),
            "/privacy/patients/{id}": .addresses(["/privacy/patients/\(filled.patient.text)"]),
            "/setup": .addresses(["/setup"]),
            "/setup/visit-types": .addresses(["/setup/visit-types"]),
            "/setup/visit-types/new": .addresses(["/setup/visit-types/new"]),
            "/setup/visit-types/{key}": .addresses(["annual-physical", "labs"].map { "/setup/visit-types/" + $0 }),
            "/setup/practitioners": .addresses(["/setup/practitioners"]),
            "/setup/practitioners/new": .addresses(["/setup/practitioners/new"]),
            "/setup/practitioners/{key}": .addresses(["/setup/practitioners/elena-alvarez"]),
            "/setup/resources": .addresses(["/setup/resources"]),
            "/setup/resources/new": .addresses(["/setup/resources/new"]),
            "/setup/resources/{key}": .addresses(["/setup/resources/interpreter-navajo"]),
            "/setup/locations": .addresses(["/setup/locations"]),
            "/setup/locations/new": .addresses(["/setup/locations/new"]),
            "/setup/locations/{key}": .addresses(["/setup/locations/denver-northside"]),
            "/setup/visit-types/{key}/retirement": .addresses(["/setup/visit-types/labs/retirement"]),
            "/setup/practitioners/{key}/retirement": .addresses(["/setup/practitioners/elena-alvarez/retirement"]),
            "/setup/resources/{key}/retirement": .addresses(["/setup/resources/interpreter-navajo/retirement"]),
            "/setup/locations/{key}/retirement": .addresses(["/setup/locations/denver-northside/retirement"]),
            "/setup/waitlist": .addresses(["/setup/waitlist"]), "/setup/referrals": .addresses(["/setup/referrals"]),
            "/palette": .addresses(["/palette", "/palette?q=delgado", "/palette?q=nobodyhere"]),
            "/live": .none(reason: "an event stream"),
            "/styleguide": .none(reason: "shows every component with sample codes"),
        ]
    }

    @Test("the style guide is there for who may change definitions, and nowhere for others")
    func styleGuide() async throws {
        try await PageWorld.with(.sqlite) { world in
            for (role, status) in [("administrator", 200), ("clinic-manager", 200), ("clinician", 404)] {
                let visitor = try await world.signIn(role)
                #expect(try await visitor.get("/styleguide").status == status, "\(role)")
                let palette = try await visitor.get("/palette?q=style")
                #expect(palette.html.contains("/styleguide") == (status == 200), "\(role)")
            }
            #expect(try await world.stranger.get("/styleguide").location == "/session")
        }
    }

    @Test("every page of the console is among those that are looked at")
    func everyRoute() async throws {
        try await PageWorld.with(.sqlite) { world in
            let opened = world.platform.routes.filter { route in
                guard route.method == .get else { return false }
                switch route.access {
                case .page, .account: return true
                case .open, .api: return false
                }
            }.map(\.path)
            let any = PageData.Filled(patient: ID(raw: 1), needs: [], visit: ID(raw: 1), day: "2026-03-05")
            #expect(Set(opened).symmetricDifference(looks(any).keys).sorted() == [])
        }
    }

    @Test(
        "every page shows a day full of people and visits in both languages, and no raw code",
        arguments: TestStores.engines)
    func full(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let filled = try await world.people.fill()
            let visitor = try await world.signIn()
            let reader = try reader(world)
            for (_, look) in looks(filled).sorted(by: { $0.key < $1.key }) {
                guard case .addresses(let addresses) = look else { continue }
                for address in addresses {
                    for language in Language.allCases {
                        let answer = try await visitor.get(address, language)
                        #expect(answer.status == 200, "\(address)")
                        expectPlain(answer, reader, language)
                    }
                }
            }
        }
    }

    @Test("pages about signing in show their words in both languages, also when something was wrong")
    func signingIn() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn()
            let reader = try reader(world)
            let manager = "/users/" + (try await world.user("clinic-manager")).text
            for language in Language.allCases {
                for address in [
                    manager, "/account/security", "/account/second-step", "/account/second-step/passkeys",
                    "/account/security?problem=not-confirmed",
                ] {
                    let answer = try await visitor.get(address, language)
                    #expect(answer.status == 200, "\(address)")
                    expectPlain(answer, reader, language)
                }
                let none = try await world.stranger.get("/invitations/" + String(repeating: "a", count: 43), language)
                #expect(none.status == 404)
                expectPlain(none, reader, language)
                for (address, fields) in [
                    ("/account/password", [("current", "x"), ("new", "short")]),
                    ("/account/password", [("current", "x"), ("new", "a longer password")]),
                    ("/users", [("name", ""), ("email", "ana"), ("role", "none")]),
                    ("/keys", [("name", ""), ("role", "none")]),
                    ("/keys", [("name", "x"), ("role", "clinician"), ("permission", "user.manage")]),
                    ("\(manager)/access", [("name", ""), ("version", "1")]),
                    ("/roles", [("name-en", ""), ("idle", "900"), ("hours", "0")]),
                    ("/access-review", [("name", ""), ("due", "2020-01-01")]),
                    ("/session", [("login", "nobody@clinic.example"), ("password", "x")]),
                ] {
                    let answer = try await visitor.post(address, fields, language)
                    #expect(answer.status == 422, "\(address)")
                    expectPlain(answer, reader, language)
                }
            }
            world.clock.advance(by: .minutes(6))
            for language in Language.allCases {
                let answer = try await visitor.post("/users/\(manager.suffix(13))/restoration", [], language)
                #expect(answer.html.contains("confirm-password"))
                expectPlain(answer, reader, language)
            }
        }
    }

    @Test("a practice in which nothing has happened yet shows what will be there and a next step, in both languages")
    func empty() async throws {
        try await PageWorld.with(.sqlite) { world in
            let nobody = try await world.people.register(.named("Lin", "Chen"))
            let visitor = try await world.signIn()
            let reader = try reader(world)
            let bare = "/patients/\(nobody.text)"
            let addresses = [
                "/", "/inbox?filter=mine", "/inbox?filter=unassigned", "/patients?q=nobodyhere",
                "/schedule?date=2026-12-25&location=denver-northside", "/dashboard", "/dashboard?period=today",
                "/events?measure=open", "/audit?from=2030-01-01", "\(bare)?tab=visits", "\(bare)?tab=documents", bare,
                "/consent", "\(bare)/consent", "\(bare)/proxies", "/privacy/requests", "/privacy/requests?show=closed",
                "/booking?patient=\(nobody.text)&type=labs&from=2026-12-25&to=2026-12-25",
                "/capacity/visits?part=missed", "/capacity/what-if",
                "/booking?q=nobodyhere", "/referrals", "/referrals?show=closed", "/referrals/leakage",
                "/referrals/new?q=nobodyhere",
            ]
            for language in Language.allCases {
                for address in addresses {
                    let answer = try await visitor.get(address, language)
                    #expect(answer.status == 200, "\(address)")
                    expectPlain(answer, reader, language)
                    let empty = try #require(answer.html.firstRange(of: "class=\"empty"), "\(address) shows nothing")
                    let rest = answer.html[empty.upperBound...]
                    #expect(rest.contains(/<a class="button[^"]*" href="\//), "\(address) offers no next step")
                }
                for address in ["/inbox", "/outbox", "/users", "/patients", "/schedule", "/palette?q=nobodyhere"] {
                    let answer = try await visitor.get(address, language)
                    #expect(answer.status == 200, "\(address)")
                    expectPlain(answer, reader, language)
                }
            }
        }
    }

    @Test("what is not there and what one may not do are told in both languages, in words")
    func problems() async throws {
        try await PageWorld.with(.sqlite) { world in
            let visitor = try await world.signIn("clinic-manager")
            let reader = try reader(world)
            for language in Language.allCases {
                for (address, status) in [
                    ("/inbox/0000000000001", 404), ("/patients/0000000000001", 404),
                    ("/appointments/0000000000001", 404),
                    ("/nowhere", 404), ("/patients/new", 403), ("/users", 403), ("/events?measure=nonsense", 404),
                ] {
                    let answer = try await visitor.get(address, language)
                    #expect(answer.status == status, "\(address)")
                    // A page that no route knows is answered before anybody is asked who they are.
                    if address != "/nowhere" { expectPlain(answer, reader, language) }
                }
            }
        }
    }

    private func reader(_ world: PageWorld) throws -> RawCodes {
        RawCodes(world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
    }

    private func expectPlain(_ answer: Answer, _ reader: RawCodes, _ language: Language) {
        let found = reader.found(in: answer.visible)
        #expect(found.isEmpty, "\(answer.address) in \(language.rawValue) shows \(found.joined(separator: ", "))")
        let isWhole = answer.html.contains("<html")
        #expect(!isWhole || answer.html.contains("<html lang=\"\(language.rawValue)\""), "\(answer.address)")
    }
}
