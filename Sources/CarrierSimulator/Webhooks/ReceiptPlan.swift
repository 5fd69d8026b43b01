/// The steps of an accepted message's way to its handset: changes of its status, and the callbacks that tell of them.
///
/// A held-back callback is made right after the next one; the last one has none after it and cannot be held back.
package enum ReceiptStep: Equatable, Sendable {
    case advance(Message.Status)
    case callback(Message.Status)

    /// The steps for a message that passes through `statuses`, with the faults that `plan` draws for its callbacks.
    /// Without a callback address (`wantsCallbacks` false) nothing is drawn. `struck` tells which faults struck.
    package static func plan(
        _ statuses: [Message.Status], wantsCallbacks: Bool, faults plan: inout FaultPlan, struck: inout [FaultKind]
    ) -> [ReceiptStep] {
        var steps: [ReceiptStep] = []
        var heldBack: [ReceiptStep] = []
        for (index, status) in statuses.enumerated() {
            steps.append(.advance(status))
            guard wantsCallbacks else { continue }
            let isLast = index == statuses.count - 1
            if plan.strikes(.loseReceipt) {
                struck.append(.loseReceipt)
                continue
            }
            var callbacks = [ReceiptStep.callback(status)]
            if plan.strikes(.repeatReceipt) {
                struck.append(.repeatReceipt)
                callbacks.append(.callback(status))
            }
            if !isLast, heldBack.isEmpty, plan.strikes(.reorderReceipt) {
                struck.append(.reorderReceipt)
                heldBack = callbacks
            } else {
                steps += callbacks + heldBack
                heldBack = []
            }
        }
        return steps + heldBack
    }
}
