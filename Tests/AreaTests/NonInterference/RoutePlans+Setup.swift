import HTTPTypes
import Web

/// The scheduling rules, which know no patients.
extension RoutePlans {
    private static func kind(_ path: String, _ key: String) -> [String: [Template]] {
        [
            "GET \(path)": [.get(path)], "GET \(path)/new": [.get("\(path)/new")],
            "POST \(path)": [.form(path, [("do", "check")]), .form(path, [("do", "edit")])],
            "GET \(path)/{key}": [.get("\(path)/\(key)"), .get("\(path)/nothing")],
            "POST \(path)/{key}": [
                .form("\(path)/\(key)", [("do", "check"), ("version", "1")]),
                .form("\(path)/\(key)", [("do", "publish")]),
            ],
            "GET \(path)/{key}/retirement": [.get("\(path)/\(key)/retirement"), .get("\(path)/nothing/retirement")],
            // Nothing is retired by these.
            "POST \(path)/{key}/retirement": [
                .form("\(path)/\(key)/retirement", [("version", "1")]),
                .form("\(path)/\(key)/retirement", [("version", "0"), ("reason", "Sold")]),
                .form("\(path)/nothing/retirement", [("version", "1"), ("reason", "Sold")]),
            ],
        ]
    }

    private static func policy(_ path: String) -> [String: [Template]] {
        ["GET \(path)": [.get(path)], "POST \(path)": [.form(path, [("do", "check"), ("version", "1")])]]
    }

    static let setup: [String: [Template]] = [
        kind("/setup/visit-types", "annual-physical"), kind("/setup/practitioners", "elena-alvarez"),
        kind("/setup/resources", "interpreter-navajo"), kind("/setup/locations", "flagstaff"),
        policy("/setup/waitlist"), policy("/setup/referrals"),
    ].reduce(into: ["GET /setup": [.get("/setup")]]) { $0.merge($1) { $1 } }
}
