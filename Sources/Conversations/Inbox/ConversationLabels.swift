import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import Vault
import Web

/// The page on which a conversation is labelled.
struct ConversationLabels {
    let messaging: Messaging
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View

    var routes: [Route] {
        [
            .get("/conversations/{id}/labels", .page(.labelWrite) { try await show($0, $1) }),
            .post("/conversations/{id}/labels", .page(.labelWrite) { try await save($0, $1) }),
        ]
    }

    private func show(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<Conversation> = try request.id("id")
        let messaging = messaging
        let (labels, who) = try await request.spine.read(.labelWrite, as: signedIn.caller) { transaction, access in
            let (row, grant) = try messaging.opened(id, .labelWrite, access: access, in: transaction)
            let names = try messaging.patients.names(
                of: row.patient.map { [$0] } ?? [], grant: grant, in: transaction)
            return (row.labels, row.patient.flatMap { names[$0] })
        }
        let language = request.language
        func text(_ key: String) -> View.Value { .text(request.pages.text(key, language)) }
        let title = request.pages.text("inbox.labels.title", language)
        return .html(
            try request.pages.render(
                "inbox/labels",
                View([
                    "shell": .view(shell(request, signedIn, title, "inbox")), "csrf": .text(signedIn.csrf),
                    "back": .text(signedIn.may(.needRead) ? "/conversations/\(id.text)" : "/"),
                    "action": .text("/conversations/\(id.text)/labels"),
                    "who": who.map { .text($0) } ?? text("inbox.unknown-person"),
                    "labels": .views(
                        Labels.kinds.map { kind in
                            View([
                                "value": .text(kind.code), "chosen": .flag(labels.contains(kind.label)),
                                "label": text("labels.label.\(kind.code)"), "about": text("labels.about.\(kind.code)"),
                            ])
                        }),
                ]), language))
    }

    private func save(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let id: ID<Conversation> = try request.id("id")
        let form = try request.form()
        let labels = Labels(codes: Labels.kinds.map(\.code).filter { form["label-" + $0] != nil })
        _ = try await request.spine.perform(
            LabelConversation(id, labels, messaging: messaging), as: signedIn.caller)
        // The labels may have put it out of the labeller's own reach.
        let isHidden = !labels.isDisjoint(with: signedIn.caller.hidden)
        return .seeOther(isHidden ? "/" : "/conversations/\(id.text)/labels?done=patient.labelled")
    }
}
