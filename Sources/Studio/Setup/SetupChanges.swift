import StudioAPI

/// What is other in one version of a definition than in another, field by field.
struct SetupChanges {
    struct Change: Sendable, Equatable {
        let label: String
        /// Empty: nothing stood there.
        let was: String
        let now: String
    }

    let changes: [Change]

    init(_ old: FormTree, _ new: FormTree, _ kind: SetupKind, _ words: SetupWords) {
        let fields = kind.allFields
        let (before, after) = (FormState(old, fields), FormState(new, fields))
        var changes: [Change] = []
        for section in kind.fields {
            let title = words.text("s.\(section.text)")
            for field in section.fields {
                if let rows = field.rows {
                    changes += Self.rows(rows, field, before, after, words)
                } else if old[field.name] != new[field.name] {
                    let (was, now) = (
                        words.shown(field, field.name, before), words.shown(field, field.name, after)
                    )
                    if was != now {
                        changes.append(
                            Change(label: "\(title): \(words.text("f.\(field.text)"))", was: was, now: now))
                    }
                }
            }
        }
        self.changes = changes
    }

    /// With as many rows as before, those that changed place by place; else what went and what came.
    private static func rows(
        _ rows: SetupRows, _ field: SetupField, _ before: FormState, _ after: FormState, _ words: SetupWords
    ) -> [Change] {
        let title = words.text("f.\(field.text)")
        let old = (0..<before.count(field.name)).map { words.whole(rows, "\(field.name)[\($0)]", before) }
        let new = (0..<after.count(field.name)).map { words.whole(rows, "\(field.name)[\($0)]", after) }
        if old == new { return [] }
        if old.count == new.count {
            return zip(old, new).enumerated().filter { $0.element.0 != $0.element.1 }.map { index, pair in
                Change(label: "\(title) \(index + 1)", was: pair.0, now: pair.1)
            }
        }
        var left = new
        var gone: [String] = []
        for row in old {
            if let place = left.firstIndex(of: row) { left.remove(at: place) } else { gone.append(row) }
        }
        return gone.map { Change(label: title, was: $0, now: "") } + left.map { Change(label: title, was: "", now: $0) }
    }
}
