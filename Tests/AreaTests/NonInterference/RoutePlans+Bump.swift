import HTTPTypes
import Web

/// Absences and the visits on their lists.
extension RoutePlans {
    private static let when = "from=2026-03-05T08:00&to=2026-03-06T18:00&reason=illness"

    static let bump: [String: [Template]] = [
        "GET /bump": [.get("/bump")],
        "GET /bump/new": [
            .get("/bump/new"), .get("/bump/new?subject=practitioner:elena-alvarez&\(when)"),
            .get("/bump/new?subject=location:denver-northside&\(when)"),
        ],
        "POST /bump": [
            .form("/bump", [("subject", "practitioner:nobody"), ("from", "soon"), ("to", ""), ("reason", "illness")])
        ],
        "GET /bump/{id}": [.get("/bump/<nobody>")],
        "POST /bump/{id}/placement": [.form("/bump/<nobody>/placement")],
        "POST /bump/{id}/search": [.form("/bump/<nobody>/search")],
        "POST /bump/{id}/withdrawal": [.form("/bump/<nobody>/withdrawal")],
        "POST /bump/{id}/visits/{visit}/placement": [.form("/bump/<nobody>/visits/<nobody>/placement")],
        "POST /bump/{id}/visits/{visit}/cancellation": [.form("/bump/<nobody>/visits/<nobody>/cancellation")],
        "GET /api/v1/absences": [.get("/api/v1/absences")],
        "POST /api/v1/absences": [.json("/api/v1/absences", #"{"kind":"practitioner","key":"nobody"}"#)],
    ]
}
