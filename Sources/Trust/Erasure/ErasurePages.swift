import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// The page from which a person is erased, and the certificate that is left.
extension Trust {
    var erasureRoutes: [Route] {
        [
            .get("/privacy/requests/{id}/erasure", .page(.subjectDispose) { try await erasurePage($0, $1) }),
            .post("/privacy/requests/{id}/erasure", .page(.subjectDispose) { try await erase($0, $1) }),
            .get("/privacy/requests/{id}/certificate", .page(.privacyManage) { try await certificateFile($0, $1) }),
        ]
    }

    /// How far a request for erasure has come.
    private enum Stand: Sendable {
        /// It is answered, and the request's page says how.
        case answered
        /// The keys are gone; the rest is done by itself.
        case begun(ID<Patient>, since: Instant)
        case open(ErasureCase, ID<Patient>)
    }

    private func stand(_ request: WebRequest, _ signedIn: SignedIn) async throws -> Stand {
        let id: ID<PrivacyRequest> = try request.id("id")
        let (directory, caller) = (directory, signedIn.caller)
        let primary = try await request.spine.read(.privacyManage, as: caller) { transaction, access -> ID<Patient>? in
            guard let row = try PrivacyStore.find(id, in: transaction), row.kind == .erasure else {
                throw Fault.notFound("request")
            }
            guard let patient = row.patient else {
                guard row.isLeft(for: caller) else { throw Fault.notFound("request") }
                return nil
            }
            _ = try directory.grant(.privacyManage, for: patient, access: access, in: transaction)
            return row.state.isOpen ? try directory.set(of: patient, in: transaction).primary : nil
        }
        guard let primary else { return .answered }
        if let record = try await request.spine.vault(request.tenant).disposal(of: .patient(primary)) {
            return .begun(primary, since: record.requestedAt)
        }
        let now = request.spine.clock.now()
        let schedule = try definitions.configuration(of: request.tenant).retention?.value
        let look = schedule.map { RetentionLook(sources: erasing.sources, schedule: $0, now: now) }
        let found = try await request.spine.ask(
            LookAtErasure(request: id, directory: directory, look: look, now: now), as: caller)
        return .open(found, primary)
    }

    // MARK: The page

    private enum Problem: String { case number, obstacle }

    private func erasurePage(
        _ request: WebRequest, _ signedIn: SignedIn, problem: Problem? = nil
    ) async throws -> WebResponse {
        let id: ID<PrivacyRequest> = try request.id("id")
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        var view = View([
            "shell": .view(shell(request, signedIn, words.text("privacy.erasure.title"), "privacy")),
            "csrf": .text(signedIn.csrf), "id": .text(id.text), "name": nil, "begun": nil, "isOpen": .flag(false),
            "about": nil, "form": nil, "obstacles": .views([]), "problem": nil,
        ])
        switch try await stand(request, signedIn) {
        case .answered: return .seeOther("/privacy/requests/" + id.text)
        case .begun(_, let since):
            view["begun"] = .text(words.text("privacy.erasure.begun.text", ["when": words.moment(since)]))
        case .open(let found, _):
            view["isOpen"] = .flag(true)
            view["name"] = .text(found.name)
            view["about"] = .text(
                request.pages.catalogue.count("privacy.erasure.records", request.language, found.records))
            view["obstacles"] = .views(found.obstacles.map { obstacle($0, found, signedIn, words) })
            if found.obstacles.isEmpty {
                view["form"] = .view(form(found, isWrong: problem == .number, words))
            }
        }
        if let problem { view["problem"] = .view(problemView(problem, words)) }
        let status: HTTPResponse.Status =
            switch problem {
            case nil: .ok
            case .number: .unprocessableContent
            case .obstacle: .conflict
            }
        return .html(try request.pages.render("privacy/erasure", view, request.language), status: status)
    }

    private func form(_ found: ErasureCase, isWrong: Bool, _ words: TrustWords) -> View {
        let kind = found.recordNumber == nil ? "id" : "number"
        return View([
            "word": .text(found.word), "label": .text(words.text("privacy.erasure.type.\(kind)")),
            "isWrong": .flag(isWrong),
        ])
    }

    private func problemView(_ problem: Problem, _ words: TrustWords) -> View {
        View([
            "tone": "red", "role": "alert", "icon": "alert", "title": .text(words.text("privacy.erasure.nothing")),
            "text": .text(words.text("privacy.erasure.wrong.\(problem.rawValue)")),
        ])
    }

    /// What stands in the way, and where it is dealt with.
    private func obstacle(
        _ obstacle: ErasureObstacle, _ found: ErasureCase, _ signedIn: SignedIn, _ words: TrustWords
    ) -> View {
        let until = obstacle.until.map { day($0, words) } ?? ""
        let link: String? =
            switch obstacle {
            case .hold: signedIn.may(.legalHoldManage) ? "/legal-holds?patient=" + found.patient.text : nil
            case .schedule, .decision: signedIn.may(.retentionReview) ? "/retention" : nil
            case .reach: nil
            }
        return View([
            "title": .text(words.text("privacy.erasure.obstacle.\(obstacle.code).title")),
            "text": .text(words.text("privacy.erasure.obstacle.\(obstacle.code).text", ["day": until])),
            "href": .optional(link),
            "label": .text(link == nil ? "" : words.text("privacy.erasure.obstacle.\(obstacle.code).link")),
        ])
    }

    private func day(_ moment: Instant, _ words: TrustWords) -> String {
        let now = words.request.spine.clock.now()
        return DateWording(words.request.language == .spanish ? .spanish : .english).date(
            words.zone.civil(at: moment.microseconds).date, today: words.zone.civil(at: now.microseconds).date)
    }

    // MARK: The act

    private func erase(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<PrivacyRequest> = try request.id("id")
        let person: ID<Patient>
        switch try await stand(request, signedIn) {
        case .answered: return .seeOther("/privacy/requests/" + id.text)
        case .begun(let primary, _): person = primary
        case .open(let found, let primary):
            guard found.obstacles.isEmpty else {
                return try await erasurePage(request, signedIn, problem: .obstacle)
            }
            guard found.isConfirmed(by: try request.form()["number"] ?? "") else {
                return try await erasurePage(request, signedIn, problem: .number)
            }
            person = primary
        }
        return try await confirmed(request, signedIn) {
            let (erasing, caller) = (erasing, signedIn.caller)
            do {
                // Who goes away meanwhile does not cut it off.
                _ = try await Task { try await erasing.dispose(.patient(person), Erasing.reason, caller) }.value
            } catch let fault as Fault where fault.code == "disposal.held" {
                // Placed since the page was looked at.
                return try await erasurePage(request, signedIn, problem: .obstacle)
            }
            return .seeOther("/privacy/requests/" + id.text)
        }
    }

    // MARK: The certificate

    /// What is left of an erasure, for the request's page; nil: nobody was disposed of.
    func certificate(of record: DisposalRecord, by name: String?, _ words: TrustWords) throws -> View {
        let entries = record.rows.values.reduce(0, +)
        var lines: [(String, String)] = [
            ("id", record.id.text), ("when", words.moment(record.requestedAt)),
            ("records", String(record.target.patients.count)), ("keys", String(record.target.keys.count)),
            ("entries", String(entries)),
        ]
        if let name { lines.insert(("by", name), at: 2) }
        if let signed = record.certificate, let key = CertificateFile(signed, by: try erasing.signers()).keyID {
            lines.append(("key", key))
        }
        return View([
            "isWhole": .flag(record.certificate != nil),
            "lines": .views(
                lines.map { key, value in
                    View([
                        "label": .text(words.text("privacy.certificate.\(key)")), "value": .text(value),
                        "isMono": .flag(key == "id" || key == "key"),
                    ])
                }),
        ])
    }

    /// The signed text, as a file to keep. Ids and codes alone.
    private func certificateFile(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<PrivacyRequest> = try request.id("id")
        let caller = signedIn.caller
        let disposed = try await request.spine.read(.privacyManage, as: caller) { transaction, _ in
            try PrivacyStore.find(id, in: transaction).flatMap { $0.isLeft(for: caller) ? $0.disposed : nil }
        }
        guard let disposed,
            let record = try await request.spine.vault(request.tenant).disposal(of: .patient(disposed)),
            let certificate = record.certificate
        else { throw Fault.notFound("certificate") }
        let text = CertificateFile(certificate, by: try erasing.signers()).text
        return WebResponse(
            .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8",
                .contentDisposition: "attachment; filename=\"certificate-\(record.id.text).txt\"",
                .cacheControl: "no-store",
            ], bytes: Array(text.utf8))
    }
}
