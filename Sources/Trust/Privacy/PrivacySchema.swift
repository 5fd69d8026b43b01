package import Kernel
package import Store
package import Vault
package import Web

/// The tables of requests, restrictions and disclosures.
package enum PrivacySchema {
    package static let migration = Migration(
        "2026-11-23.trust.privacy",
        [
            """
            CREATE TABLE privacy_request (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT, key_subject BIGINT,
                kind TEXT NOT NULL CHECK (kind IN ('access', 'portability', 'correction', 'restriction', 'accounting',
                    'erasure')),
                law TEXT NOT NULL CHECK (law IN ('hipaa', 'gdpr', 'ccpa')), channel TEXT NOT NULL,
                asker TEXT NOT NULL CHECK (asker IN ('patient', 'representative')),
                state TEXT NOT NULL CHECK (state IN ('open', 'extended', 'fulfilled', 'refused')),
                received_on TEXT NOT NULL, due_on TEXT NOT NULL, assigned BIGINT, recorded_by BIGINT NOT NULL,
                recorded_at BIGINT NOT NULL, closed_at BIGINT, closed_by BIGINT, exported_at BIGINT,
                disposed BIGINT, version BIGINT NOT NULL, sealed BLOB,
                PRIMARY KEY (tenant, id), CHECK (received_on <= due_on),
                CHECK ((sealed IS NULL) = (patient IS NULL)), CHECK ((sealed IS NULL) = (key_subject IS NULL)),
                CHECK ((state IN ('fulfilled', 'refused')) = (closed_at IS NOT NULL)))
            """,
            "CREATE INDEX privacy_request_patient ON privacy_request (tenant, patient) WHERE patient IS NOT NULL",
            "CREATE INDEX privacy_request_open ON privacy_request (tenant, due_on, id) WHERE closed_at IS NULL",
            """
            CREATE TABLE privacy_restriction (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('payer', 'person', 'confidential')), request BIGINT,
                agreed_by BIGINT NOT NULL, agreed_at BIGINT NOT NULL, ended_by BIGINT, ended_at BIGINT,
                sealed BLOB NOT NULL, PRIMARY KEY (tenant, id), CHECK ((ended_at IS NULL) = (ended_by IS NULL)))
            """,
            "CREATE INDEX privacy_restriction_patient ON privacy_restriction (tenant, patient)",
            """
            CREATE TABLE disclosure (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                basis TEXT NOT NULL, accounted BOOLEAN NOT NULL,
                door TEXT NOT NULL CHECK (door IN ('export', 'by-hand')), disclosed_on TEXT NOT NULL,
                recorded_by BIGINT NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX disclosure_patient ON disclosure (tenant, patient, disclosed_on)",
        ])

    /// The table of requests.
    static let register: StaticString = "privacy_request"

    package static let tables = [
        // The register goes on without the person: what was asked and when it was answered must stay provable.
        TableRule(
            register, .patient(column: "patient"), sealed: .rows(RequestDetails.sealKind),
            export: .rows(.disclosures, opening: RequestDetails.self), merge: .follows,
            disposal: .scrub { target, transaction in try PrivacyStore.scrub(target, in: transaction) }),
        TableRule(
            "privacy_restriction", .patient(column: "patient"), sealed: .rows(RestrictionDetails.sealKind),
            export: .rows(.disclosures, opening: RestrictionDetails.self), merge: .follows),
        TableRule(
            "disclosure", .patient(column: "patient"), sealed: .rows(DisclosureDetails.sealKind),
            export: .rows(.disclosures, opening: DisclosureDetails.self), merge: .follows),
    ]
}

/// What a request says, in words.
package struct RequestDetails: ExportedContent {
    package static let sealKind = SealKind(470)

    /// What is asked for.
    package var text: String
    /// Who asked, when it was not the patient.
    package var representative: String?
    /// How it was made sure that they are who they say.
    package var identity: String
    /// Why the answer takes longer.
    package var extensionReason: String?
    /// What was decided, and why.
    package var decision: String?
    /// What the patient says against a refusal. Source: 45 CFR 164.526(d)(2).
    package var disagreement: String?

    package init(text: String, representative: String?, identity: String) {
        self.text = text
        self.representative = representative
        self.identity = identity
    }

    package func pack(into packer: inout Packer) {
        packer.put(1, text)
        packer.put(2, representative)
        packer.put(3, identity)
        packer.put(4, extensionReason)
        packer.put(5, decision)
        packer.put(6, disagreement)
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        text = try fields.required(1)
        representative = fields.string(2)
        identity = try fields.required(3)
        extensionReason = fields.string(4)
        decision = fields.string(5)
        disagreement = fields.string(6)
    }

    package var exported: [ExportedField] {
        [
            ExportedField("text", text), ExportedField("representative", representative),
            ExportedField("identity", identity), ExportedField("extension_reason", extensionReason),
            ExportedField("decision", decision), ExportedField("disagreement", disagreement),
        ].compactMap { $0 }
    }
}

/// Whom a restriction is about, or where to write instead.
package struct RestrictionDetails: ExportedContent {
    package static let sealKind = SealKind(471)

    /// The payer or person who is to learn nothing, or the address to write to.
    package let whom: String
    package let note: String?

    package init(whom: String, note: String?) {
        self.whom = whom
        self.note = note
    }

    package func pack(into packer: inout Packer) {
        packer.put(1, whom)
        packer.put(2, note)
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        whom = try fields.required(1)
        note = fields.string(2)
    }

    package var exported: [ExportedField] {
        [ExportedField("whom", whom), ExportedField("note", note)].compactMap { $0 }
    }
}

/// What the account of a disclosure must say. Source: 45 CFR 164.528(b)(2).
package struct DisclosureDetails: ExportedContent {
    package static let sealKind = SealKind(472)

    package let recipient: String
    package let address: String?
    package let what: String
    package let why: String
    /// The law or order, where one demands it.
    package let law: String?

    package init(recipient: String, address: String?, what: String, why: String, law: String?) {
        self.recipient = recipient
        self.address = address
        self.what = what
        self.why = why
        self.law = law
    }

    package func pack(into packer: inout Packer) {
        packer.put(1, recipient)
        packer.put(2, address)
        packer.put(3, what)
        packer.put(4, why)
        packer.put(5, law)
    }

    package init(unpacking fields: Unpacker) throws(Fault) {
        recipient = try fields.required(1)
        address = fields.string(2)
        what = try fields.required(3)
        why = try fields.required(4)
        law = fields.string(5)
    }

    package var exported: [ExportedField] {
        [
            ExportedField("recipient", recipient), ExportedField("address", address), ExportedField("what", what),
            ExportedField("why", why), ExportedField("law_stated", law),
        ].compactMap { $0 }
    }
}
