import JSON

enum WaitlistJSON {
    static func object(_ pairs: [(String, String)]) -> JSONObject {
        var object = JSONObject()
        for (key, value) in pairs { object[key] = .string(value) }
        return object
    }
}
