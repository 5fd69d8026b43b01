import Kernel
import Testing
import Web

@Suite("Absence") struct AbsenceTests {
    @Test("what is out of reach is told in the words of what is not there")
    func sameWords() {
        let hidden = Fault.notFound("patient")
        let words = [
            "GET /api/v1/needs/{id}": "need.not-found", "DELETE /api/v1/holds/{id}": "hold.not-found",
            "POST /api/v1/appointments/{id}/arrival": "appointment.not-found",
            "GET /api/v1/patients/{id}/timeline": "patient.not-found", "POST /api/v1/appointments": "patient.not-found",
            "none": "patient.not-found",
        ]
        for (label, code) in words { #expect(Server.absent(hidden, label: label).code == code, "\(label)") }
        let other = Fault(.conflict, "need.closed", "It is closed.")
        #expect(Server.absent(other, label: "GET /api/v1/needs/{id}").code == "need.closed")
    }
}
