import HTTPTypes
import Kernel
import TestKit
import Testing
import Web

@Suite("The route table")
struct RouteTableTests {
    private func route(_ method: HTTPRequest.Method, _ path: String) -> Route {
        Route(method, path, .open(reason: "a test") { _ in WebResponse(.ok) })
    }

    private func table(_ routes: Route...) throws -> RouteTable { try RouteTable(routes) }

    /// `GET /path name=value …` of the route found, `405 allowed`, or `404`.
    private func match(_ table: RouteTable, _ method: HTTPRequest.Method, _ path: String) throws -> String {
        switch try table.match(method, path) {
        case .found(let route, let parameters):
            let pairs = parameters.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            return "\(route.method) \(route.path)" + pairs
        case .wrongMethod(let allowed):
            return "405 " + allowed.map(\.rawValue).sorted().joined(separator: ",")
        case .none:
            return "404"
        }
    }

    @Test("a literal goes before a parameter, and a parameter takes what no literal ends at")
    func literalFirst() throws {
        let table = try table(
            route(.get, "/patients/{id}"), route(.get, "/patients/new"), route(.get, "/patients/merge/preview"),
            route(.get, "/patients/{id}/timeline"), route(.get, "/{area}/new/{step}"))
        for (path, found) in [
            ("/patients/new", "GET /patients/new"), ("/patients/7", "GET /patients/{id} id=7"),
            ("/patients/merge", "GET /patients/{id} id=merge"),
            ("/patients/merge/preview", "GET /patients/merge/preview"),
            ("/patients/new/timeline", "GET /patients/{id}/timeline id=new"),
            ("/patients/merge/timeline", "GET /patients/{id}/timeline id=merge"),
            ("/patients/new/2", "GET /{area}/new/{step} area=patients step=2"), ("/patients", "404"),
            ("/patients/7/timeline/more", "404"), ("/", "404"),
        ] {
            let result = try match(table, .get, path)
            #expect(result == found, "\(path)")
        }
    }

    @Test("another method tells which ones there are; HEAD goes where GET goes")
    func methods() throws {
        let table = try table(
            route(.get, "/a"), route(.post, "/a"), route(.post, "/b/{id}"), route(.get, "/"))
        let results = try [
            match(table, .delete, "/a"), match(table, .get, "/b/1"), match(table, .head, "/a"),
            match(table, .head, "/b/1"),
            match(table, .get, "/"), match(table, .get, ""), match(table, .delete, "/none"),
        ]
        #expect(results == ["405 GET,POST", "405 POST", "GET /a", "405 POST", "GET /", "GET /", "404"])
    }

    @Test("parameters are percent-decoded once, with a plus as itself; a broken one is refused")
    func decoding() throws {
        let table = try table(route(.get, "/f/{name}"))
        for (path, found) in [
            ("/f/a%20b", "GET /f/{name} name=a b"), ("/f/a+b", "GET /f/{name} name=a+b"),
            ("/f/%2Fetc", "GET /f/{name} name=/etc"),
            ("/f/%2541", "GET /f/{name} name=%41"), ("/f/%C3%A9", "GET /f/{name} name=\u{E9}"),
        ] {
            let result = try match(table, .get, path)
            #expect(result == found)
        }
        for path in ["/f/%", "/f/%4", "/f/%GG", "/f/%00", "/f/%FF", "/f/%C3"] {
            let code = faultCodeNow { _ = try table.match(.get, path) }
            #expect(code == "form.encoding", "\(path)")
        }
    }

    @Test("a path of any depth is answered, and slashes more or less change nothing")
    func depth() throws {
        let deep = "/" + (1...12).map { "s\($0)" }.joined(separator: "/")
        let table = try table(route(.get, deep), route(.get, "/a/b"))
        let results = try [
            match(table, .get, deep), match(table, .get, deep + "/x"), match(table, .get, "//a///b/"),
            match(table, .get, String(repeating: "/x", count: 100_000)),
        ]
        #expect(results == ["GET \(deep)", "404", "GET /a/b", "404"])
    }

    @Test("two routes with one method and path are a defect that is told at start")
    func duplicate() {
        let code = faultCodeNow {
            _ = try table(route(.get, "/a/{id}"), route(.post, "/a/{id}"), route(.get, "/a/{id}"))
        }
        #expect(code == "route.duplicate")
    }
}
