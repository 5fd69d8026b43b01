import FHIR
import JSON
import Testing

@Suite("Answers to visits in FHIR")
struct AppointmentResponseTests {
    private func read(_ text: String) throws -> FHIRAppointmentResponse {
        try FHIRAppointmentResponse(of: try JSONValue(parsing: text))
    }

    @Test("an answer names a visit, says what, and who says it")
    func good() throws {
        let answer = try read(
            #"{"resourceType":"AppointmentResponse","appointment":{"reference":"Appointment/0000000000001"},"#
                + #""actor":{"reference":"Patient/0000000000002"},"participantStatus":"declined"}"#)
        #expect(answer.appointment == "0000000000001" && answer.answer == .declined)
        let resource = answer.resource(id: "x")
        #expect(resource["actor"]?["reference"]?.string == "Patient/0000000000002")
        #expect(resource["participantStatus"]?.string == "declined")
    }

    @Test(
        "an answer without its parts, or with others, is refused",
        arguments: [
            #"{"resourceType":"Patient"}"#,
            #"{"resourceType":"AppointmentResponse","participantStatus":"accepted"}"#,
            #"{"resourceType":"AppointmentResponse","appointment":{"reference":"Patient/1"},"actor":{},"participantStatus":"accepted"}"#,
            #"{"resourceType":"AppointmentResponse","appointment":{"reference":"Appointment/1"},"actor":{},"participantStatus":"perhaps"}"#,
            #"{"resourceType":"AppointmentResponse","appointment":{"reference":"Appointment/1"},"participantStatus":"accepted"}"#,
            #"{"resourceType":"AppointmentResponse","appointment":"Appointment/1","actor":{},"participantStatus":"accepted"}"#,
        ])
    func bad(text: String) throws {
        #expect(throws: FHIRElementError.self) { try read(text) }
    }
}
