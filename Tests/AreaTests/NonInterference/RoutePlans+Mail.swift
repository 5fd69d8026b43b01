import HTTPTypes
import Web

/// Links in e-mail, and calendars that programs follow.
extension RoutePlans {
    static let mail: [String: [Template]] = [
        "GET /mail/{token}": [.get("/mail/<conversation>"), .get("/mail/AAAA")],
        "POST /mail/{token}": [.form("/mail/<conversation>")],
        "POST /mail/{token}/resumption": [.form("/mail/<conversation>/resumption")],
        "GET /schedule/feeds": [.get("/schedule/feeds")],
        "POST /schedule/feeds": [
            .form("/schedule/feeds", [("source", "location:el-paso")]),
            .form("/schedule/feeds", [("source", "practitioner:elena-alvarez")]),
            .form("/schedule/feeds", [("source", "patient:<patient>")]),
        ],
        "POST /schedule/feeds/{id}/ending": [.form("/schedule/feeds/<nobody>/ending")],
        "GET /calendar/{token}": [.get("/calendar/<appointment>.ics"), .get("/calendar/AAAAAAAAAAAAAAAAAAAAAAAA.ics")],
    ]
}
