import HTTPTypes
import JSON
import Kernel
import Store
import TestKit
import Testing
import Web

@Suite("Problems")
struct ProblemTests {
    @Test("every category of fault has a status of its own kind")
    func statuses() {
        let expected: [Fault.Category: Int] = [
            .invalid: 400, .unauthenticated: 401, .forbidden: 403, .notFound: 404, .conflict: 409, .gone: 410,
            .tooLarge: 413,
            .unsupported: 415, .unprocessable: 422, .tooMany: 429, .unavailable: 503, .internalError: 500,
        ]
        #expect(Set(expected.keys) == Set(Fault.Category.allCases))
        for (category, code) in expected { #expect(Problem.status(category).code == code) }
    }

    private func json(_ response: WebResponse) throws -> JSONValue {
        guard case .bytes(let bytes) = response.body else { return .null }
        return try JSONValue(parsing: bytes)
    }

    @Test("a problem tells what is wrong, where, how to mend it, and the request's number")
    func body() throws {
        let fault = Fault(
            .conflict, "appointment.slot-taken", "This time has been taken.", remedy: "Choose another time.",
            place: "line 3",
            fields: [.init("start", "Taken.")])
        let response = Problem.response(fault, correlation: 33)
        #expect(response.status == .conflict)
        #expect(response.headers[.contentType] == "application/problem+json")
        let body = try json(response)
        #expect(body["type"]?.string == "urn:throughline:problem:appointment.slot-taken")
        #expect(body["title"]?.string == "This time has been taken.")
        #expect(body["status"]?.int == 409)
        #expect(body["detail"]?.string == "Choose another time.")
        #expect(body["place"]?.string == "line 3")
        #expect(body["instance"]?.string == "urn:throughline:request:0000000000011")
        #expect(body["errors"]?.array?.first?["path"]?.string == "start")
    }

    @Test("an error nobody foresaw tells nothing of itself, and our own defects not their place")
    func unforeseen() throws {
        struct Secret: Error { let name = "Ana Rivera" }
        let fault = Problem.fault(Secret())
        #expect(fault.code == "server.error")
        let response = Problem.response(fault, correlation: 1)
        guard case .bytes(let bytes) = response.body else {
            Issue.record("a problem has a body")
            return
        }
        #expect(!String(decoding: bytes, as: UTF8.self).contains("Ana"))
        let defect = try json(
            Problem.response(Fault(.internalError, "a.b", "It broke.", place: "/srv/x"), correlation: 1))
        #expect(defect["place"] == nil)
    }

    @Test("what the store refuses is told as its caller should tell it")
    func store() {
        #expect(Problem.fault(StoreError(.unavailable, message: "x")).category == .unavailable)
        #expect(Problem.fault(StoreError(.unique, message: "x")).category == .conflict)
        #expect(Problem.fault(Fault.notFound("patient")).code == "patient.not-found")
    }

    @Test("an answer to somebody unknown names the way to sign in")
    func unauthenticated() {
        let response = Problem.response(Fault(.unauthenticated, "key.missing", "There is no key."), correlation: 1)
        #expect(response.headers[.wwwAuthenticate] == "Bearer")
    }
}
