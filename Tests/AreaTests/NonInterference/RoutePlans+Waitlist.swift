import HTTPTypes
import Web

/// Who waits, what came free, and the links of offers.
extension RoutePlans {
    private static let wish = #""weekdays":[1,3],"from":"08:00","noticeHours":4,"priority":"soon""#

    static let waitlist: [String: [Template]] = [
        "GET /waitlist": [
            .get("/waitlist"), .get("/waitlist?type=annual-physical&priority=routine"),
            .get("/waitlist?location=denver-northside"),
        ],
        "GET /waitlist/new": [
            .get("/waitlist/new?patient=<patient>&type=annual-physical"),
            .get("/waitlist/new?patient=<patient>&need=<need>"),
        ],
        "POST /waitlist": [
            .form("/waitlist", [("patient", "<patient>"), ("visitType", "sick-visit"), ("weekday", "1")]),
            .form("/waitlist", [("patient", "<patient>"), ("need", "<need>"), ("visitType", "well-child")]),
            .form("/waitlist", [("patient", "<patient>"), ("visitType", "")]),
        ],
        "GET /waitlist/entries/{id}": [.get("/waitlist/entries/<entry>")],
        "POST /waitlist/entries/{id}": [
            .form("/waitlist/entries/<entry>", [("weekday", "2"), ("notice", "4")]),
            .form("/waitlist/entries/<entry>", [("from", "soon")]),
        ],
        "POST /waitlist/entries/{id}/leaving": [.form("/waitlist/entries/<nobody>/leaving")],
        "GET /waitlist/openings": [.get("/waitlist/openings")],
        "GET /waitlist/openings/{id}": [.get("/waitlist/openings/<opening>")],
        "POST /waitlist/openings/{id}/offering": [.form("/waitlist/openings/<opening>/offering")],
        "POST /waitlist/openings/{id}/withdrawal": [.form("/waitlist/openings/<opening>/withdrawal")],
        "POST /waitlist/offers/{id}/acceptance": [.form("/waitlist/offers/<offer>/acceptance")],
        "POST /waitlist/offers/{id}/refusal": [.form("/waitlist/offers/<offer>/refusal")],
        "GET /waitlist/simulation": [.get("/waitlist/simulation?acceptance=20")],
        "GET /api/v1/waitlist": [
            .get("/api/v1/waitlist"), .get("/api/v1/waitlist?visit_type=annual-physical&limit=2"),
        ],
        "POST /api/v1/waitlist": [
            .json("/api/v1/waitlist", "{\"patient\":\"<patient>\",\"visitType\":\"labs\",\(wish)}"),
            .json("/api/v1/waitlist", #"{"patient":"<patient>","need":"<need>","visitType":"labs"}"#),
        ],
        "PATCH /api/v1/waitlist/{id}": [.json("/api/v1/waitlist/<entry>", "{\(wish)}", .patch)],
        "POST /api/v1/waitlist/{id}/leaving": [.json("/api/v1/waitlist/<nobody>/leaving", "{}")],
        "GET /api/v1/waitlist/openings": [.get("/api/v1/waitlist/openings")],
        "POST /api/v1/waitlist/openings/{id}/offering": [
            .json("/api/v1/waitlist/openings/<opening>/offering", "{}")
        ],
        "POST /api/v1/waitlist/openings/{id}/withdrawal": [
            .json("/api/v1/waitlist/openings/<opening>/withdrawal", "{}")
        ],
        "POST /api/v1/waitlist/offers/{id}/acceptance": [.json("/api/v1/waitlist/offers/<offer>/acceptance", "{}")],
        "POST /api/v1/waitlist/offers/{id}/refusal": [.json("/api/v1/waitlist/offers/<offer>/refusal", "{}")],
        "GET /offers/{token}": [.get("/offers/<offer>")],
        "POST /offers/{token}/acceptance": [.form("/offers/<offer>/acceptance")],
        "POST /offers/{token}/refusal": [.form("/offers/<offer>/refusal")],
        "POST /offers/{token}/leaving": [.form("/offers/<offer>/leaving")],
    ]
}
