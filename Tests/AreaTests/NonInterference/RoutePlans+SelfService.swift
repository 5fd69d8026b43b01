import HTTPTypes
import Web

/// What patients do themselves by links, and what anybody books in public.
extension RoutePlans {
    static let selfService: [String: [Template]] = [
        "GET /v/{token}": [.get("/v/<appointment>")],
        "GET /v/{token}/times": [.get("/v/<appointment>/times")],
        "GET /v/{token}/move": [.get("/v/<appointment>/move")],
        "GET /v/{token}/checkin": [.get("/v/<appointment>/checkin")],
        "POST /v/{token}/confirmation": [.form("/v/<appointment>/confirmation")],
        "POST /v/{token}/cancellation": [.form("/v/<appointment>/cancellation", [("reason", "sick")])],
        "POST /v/{token}/hold": [.form("/v/<appointment>/hold", [("slot", "a~b~c~2026-03-05T09:00")])],
        "POST /v/{token}/move": [.form("/v/<appointment>/move", [("hold", "0000000000001")])],
        "POST /v/{token}/waiting": [.form("/v/<appointment>/waiting")],
        "POST /v/{token}/lateness": [.form("/v/<appointment>/lateness", [("minutes", "10")])],
        "POST /v/{token}/checkin": [.form("/v/<appointment>/checkin", [("later", "yes")])],
        "POST /v/{token}/arrival": [.form("/v/<appointment>/arrival")],
        "GET /book": [
            .get("/book"), .get("/book?type=annual-physical&from=2026-03-05"),
            .get("/book?type=annual-physical&practitioner=elena-alvarez&from=2026-03-05&at=09:00"),
        ],
        "GET /book/{place}": [.get("/book/denver-northside"), .get("/book/nowhere")],
        "POST /book/holds": [.form("/book/holds", [("slot", "none")])],
        "GET /book/steps/{token}": [.get("/book/steps/<appointment>")],
        "POST /book/steps/{token}/person": [.form("/book/steps/<appointment>/person", [("given", "Maria")])],
        "POST /book/steps/{token}/code": [.form("/book/steps/<appointment>/code", [("code", "123456")])],
        "POST /book/steps/{token}/release": [.form("/book/steps/<appointment>/release")],
        "GET /patients/look-alikes": [.get("/patients/look-alikes")],
        "POST /patients/look-alikes/settlement": [
            .form("/patients/look-alikes/settlement", [("patient", "<patient>"), ("other", "<patient>")])
        ],
    ]
}
