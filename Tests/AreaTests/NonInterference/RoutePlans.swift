import HTTPTypes
import Web

/// What each route of the platform is asked. A route that stands neither here nor in `Declassified.apart` fails a test.
///
/// `<patient>` and the like are filled with ids that the caller may see, with hidden ones and with ones nothing has.
enum RoutePlans {
    static let all: [String: [Template]] = console.merging(people) { $1 }.merging(conversations) { $1 }
        .merging(scheduling) { $1 }.merging(trust) { $1 }.merging(accounts) { $1 }.merging(rights) { $1 }
        .merging(provisioning) { $1 }.merging(referrals) { $1 }.merging(waitlist) { $1 }.merging(setup) { $1 }
        .merging(selfService) { $1 }.merging(mail) { $1 }.merging(zoneChanges) { $1 }
        .merging(arrivals) { $1 }.merging(capacity) { $1 }.merging(bump) { $1 }

    static func key(_ route: Route) -> String { "\(route.method.rawValue) \(route.path)" }

    /// Routes without a plan, and plans without a route.
    static func gaps(_ routes: [Route]) -> [String] {
        let served = Set(routes.map(key))
        let planned = Set(all.keys).union(Declassified.apart.keys)
        return served.symmetricDifference(planned).sorted()
    }

    /// What is typed into a search: what finds hidden people alone, both, and nobody; by each way to find somebody.
    static let words = [
        "", PairStory.hiddenFamily, "Quil", "kwilfether", PairStory.hiddenNumber, PairStory.takenNumber,
        PairStory.hiddenBirthday, "1950", "9285550150", "0150", "h0@people.example", "Delgado", "De", "mari",
        "Maria Delgado", "3035550110", "V-103", "Nobodyatall",
    ]

    private static func searches(_ path: String, _ name: String = "q") -> [Template] {
        words.map { .get("\(path)?\(name)=\($0.replacing(" ", with: "%20"))") }
    }

    private static let day = "date=2026-03-05"

    private static let console: [String: [Template]] = [
        "GET /": [.get("/")],
        "GET /palette": [.get("/palette")] + searches("/palette"),
        "GET /styleguide": [.get("/styleguide")],
        "POST /settings/theme": [.form("/settings/theme", [("theme", "dark"), ("return", "/patients/<patient>")])],
        "POST /settings/language": [
            .form("/settings/language", [("language", "es"), ("return", "/patients/<patient>")])
        ],
        "POST /settings/location": [.form("/settings/location", [("location", "el-paso"), ("return", "/inbox")])],
        "GET /dashboard": [
            .get("/dashboard"), .get("/dashboard?period=today"), .get("/dashboard?period=month"),
            .get("/dashboard?period=month&location=flagstaff"), .get("/dashboard?location=el-paso"),
            .get("/dashboard?location=denver-northside"),
        ],
        "GET /events": [
            "inbound", "open", "first-response", "booked", "confirmed", "arrived", "completed", "resolution", "none",
        ].flatMap { measure in
            [
                .get("/events?measure=\(measure)"), .get("/events?measure=\(measure)&day=2026-03-02"),
                .get("/events?measure=\(measure)&period=month&location=flagstaff"),
            ]
        },
        "GET /api/v1/events": [
            .get("/api/v1/events"), .get("/api/v1/events?limit=7"), .get("/api/v1/events?limit=1000"),
            .get("/api/v1/events?kind=message.received&limit=5"), .get("/api/v1/events?kind=patient.registered"),
            .get("/api/v1/events?kind=appointment.booked"), .get("/api/v1/events?kind=consent.withdrawn"),
            .get("/api/v1/events?kind=patient.linked"), .get("/api/v1/events?patient=<patient>&limit=2"),
        ],
        "GET /api/v1/openapi.json": [.get("/api/v1/openapi.json")],
        "GET /healthz": [.get("/healthz")],
        "GET /.well-known/throughline-signing-keys.json": [.get("/.well-known/throughline-signing-keys.json")],
        "GET /readyz": [.get("/readyz")],
    ]

    private static let person: [(String, String)] = [
        ("given", "Nora"), ("family", "Winter"), ("born", "1971-05-06"), ("language", "en"),
        ("phone", "(303) 555-0199"), ("email", ""),
    ]

    private static let people: [String: [Template]] = [
        "GET /api/v1/patients": searches("/api/v1/patients") + [
            .get("/api/v1/patients?limit=1"), .get("/api/v1/patients?limit=3&q=Delgado"),
            .get("/api/v1/patients?limit=2&q=ma"), .get("/api/v1/patients?limit=20"),
        ],
        "GET /patients": searches("/patients"),
        "GET /api/v1/patients/{id}": [.get("/api/v1/patients/<patient>")],
        "POST /api/v1/patients": [
            .json("/api/v1/patients", #"{"given":["Nora"],"family":"Winter","phones":["3035550198"]}"#),
            .json("/api/v1/patients", #"{"family":"Winter","mrn":"T-4100"}"#),
            // Only somebody hidden has it, and in one world alone.
            .json("/api/v1/patients", #"{"family":"Winter","mrn":"H-7700"}"#),
            .json("/api/v1/patients", #"{"family":"Winter","mrn":"V-103"}"#),
            .json("/api/v1/patients", #"{"family":"Quillfeather","birthDate":"1950-02-03"}"#),
            .json("/api/v1/patients", #"{"family":""}"#),
        ],
        "PATCH /api/v1/patients/{id}": [
            .json("/api/v1/patients/<patient>", #"{"preferredName":"Nono"}"#, .patch),
            .json("/api/v1/patients/<patient>", #"{"birthDate":"soon"}"#, .patch),
        ],
        "POST /api/v1/patients/{id}/contact-points": [
            .json("/api/v1/patients/<patient>/contact-points", #"{"kind":"phone","value":"3035550197"}"#),
            .json("/api/v1/patients/<patient>/contact-points", #"{"kind":"fax","value":"1"}"#),
        ],
        "POST /api/v1/patients/{id}/preferences": [
            .json("/api/v1/patients/<patient>/preferences", #"{"kind":"hours","code":"mornings"}"#)
        ],
        "GET /api/v1/patients/{id}/timeline": [
            .get("/api/v1/patients/<patient>/timeline"), .get("/api/v1/patients/<patient>/timeline?limit=1"),
        ],
        "GET /patients/new": [.get("/patients/new"), .get("/patients/new?q=Quillfeather")],
        // The second is somebody whom only hidden people resemble.
        "POST /patients": [
            .form("/patients", person),
            .form("/patients", [("given", "Zoe"), ("family", "Quillfeather"), ("born", "1950-02-03")]),
            .form(
                "/patients",
                [("given", "Zoe"), ("family", "Summer"), ("born", "1990-01-02"), ("phone", "(928) 555-0150")]),
            .form(
                "/patients",
                [
                    ("given", "Zoe"), ("family", "Summer"), ("born", "1991-02-03"), ("mrn", "T-4100"),
                    ("intent", "seen-0000000000001"),
                ]),
            .form(
                "/patients",
                [
                    ("given", "Zoe"), ("family", "Autumn"), ("born", "1992-03-04"), ("mrn", "H-7700"),
                    ("intent", "seen-0000000000002"),
                ]),
            .form("/patients", [("given", "")]),
        ],
        "GET /patients/record-numbers": [.get("/patients/record-numbers")],
        "GET /patients/{id}": ["", "?tab=timeline", "?tab=visits", "?tab=details", "?tab=documents"].map {
            .get("/patients/<patient>\($0)")
        },
        "GET /patients/{id}/edit": [.get("/patients/<patient>/edit")],
        "POST /patients/{id}": [.form("/patients/<patient>", person + [("version", "1")])],
        "GET /patients/{id}/panel": [.get("/patients/<patient>/panel")],
        "GET /patients/{id}/documents/{document}": [.get("/patients/<patient>/documents/<document>")],
        "GET /patients/{id}/consent": [.get("/patients/<patient>/consent")],
        "POST /patients/{id}/consent": [
            .form(
                "/patients/<patient>/consent",
                [("decision", "given"), ("channel", "sms"), ("purpose", "*"), ("scope", "*"), ("source", "verbal")]),
            .form("/patients/<patient>/consent", [("decision", "perhaps")]),
        ],
        "GET /consent": [.get("/consent")],
        // Labels that a record has already: it stays in reach of those who ask after this.
        "GET /patients/{id}/protection": [.get("/patients/<patient>/protection")],
        "POST /patients/{id}/protection": [.form("/patients/<patient>/protection")],
        "POST /patients/{id}/protection/consent": [
            .form("/patients/<patient>/protection/consent", [("decision", "withdrawn")]),
            .form("/patients/<patient>/protection/consent", [("decision", "given"), ("until", "soon")]),
        ],
        "POST /patients/{id}/protection/care": [
            .form("/patients/<patient>/protection/care", [("user", "<user>"), ("days", "30")]),
            .form("/patients/<patient>/protection/care", [("user", "<user>"), ("end", "yes")]),
        ],
        "GET /patients/{id}/why": [.get("/patients/<patient>/why")],
    ]
}
