import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

extension SchedulingDesk {
    /// A patient as a visit type's rules look at them. What is sealed is opened only where a rule asks for it, and that is
    /// on the trail; the caller has seen to it that the patient may be seen. `plain`: what is plain of the patient, when
    /// it was read already.
    func visitor(
        _ patient: ID<Patient>, _ set: PatientSet, for type: VisitTypeDefinition, with practitioners: Set<String>?,
        plain: PatientPlain? = nil, need: ID<Need>? = nil, _ action: Permission, _ transaction: any Transaction,
        _ access: Access
    ) throws -> SlotVisitor {
        let plan = try plans.plan(of: access.caller.tenant)
        let able =
            practitioners.map { keys in keys.compactMap { plan.practitioner($0) }.filter { $0.mayDo(type) } }
            ?? plan.practitioners(for: type)
        var visitor = SlotVisitor.unknown
        let rules = type.rules
        if type.patients != .any || rules.durations.contains(where: { $0.patients != .any })
            || able.contains(where: { !$0.acceptsNew })
        {
            visitor.isEstablished = try AppointmentStore.hasCompletedVisit(set.members, in: transaction)
        }
        let known = try plain ?? directory.plain(of: [patient], in: transaction)[patient]
        visitor.hasDied = known?.deceased ?? false
        visitor.language = known?.language
        let asksAges = rules.eligibility.ages != nil || able.contains { $0.ages != nil }
        let mayInterpret = plan.hasInterpreters
        let asksLanguage =
            mayInterpret
            && visitor.language.map { language in
                able.contains { person in !person.languages.contains { SlotVisitor.isSame($0, language) } }
            } ?? false
        if asksAges || asksLanguage || !rules.eligibility.sexes.isEmpty {
            let (_, grant) = try directory.grant(action, for: patient, access: access, in: transaction)
            if let card = try directory.cards(of: [patient], grant: grant, in: transaction)[patient] {
                visitor.birthDate = card.birthDate
                visitor.sex = card.gender.flatMap(AdministrativeGender.init(rawValue:))
                visitor.needsInterpreter = card.needsInterpreter && mayInterpret
            }
        }
        if rules.eligibility.referral || rules.eligibility.authorization != nil {
            try VisitPapers.read(of: set.members, for: type, access.caller, action, in: transaction)
                .tell(&visitor)
        }
        visitor.payers = try payers(of: set, for: type, action, transaction, access)
        visitor.facts = try facts(of: need, for: type, action, transaction, access)
        return visitor
    }

    /// Those of the payers that the type names who pay, by the records that the caller may see; nil: it names none, or
    /// no coverage is on record.
    func payers(
        of set: PatientSet, for type: VisitTypeDefinition, _ action: Permission, _ transaction: any Transaction,
        _ access: Access
    ) throws -> Set<String>? {
        let named = type.rules.eligibility.namedPayers
        if named.isEmpty { return nil }
        let scopes = try Policy.scopeRows(of: set.members, for: access.caller, in: transaction)
        let seen = set.members.filter {
            Policy.decide(access.caller, action, .patient(scopes[$0] ?? [])) == .permit
        }
        return try directory.payers(of: seen, among: named, in: transaction)
    }

    /// What is known of a need; nil: the type asks for nothing, there is no need, or not for this caller.
    func facts(
        of need: ID<Need>?, for type: VisitTypeDefinition, _ action: Permission, _ transaction: any Transaction,
        _ access: Access
    ) throws -> Set<String>? {
        guard let need, !type.rules.eligibility.facts.isEmpty,
            try messaging.reaches(need, access.caller, action, in: transaction)
        else { return nil }
        return try messaging.facts(of: need, in: transaction)
    }
}
