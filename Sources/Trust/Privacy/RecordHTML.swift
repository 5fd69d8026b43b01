import JSON
import Kernel
import StudioAPI
import TimeZones
import Web

/// The record as one page that needs nothing else: no script, no picture from elsewhere, its style in itself; it prints.
struct RecordHTML {
    private let copy: RecordCopy
    private let files: RecordFiles
    private let words: RecordWords

    init(_ copy: RecordCopy, files: RecordFiles, words: RecordWords) {
        self.copy = copy
        self.files = files
        self.words = words
    }

    var bytes: [UInt8] {
        let practice = words.configuration.organization?.name ?? ""
        let title = words.text("privacy.record.title")
        let sections = RecordSection.allCases
        var html = """
            <!doctype html>
            <html lang="\(words.language.rawValue)"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escape(title))</title><style>\(Self.style)</style></head><body>
            <header><p>\(escape(practice))</p><h1>\(escape(title))</h1><p class="name">\(escape(name))</p>
            <p>\(escape(words.text("privacy.record.made", ["when": words.moment(copy.madeAt)])))</p>
            <p>\(escape(words.text("privacy.record.about")))</p></header>
            <nav aria-label="\(escape(words.text("privacy.record.contents")))"><ul>
            """
        for section in sections {
            html += "<li><a href=\"#\(section.rawValue)\">\(escape(heading(section)))</a></li>\n"
        }
        html += "</ul></nav><main>\n"
        for section in sections { html += self.section(section) }
        html += "</main></body></html>\n"
        return Array(html.utf8)
    }

    private func escape(_ text: String) -> String { Pages.escape(text) }
    private func heading(_ section: RecordSection) -> String { words.text("privacy.section.\(section.rawValue)") }

    private var name: String {
        let entry = copy.entries(of: "patient").first { $0.id("id") == copy.set.primary.raw }
        return ((entry?.texts("given") ?? []) + [entry?.text("family")].compactMap { $0 }).joined(separator: " ")
    }

    private func section(_ section: RecordSection) -> String {
        let body: String
        switch section {
        case .messages: body = entries(copy.entries.filter { $0.section == section && $0.table != "message" }) + thread
        case .access: body = looks + entries(copy.entries.filter { $0.section == section })
        default: body = entries(copy.entries.filter { $0.section == section })
        }
        let shown = body.isEmpty ? "<p class=\"none\">\(escape(words.text("privacy.record.none")))</p>" : body
        return "<section id=\"\(section.rawValue)\"><h2>\(escape(heading(section)))</h2>\n\(shown)</section>\n"
    }

    // MARK: Entries

    private func entries(_ entries: [ExportedEntry]) -> String { entries.map(entry).joined() }

    private func entry(_ entry: ExportedEntry) -> String {
        let lines = entry.fields.compactMap { line($0, of: entry) }.joined()
        if lines.isEmpty { return "" }
        let table = escape(words.text("privacy.table.\(entry.table)"))
        return "<article><h3>\(table)</h3><dl>\(lines)</dl></article>\n"
    }

    /// Ids and places in queues say nothing to people; they stand in the other files.
    private static let quiet: Set = [
        "placement", "ordinal", "rank", "schema_version", "tz_version", "provider_id", "url", "version", "number",
        "chunks", "body", "region", "declared_type", "choice", "media", "template", "reminder_plan", "code_system",
        "actor_kind", "made_by_kind", "sender_kind", "standing", "accounted", "scope",
    ]

    /// Numbers of a phone have the name that a picture's place has.
    private func isQuiet(_ field: ExportedField, of entry: ExportedEntry) -> Bool {
        if entry.table == "conversation" && field.name == "number" { return false }
        return Self.quiet.contains(field.name)
    }

    private func line(_ field: ExportedField, of entry: ExportedEntry) -> String? {
        if isQuiet(field, of: entry) { return nil }
        let value: String
        switch field.value {
        case .id: return nil
        case .text(let text): value = escape(words.value(entry.table, field.name, text))
        case .texts(let texts):
            value = texts.map { escape(words.value(entry.table, field.name, $0)) }.joined(separator: "<br>")
        case .number(let number): value = String(number)
        case .flag(let flag): value = escape(words.text(flag ? "privacy.yes" : "privacy.no"))
        case .moment(let moment): value = escape(words.moment(moment))
        case .json(let bytes): value = content(bytes)
        case .file(_, let type, let name):
            guard let path = files.name(of: entry) else { return nil }
            value = "<a href=\"\(escape(path))\">\(escape(name ?? type))</a>"
        }
        return "<div><dt>\(escape(words.field(field.name)))</dt><dd>\(value)</dd></div>"
    }

    // MARK: Documents

    private static let hiddenMembers: Set = [
        "resourceType", "id", "meta", "system", "reference", "url", "fullUrl", "extension", "versionId", "contained",
        "text.status", "code", "unitCode", "data",
    ]

    /// Every value of a document that came in, each under the names that the sender gave it.
    private func content(_ bytes: [UInt8]) -> String {
        // What is no JSON is shown as it is.
        guard let value = try? JSONValue(parsing: bytes) else {
            return escape(String(decoding: bytes, as: UTF8.self))
        }
        var lines: [String] = []
        leaves(value, [], into: &lines)
        return lines.isEmpty ? "" : "<ul>\(lines.map { "<li>\($0)</li>" }.joined())</ul>"
    }

    private func leaves(_ value: JSONValue, _ path: [String], into lines: inout [String]) {
        switch value {
        case .object(let object):
            for member in object.members where !Self.hiddenMembers.contains(member.key) {
                leaves(member.value, path + [member.key], into: &lines)
            }
        case .array(let elements): for element in elements { leaves(element, path, into: &lines) }
        case .null: break
        case .string(let text): add(text, path, into: &lines)
        case .bool(let flag): add(words.text(flag ? "privacy.yes" : "privacy.no"), path, into: &lines)
        case .int, .double, .number:
            add(String(decoding: value.encode(), as: UTF8.self), path, into: &lines)
        }
    }

    private func add(_ text: String, _ path: [String], into lines: inout [String]) {
        let plain = text.hasPrefix("<") ? text.replacing(/<[^>]*>/, with: " ") : text
        let names = path.filter { !["coding", "display", "text", "value"].contains($0) }.joined(separator: ", ")
        lines.append("<span>\(escape(names))</span> \(escape(plain))")
    }

    // MARK: Messages

    private var thread: String {
        let pictures = Dictionary(grouping: copy.entries(of: "message_media")) { $0.id("message") ?? 0 }
        return copy.entries(of: "message").map { message in
            let isIncoming = message.text("direction") == "in"
            let who = words.text(isIncoming ? "privacy.record.from-you" : "privacy.record.from-us")
            let when = message.moment("at").map(words.moment) ?? ""
            let state = isIncoming ? "" : " · " + words.value("message", "state", message.text("state") ?? "")
            let links = (pictures[message.id("id") ?? 0] ?? []).compactMap { media in
                files.name(of: media).map {
                    "<a href=\"\(escape($0))\">\(escape(words.text("privacy.record.attachment")))</a>"
                }
            }.joined(separator: " ")
            return """
                <article class="\(isIncoming ? "in" : "out")"><p class="when">\(escape(who + " · " + when + state))</p>
                <p class="said">\(escape(message.text("text") ?? ""))</p>\(links)</article>

                """
        }.joined()
    }

    // MARK: Who looked

    private var looks: String {
        if copy.looks.isEmpty { return "" }
        var rows = ""
        for look in AccessLook.grouped(copy.looks, in: words.zone) {
            let did = look.kinds.map { words.text("trust.own.did.\($0)") }.joined(separator: "; ")
            rows += """
                <tr><td>\(escape(words.day(look.day)))</td><td>\(escape(person(look.actor)))</td>
                <td>\(escape(did))</td><td>\(escape(words.text("trust.own.why.\(look.purpose)")))</td></tr>

                """
        }
        let heads = ["when", "who", "did", "why"].map { "<th>\(escape(words.text("privacy.record.look.\($0)")))</th>" }
        return "<table><thead><tr>\(heads.joined())</tr></thead><tbody>\n\(rows)</tbody></table>\n"
    }

    /// As on the patient's own page: a role, and a name where the practice has decided so.
    private func person(_ actor: Actor) -> String {
        switch actor {
        case .system: return words.text("trust.own.system")
        case .apiKey: return words.text("trust.own.program")
        case .patient: return words.text("trust.own.you")
        case .user(let id):
            guard let member = copy.members[id], !member.roles.isEmpty else { return words.text("trust.own.former") }
            let role = member.roles.map { key in
                words.configuration.roles[key]?.value.names[words.language] ?? words.text("trust.own.staff")
            }.joined(separator: ", ")
            let isNamed = words.configuration.organization?.value.namesStaffToPatients ?? false
            return isNamed ? "\(member.name), \(role)" : role
        }
    }

    private static let style = """
        :root{color-scheme:light dark;--line:#8886;--quiet:#666}
        @media (prefers-color-scheme:dark){:root{--quiet:#aaa}}
        body{font:1rem/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1.5rem 1rem}
        h1{margin:.2rem 0;line-height:1.2}h2{border-bottom:2px solid var(--line);padding-bottom:.2rem;margin-top:2.5rem}
        h3{margin:0 0 .4rem;font-size:1rem}.name{font-size:1.25rem;font-weight:600;margin:.2rem 0}
        nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;padding:0;list-style:none}
        article{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:.7rem 0;break-inside:avoid}
        dl{margin:0;display:grid;gap:.25rem}dl div{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.8rem}
        dt,dd li span,.when,.none{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}dd ul{margin:0;padding-left:1.1rem}
        .said{margin:.2rem 0;white-space:pre-wrap;overflow-wrap:anywhere}.when{margin:0;font-size:.9rem}
        .in{margin-right:15%}.out{margin-left:15%}table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line)}
        @media (max-width:34rem){dl div{grid-template-columns:1fr;gap:0}.in,.out{margin-inline:0}}
        @media print{body{max-width:none;padding:0;font-size:10.5pt}nav{display:none}a{color:inherit}}
        """
}
