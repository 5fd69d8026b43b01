/// The ways in which the simulator can misbehave, each drawn on its own.
package enum FaultKind: String, CaseIterable, Sendable {
    /// The send is accepted and goes out, but its request gets no answer.
    case loseAnswer
    /// The send is refused with a server error or 429 and nothing goes out.
    case rejectSend
    /// The answer to an accepted send comes late.
    case delayAnswer
    /// The message is accepted but ends as `undelivered` or `failed`.
    case failDelivery
    /// The webhook of an inbound message is never called.
    case loseInbound
    /// The webhook of an inbound message is called twice.
    case repeatInbound
    /// The webhook of an inbound message is held back until the same handset's next one went out, or for a time.
    case reorderInbound
    /// The webhook of an inbound message is called late, and with it those of the same handset after it.
    case delayInbound
    /// A status callback is never made.
    case loseReceipt
    /// A status callback is made twice.
    case repeatReceipt
    /// A status callback is made after the next one of the same message.
    case reorderReceipt
}
