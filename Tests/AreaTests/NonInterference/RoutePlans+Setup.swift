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
