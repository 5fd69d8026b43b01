import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import TimeZones
import Vault
import Web

/// One request: what is asked, by when, what was done, and what can be done next.
extension Trust {
    private struct Read: Sendable {
        let row: RequestRow
        let details: RequestDetails?
        let name: String
        let everyone: [StaffName]
        let names: [ID<User>: StaffName]
    }

    /// `wrong` is the form whose words were not enough; what was typed stays.
    func requestPage(
        _ request: WebRequest, _ signedIn: SignedIn, wrong: String? = nil
    ) async throws -> WebResponse {
        let id: ID<PrivacyRequest> = try request.id("id")
        let read: Read
        do {
            read = try await readRequest(id, request, signedIn)
        } catch let fault as Fault where fault.code == "sealed.disposed" && signedIn.may(.subjectDispose) {
            // An erasure that has begun: the keys are gone, and the row follows.
            return .seeOther("/privacy/requests/\(id.text)/erasure")
        }
        let words = TrustWords(request: request, zone: try zone(request.tenant))
        let day = try today(request)
        let pages = PrivacyPages(words: words, today: day)
        let row = read.row
        let disposal = try await disposal(of: row, request)
        let certificate = try disposal.map {
            try self.certificate(of: $0, by: eraser(of: $0, read, words), words)
        }
        let sent = wrong == nil ? nil : try request.form()
        func form(_ prefix: String, _ name: String, needed: Bool = true) -> [View] {
            let empty = PrivacyForm.words(prefix, name, needed: needed)
            guard let sent, wrong == prefix else { return empty.views(words) }
            return empty.filled(sent, wrong: Fault.invalid(name, "Needed.")).views(words)
        }
        let isOpen = row.state.isOpen && row.patient != nil
        let patient = row.patient?.text ?? ""
        let mayExport = signedIn.may(.recordExport)
        let wantsRecord = row.kind == .access || row.kind == .portability
        return .html(
            try request.pages.render(
                "privacy/request",
                View([
                    "shell": .view(shell(request, signedIn, words.text("privacy.request.title"), "privacy")),
                    "csrf": .text(signedIn.csrf), "id": .text(id.text),
                    "kind": .text(words.text("privacy.kind.\(row.kind.rawValue)")),
                    "name": .text(read.name), "state": .view(pages.state(row.state)),
                    "due": .optional(pages.due(row)),
                    "patientHref": .optional(row.patient.map { "/privacy/patients/" + $0.text }),
                    "lines": .views(lines(read, pages, words)),
                    "help": .text(words.text("privacy.help.\(row.kind.rawValue)")),
                    "isOpen": .flag(isOpen), "mayExtend": .flag(isOpen && row.state == .open),
                    "mayDisagree": .flag(row.state == .refused && row.patient != nil),
                    "extensionForm": .views(form("extension", "reason")),
                    "decisionForm": .views(form("decision", "reason", needed: false)),
                    "disagreementForm": .views(form("disagreement", "statement")),
                    "staff": .views(
                        read.everyone.map { person in
                            View([
                                "value": .text(person.id.text), "label": .text(person.name),
                                "chosen": .flag(person.id == row.assigned),
                            ])
                        }),
                    "mayExport": .flag(isOpen && wantsRecord && mayExport), "languages": .views(pages.languages),
                    "editHref": .optional(
                        row.kind == .correction && row.patient != nil && signedIn.may(.patientWrite)
                            ? "/patients/\(patient)/edit" : nil),
                    "agreeHref": .optional(
                        row.kind == .restriction && isOpen ? "/privacy/patients/\(patient)#restrictions" : nil),
                    "accountHref": .optional(
                        row.kind == .accounting && isOpen ? "/privacy/patients/\(patient)#disclosures" : nil),
                    "eraseHref": .optional(
                        row.kind == .erasure && isOpen && signedIn.may(.subjectDispose)
                            ? "/privacy/requests/\(id.text)/erasure" : nil),
                    "eraseByOthers": .flag(row.kind == .erasure && isOpen && !signedIn.may(.subjectDispose)),
                    // An erasure is fulfilled by erasing.
                    "mayFulfil": .flag(row.kind != .erasure),
                    "certificate": .optional(certificate),
                ]), request.language), status: wrong == nil ? .ok : .unprocessableContent)
    }

    /// Who disposed of the person; nil: the system did.
    private func eraser(of record: DisposalRecord, _ read: Read, _ words: TrustWords) -> String? {
        guard case .user(let user) = record.actor else { return nil }
        return read.names[user]?.name ?? words.text("trust.audit.former")
    }

    private func readRequest(
        _ id: ID<PrivacyRequest>, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> Read {
        let (directory, staff) = (directory, Staff())
        let gone = request.pages.text("privacy.gone", request.language)
        let caller = signedIn.caller
        return try await request.spine.read(.privacyManage, as: caller) { transaction, access in
            guard let row = try PrivacyStore.find(id, in: transaction) else { throw Fault.notFound("request") }
            let people = [row.assigned, row.closedBy, row.recordedBy].compactMap { $0 }
            let names = try staff.names(of: people, in: transaction)
            let everyone = try staff.active(in: transaction)
            guard let patient = row.patient else {
                guard row.isLeft(for: caller) else { throw Fault.notFound("request") }
                return Read(row: row, details: nil, name: gone, everyone: everyone, names: names)
            }
            let grant = try directory.grant(.privacyManage, for: patient, access: access, in: transaction).grant
            return Read(
                row: row, details: try row.open(grant),
                name: try directory.names(of: [patient], grant: grant, in: transaction)[patient] ?? "",
                everyone: everyone, names: names)
        }
    }

    /// The disposal that took the person out of the register.
    private func disposal(of row: RequestRow, _ request: WebRequest) async throws -> DisposalRecord? {
        guard let disposed = row.disposed else { return nil }
        return try await request.spine.vault(request.tenant).disposal(of: .patient(disposed))
    }

    private func lines(_ read: Read, _ pages: PrivacyPages, _ words: TrustWords) -> [View] {
        let row = read.row
        var lines: [View] = []
        func add(_ key: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append(View(["label": .text(words.text("privacy.line.\(key)")), "value": .text(value)]))
        }
        let former = words.text("trust.audit.former")
        func name(_ user: ID<User>?) -> String? { user.map { read.names[$0]?.name ?? former } }
        add("text", read.details?.text)
        add("asker", words.text("privacy.asker.\(row.asker.rawValue)"))
        add("representative", read.details?.representative)
        add("identity", read.details?.identity)
        add("channel", words.text("privacy.channel.\(row.channel.rawValue)"))
        add("law", words.text("privacy.law.\(row.law.rawValue)"))
        add("received", pages.day(row.receivedOn))
        add("due", pages.day(row.dueOn))
        add("extension", read.details?.extensionReason)
        add("assigned", name(row.assigned) ?? words.text("privacy.nobody"))
        add("recorded", "\(name(row.recordedBy) ?? former), \(words.moment(row.recordedAt))")
        add("exported", row.exportedAt.map(words.moment))
        add(
            "closed",
            row.closedAt.map { at in [name(row.closedBy), words.moment(at)].compactMap { $0 }.joined(separator: ", ") })
        add("decision", read.details?.decision)
        add("disagreement", read.details?.disagreement)
        return lines
    }
}
