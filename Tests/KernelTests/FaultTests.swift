import Kernel
import Testing

@Suite("Faults")
struct FaultTests {
    @Test("a fault tells its code, message, place, fields and remedy, and its cause when that is a fault")
    func description() {
        let cause = Fault(.unavailable, "disk.full", "The disk is full.")
        let fault = Fault(
            .invalid, "file.bad", "The file is wrong.", remedy: "Mend it.", place: "line 3",
            fields: [.init("name", "Too long.")], cause: cause)
        #expect(
            "\(fault)"
                == "file.bad: The file is wrong. [at line 3] [name: Too long.] Mend it. (cause: disk.full: The disk is full.)"
        )
    }

    @Test("a cause that is no fault stays out of the description: it may hold anything")
    func foreignCause() {
        struct Foreign: Error { let secret = "Ana Rivera" }
        #expect(!"\(Fault(.internalError, "a.b", "It broke.", cause: Foreign()))".contains("Ana"))
    }

    @Test("several fields are told together")
    func fields() {
        let fault = Fault.invalid([.init("a", "One."), .init("b", "Two.")])
        #expect(fault.category == .invalid)
        #expect(fault.fields.map(\.path) == ["a", "b"])
        #expect(Fault.notFound("patient").code == "patient.not-found")
    }

    @Test("a redacted value is in no description, dump or mirror")
    func redacted() {
        struct Holder { let secret: Redacted<String> }
        let redacted = Redacted("Ana Rivera")
        var dumped = ""
        dump(Holder(secret: redacted), to: &dumped)
        for text in [
            "\(redacted)", String(reflecting: redacted), "\([redacted])", "\(Holder(secret: redacted))", dumped,
        ] {
            #expect(!text.contains("Ana"))
        }
        #expect(redacted.value == "Ana Rivera")
        #expect(redacted == Redacted("Ana Rivera"))
    }
}
