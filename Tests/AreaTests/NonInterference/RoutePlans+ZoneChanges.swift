import Web

/// Visits that new time zone data gave another moment.
extension RoutePlans {
    static let zoneChanges: [String: [Template]] = [
        "GET /schedule/zone-changes": [.get("/schedule/zone-changes")],
        "POST /schedule/zone-changes/{id}/telling": [.form("/schedule/zone-changes/<appointment>/telling")],
    ]
}
