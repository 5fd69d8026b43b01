import Kernel
import Store
import Vault
import Web

/// What the tables of conversations do when somebody is disposed of: everything said goes. A number's own word that it
/// wants no messages stays, as its keyed hash: the law asks for it whoever has the number.
enum ThreadDisposal {
    static let tables = [
        TableRule(
            "conversation", .keySubject(column: "key_subject"), sealed: .rows(ContactAddress.sealKind),
            export: .rows(.messages, opening: ContactAddress.self), merge: .follows,
            disposal: .deleteWhere { target in
                ["patient IN \(list: target.patients)", "id IN \(list: target.conversations)"]
            }),
        TableRule(
            "message", .keySubject(column: "key_subject"), sealed: .rows(MessageContent.sealKind),
            export: .rows(.messages, opening: MessageContent.self), merge: .follows,
            disposal: .deleteWhere { ["conversation IN \(conversations(of: $0))"] }),
        TableRule(
            "message_media", .keySubject(column: "key_subject"), sealed: .rows(MediaSource.sealKind),
            export: .rows(.messages, opening: MediaSource.self), merge: .follows,
            disposal: .deleteWhere { target in
                [
                    """
                    message IN (SELECT m.id FROM message m
                        WHERE m.tenant = \(.tenant) AND m.conversation IN \(conversations(of: target)))
                    """
                ]
            }),
        TableRule(
            "consent_hint", .none(reason: "ids only, leads to message"),
            disposal: .deleteWhere { target in
                [
                    """
                    message IN (SELECT m.id FROM message m
                        WHERE m.tenant = \(.tenant) AND m.conversation IN \(conversations(of: target)))
                    """
                ]
            }),
        TableRule("message_prompt", .patient(column: "patient"), export: .plain(.messages), merge: .follows),
        TableRule(
            "contact_consent", .patient(column: "patient"), export: .plain(.consents), merge: .follows,
            disposal: .scrub { try scrubConsent($0, in: $1) }),
    ]

    static let needTables = [
        TableRule(
            "need", .keySubject(column: "key_subject"), sealed: .rows(NeedText.sealKind),
            export: .rows(.needs, opening: NeedText.self), merge: .follows,
            disposal: .deleteWhere { ["conversation IN \(conversations(of: $0))"] }),
        TableRule(
            "need_fact", .keySubject(column: "key_subject"), sealed: .rows(FactText.sealKind),
            export: .rows(.needs, opening: FactText.self), merge: .follows,
            disposal: .deleteWhere { target in
                [
                    """
                    need IN (SELECT n.id FROM need n
                        WHERE n.tenant = \(.tenant) AND n.conversation IN \(conversations(of: target)))
                    """
                ]
            }),
        TableRule(
            "need_note", .keySubject(column: "key_subject"), sealed: .rows(NoteText.sealKind),
            export: .rows(.needs, opening: NoteText.self), merge: .follows,
            disposal: .deleteWhere { ["conversation IN \(conversations(of: $0))"] }),
    ]

    /// The target's conversations, as a sub-select.
    private static func conversations(of target: DisposalTarget) -> SQL {
        """
        (SELECT c.id FROM conversation c WHERE c.tenant = \(.tenant) AND c.patient IN \(list: target.patients)
        UNION ALL SELECT c.id FROM conversation c WHERE c.tenant = \(.tenant) AND c.id IN \(list: target.conversations))
        """
    }

    private static func scrubConsent(_ target: DisposalTarget, in transaction: any Transaction) throws -> Int {
        let kept = try transaction.execute(
            """
            UPDATE contact_consent SET patient = NULL, message = NULL, recorded_by = NULL
            WHERE tenant = \(.tenant) AND patient IN \(list: target.patients) AND address_hash IS NOT NULL
                AND state = 'withdrawn'
                AND NOT EXISTS (SELECT 1 FROM contact_consent k
                    WHERE k.tenant = \(.tenant) AND k.address_hash = contact_consent.address_hash
                        AND k.channel = contact_consent.channel AND k.purpose = contact_consent.purpose
                        AND k.id > contact_consent.id AND k.state = 'given')
            """)
        let gone = try transaction.execute(
            """
            DELETE FROM contact_consent WHERE tenant = \(.tenant) AND patient IN \(list: target.patients)
            """)
        // What the policy allowed to a number of nobody goes with its conversation.
        let allowed = try transaction.execute(
            """
            DELETE FROM contact_consent
            WHERE tenant = \(.tenant) AND patient IS NULL AND basis <> 'express' AND address_hash IN (
                SELECT c.address_hash FROM conversation c
                WHERE c.tenant = \(.tenant) AND c.id IN \(list: target.conversations))
            """)
        return kept + gone + allowed
    }
}
