import HTTPTypes
import Web

/// Referrals, orders and results.
extension RoutePlans {
    private static func step(_ fields: [(String, String)]) -> Template { .form("/referrals/<referral>/steps", fields) }
    private static let lists = [
        "", "?show=overdue", "?show=contacting", "?show=closed", "?kind=outbound", "?show=open&whose=mine",
    ]

    static let referrals: [String: [Template]] = [
        "GET /referrals": lists.map { .get("/referrals\($0)") } + [
            .get("/referrals?line=orthopaedics"), .get("/referrals?fate=waiting&since=2020-01-01"),
        ],
        "GET /referrals/leakage": [.get("/referrals/leakage"), .get("/referrals/leakage?days=30")],
        "GET /referrals/new": [
            .get("/referrals/new"), .get("/referrals/new?q=Quillfeather"), .get("/referrals/new?patient=<patient>"),
        ],
        "POST /referrals": [
            .form("/referrals", [("patient", "<patient>"), ("kind", "inbound"), ("serviceLine", "orthopaedics")]),
            .form("/referrals", [("patient", "<patient>"), ("kind", "")]),
        ],
        "GET /referrals/{id}": [.get("/referrals/<referral>")],
        "POST /referrals/{id}/steps": [
            step([("step", "")]), step([("step", "attempt"), ("channel", "phone"), ("outcome", "no-answer")]),
            step([("step", "close"), ("outcome", "unreachable")]), step([("step", "acknowledge")]),
        ],
        "POST /referrals/{id}/owner": [
            .form("/referrals/<referral>/owner", [("owner", "<user>")]),
            .form("/referrals/<referral>/owner", [("owner", "")]),
        ],
        "POST /referrals/{id}/description": [
            .form("/referrals/<referral>/description", [("priority", "urgent")]),
            .form("/referrals/<referral>/description", [("expiresOn", "soon")]),
        ],
        "GET /referrals/{id}/documents/{document}": [.get("/referrals/<referral>/documents/<document>")],
        "GET /api/v1/referrals": [
            .get("/api/v1/referrals"), .get("/api/v1/referrals?limit=1"), .get("/api/v1/referrals?show=overdue"),
            .get("/api/v1/referrals?owner=<user>"),
        ],
        "POST /api/v1/referrals": [
            .json(
                "/api/v1/referrals", #"{"patient":"<patient>","kind":"inbound","serviceLine":"orthopaedics"}"#),
            .json("/api/v1/referrals", #"{"patient":"<patient>","kind":"order"}"#),
        ],
        "GET /api/v1/referrals/{id}": [.get("/api/v1/referrals/<referral>")],
        "POST /api/v1/referrals/{id}/steps": [
            .json("/api/v1/referrals/<referral>/steps", #"{"step":"accept"}"#),
            .json("/api/v1/referrals/<referral>/steps", #"{"step":"fly"}"#),
        ],
        "POST /api/v1/referrals/{id}/owner": [
            .json("/api/v1/referrals/<referral>/owner", #"{"owner":"<user>"}"#)
        ],
        "POST /api/v1/referrals/{id}/description": [
            .json("/api/v1/referrals/<referral>/description", #"{"priority":"urgent"}"#)
        ],
        "POST /api/v1/referrals/{id}/documents": [
            .json("/api/v1/referrals/<referral>/documents", #"{"no":"file"}"#)
        ],
        "POST /fhir/ServiceRequest": [
            .json(
                "/fhir/ServiceRequest",
                #"{"resourceType":"ServiceRequest","status":"active","identifier":[{"value":"<patient>"}],"#
                    + #""code":{"text":"MRI"},"subject":{"reference":"Patient/<patient>"}}"#),
            .json("/fhir/ServiceRequest", #"{"resourceType":"ServiceRequest","status":"new"}"#),
        ],
    ]
}
