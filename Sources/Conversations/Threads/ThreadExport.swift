import ConversationsAPI
package import Web

/// What is sealed of conversations, as it is told to the person it is about.
extension MessageContent: ExportedContent {
    package var exported: [ExportedField] {
        [
            ExportedField("text", text), ExportedField("provider_id", providerID),
            ExportedField("calendar", calendar?.text),
        ].compactMap { $0 }
    }
}

extension MediaSource: ExportedContent {
    package var exported: [ExportedField] {
        [ExportedField("url", url), ExportedField("declared_type", declaredType)].compactMap { $0 }
    }
}

extension ContactAddress: ExportedContent {
    package var exported: [ExportedField] { [ExportedField("number", number)].compactMap { $0 } }
}

extension NeedText: ExportedContent {
    package var exported: [ExportedField] { [ExportedField("title", title)].compactMap { $0 } }
}

extension FactText: ExportedContent {
    package var exported: [ExportedField] { [ExportedField("value", value)].compactMap { $0 } }
}

extension NoteText: ExportedContent {
    package var exported: [ExportedField] { [ExportedField("text", text)].compactMap { $0 } }
}
