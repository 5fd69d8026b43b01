import Kernel

/// Cookies and the languages a browser asks for.
enum Cookie {
    static func parse(_ headers: [String]) -> [String: String] {
        var cookies: [String: String] = [:]
        for header in headers {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let name = parts[0].drop { $0 == " " }
                if cookies[String(name)] == nil { cookies[String(name)] = String(parts[1]) }
            }
        }
        return cookies
    }

    static func language(accepting header: String?) -> Language {
        for part in (header ?? "").split(separator: ",") {
            let tag = part.prefix { $0 != ";" }.drop { $0 == " " }
            if let language = Language(rawValue: tag.prefix(2).lowercased()) { return language }
        }
        return .english
    }
}
