import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// The patient a referral is written down for, as the form shows them.
struct ReadReferralClient: Query {
    static let permission = Permission.referralWrite
    let patient: ID<Patient>
    let desk: SchedulingDesk

    func run(_ transaction: any Transaction, _ access: Access) throws -> PatientCard {
        let grant = try desk.directory.grant(Self.permission, for: patient, access: access, in: transaction).grant
        guard let card = try desk.directory.cards(of: [patient], grant: grant, in: transaction)[patient] else {
            throw Fault.notFound("patient")
        }
        return card
    }
}

/// The view of `referrals/new`: what was typed stays.
struct IntakeView {
    let words: ReferralWords
    let patient: ID<Patient>
    let card: PatientCard
    let form: FormFields
    let fault: Fault?
    let intent: String

    private var wrong: Set<String> { Set(fault?.fields.map(\.path) ?? []) }

    var view: View {
        View([
            "patient": .text(patient.text), "who": .view(words.words.who(card)), "intent": .text(intent),
            "problem": .optional(fault.map { words.problem($0) }), "isMine": .flag(form["mine"] == "1"),
            "isDraft": .flag(form["draft"] == "1"), "what": .views(fields(asked)), "people": .views(fields(people)),
            "when": .views(fields(validity)),
        ])
    }

    private func fields(_ fields: [ReferralField]) -> [View] {
        fields.map { $0.view("new", value: form[$0.name] ?? start($0.name), wrong: wrong, words) }
    }

    /// What stands there before anything was typed.
    private func start(_ name: String) -> String {
        switch name {
        case "kind": ReferralKind.inbound.rawValue
        case "priority": NeedPriority.routine.rawValue
        case "authorization": ReferralAuthorization.notNeeded.rawValue
        case "receivedOn": words.today.iso
        default: ""
        }
    }

    private var asked: [ReferralField] {
        let configuration = words.words.configuration
        let language = words.words.language
        let lines = configuration.serviceLines.values.map { ($0.value.key, $0.value.names[language]) }
        let types = configuration.sortedVisitTypes(language).map { ($0.value.key, $0.value.names[language]) }
        return [
            ReferralField(name: "kind", shape: .choice(codes(ReferralKind.self, "kind")), needed: true),
            ReferralField(name: "category", shape: .choice(any + codes(OrderCategory.self, "category")), hint: true),
            ReferralField(name: "priority", shape: .choice(codes(NeedPriority.self, "priority")), needed: true),
            ReferralField(name: "serviceLine", shape: .choice(any + lines.sorted { $0.1 < $1.1 })),
            ReferralField(name: "visitType", shape: .choice(any + types)),
            ReferralField(name: "what", shape: .line(ReferralContent.longestName), hint: true),
            ReferralField(name: "reason", shape: .area(ReferralContent.longestText)),
        ]
    }

    private var people: [ReferralField] {
        let staff = words.words.configuration.sortedPractitioners.map { ($0.value.key, $0.value.name.display) }
        return [
            ReferralField(name: "requesterName", shape: .line(ReferralContent.longestName), hint: true),
            ReferralField(name: "requester", shape: .choice(any + staff)),
            ReferralField(name: "performerName", shape: .line(ReferralContent.longestName), hint: true),
            ReferralField(name: "performer", shape: .choice(any + staff)),
        ]
    }

    private var validity: [ReferralField] {
        [
            ReferralField(name: "receivedOn", shape: .date, needed: true),
            ReferralField(name: "identifier", shape: .line(200), hint: true),
            ReferralField(name: "authorization", shape: .choice(codes(ReferralAuthorization.self, "authorization"))),
            ReferralField(name: "authorizationNumber", shape: .line(ReferralContent.longestName)),
            ReferralField(name: "authorizedFrom", shape: .date), ReferralField(name: "authorizedTo", shape: .date),
            ReferralField(name: "expiresOn", shape: .date, hint: true),
        ]
    }

    private var any: [(value: String, label: String)] { [("", words.text("unsaid"))] }

    private func codes<Code: CaseIterable & RawRepresentable>(
        _: Code.Type, _ prefix: String
    ) -> [(value: String, label: String)] where Code.RawValue == String {
        Code.allCases.map { ($0.rawValue, words.text("\(prefix).\($0.rawValue)")) }
    }
}
