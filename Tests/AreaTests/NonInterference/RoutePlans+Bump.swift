import HTTPTypes
import Web

/// Absences and the visits on their lists.
extension RoutePlans {
    private static let when = "from=2026-03-05T08:00&to=2026-03-06T18:00&reason=illness"

    // What would change the list of the absence that both worlds have is asked of none: it would give back the time that
    // is held for somebody hidden, which is free in both worlds or in none.
    static let bump: [String: [Template]] = [
        "GET /bump": [.get("/bump")],
        "GET /bump/new": [
            .get("/bump/new"), .get("/bump/new?subject=practitioner:elena-alvarez&\(when)"),
            .get("/bump/new?subject=location:denver-northside&\(when)"),
            .get(
                "/bump/new?subject=practitioner:elena-alvarez&from=2026-04-02T07:00&to=2026-04-02T18:00&reason=leave"),
        ],
        "POST /bump": [
            .form("/bump", [("subject", "practitioner:nobody"), ("from", "soon"), ("to", ""), ("reason", "illness")])
        ],
        "GET /bump/{id}": [.get("/bump/<absence>"), .get("/bump/<absence>?show=call")],
        "POST /bump/{id}/placement": [.form("/bump/<nobody>/placement")],
        "POST /bump/{id}/search": [.form("/bump/<nobody>/search")],
        "POST /bump/{id}/offering": [.form("/bump/<nobody>/offering")],
        "POST /bump/{id}/withdrawal": [.form("/bump/<nobody>/withdrawal")],
        "POST /bump/{id}/visits/{visit}/placement": [.form("/bump/<absence>/visits/<bumped>/placement")],
        "POST /bump/{id}/visits/{visit}/call": [.form("/bump/<absence>/visits/<bumped>/call")],
        "POST /bump/{id}/visits/{visit}/cancellation": [.form("/bump/<absence>/visits/<bumped>/cancellation")],
        "GET /api/v1/absences": [.get("/api/v1/absences"), .get("/api/v1/absences?limit=1")],
        "POST /api/v1/absences": [.json("/api/v1/absences", #"{"kind":"practitioner","key":"nobody"}"#)],
        "GET /bumped/{token}": [.get("/bumped/<bumped>")],
        "POST /bumped/{token}/choice": [.form("/bumped/<bumped>/choice", [("choice", "<nobody>")])],
        "POST /bumped/{token}/call": [.form("/bumped/<bumped>/call")],
    ]
}
