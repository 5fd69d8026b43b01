import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import Vault
import Web

/// What a visit type asks of who pays and of the need, before a time is chosen.
struct VisitAsks: Sendable {
    enum Payer: Sendable {
        /// It does not matter who pays, or one pays with whom it may be booked.
        case fits
        /// No coverage is on record, so nothing is refused.
        case unknown
        case refused
    }

    let payer: Payer
    /// Codes of what nobody has written down of the need; without a need of all that is asked.
    let missing: [String]
}

struct AskVisitAsks: Query {
    static let permission = Permission.appointmentRead
    let type: VisitTypeDefinition
    let patient: ID<Patient>
    let need: ID<Need>?
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> VisitAsks {
        let rules = type.rules.eligibility
        let set = try FindSlots.records(of: patient, desk, transaction, access)
        var visitor = SlotVisitor(facts: [])
        visitor.payers = try desk.payers(of: set, for: type, Self.permission, transaction, access)
        if let need {
            visitor.facts = try desk.facts(of: need, for: type, Self.permission, transaction, access)
        }
        let payer: VisitAsks.Payer =
            if rules.namedPayers.isEmpty { .fits } else if let payers = visitor.payers {
                rules.payers.isEmpty || !payers.isDisjoint(with: rules.payers) ? .fits : .refused
            } else { .unknown }
        return VisitAsks(payer: payer, missing: visitor.missingFacts(type))
    }
}

extension Scheduling {
    /// Nil: the type asks for nothing of this. A visit that was agreed is asked nothing anew.
    func asked(
        _ choose: ChooseView, _ request: WebRequest, _ signedIn: SignedIn
    ) async throws -> VisitAsks? {
        guard let type = choose.type, let client = choose.client, client.moved?.place.visitType != type.key,
            !type.rules.eligibility.namedPayers.isEmpty || !type.rules.eligibility.facts.isEmpty
        else { return nil }
        return try await request.spine.ask(
            AskVisitAsks(type: type, patient: client.card.id, need: choose.wish.need, desk: desk),
            as: signedIn.caller)
    }

    /// The view of `booking/asks`; nil: nothing is to be said.
    func asks(_ asked: VisitAsks, _ choose: ChooseView, _ signedIn: SignedIn) -> View? {
        let words = choose.words
        var notices: [View] = []
        switch asked.payer {
        case .fits: break
        case .refused: notices.append(notice("payer-refused", words))
        // Who may not see the coverage is not told that there is none.
        case .unknown: if signedIn.may(.coverageRead) { notices.append(notice("payer-unknown", words)) }
        }
        let mayWrite = choose.wish.need != nil && signedIn.may(.needWrite)
        if !asked.missing.isEmpty, !mayWrite {
            let why = choose.wish.need == nil ? "facts-nowhere" : "facts-not-yours"
            notices.append(notice(why, words, ["facts": words.facts(asked.missing)]))
        }
        let fields = mayWrite ? asked.missing : []
        if notices.isEmpty && fields.isEmpty { return nil }
        return View([
            "notices": .views(notices), "hasFields": .flag(!fields.isEmpty),
            "fields": .views(
                fields.map { code in
                    View([
                        "code": .text(code), "label": .text(words.text("inbox.fact.\(code)")),
                        "need": .text(choose.wish.need?.text ?? ""), "back": .text(choose.wish.address),
                    ])
                }),
        ])
    }

    private func notice(_ name: String, _ words: SchedulingWords, _ values: [String: String] = [:]) -> View {
        words.notice(
            words.text("booking.asks.\(name).title", values), words.text("booking.asks.\(name).text", values))
    }
}
