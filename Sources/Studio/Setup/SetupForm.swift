import Kernel
import StudioAPI
import Web

/// The form of one definition as a view.
struct SetupForm {
    let kind: SetupKind
    let words: SetupWords
    let state: FormState
    let told: SetupPlaces.Told

    init(_ kind: SetupKind, _ state: FormState, _ words: SetupWords, told: SetupPlaces.Told = .init()) {
        self.kind = kind
        self.state = state
        self.words = words
        self.told = told
    }

    var sections: [View] {
        kind.fields.map { section in
            let hasWeek = section.fields.contains { $0.name == "templates" }
            let help = "s.\(section.text).help"
            return View([
                "id": .text("s-" + section.text.replacing(".", with: "-")),
                "title": .text(words.text("s.\(section.text)")),
                "help": .optional(words.has(help) ? words.text(help) : nil),
                "week": .optional(hasWeek ? week : nil), "fields": .views(section.fields.map { field($0, $0.name) }),
            ])
        }
    }

    // MARK: A field

    private func field(_ field: SetupField, _ path: String) -> View {
        let help = "f.\(field.text).help"
        let wrong = told.wrong[path]?.joined(separator: " ")
        let warned = told.warned[path]?.joined(separator: " ")
        let hasHelp = words.has(help)
        let id = FormTree.id(path)
        var described: [String] = []
        if hasHelp { described.append(id + "-help") }
        if wrong != nil { described.append(id + "-wrong") }
        if warned != nil { described.append(id + "-warned") }
        var view = View([
            "id": .text(id), "name": .text(path), "label": .text(words.text("f.\(field.text)")),
            "help": .optional(hasHelp ? words.text(help) : nil), "wrong": .optional(wrong),
            "warned": .optional(warned),
            "described": .optional(described.isEmpty ? nil : described.joined(separator: " ")),
            "optional": .flag(field.isOptional), "value": .text(state[path]),
        ])
        switch field.control {
        case .text(let limit): input(&view, type: "text", limit: limit)
        case .hours: input(&view, type: "text", limit: 200, example: words.text("form.hours.example"))
        case .words: input(&view, type: "text", limit: 1_000, example: words.text("form.words.example"))
        case .clock: input(&view, type: "text", limit: 5, example: words.text("form.clock.example"), isShort: true)
        case .date: input(&view, type: "date", limit: 10, isShort: true)
        case .number(let unit):
            input(&view, type: "text", limit: 9, isShort: true)
            view["numeric"] = true
            view["unit"] = .text(words.text("unit.\(unit.rawValue)"))
        case .prose, .lines: view["isArea"] = true
        case .span(let days): span(&view, path, days: days)
        case .stretch: stretch(&view, path)
        case .flag, .part:
            view["isFlag"] = true
            view["chosen"] = .flag(!state.all(path).isEmpty)
        case .choice(let source): choice(&view, source, field, path)
        case .choices(let source):
            view["isChecks"] = true
            view["options"] = .views(options(source, chosen: state.all(path)))
            view["isMany"] = .flag(words.options(source).count > 4)
        case .localized(let limit, let isLong):
            view["isPair"] = true
            view["texts"] = .views(texts(path, limit, isLong))
        case .rows(let rows): self.rows(&view, rows, field, path)
        case .hidden: view["isHidden"] = true
        }
        return view
    }

    private func input(
        _ view: inout View, type: String, limit: Int, example: String? = nil, isShort: Bool = false
    ) {
        view["isInput"] = true
        view["type"] = .text(type)
        view["limit"] = .number(limit)
        view["example"] = .optional(example)
        view["short"] = .flag(isShort)
    }

    private func span(_ view: inout View, _ path: String, days: Bool) {
        let chosen = state[path + "~unit"].isEmpty ? "minutes" : state[path + "~unit"]
        let units = (days ? ["minutes", "hours", "days"] : ["minutes", "hours"]).map { unit in
            View([
                "value": .text(unit), "label": .text(words.text("unit.\(unit)")), "chosen": .flag(unit == chosen),
            ])
        }
        view["isSpan"] = true
        view["units"] = .views(units)
        view["unitLabel"] = .text(words.text("form.unit"))
    }

    private func stretch(_ view: inout View, _ path: String) {
        view["isStretch"] = true
        view["from"] = .text(state[path + "~from"])
        view["to"] = .text(state[path + "~to"])
        view["example"] = .text(words.text("form.clock.example"))
    }

    private func choice(_ view: inout View, _ source: SetupField.Source, _ field: SetupField, _ path: String) {
        var options = options(source, chosen: state[path].isEmpty ? [] : [state[path]])
        if field.isOptional || state[path].isEmpty {
            let none = "f.\(field.text).none"
            let label = words.text(field.isOptional && words.has(none) ? none : "form.choose")
            options.insert(
                View(["value": "", "label": .text(label), "chosen": .flag(state[path].isEmpty)]), at: 0)
        }
        view["isSelect"] = true
        view["options"] = .views(options)
    }

    /// Those to choose from, and what was chosen and is not there any more.
    private func options(_ source: SetupField.Source, chosen: [String]) -> [View] {
        let known = words.options(source)
        return (known + chosen.filter { !known.contains($0) }).map { value in
            View([
                "value": .text(value), "label": .text(words.label(value, source)),
                "chosen": .flag(chosen.contains(value)),
            ])
        }
    }

    private func texts(_ path: String, _ limit: Int, _ isLong: Bool) -> [View] {
        ["en", "es"].map { language in
            let name = "\(path).\(language)"
            return View([
                "id": .text(FormTree.id(name)), "name": .text(name), "language": .text(language),
                "label": .text(words.text("form.language.\(language)")), "value": .text(state[name]),
                "limit": .number(limit), "isLong": .flag(isLong),
                "wrong": .optional(told.wrong[name]?.joined(separator: " ")),
            ])
        }
    }

    // MARK: Rows

    private func rows(_ view: inout View, _ rows: SetupRows, _ field: SetupField, _ path: String) {
        let count = state.count(path)
        view["isRows"] = true
        view["count"] = .number(count)
        view["countName"] = .text(path + "~count")
        view["add"] = .text("add:\(path)")
        view["addLabel"] = .text(words.text("f.\(field.text).add"))
        view["mayAdd"] = .flag(count < rows.atMost)
        view["none"] = .optional(count == 0 ? words.text("f.\(field.text).none") : nil)
        view["rows"] = .views((0..<count).map { row(rows, field, path, $0) })
    }

    private func row(_ rows: SetupRows, _ field: SetupField, _ path: String, _ index: Int) -> View {
        let row = "\(path)[\(index)]"
        let isNew = !state[row + "~new"].isEmpty
        let summary = words.summary(rows, row, state)
        let hasFindings = (Array(told.wrong.keys) + Array(told.warned.keys)).contains {
            $0 == row || $0.hasPrefix(row + ".")
        }
        return View([
            "id": .text(FormTree.id(row)), "title": .text(words.text("f.\(field.text).row", ["n": String(index + 1)])),
            "summary": .text(summary), "isFolded": .flag(rows.isFolded), "open": .flag(isNew || hasFindings),
            "wasName": .text(row + "~was"), "was": .text(state[row + "~was"]), "newName": .text(row + "~new"),
            "new": .text(state[row + "~new"]), "remove": .text("remove:\(path):\(index)"),
            "removeLabel": .text(words.text("form.remove")),
            "up": .optional(rows.isOrdered && index > 0 ? "up:\(path):\(index)" : nil),
            "anchor": .text("#" + FormTree.id(path)),
            "wrong": .optional(told.wrong[row]?.joined(separator: " ")),
            "warned": .optional(told.warned[row]?.joined(separator: " ")),
            "fields": .views(rows.fields.map { self.field($0, "\(row).\($0.name)") }),
        ])
    }

    // MARK: The week

    /// The blocks of a practitioner day by day, each leading to its row.
    private var week: View {
        let days = Weekday.allCases.map { day -> View in
            let blocks = (0..<state.count("templates")).filter {
                state.all("templates[\($0)].weekdays").contains(day.rawValue)
            }.sorted { state["templates[\($0)].from"] < state["templates[\($1)].from"] }
            return View([
                "name": .text(words.text("code.weekday.\(day.rawValue)")),
                "add": .text("add:templates:\(day.rawValue)"),
                "addLabel": .text(words.text("week.add", ["day": words.text("code.weekday.\(day.rawValue)")])),
                "blocks": .views(blocks.map(block)), "isFree": .flag(blocks.isEmpty),
            ])
        }
        return View(["days": .views(days)])
    }

    private func block(_ index: Int) -> View {
        let row = "templates[\(index)]"
        let types = state.all(row + ".visitTypes")
        let place = state[row + ".location"]
        let weeks = state[row + ".everyWeeks"]
        return View([
            "href": .text("#" + FormTree.id(row)),
            "time": .text("\(state[row + ".from"])–\(state[row + ".to"])"),
            "place": .text(place.isEmpty ? words.text("form.choose") : words.label(place, .locations)),
            "types": .optional(types.isEmpty ? nil : words.count("week.types", types.count)),
            "weeks": .optional(["", "0", "1"].contains(weeks) ? nil : words.text("week.every", ["n": weeks])),
        ])
    }
}
