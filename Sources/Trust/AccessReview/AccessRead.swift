import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

/// What a page or file about access needs, read at once. That it was looked at is on the trail.
struct AccessRead: Sendable {
    /// Which line a decision is about.
    struct Line: Hashable, Sendable {
        let kind: AccessLine.Kind
        let subject: Int64

        init(_ line: AccessLine) {
            kind = line.kind
            subject = line.subject
        }

        init(_ decided: AccessReviewStore.Decided) {
            kind = decided.kind
            subject = decided.subject
        }
    }

    struct Decision: Sendable {
        let decision: AccessReview.Decision
        let by: ID<User>
        let at: Instant
        let note: String
    }

    var review: AccessReviewStore.Review?
    var lines: [AccessLine] = []
    var decisions: [Line: Decision] = [:]
    var names: [ID<User>: StaffName] = [:]
    var logins: [ID<User>: String] = [:]
    var keys: [Int64: String] = [:]

    func name(_ user: ID<User>, _ words: TrustWords) -> String {
        names[user].map(\.name).flatMap { $0.isEmpty ? nil : $0 } ?? words.text("trust.audit.former")
    }
}

extension Trust {
    /// `id`: a review as it was kept; nil: what stands now.
    func readAccess(
        _ request: WebRequest, _ signedIn: SignedIn, _ id: ID<AccessReview>?
    ) async throws -> AccessRead {
        let configuration = try definitions.configuration(of: request.tenant)
        return try await request.spine.read(.accessReviewRun, as: signedIn.caller) { transaction, access in
            access.noteCommand("access-review.list", subject: .tenant)
            var read = AccessRead()
            var decided: [AccessReviewStore.Decided] = []
            if let id {
                guard let review = try AccessReviewStore.find(id, in: transaction) else {
                    throw Fault.notFound("review")
                }
                read.review = review
                read.lines = try AccessReviewStore.lines(of: id, in: transaction)
                decided = try AccessReviewStore.decisions(of: id, in: transaction)
            } else {
                read.lines = try AccessLine.all(configuration, in: transaction)
            }
            let subjects = read.lines.filter { $0.kind == .user }.map { ID<User>(raw: $0.subject) }
            let others =
                decided.map(\.by) + read.lines.compactMap(\.owner)
                + [read.review?.startedBy, read.review?.completedBy].compactMap { $0 }
            let people = Array(Set(subjects + others))
            read.names = try Staff().names(of: people, in: transaction)
            let there = people.filter { !(read.names[$0]?.name ?? "").isEmpty }
            let grant = try access.grant(.accessReviewRun, forList: [], and: there.sorted().map { .user($0) })
            read.logins = try UserStore.addresses(of: there, grant: grant, in: transaction)
            for key in try APIKeyStore.all(in: transaction) { read.keys[key.id.raw] = key.name }
            for one in decided {
                let owner = one.kind == .user && there.contains(ID(raw: one.subject)) ? ID(raw: one.subject) : one.by
                // What was noted about somebody who was disposed of cannot be read any more.
                let isThere = there.contains(owner)
                let note =
                    isThere
                    ? try one.sealed.open(grant, of: .user(owner), id: one.id, subject: one.keySubject).text : ""
                read.decisions[AccessRead.Line(one)] = AccessRead.Decision(
                    decision: one.decision, by: one.by, at: one.at, note: note)
            }
            return read
        }
    }
}

/// Lines of access in plain words.
struct AccessWords {
    let words: TrustWords
    let configuration: Configuration
    let now: Instant

    private func roles(_ line: AccessLine) -> [String] {
        line.roles.map { configuration.roles[$0]?.value.names[words.request.language] ?? $0 }
    }

    private func places(_ line: AccessLine) -> String {
        if line.isEverywhere { return words.text("trust.everywhere") }
        let places = line.locations.map { configuration.known(location: $0)?.name ?? $0 }
        return places.isEmpty ? words.text("trust.user.nowhere") : places.joined(separator: ", ")
    }

    private func right(_ key: String) -> String {
        let name = "trust.permission.\(key)"
        return words.request.pages.catalogue.has(name) ? words.text(name) : key
    }

    private func who(_ line: AccessLine, _ read: AccessRead) -> String {
        line.kind == .user
            ? read.name(ID(raw: line.subject), words)
            : read.keys[line.subject] ?? words.text("trust.audit.program", ["id": Crockford.encode(line.subject)])
    }

    private func last(_ right: AccessLine.Right) -> String {
        guard right.isTold else { return words.text("trust.review.untold") }
        return right.lastUsed.map(words.moment) ?? words.text("trust.never")
    }

    func view(_ line: AccessLine, _ read: AccessRead) -> View {
        let catalogue = words.request.pages.catalogue
        let signs = line.signs(at: now).map { sign in
            View(["label": .text(words.text("trust.review.sign.\(sign.rawValue)")), "tone": "amber", "icon": "flag"])
        }
        let rights = line.sensitive.map { right in
            View(["name": .text(self.right(right.right)), "last": .text(last(right))])
        }
        var view = View([
            "kind": .text(line.kind.rawValue), "subject": .text(Crockford.encode(line.subject)),
            "isUser": .flag(line.kind == .user), "who": .text(who(line, read)),
            "login": .text(line.kind == .user ? read.logins[ID(raw: line.subject)] ?? "" : ""),
            "roles": .views(roles(line).map { View(["label": .text($0), "tone": "blue"]) }),
            "places": .text(places(line)),
            "rights": .text(catalogue.count("trust.roles.rights", words.request.language, line.rights)),
            "hasSensitive": .flag(!rights.isEmpty), "sensitive": .views(rights),
            "sensitiveCount": .text(
                catalogue.count("trust.roles.sensitive", words.request.language, rights.count)),
            "step": .view(words.onOff(line.hasSecondStep)),
            "seen": .text(line.lastSeen.map(words.moment) ?? words.text("trust.never")),
            "made": .text(words.moment(line.createdAt)), "signs": .views(signs),
            "state": .view(words.state(line.isActive ? "active" : "suspended")),
        ])
        view["owner"] = .optional(line.owner.map { read.name($0, words) })
        view["ends"] = .optional(line.expiresAt.map(words.moment))
        if let decision = read.decisions[AccessRead.Line(line)] {
            view["decision"] = .view(badge(decision.decision))
            view["by"] = .text(
                words.text(
                    "trust.review.by", ["who": read.name(decision.by, words), "when": words.moment(decision.at)]))
            view["note"] = .text(decision.note)
        } else {
            view["decision"] = nil
            view["by"] = ""
            view["note"] = ""
        }
        return view
    }

    private func badge(_ decision: AccessReview.Decision) -> View {
        let tone = [AccessReview.Decision.keep: "green", .change: "amber", .remove: "red"][decision] ?? "grey"
        let icon = [AccessReview.Decision.keep: "check", .change: "edit", .remove: "cross"][decision] ?? "circle"
        return View([
            "label": .text(words.text("trust.review.decided.\(decision.rawValue)")), "tone": .text(tone),
            "icon": .text(icon),
        ])
    }

    func review(_ review: AccessReviewStore.Review, _ count: (lines: Int, decided: Int)) -> View {
        View([
            "id": .text(review.id.text), "name": .text(review.name), "began": .text(words.moment(review.startedAt)),
            "due": .text(words.moment(review.dueAt)),
            "progress": .text(
                words.text(
                    "trust.review.progress", ["done": String(count.decided), "all": String(count.lines)])),
            "state": .view(state(review)),
        ])
    }

    func state(_ review: AccessReviewStore.Review) -> View {
        if review.completedAt != nil {
            return View(["label": .text(words.text("trust.review.state.completed")), "tone": "green", "icon": "check"])
        }
        if review.dueAt < now {
            return View(["label": .text(words.text("trust.review.state.overdue")), "tone": "red", "icon": "alert"])
        }
        return View(["label": .text(words.text("trust.review.state.open")), "tone": "blue", "icon": "clock"])
    }

    func figures(_ lines: [AccessLine]) -> [View] {
        let signs = lines.map { (line: $0, signs: $0.signs(at: now)) }
        let figures: [(String, Int)] = [
            ("people", lines.count { $0.kind == .user && $0.isActive }), ("keys", lines.count { $0.kind == .key }),
            ("dormant", signs.count { $0.signs.contains(.dormant) }),
            ("never", signs.count { $0.signs.contains(.never) }),
            ("unused", signs.count { $0.signs.contains(.unused) }),
            ("single", lines.count { $0.kind == .user && $0.isActive && !$0.hasSecondStep }),
        ]
        return figures.map { name, value in
            View(["label": .text(words.text("trust.review.figure.\(name)")), "value": .text(String(value))])
        }
    }

    // MARK: The file

    static let columns = [
        "kind", "id", "name", "login", "state", "roles", "locations", "rights", "sensitive_rights", "unused_rights",
        "second_step", "last_seen", "made", "expires", "owner", "signs", "decision", "decided_by", "decided_at", "note",
    ]

    func values(_ line: AccessLine, _ read: AccessRead) -> [String?] {
        let decision = read.decisions[AccessRead.Line(line)]
        let sensitive = line.sensitive.map { right in
            "\(right.right)=\(right.isTold ? right.lastUsed?.iso8601 ?? "never" : "untold")"
        }
        return [
            line.kind.rawValue, Crockford.encode(line.subject), who(line, read),
            line.kind == .user ? read.logins[ID(raw: line.subject)] : nil, line.isActive ? "active" : "suspended",
            line.roles.joined(separator: " "), line.isEverywhere ? "*" : line.locations.joined(separator: " "),
            String(line.rights), sensitive.joined(separator: " "),
            line.unused(at: now).map(\.right).joined(separator: " "), line.hasSecondStep ? "yes" : "no",
            line.lastSeen?.iso8601, line.createdAt.iso8601, line.expiresAt?.iso8601,
            line.owner.map { read.name($0, words) }, line.signs(at: now).map(\.rawValue).joined(separator: " "),
            decision?.decision.rawValue, decision.map { read.name($0.by, words) }, decision?.at.iso8601,
            decision?.note,
        ]
    }
}
