import JSON
import Kernel
package import Spine
import Vault

/// The kinds of event this area writes. Frozen; bodies hold ids and codes only, ids in their 13-character form.
extension EventKind {
    /// A message came in. `message, conversation, channel, media`
    package static let messageReceived = EventKind("message.received")
    /// A message was stored to be sent. `message, conversation, channel, purpose, held`
    package static let messageQueued = EventKind("message.queued")
    package static let messageSent = EventKind("message.sent")
    package static let messageDelivered = EventKind("message.delivered")
    package static let messageUncertain = EventKind("message.uncertain")
    /// A picture of a message was fetched or refused. `message, conversation, state`
    package static let messageMedia = EventKind("message.media-settled")
    /// An agent said whose conversation it is. `conversation, from`
    package static let conversationAssigned = EventKind("conversation.assigned")
    /// `conversation, reason, priority, team`
    package static let needOpened = EventKind("need.opened")
    /// `conversation, user`
    package static let needTaken = EventKind("need.taken")
    package static let needReleased = EventKind("need.released")
    /// `conversation, team, user`
    package static let needHandedOff = EventKind("need.handed-off")
    /// `conversation, from, to`
    package static let needStageChanged = EventKind("need.stage-changed")
    /// The first answer by a person. `conversation, seconds`
    package static let needResponded = EventKind("need.responded")
    /// `conversation, code`
    package static let needFactRecorded = EventKind("need.fact-recorded")
    package static let needNoted = EventKind("need.noted")
    /// `conversation, outcome, reason, seconds`
    package static let needClosed = EventKind("need.closed")
    package static let needReopened = EventKind("need.reopened")
    /// It became more or less sensitive. `conversation`
    package static let conversationLabelled = EventKind("conversation.labelled")
    /// `channel, purpose, source`
    package static let consentGiven = EventKind("consent.given")
    package static let consentWithdrawn = EventKind("consent.withdrawn")
}

extension NewEvent {
    /// An event about a conversation: it names the patient once known, and the conversation always.
    static func about(
        _ conversation: ConversationRow, _ kind: EventKind, need: ID<Need>? = nil, at: Instant? = nil,
        _ body: [(String, JSONValue)] = []
    ) -> NewEvent {
        var object = JSONObject()
        object["conversation"] = .string(conversation.id.text)
        for (key, value) in body { object[key] = value }
        return NewEvent(
            kind, occurredAt: at, patient: conversation.patient, need: need,
            subjects: [.conversation(conversation.id)], labels: conversation.labels, body: .object(object))
    }
}
