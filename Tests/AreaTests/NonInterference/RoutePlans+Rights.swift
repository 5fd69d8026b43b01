import HTTPTypes
import Web

/// What patients ask for, who acts for them and what is kept of them; and accounts, which know no patients but for the
/// work in their hands.
extension RoutePlans {
    private static let day = "2026-03-02"

    private static func disclosure(_ path: String) -> Template {
        .form(
            path,
            [
                ("on", day), ("recipient", "County Health Office"), ("basis", "public-health"), ("what", "A report"),
                ("why", "A case of measles"),
            ])
    }

    private static func request(_ patient: String, _ text: String) -> Template {
        .form(
            "/privacy/requests",
            [
                ("patient", patient), ("kind", "access"), ("law", "hipaa"), ("received", day), ("channel", "letter"),
                ("asker", "patient"), ("text", text), ("identity", "Known here."),
            ])
    }

    private static func step(_ name: String, _ fields: [(String, String)]) -> Template {
        .form("/privacy/requests/<request>/\(name)", fields)
    }

    static let rights: [String: [Template]] = [
        "GET /patients/{id}/proxies": [.get("/patients/<patient>/proxies")],
        "POST /patients/{id}/proxies": [
            .form(
                "/patients/<patient>/proxies",
                [("name", "Pia Vance"), ("basis", "chosen"), ("access", "limited"), ("from", day)]),
            .form("/patients/<patient>/proxies", [("name", ""), ("basis", "chosen"), ("from", day)]),
            // Whose own record it is may be out of reach.
            .form(
                "/patients/<patient>/proxies",
                [("person", "<person>"), ("basis", "chosen"), ("access", "full"), ("from", day)]),
        ],
        "POST /patients/{id}/proxies/{proxy}/custody": [
            .form("/patients/<patient>/proxies/<proxy>/custody", [("custody", "joint"), ("from", day)]),
            .form("/patients/<patient>/proxies/<proxy>/custody"),
        ],
        "POST /patients/{id}/proxies/{proxy}/end": [
            .form("/patients/<patient>/proxies/<proxy>/end", [("reason", "")]),
            .form("/patients/<patient>/proxies/<proxy>/end", [("reason", "He has moved away.")]),
        ],
        "GET /api/v1/patients/{id}/proxies": [.get("/api/v1/patients/<patient>/proxies")],
        "POST /api/v1/patients/{id}/proxies": [
            .json(
                "/api/v1/patients/<patient>/proxies",
                #"{"name":"Pia Vance","basis":"chosen","access":"limited","from":"2026-03-02"}"#),
            .json(
                "/api/v1/patients/<patient>/proxies",
                #"{"person":"<person>","basis":"chosen","from":"2026-03-02"}"#),
            .json("/api/v1/patients/<patient>/proxies", #"{"basis":"cousin"}"#),
        ],
        "GET /legal-holds": [
            .get("/legal-holds"), .get("/legal-holds?patient=<patient>"), .get("/legal-holds?q=Quillfeather"),
            .get("/legal-holds?q=ma"),
        ],
        "POST /legal-holds": [
            .form("/legal-holds", [("patient", "<patient>"), ("matter", "Case 3"), ("reason", "A claim is likely.")]),
            .form("/legal-holds", [("patient", "<patient>"), ("matter", ""), ("reason", "")]),
            .form("/legal-holds", [("patient", "x")]),
        ],
        "POST /legal-holds/{id}/release": [
            .form("/legal-holds/<legalhold>/release", [("note", "")]),
            .form("/legal-holds/<legalhold>/release", [("note", "The claim was settled.")]),
        ],
        "GET /retention": [.get("/retention")],
        "POST /retention/{id}/decision": [
            .form("/retention/<item>/decision", [("decision", "perhaps")]),
            .form("/retention/<item>/decision", [("decision", "keep"), ("years", "50")]),
            .form("/retention/<item>/decision", [("decision", "keep"), ("years", "2")]),
            .form("/retention/<item>/decision", [("decision", "dispose")]),
        ],
        "GET /privacy/requests": ["", "?show=overdue", "?show=mine", "?show=closed", "?show=all", "?kind=access"].map {
            .get("/privacy/requests\($0)")
        },
        "GET /privacy/requests/new": [
            .get("/privacy/requests/new"), .get("/privacy/requests/new?patient=<patient>"),
        ],
        "POST /privacy/requests": [
            request("<patient>", "My record."), request("<patient>", ""), request("x", "My record."),
        ],
        "GET /privacy/requests/{id}": [.get("/privacy/requests/<request>")],
        "POST /privacy/requests/{id}/assignment": [
            step("assignment", [("assigned", "<user>")]), step("assignment", [("assigned", "")]),
        ],
        "POST /privacy/requests/{id}/extension": [
            step("extension", [("reason", "")]), step("extension", [("reason", "The archive is far away.")]),
        ],
        "POST /privacy/requests/{id}/decision": [
            step("decision", [("decision", "refused"), ("reason", "")]),
            step("decision", [("decision", "refused"), ("reason", "It was given already.")]),
        ],
        "POST /privacy/requests/{id}/disagreement": [
            step("disagreement", [("statement", "")]), step("disagreement", [("statement", "It was not.")]),
        ],
        "POST /privacy/requests/{id}/record": [step("record", [("language", "en")])],
        "GET /privacy/requests/{id}/erasure": [.get("/privacy/requests/<request>/erasure")],
        "POST /privacy/requests/{id}/erasure": [step("erasure", [("number", "")]), step("erasure", [("number", "x")])],
        "GET /privacy/requests/{id}/certificate": [.get("/privacy/requests/<request>/certificate")],
        "GET /privacy/patients/{id}": [.get("/privacy/patients/<patient>")],
        "POST /privacy/patients/{id}/restrictions": [
            .form(
                "/privacy/patients/<patient>/restrictions", [("restriction", "payer"), ("whom", "Blue Mesa Health")]),
            .form("/privacy/patients/<patient>/restrictions", [("restriction", "payer"), ("whom", "")]),
            .form(
                "/privacy/patients/<patient>/restrictions",
                [("restriction", "person"), ("whom", "Otto Vance"), ("request", "<request>")]),
        ],
        "POST /privacy/patients/{id}/restrictions/{restriction}/ending": [
            .form("/privacy/patients/<patient>/restrictions/<restriction>/ending")
        ],
        "POST /privacy/patients/{id}/disclosures": [
            disclosure("/privacy/patients/<patient>/disclosures"),
            .form("/privacy/patients/<patient>/disclosures", [("basis", "mistake")]),
        ],
        "POST /privacy/patients/{id}/disclosed-record": [
            disclosure("/privacy/patients/<patient>/disclosed-record")
        ],
    ]

    static let accounts: [String: [Template]] = [
        "GET /session/provider": [.get("/session/provider?return=/patients/<patient>")],
        "GET /session/provider/callback": [.get("/session/provider/callback?state=x&code=y")],
        "POST /session/passkey/challenge": [.form("/session/passkey/challenge")],
        "POST /session/passkey": [.form("/session/passkey", [("credential", "x"), ("return", "/patients/<patient>")])],
        "GET /account/confirmation/provider": [.get("/account/confirmation/provider")],
        "POST /account/provider/removal": [.form("/account/provider/removal")],
        "GET /account/second-step/passkeys": [.get("/account/second-step/passkeys")],
        "POST /account/second-step/passkeys": [.form("/account/second-step/passkeys", [("name", "A key")])],
        "POST /account/second-step/passkeys/confirmation": [
            .form("/account/second-step/passkeys/confirmation", [("password", "x")], slow: true)
        ],
        "POST /account/second-step/passkeys/{id}/name": [
            .form("/account/second-step/passkeys/<passkey>/name", [("name", "Another")])
        ],
        "POST /account/second-step/passkeys/{id}/removal": [.form("/account/second-step/passkeys/<passkey>/removal")],
        "GET /invitations/{token}": [.get("/invitations/<patient>")],
        "POST /invitations/{token}": [.form("/invitations/<patient>", [("password", "x"), ("again", "x")])],
        // What is open goes with whoever leaves, also what the caller does not see; so these change nothing here.
        "POST /users/{id}/work": [
            .form("/users/<nobody>/work", [("to", "own")]), .form("/users/<user>/work", [("to", "team:none")]),
            .form("/users/<user>/work", [("to", "")]),
        ],
        "POST /users/{id}/access": [
            .form("/users/<user>/access", [("name", ""), ("version", "1")]), .form("/users/<nobody>/access"),
        ],
        "POST /users/{id}/invitation": [.form("/users/<user>/invitation")],
        "GET /keys": [.get("/keys")],
        "GET /keys/new": [.get("/keys/new")],
        "GET /keys/{id}": [.get("/keys/<key>")],
        "POST /keys/{id}/rotation": [
            .form("/keys/<key>/rotation", [("overlap", "24"), ("days", "90")]),
            .form("/keys/<key>/rotation", [("overlap", "7")]),
        ],
        "GET /roles": [.get("/roles")],
        "GET /roles/new": [.get("/roles/new")],
        "GET /roles/{key}": [.get("/roles/front-desk"), .get("/roles/nothing")],
        "POST /roles": [.form("/roles", [("key", "")])],
        "POST /roles/{key}": [.form("/roles/nothing", [("name-en", "")])],
        "POST /roles/{key}/blueprint": [.form("/roles/front-desk/blueprint")],
        "GET /access-review": [.get("/access-review")],
        "GET /access-review/export": [.get("/access-review/export")],
        "GET /access-review/{id}": [.get("/access-review/<review>")],
        "GET /access-review/{id}/export": [.get("/access-review/<review>/export")],
        "POST /access-review": [
            .form("/access-review", [("name", "")]),
            .form("/access-review", [("name", "Spring"), ("due", "2026-04-01")]),
        ],
        "POST /access-review/{id}/decision": [.form("/access-review/<review>/decision", [("decision", "keep")])],
        "POST /access-review/{id}/completion": [.form("/access-review/<review>/completion")],
    ]

    private static let scim = "/scim/v2"
    private static let search =
        #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"count":5}"#

    static let provisioning: [String: [Template]] = [
        "GET /scim/v2/ServiceProviderConfig": [.get("\(scim)/ServiceProviderConfig")],
        "GET /scim/v2/ResourceTypes": [.get("\(scim)/ResourceTypes")],
        "GET /scim/v2/ResourceTypes/{id}": [
            .get("\(scim)/ResourceTypes/User"), .get("\(scim)/ResourceTypes/<patient>"),
        ],
        "GET /scim/v2/Schemas": [.get("\(scim)/Schemas")],
        "GET /scim/v2/Schemas/{id}": [.get("\(scim)/Schemas/<patient>")],
        "GET /scim/v2/Users": [.get("\(scim)/Users"), .get("\(scim)/Users?count=2&startIndex=2")],
        "GET /scim/v2/Users/{id}": [.get("\(scim)/Users/<user>"), .get("\(scim)/Users/<patient>")],
        "POST /scim/v2/Users/.search": [.json("\(scim)/Users/.search", search)],
        "GET /scim/v2/Groups": [.get("\(scim)/Groups"), .get("\(scim)/Groups?count=2")],
        "GET /scim/v2/Groups/{id}": [.get("\(scim)/Groups/<patient>"), .get("\(scim)/Groups/role:front-desk")],
        "POST /scim/v2/Groups/.search": [.json("\(scim)/Groups/.search", search)],
    ]
}
