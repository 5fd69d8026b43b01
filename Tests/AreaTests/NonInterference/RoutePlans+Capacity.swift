import HTTPTypes
import Web

/// How time is used, and the calendar as other systems read it.
extension RoutePlans {
    private static let schedule = "BTYT5ND4W3DFT"

    static let capacity: [String: [Template]] = [
        "GET /capacity": [
            .get("/capacity"), .get("/capacity?period=next-4&by=week"),
            .get("/capacity?period=next-4&location=denver-northside&by=visit-type"),
        ],
        "GET /capacity/visits": [
            .get("/capacity/visits?period=next-4"), .get("/capacity/visits?period=past-4&part=missed"),
            .get("/capacity/visits?period=next-4&week=2026-03-02&practitioner=elena-alvarez"),
        ],
        "GET /capacity/sessions": [.get("/capacity/sessions?period=next-4&practitioner=elena-alvarez")],
        "GET /capacity/availability": [
            .get("/capacity/availability"), .get("/capacity/availability?type=follow-up&location=flagstaff"),
        ],
        "GET /capacity/released-blocks": [.get("/capacity/released-blocks?period=past-12")],
        "GET /capacity/what-if": [
            .get("/capacity/what-if"), .get("/capacity/what-if?demand=20&overbook=1"),
            .get("/capacity/what-if?type=follow-up"),
        ],
        "GET /capacity/overbooking": [.get("/capacity/overbooking?no_show=20&budget=10")],
        "GET /api/v1/capacity/use": [
            .get("/api/v1/capacity/use"), .get("/api/v1/capacity/use?period=next-12&practitioner=elena-alvarez"),
        ],
        "GET /api/v1/capacity/availability": [.get("/api/v1/capacity/availability")],
        "GET /api/v1/capacity/released-blocks": [.get("/api/v1/capacity/released-blocks?period=past-12")],
        "GET /api/v1/capacity/what-if": [.get("/api/v1/capacity/what-if?demand=10")],
        "GET /api/v1/capacity/overbooking": [.get("/api/v1/capacity/overbooking")],
        "GET /fhir/Schedule": [.get("/fhir/Schedule"), .get("/fhir/Schedule?actor=Practitioner/elena-alvarez")],
        "GET /fhir/Schedule/{id}": [.get("/fhir/Schedule/\(schedule)"), .get("/fhir/Schedule/none")],
        "GET /fhir/Slot": [
            .get("/fhir/Slot?schedule=\(schedule)&start=ge2026-03-05&start=lt2026-03-12"),
            .get("/fhir/Slot?schedule=\(schedule)&start=2026-03-05&status=busy"),
        ],
        "GET /fhir/Appointment": [
            .get("/fhir/Appointment?patient=<patient>"),
            .get("/fhir/Appointment?patient=Patient/<patient>&date=ge2026-03-05"),
        ],
        "GET /fhir/Appointment/{id}": [.get("/fhir/Appointment/<appointment>")],
        "POST /fhir/AppointmentResponse": [answer("tentative"), answer("accepted")],
    ]

    private static func answer(_ status: String) -> Template {
        let visit =
            #""appointment":{"reference":"Appointment/<appointment>"},"actor":{"reference":"Patient/<patient>"}"#
        return .json(
            "/fhir/AppointmentResponse",
            #"{"resourceType":"AppointmentResponse",\#(visit),"participantStatus":"\#(status)"}"#)
    }
}
