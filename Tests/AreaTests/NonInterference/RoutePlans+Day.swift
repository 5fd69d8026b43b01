import HTTPTypes
import Web

/// Arrivals, the waiting room's screen, and visits that are moved by hand.
extension RoutePlans {
    private static let there = "start=2026-03-12T09:00&back=/schedule?date%3D2026-03-12"

    static let arrivals: [String: [Template]] = [
        "GET /arrivals": [
            .get("/arrivals"), .get("/arrivals?location=denver-northside"), .get("/arrivals?location=flagstaff"),
            .get("/arrivals?location=el-paso"),
        ],
        "GET /arrivals/wall": [
            .get("/arrivals/wall"), .get("/arrivals/wall?location=flagstaff"),
            .get("/arrivals/wall?location=el-paso"),
        ],
        "POST /arrivals/notices": [
            .form("/arrivals/notices", [("location", "flagstaff"), ("practitioner", "elena-alvarez")]),
            .form("/arrivals/notices", [("location", "denver-northside"), ("practitioner", "elena-alvarez")]),
        ],
        "GET /appointments/{id}/placement": [
            .get("/appointments/<appointment>/placement?\(there)"),
            .get("/appointments/<appointment>/placement?practitioner=elena-alvarez&location=denver-northside&\(there)"),
            .get("/appointments/<appointment>/placement?start=soon"),
        ],
        "POST /appointments/{id}/placement": [
            .form("/appointments/<appointment>/placement", [("start", "2026-03-12T03:00")]),
            .form("/appointments/<appointment>/placement", [("start", "")]),
        ],
        "POST /appointments/{id}/calling": [.form("/appointments/<appointment>/calling")],
        "POST /api/v1/appointments/{id}/calling": [.json("/api/v1/appointments/<appointment>/calling", "{}")],
    ]
}
