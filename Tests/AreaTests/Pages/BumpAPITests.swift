import Kernel
import PeopleAPI
import Store
import TestKit
import Testing
import Vault

@Suite("Absences at the API")
struct BumpAPITests {
    @Test("programs record absences and list them; what is not known is refused, all of it together")
    func api() async throws {
        try await PageWorld.with(.sqlite) { world in
            _ = try await world.people.book(try await world.people.register(.maria), day: "2026-03-12")
            let program = try await KeyedProgram.with(["bump.read", "bump.write", "appointment.read"], in: world)
            let wrong = try await program.post(
                "/api/v1/absences", #"{"kind":"dog","key":7,"from":"soon","offer":"maybe","extra":"x"}"#)
            #expect(wrong.status == 400)
            for field in ["kind", "key", "from", "to", "reason", "offer", "extra"] {
                #expect(wrong.text.contains("\"\(field)\""), "\(field)")
            }
            let body =
                #"{"kind":"practitioner","key":"elena-alvarez","from":"2026-03-12T07:00","to":"2026-03-12T18:00","#
                + #""reason":"leave","offer":"no"}"#
            let made = try await program.post("/api/v1/absences", body)
            let again = try await program.post("/api/v1/absences", body)
            #expect(made.status == 201 && again == made)
            let list = try await program.get("/api/v1/absences?limit=1")
            #expect(
                list.status == 200 && list.text.contains("\"elena-alvarez\"") && list.text.contains("\"offer\":\"no\""))
            #expect(list.text.contains("\"waiting\"") && !list.text.contains("\"next\""))
            #expect(try await program.get("/api/v1/absences?limit=0").status == 400)
        }
    }
}
