import ConversationsAPI
import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

// The page on which the reader of an e-mail stops them, or has them again.
//
// - It names the practice and nobody else: whoever holds the letter reads it.
// - GET only shows: scanners of mail open every link. POST to the same address stops, from the page and from a mail
//   program's own button (RFC 8058), which gets its answer at once and is not sent elsewhere.
// - A link that was altered, or that never was, is told kindly and changes nothing.

struct MailPages {
    let messaging: Messaging
    /// What stands round a page of somebody who has not signed in.
    let bare: @Sendable (WebRequest, _ title: String) -> View

    private static let reason = "a reader's word about e-mail, by a sealed link from one of them"

    var routes: [Route] {
        [
            .get("/mail/{token}", .open(reason: Self.reason) { try await show($0) }),
            .post("/mail/{token}", largestBody: 4 << 10, .open(reason: Self.reason) { try await decide($0, false) }),
            .post(
                "/mail/{token}/resumption", largestBody: 4 << 10,
                .open(reason: Self.reason) { try await decide($0, true) }),
        ]
    }

    private func show(_ request: WebRequest) async throws -> WebResponse {
        guard let row = try await linked(request) else { return try page(request, "unknown") }
        let isStopped = try await request.spine.database.read(request.tenant) {
            try ConsentStore.isOptedOut(address: row.addressHash, channel: row.channel.rawValue, in: $0)
        }
        return try page(request, isStopped ? "stopped" : "open")
    }

    private func decide(_ request: WebRequest, _ wanted: Bool) async throws -> WebResponse {
        // A form of another site can be made to act for whoever has the link open; a browser says so.
        if request.headers[.fetchSite] == "cross-site" {
            throw Fault(.forbidden, "link.cross-site", "This has to be done on the page itself.")
        }
        guard let row = try await linked(request) else { return try page(request, "unknown") }
        _ = try await request.spine.perform(
            DecideMail(conversation: row.id, wanted: wanted, messaging: messaging), as: caller(row, request))
        // A mail program's own button follows no redirect, and its body may have any form.
        guard wanted else { return try page(request, "stopped") }
        return .seeOther("/mail/" + (request.parameters["token"] ?? ""))
    }

    private func linked(_ request: WebRequest) async throws -> ConversationRow? {
        let vault = try await request.spine.vault(request.tenant)
        guard let id = MailLink.id(request.parameters["token"] ?? "", vault: vault) else { return nil }
        let row = try await request.spine.database.read(request.tenant) { try ThreadStore.conversation(id, in: $0) }
        return row?.channel == .email && row?.patient != nil ? row : nil
    }

    /// The patient, by their link: they may say what they want, and nothing else.
    private func caller(_ row: ConversationRow, _ request: WebRequest) -> Caller {
        Caller(
            tenant: request.tenant, actor: .patient(row.patient ?? ID(raw: 0)),
            permissions: Labels.permissions.union([.consentWrite]), purpose: .patientRequest,
            correlation: request.spine.ids.nextRaw(), origin: "link", remote: request.remote)
    }

    private func page(_ request: WebRequest, _ state: String) throws -> WebResponse {
        // Before the first blueprint there is no practice to name.
        let organization = try? messaging.definitions.configuration(of: request.tenant).organization?.value
        func text(_ key: String) -> String { request.pages.text(key, request.language) }
        let title = text("mail.page.\(state).title")
        var view = View([
            "shell": .view(bare(request, title)), "csrf": "", "practice": .text(organization?.name ?? ""),
            "title": .text(title), "text": .text(text("mail.page.\(state).text")), "stop": nil, "again": nil,
            "ask": nil,
        ])
        let address = "/mail/" + (request.parameters["token"] ?? "")
        if state == "open" { view["stop"] = .view(View(["action": .text(address)])) }
        if state == "stopped" { view["again"] = .view(View(["action": .text(address + "/resumption")])) }
        if let number = organization.flatMap({ PhoneNumber($0.phone) }) {
            view["ask"] = .view(View(["href": .text("tel:" + number.e164), "number": .text(number.display)]))
        }
        return .html(
            try request.pages.render("mail/choice", view, request.language),
            status: state == "unknown" ? .notFound : .ok)
    }
}
