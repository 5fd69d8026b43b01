import Kernel
import PeopleAPI
package import Spine
import Store
import StudioAPI
import TimeZones
package import Vault
import Web

// Proxies: who may act for a patient, how far, and until when. FHIR RelatedPerson with its Consent.
//
// - A proxy is a person with a name and a basis (parent, guardian, health care agent, chosen by the patient) and often a
//   patient too. What was agreed is sealed under the key of the patient it is about.
// - How far they go is asked anew each time, for the day it is where the patient lives (`ProxyRules`). Nothing has to
//   run at midnight for a right to end at midnight.
// - A sweep tells staff what changed: one event a night, without the reason, since a stored birthday must not show.
// - An end is for ever; who is to act again is added again.

extension Permission {
    /// To say who may act for a patient.
    package static let proxyManage = Permission("proxy.manage")
}

extension EventKind {
    package static let proxyAdded = EventKind("patient.proxy-added")
    package static let proxyCustody = EventKind("patient.proxy-custody")
    package static let proxyEnded = EventKind("patient.proxy-ended")
    package static let proxyChanged = EventKind("patient.proxy-changed")
}

enum Proxies {
    /// A patient has at most so many, ended ones among them.
    static let most = 50
    /// The flag on a minor who decides for themselves.
    static let emancipated = "emancipated"

    static let migration = Migration(
        "2026-11-23.people.proxies",
        [
            """
            CREATE TABLE patient_proxy (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
                person BIGINT, made_at BIGINT NOT NULL, ended_at BIGINT, told_on TEXT NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY (tenant, id))
            """,
            "CREATE INDEX patient_proxy_patient ON patient_proxy (tenant, patient)",
            "CREATE INDEX patient_proxy_person ON patient_proxy (tenant, person) WHERE person IS NOT NULL",
            "CREATE INDEX patient_proxy_told ON patient_proxy (tenant, told_on, id) WHERE ended_at IS NULL",
        ])

    static let tables = [
        TableRule(
            "patient_proxy", .patient(column: "patient"), sealed: .rows(ProxyRecord.sealKind),
            export: .rows(.about, opening: ProxyRecord.self), merge: .follows,
            // Whom somebody acted for stays written down there, by name; only the tie to their own record goes.
            disposal: .scrub { target, transaction in
                try transaction.execute(
                    """
                    UPDATE patient_proxy SET person = NULL
                    WHERE tenant = \(.tenant) AND person IN \(list: target.patients)
                    """)
                return try transaction.execute(
                    "DELETE FROM patient_proxy WHERE tenant = \(.tenant) AND patient IN \(list: target.patients)")
            })
    ]
}

/// What is sealed about a proxy.
struct ProxyRecord: ExportedContent {
    static let sealKind = SealKind(110)

    var name: String
    /// E.164; nil: none was given.
    var phone: String?
    var terms: ProxyTerms
    /// Which paper it rests on: "Order 24-FL-1182".
    var document: String?
    var note: String?
    /// What staff were last told.
    var told: ProxyStanding
    var endReason: String?

    var exported: [ExportedField] {
        [
            ExportedField("name", name), ExportedField("phone", phone),
            ExportedField("basis", terms.basis.rawValue), ExportedField("access", terms.ceiling.rawValue),
            ExportedField("from", terms.from.iso), ExportedField("until", terms.until?.iso),
            ExportedField(
                "custody",
                terms.custody.map { "\($0.from.iso) \($0.custody.rawValue)" }.joined(separator: ", ")),
            ExportedField("document", document), ExportedField("note", note), ExportedField("ended", endReason),
        ].compactMap { $0 }
    }

    init(name: String, phone: String?, terms: ProxyTerms, document: String?, note: String?, told: ProxyStanding) {
        self.name = name
        self.phone = phone
        self.terms = terms
        self.document = document
        self.note = note
        self.told = told
    }

    func pack(into packer: inout Packer) {
        packer.put(1, name)
        packer.put(2, phone)
        packer.put(3, terms.basis.rawValue)
        packer.put(4, terms.ceiling.rawValue)
        packer.put(5, terms.from.iso)
        packer.put(6, terms.until?.iso)
        packer.put(7, list: terms.custody) { span, inner in
            inner.put(1, span.from.iso)
            inner.put(2, span.custody.rawValue)
        }
        packer.put(8, document)
        packer.put(9, note)
        packer.put(10, told.access.rawValue)
        packer.put(11, told.reason?.rawValue)
        packer.put(12, endReason)
    }

    init(unpacking fields: Unpacker) throws(Fault) {
        name = try fields.required(1)
        phone = fields.string(2)
        // A word that this release does not know gives no access.
        let basis = ProxyBasis(rawValue: try fields.required(3))
        let ceiling = ProxyPolicyDefinition.Access(rawValue: try fields.required(4))
        let custody = try fields.list(7) { (inner) throws(Fault) in
            CustodySpan(
                from: try Self.day(inner.required(1)), Custody(rawValue: try inner.required(2)) ?? .none)
        }
        terms = ProxyTerms(
            basis: basis ?? .chosen, ceiling: basis == nil ? .none : ceiling ?? .none,
            from: try Self.day(fields.required(5)), until: try fields.string(6).map(Self.day), custody: custody)
        document = fields.string(8)
        note = fields.string(9)
        told = ProxyStanding(
            access: ProxyPolicyDefinition.Access(rawValue: try fields.required(10)) ?? .none,
            reason: fields.string(11).flatMap(ProxyReason.init(rawValue:)))
        endReason = fields.string(12)
    }

    private static func day(_ text: String) throws(Fault) -> CivilDate {
        guard let day = CivilDate(iso: text) else {
            throw Fault(.internalError, "sealed.damaged", "A sealed value does not have the shape it should have.")
        }
        return day
    }
}

/// The rules in force and the day it is for a patient.
struct ProxyCalendar: Sendable {
    let definitions: any DefinitionReading
    let zones: TimeZoneDatabase

    func rules(_ tenant: ID<Tenant>) throws -> ProxyPolicyDefinition {
        try definitions.configuration(of: tenant).proxyPolicy?.value ?? .builtIn
    }

    /// Where the patient lives, else where the practice is, else UTC.
    func day(_ tenant: ID<Tenant>, zone name: String?, at now: Instant) throws -> CivilDate {
        let practice = try definitions.configuration(of: tenant).organization?.value.zone
        guard let zone = [name, practice].compactMap({ $0 }).first(where: zones.has) else { return CivilDate.utc(now) }
        return try zones.zone(zone).civil(at: now.microseconds).date
    }
}

/// A proxy opened, with how far they go today.
struct OpenedProxy: Sendable {
    let row: ProxyStore.Stored
    let record: ProxyRecord
    let subject: ProxySubject
    let standing: ProxyStanding
    let next: (day: CivilDate, standing: ProxyStanding)?
    private let rules: ProxyPolicyDefinition
    private let day: CivilDate

    init(
        _ row: ProxyStore.Stored, of patient: PatientRecord, plain: PatientPlain, grant: Grant,
        rules: ProxyPolicyDefinition, on day: CivilDate
    ) throws {
        self.row = row
        self.rules = rules
        self.day = day
        record = try row.open(grant)
        subject = ProxySubject(
            birthDate: patient.birthDate, isEmancipated: patient.flags.contains(Proxies.emancipated),
            isDeceased: plain.deceased)
        if row.endedAt != nil {
            standing = ProxyStanding(access: .none, reason: .ended)
            next = nil
        } else {
            standing = ProxyRules.standing(record.terms, for: subject, rules: rules, on: day)
            next = ProxyRules.nextChange(record.terms, for: subject, rules: rules, after: day)
        }
    }

    /// What is decided about an act of theirs today.
    func decide(_ act: ProxyAct, confidential: Bool = false) -> ProxyDecision {
        if row.endedAt != nil { return .deny(.ended) }
        return ProxyRules.decide(act, confidential: confidential, record.terms, for: subject, rules: rules, on: day)
    }
}
