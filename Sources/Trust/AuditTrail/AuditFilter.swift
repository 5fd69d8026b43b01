import Kernel
import TimeZones
import Vault
import Web

/// What of the trail is wanted, as the page's address says it. A value that names nothing is as if it were not there.
struct AuditFilter: Sendable {
    /// Kinds of act that go over many actions.
    static let acts = ["read", "write", "sign-in"]
    static let outcomes: [AuditEntry.Outcome] = [.permitted, .denied, .failed]
    static let origins = ["console", "api", "webhook", "cli", "system", "link", "public"]

    /// A user's id, `system` or `key`.
    var actor: String?
    /// One of `acts`, or the name of one action.
    var act: String?
    var patient: ID<Patient>?
    /// The patient and whoever is linked to them; filled in once the trail is open.
    var patients: [ID<Patient>] = []
    var purpose: Purpose?
    var outcome: AuditEntry.Outcome?
    var origin: String?
    /// The network address of the caller, in the one form in which records have it.
    var remote: String?
    var from: CivilDate?
    var to: CivilDate?

    /// - isAction: whether there is an action of that name.
    init(_ fields: FormFields, isAction: (String) -> Bool) {
        actor = fields.trimmed("actor").flatMap {
            ["system", "key"].contains($0) ? $0 : ID<User>($0)?.text
        }
        act = fields.trimmed("act").flatMap { Self.acts.contains($0) || isAction($0) ? $0 : nil }
        patient = fields.trimmed("patient").flatMap { ID<Patient>($0) }
        purpose = fields["purpose"].flatMap(Purpose.init(rawValue:))
        outcome = fields["outcome"].flatMap(AuditEntry.Outcome.init(rawValue:))
        origin = fields["origin"].flatMap { Self.origins.contains($0) ? $0 : nil }
        remote = fields.trimmed("remote").flatMap(Self.address)
        from = Self.date(fields["from"])
        to = Self.date(fields["to"])
    }

    /// `local` is who came by no network.
    private static func address(_ text: String) -> String? {
        text == "local" ? text : IPAddress(text)?.unmapped.description
    }

    private static func date(_ text: String?) -> CivilDate? {
        text.flatMap { CivilDate(iso: $0) }.flatMap { (1970...2200).contains($0.year) ? $0 : nil }
    }

    /// The names and values that say this filter in an address.
    var query: String {
        let pairs: [(String, String?)] = [
            ("actor", actor), ("act", act), ("patient", patient?.text), ("purpose", purpose?.rawValue),
            ("outcome", outcome?.rawValue), ("origin", origin), ("remote", remote), ("from", from?.iso),
            ("to", to?.iso),
        ]
        return pairs.compactMap { name, value in value.map { "\(name)=\(FormFields.encode($0))" } }
            .joined(separator: "&")
    }

    /// Ids are in time order: the days asked for are a range of them.
    func range(in zone: Zone) -> (from: Int64?, to: Int64?) {
        let first = from.map { ID<AuditRecord>.lowest(at: Instant(microseconds: zone.startOfDay($0))).raw }
        let end = to.map { ID<AuditRecord>.lowest(at: Instant(microseconds: zone.startOfDay($0.adding(days: 1)))).raw }
        return (first, end)
    }
}
