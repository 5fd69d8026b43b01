import StudioAPI

/// Where in a form the place of a finding is.
struct SetupPlaces {
    /// Paths that have an element of their own: controls, lists and rows, in the form's order.
    private let paths: [String]
    private let known: Set<String>
    /// The key of the words of each, and for a row its number.
    private let texts: [String: (text: String, row: Int?)]

    init(_ fields: [SetupField], _ state: FormState) {
        var paths: [String] = []
        var texts: [String: (text: String, row: Int?)] = [:]
        func add(_ fields: [SetupField], _ prefix: String) {
            for field in fields {
                let path = prefix + field.name
                if case .hidden = field.control { continue }
                paths.append(path)
                texts[path] = (field.text, nil)
                if case .localized = field.control {
                    for part in [path + ".en", path + ".es"] {
                        paths.append(part)
                        texts[part] = (field.text, nil)
                    }
                }
                guard let rows = field.rows else { continue }
                for index in 0..<state.count(path) {
                    paths.append("\(path)[\(index)]")
                    texts["\(path)[\(index)]"] = (field.text, index)
                    add(rows.fields, "\(path)[\(index)].")
                }
            }
        }
        add(fields, "")
        self.paths = paths
        self.texts = texts
        known = Set(paths)
    }

    /// The nearest path with an element; nil: it is about the whole.
    func path(of place: String) -> String? {
        var place = place
        while !place.isEmpty {
            if known.contains(place) { return place }
            if let inner = paths.first(where: { $0.hasPrefix(place + ".") }) { return inner }
            if place.last == "]", let open = place.lastIndex(of: "[") {
                place = String(place[..<open])
            } else if let dot = place.lastIndex(of: ".") {
                place = String(place[..<dot])
            } else {
                return nil
            }
        }
        return nil
    }

    /// What the form calls a path: of what is within a row, both.
    func label(_ path: String, _ words: SetupWords) -> String? {
        guard let (text, row) = texts[path] else { return nil }
        let own = row.map { words.text("f.\(text).row", ["n": String($0 + 1)]) } ?? words.text("f.\(text)")
        let list = row == nil ? path[...] : path[..<(path.lastIndex(of: "[") ?? path.endIndex)]
        guard let end = list.lastIndex(of: "]"), let outer = label(String(list[...end]), words) else { return own }
        return "\(outer), \(own)"
    }

    /// What stands beside the fields: errors and warnings in words, by path. Those without a place stand under "".
    struct Told {
        var wrong: [String: [String]] = [:]
        var warned: [String: [String]] = [:]

        var isEmpty: Bool { wrong.isEmpty && warned.isEmpty }
    }
}
