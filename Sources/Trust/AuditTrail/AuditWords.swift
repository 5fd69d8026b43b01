import Kernel
import PeopleAPI
import Web

/// A record of the trail in plain words.
struct AuditWords {
    let words: TrustWords
    let names: [ID<User>: StaffName]
    /// The commands among the runs.
    var commands: [Int64: AuditTrailStore.TypedCommand] = [:]

    func who(_ actor: Actor) -> String {
        switch actor {
        case .user(let id): names[id].map(\.name).flatMap { $0.isEmpty ? nil : $0 } ?? words.text("trust.audit.former")
        case .apiKey(let id): words.text("trust.audit.program", ["id": id.text])
        case .patient(let id): words.text("trust.audit.patient", ["id": id.text])
        case .system(let id):
            commands[id.raw].map {
                words.text(
                    "trust.audit.command", ["what": words.code("trust.audit.command", $0.name), "by": $0.account])
            }
                ?? words.text("trust.audit.run", ["id": id.text])
        }
    }

    /// Whom or what it concerned; nil: nobody in particular.
    func what(_ line: AuditTrailStore.Line) -> String? {
        if let kind = line.subjectKind, let subject = line.subject {
            let key = kind == "patient" ? "trust.audit.patient" : "trust.audit.subject.\(kind)"
            return words.text(key, ["id": Crockford.encode(subject)])
        }
        if line.setCount > 0 {
            return words.request.pages.catalogue.count("trust.audit.set", words.request.language, line.setCount)
        }
        return nil
    }

    /// For which purpose, from where, and why not if it was refused.
    func why(_ line: AuditTrailStore.Line) -> String {
        [
            words.text("trust.purpose.\(line.purpose)"), words.code("trust.audit.origin", line.origin),
            line.reason.map { words.code("trust.audit.reason", $0) },
        ].compactMap { $0 }.joined(separator: ", ")
    }

    /// The whole line as one sentence.
    func sentence(_ line: AuditTrailStore.Line) -> String {
        let act = words.action(line.action)
        var values = ["who": who(line.actor), "act": act.prefix(1).lowercased() + act.dropFirst(), "why": why(line)]
        values["outcome"] = words.text("trust.state.\(line.outcome)")
        guard let what = what(line) else { return words.text("trust.audit.sentence.nobody", values) }
        values["what"] = what
        return words.text("trust.audit.sentence", values)
    }

    func view(_ line: AuditTrailStore.Line) -> View {
        var view = View([
            "when": .text(words.moment(line.recordedAt)), "stamp": .text(line.recordedAt.iso8601),
            "who": .text(who(line.actor)), "act": .text(words.action(line.action)), "why": .text(why(line)),
            "outcome": .view(words.state(line.outcome)), "what": .text(what(line) ?? ""),
        ])
        view["remote"] = .optional(
            line.remote.map { remote in
                View(["href": .text("/audit?remote=" + FormFields.encode(remote)), "label": .text(remote)])
            })
        if line.subjectKind == "patient", let subject = line.subject {
            let id = Crockford.encode(subject)
            view["link"] = .view(
                View(["href": .text("/audit?patient=" + id), "label": .text(what(line) ?? "")]))
        }
        return view
    }
}
