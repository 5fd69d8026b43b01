import JSON
import Kernel
import TimeZones
import Web

/// What was typed into the form of an absence: the subject as `kind:key`.
struct BumpForm {
    let subject: String
    let from: String
    let to: String
    let reason: String
    private let wantsOffers: Bool

    init(_ fields: FormFields) {
        wantsOffers = fields["offers"] != nil
        subject = fields.trimmed("subject") ?? ""
        from = fields.trimmed("from") ?? ""
        to = fields.trimmed("to") ?? ""
        reason = fields.trimmed("reason") ?? ""
    }

    var isEmpty: Bool { subject.isEmpty && from.isEmpty && to.isEmpty }
    /// Patients are asked unless somebody says otherwise.
    var offers: Bool { isEmpty || wantsOffers }

    /// The request, with every field that cannot be read as one.
    func request() throws -> AbsenceRequest {
        let parts = subject.split(separator: ":", maxSplits: 1).map(String.init)
        return try Self.request(
            kind: parts.first ?? "", key: parts.count == 2 ? parts[1] : "", from: from, to: to, reason: reason,
            offers: offers, names: ("subject", "subject"))
    }

    static func request(
        kind: String, key: String, from: String, to: String, reason: String, offers: Bool,
        names: (kind: String, key: String), besides problems: [Fault.Field] = []
    ) throws -> AbsenceRequest {
        var fields = problems
        let kind = AbsenceRequest.Kind(rawValue: kind)
        if kind == nil { fields.append(.init(names.kind, "One of practitioner, resource, location.")) }
        if kind != nil, key.isEmpty || key.count > 100 { fields.append(.init(names.key, "A key.")) }
        func moment(_ text: String, _ name: String) -> CivilDateTime? {
            guard let moment = CivilDateTime(iso: text), (1970...2200).contains(moment.date.year) else {
                fields.append(.init(name, "A local date and time such as 2026-11-30T09:40."))
                return nil
            }
            return moment
        }
        let begins = moment(from, "from"), ends = moment(to, "to")
        let why = AbsenceReason(rawValue: reason)
        if why == nil { fields.append(.init("reason", "Not a known reason.")) }
        guard fields.isEmpty, let kind, let begins, let ends, let why else { throw Fault.invalid(fields) }
        return AbsenceRequest(kind: kind, key: key, from: begins, to: ends, reason: why, offers: offers)
    }
}
