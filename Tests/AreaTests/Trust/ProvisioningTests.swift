import App
import HTTPTypes
import JSON
import Kernel
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Provisioning by SCIM")
struct ProvisioningTests {
    @Test("a user is added, read, found, changed and ended", arguments: TestStores.engines)
    func whole(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let scim = try await world.scim()
            let made = try await scim.add(
                "nora@clinic.example",
                """
                , "externalId": "e-1", "name": {"givenName": "Nora", "familyName": "Vance"}, "password": "never kept",
                "emails": [{"value": "nora@home.example", "type": "home", "primary": true}],
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "x"}, "title": "Dr"
                """)
            #expect(made.status == 201)
            #expect(made.type == "application/scim+json")
            #expect(made.location?.hasSuffix("/scim/v2/Users/\(made.id)") == true)
            #expect(made.json["displayName"]?.string == "Nora Vance")
            #expect(made.json["active"]?.bool == true)
            #expect(made.json["password"] == nil)
            #expect(made.json["meta"]?["location"]?.string == made.location)
            let again = try await scim.add("NORA@clinic.example")
            #expect(again.status == 409 && again.isError && again.scimType == "uniqueness")
            #expect(try await scim.list("Users", "userName eq \"Nora@Clinic.example\"").ids == [made.id])
            #expect(try await scim.list("Users", "externalId eq \"e-1\"").ids == [made.id])
            #expect(try await scim.list("Users", "externalId eq \"E-1\"").ids == [])
            let stale = try await scim.send(.get, "/Users/\(made.id)").tag
            let put = try await scim.send(
                .put, "/Users/\(made.id)", "{\"userName\": \"nora@clinic.example\", \"displayName\": \"Dr. Vance\"}")
            #expect(put.status == 200 && put.json["displayName"]?.string == "Dr. Vance")
            #expect(put.json["emails"] == nil && put.json["externalId"] == nil)
            let late = try await scim.send(.put, "/Users/\(made.id)", "{\"userName\": \"x@y.example\"}", ifMatch: stale)
            #expect(late.status == 412 && late.isError)
            #expect(try await scim.send(.delete, "/Users/\(made.id)", ifMatch: put.tag).status == 204)
            #expect(try await scim.send(.get, "/Users/\(made.id)").status == 404)
            #expect(try await scim.list("Users", "userName eq \"nora@clinic.example\"").ids == [])
            // The account stays as an author; provisioned again it is the same one, without rights.
            let back = try await scim.add("nora@clinic.example")
            #expect(back.status == 201 && back.id == made.id && back.json["groups"] == nil)
        }
    }

    @Test("filters choose what they say, and what is none is refused with its place")
    func filters() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scim = try await world.scim()
            let a = try await scim.add(
                "amy@clinic.example", ", \"emails\": [{\"value\": \"amy@work.example\", \"type\": \"work\"}]"
            ).id
            let b = try await scim.add("bob@clinic.example", ", \"active\": false, \"name\": {\"familyName\": \"Zed\"}")
                .id
            let both = "(userName sw \"amy\" or userName sw \"bob\")"
            for (filter, wanted) in [
                (both, [a, b]), (both + " and active eq true", [a]), (both + " and not (active eq true)", [b]),
                (both + " and emails pr", [a]), ("emails[type eq \"work\" and value co \"@work\"]", [a]),
                (both + " and emails.type eq \"home\"", []), ("name.familyName eq \"zed\"", [b]),
                ("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName ew \"ED\"", [b]),
                (both + " and userName gt \"b\"", [b]), (both + " and userName le \"b\"", [a]),
                (both + " and userName ne \"amy@clinic.example\"", [b]), (both + " and title pr", []),
                (both + " and meta.created gt \"2020-01-01T00:00:00Z\"", [a, b]), ("id eq \"\(a)\"", [a]),
                (both + " and externalId eq null", [a, b]),
                ("USERNAME EQ \"amy@clinic.example\" AND active eq True", [a]),
            ] {
                #expect(Set(try await scim.list("Users", filter).ids) == Set(wanted), "\(filter)")
            }
            for filter in [
                "", "userName", "userName eq", "userName eq amy", "userName is \"x\"", "(userName pr", "userName pr)",
                "userName eq \"x\" and", "and userName pr", "emails[type eq \"x\"", "emails[]", "userName eq \"x",
                "userName eq \"x\\", "userName co 3", "active gt true", "userName eq {\"a\":1}", "not userName pr",
                "name.a.b pr", ".. pr", "\u{0} pr", String(repeating: "(", count: 500) + "userName pr",
                String(repeating: "userName pr and ", count: 120) + "userName pr",
                Array(repeating: "not (", count: 40).joined() + "userName pr" + String(repeating: ")", count: 40),
            ] {
                let answer = try await scim.list("Users", filter)
                #expect(answer.status == 400 && answer.isError, "\(filter)")
                if !filter.contains("\u{0}") { #expect(answer.scimType == "invalidFilter", "\(filter)") }
            }
            let page = try await scim.send(.get, "/Users?startIndex=2&count=1&attributes=userName")
            #expect(page.json["totalResults"]?.int == 6 && page.ids.count == 1)
            #expect(page.json["Resources"]?[0]?["active"] == nil)
            let none = try await scim.send(.get, "/Users?count=0")
            #expect(none.json["totalResults"]?.int == 6 && none.ids.isEmpty)
        }
    }

    @Test("changes are understood in the forms that providers send", arguments: TestStores.engines)
    func patches(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let scim = try await world.scim()
            let id = try await scim.add("pat@clinic.example").id
            for (operation, path, wanted) in [
                ("{\"op\": \"Replace\", \"path\": \"active\", \"value\": \"False\"}", "active", JSONValue.bool(false)),
                ("{\"op\": \"replace\", \"value\": {\"active\": true}}", "active", true),
                ("{\"op\": \"Add\", \"path\": \"displayName\", \"value\": \"Pat B\"}", "displayName", "Pat B"),
                (
                    "{\"op\": \"replace\", \"value\": {\"displayName\": \"Pat C\", \"id\": \"\(id)\"}}", "displayName",
                    "Pat C"
                ),
                ("{\"op\": \"add\", \"value\": {\"externalId\": \"x-9\"}}", "externalId", "x-9"),
                ("{\"op\": \"remove\", \"path\": \"externalId\"}", "externalId", .null),
            ] {
                let answer = try await scim.patch("/Users/\(id)", operation)
                #expect(answer.status == 200, "\(operation)")
                #expect((answer.json[path] ?? .null) == wanted, "\(operation)")
            }
            let email = try await scim.patch(
                "/Users/\(id)",
                """
                {"op": "Add", "path": "emails[type eq \\"work\\"].value", "value": "pat@work.example"},
                {"op": "Add", "path": "name.givenName", "value": "Pat"}, {"op": "Add", "path": "title", "value": "RN"},
                {"op": "Add", "value": {"name.familyName": "Bell"}}
                """)
            #expect(email.json["emails"]?[0]?["value"]?.string == "pat@work.example")
            #expect(email.json["emails"]?[0]?["type"]?.string == "work")
            #expect(email.json["name"]?["familyName"]?.string == "Bell")
            let gone = try await scim.patch(
                "/Users/\(id)", "{\"op\": \"remove\", \"path\": \"emails[type eq \\\"work\\\"]\"}")
            #expect(gone.json["emails"] == nil)
            for (operation, type) in [
                ("{\"op\": \"replace\", \"path\": \"shoeSize\", \"value\": 3}", "invalidPath"),
                ("{\"op\": \"replace\", \"path\": \"groups\", \"value\": []}", "mutability"),
                ("{\"op\": \"replace\", \"path\": \"id\", \"value\": \"x\"}", "mutability"),
                ("{\"op\": \"remove\"}", "noTarget"), ("{\"op\": \"explode\"}", "invalidSyntax"),
                ("{\"op\": \"replace\", \"path\": \"active\", \"value\": \"maybe\"}", "invalidValue"),
                ("{\"op\": \"replace\", \"path\": \"userName\", \"value\": \"\"}", "invalidValue"),
                ("{\"op\": \"add\", \"path\": \"emails[type eq\", \"value\": \"x\"}", "invalidPath"),
            ] {
                let answer = try await scim.patch("/Users/\(id)", operation)
                #expect(answer.status == 400 && answer.isError && answer.scimType == type, "\(operation)")
            }
        }
    }

    @Test("a role given by a group holds on the next request, and one taken is gone", arguments: TestStores.engines)
    func groups(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let scim = try await world.scim()
            let manager = try await world.signIn("clinic-manager")
            let id = try await world.scimID("clinic-manager")
            #expect(try await manager.get("/users").status == 403)
            let group = try await scim.list("Groups", "displayName eq \"Role: Access agent\"")
            #expect(group.ids == ["role-access-agent"])
            #expect(try await manager.get("/dashboard").status == 200)
            let taken = try await scim.patch(
                "/Groups/role-clinic-manager", "{\"op\": \"remove\", \"path\": \"members[value eq \\\"\(id)\\\"]\"}")
            #expect(taken.status == 200 && taken.json["members"] == nil)
            #expect(try await manager.get("/dashboard").status == 403)
            let given = try await scim.patch(
                "/Groups/role-access-agent",
                "{\"op\": \"Add\", \"path\": \"members\", \"value\": [{\"value\": \"\(id)\"}]}")
            #expect(given.json["members"]?[0]?["value"]?.string == id)
            #expect(try await manager.get("/dashboard").status == 200)
            let user = try await scim.send(.get, "/Users/\(id)")
            #expect(user.json["groups"]?[0]?["value"]?.string == "role-access-agent")
            let place = try await scim.patch(
                "/Groups/location-denver-northside",
                "{\"op\": \"add\", \"value\": {\"members\": [{\"value\": \"\(id)\"}]}}")
            #expect(place.status == 200)
            #expect(try await scim.send(.post, "/Groups", "{\"displayName\": \"Mine\"}").status == 403)
            let same = try await scim.send(.post, "/Groups", "{\"displayName\": \"Role: Access agent\"}")
            #expect(same.status == 409 && same.scimType == "uniqueness")
            let stranger = try await scim.patch(
                "/Groups/role-access-agent",
                "{\"op\": \"add\", \"path\": \"members\", \"value\": [{\"value\": \"0000000000001\"}]}")
            #expect(stranger.status == 400)
        }
    }

    @Test("a program gives no rights to administer that it has not, and leaves an administrator")
    func limits() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scim = try await world.scim()
            let manager = try await world.scimID("clinic-manager")
            let administrator = try await world.scimID("administrator")
            let member = "{\"op\": \"add\", \"path\": \"members\", \"value\": [{\"value\": \"\(manager)\"}]}"
            #expect(try await scim.patch("/Groups/role-administrator", member).status == 403)
            let last = try await scim.patch(
                "/Users/\(administrator)", "{\"op\": \"replace\", \"path\": \"active\", \"value\": false}")
            #expect(last.status == 409 && last.isError)
            #expect(try await scim.send(.delete, "/Users/\(administrator)").status == 409)
            let emptied = try await scim.patch(
                "/Groups/role-administrator", "{\"op\": \"remove\", \"path\": \"members\"}")
            #expect(emptied.status == 409)
            _ = try await world.signIn()
            let other = try await world.scim("integration")
            #expect(try await other.send(.get, "/Users").status == 403)
            #expect(try await other.send(.get, "/Users").isError)
            let stranger = SCIMClient(server: world.server, key: "tl_clinic_nobodyknowsthiskeyatall")
            let refused = try await stranger.send(.get, "/Users")
            #expect(refused.status == 401 && refused.isError)
        }
    }

    @Test("garbage is told as SCIM tells it")
    func garbage() async throws {
        try await PageWorld.with(.sqlite) { world in
            let scim = try await world.scim()
            let large = "{\"userName\": \"" + String(repeating: "x", count: 300_000) + "\"}"
            let deep = String(repeating: "[", count: 5_000)
            for (method, path, body, status) in [
                (.post, "/Users", "{", 400), (.post, "/Users", "[]", 400), (.post, "/Users", "{}", 400),
                (.post, "/Users", "{\"userName\": 3}", 400), (.post, "/Users", "{\"userName\": \"a b\"}", 400),
                (.post, "/Users", deep, 400), (.post, "/Users", large, 413),
                (.post, "/Users", "{\"userName\": \"a\\u0000b\"}", 400),
                (.post, "/Users", "{\"userName\": \"a@b.example\", \"emails\": \"x\"}", 400),
                (.put, "/Users/nobody", "{\"userName\": \"a@b.example\"}", 404), (.get, "/Users/nobody", nil, 404),
                (.get, "/Nothing", nil, 404), (.put, "/Users", "{}", 405), (.get, "/Users?count=many", nil, 400),
                (.get, "/Schemas?filter=x", nil, 403), (.patch, "/Users/0000000000001", "{}", 400),
                (.get, "/Groups/role-none", nil, 404), (.delete, "/Groups/role-front-desk", nil, 403),
            ] as [(HTTPRequest.Method, String, String?, Int)] {
                let answer = try await scim.send(method, path, body)
                #expect(answer.status == status && answer.isError, "\(method) \(path): \(answer.status)")
            }
        }
    }

    @Test("two who add the same name at once: one is told it is taken", arguments: TestStores.engines)
    func race(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let scim = try await world.scim()
            async let first = scim.add("same@clinic.example")
            async let second = scim.add("same@clinic.example")
            async let third = scim.add("SAME@clinic.example")
            let statuses = [try await first.status, try await second.status, try await third.status].sorted()
            #expect(statuses == [201, 409, 409])
        }
    }
}
