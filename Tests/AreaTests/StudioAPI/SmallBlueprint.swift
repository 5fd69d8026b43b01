import Kernel
import StudioAPI
import TimeZones
import Vault

/// The least blueprint that is right: one place, one person, one visit. Each test breaks one thing in it.
enum SmallBlueprint {
    static func make() throws -> Blueprint {
        var blueprint = Blueprint()
        blueprint.organizations = [
            OrganizationDefinition(
                key: "clinic", name: "Clinic", zone: "America/Denver", phone: "+13035550100",
                languages: [.english, .spanish])
        ]
        blueprint.serviceLines = [ServiceLineDefinition(key: "care", names: words)]
        blueprint.locations = [try location()]
        blueprint.practitioners = [try practitioner()]
        blueprint.visitTypes = [
            VisitTypeDefinition(
                key: "visit", names: words, minutes: 30, bufferAfter: 10, serviceLine: "care", leadMinutes: 60,
                horizonDays: 90)
        ]
        blueprint.reminderPlans = [.builtIn]
        blueprint.roles = [
            RoleDefinition(key: "agent", names: words, permissions: ["patient.read"], locationScope: .everywhere)
        ]
        blueprint.serviceLevels = [
            ServiceLevelDefinition(
                key: "standard", names: words, running: .aroundTheClock,
                targets: Dictionary(
                    uniqueKeysWithValues: NeedPriority.allCases.map {
                        ($0, .init(firstResponseMinutes: 60, resolutionMinutes: 1_440))
                    }))
        ]
        blueprint.teams = [
            TeamDefinition(
                key: "desk", names: words, roles: ["agent"], serviceLevel: "standard", takesNewNeeds: true)
        ]
        blueprint.consentPolicies = [try policy()]
        blueprint.proxyPolicies = [.builtIn]
        blueprint.retentions = [
            RetentionDefinition(
                key: "kept", names: words, majorityAge: 18,
                rules: [.init(data: .patientRecords, afterYears: 10, afterMajorityYears: 10, action: .review)])
        ]
        blueprint.messageTemplates = TemplateUse.allCases.map { template($0) }
        blueprint.resources = [try resource()]
        blueprint.referralPolicies = [referrals()]
        blueprint.waitlistPolicies = [.builtIn]
        blueprint.delayPolicies = [.builtIn]
        return blueprint
    }

    static let words = LocalizedText("Word", spanish: "Palabra")
    static let zones: Set<String> = ["America/Denver"]
    static let permissions: Set<Permission> = [.patientRead]

    static func location() throws -> LocationDefinition {
        LocationDefinition(
            key: "main", name: "Main", zone: "America/Denver",
            address: AddressDefinition(lines: ["1 Oak Street"], city: "Denver", state: "CO", postalCode: "80205"),
            phone: "+13035550101",
            openingHours: WeeklyHours([
                .monday: [try range("08:00-12:00"), try range("13:00-17:00")], .tuesday: [try range("08:00-12:00")],
            ]),
            directions: words, parking: words)
    }

    static func practitioner() throws -> PractitionerDefinition {
        PractitionerDefinition(
            key: "ana", name: PractitionerName(prefix: "Dr.", given: "Ana", family: "Ruiz"), npi: "9000000106",
            serviceLines: ["care"], templates: [try template("08:00-12:00", [.monday, .tuesday])])
    }

    static func resource() throws -> ResourceDefinition {
        ResourceDefinition(
            key: "interpreter", names: words, type: .interpreter, locations: ["main"], features: ["quiet"],
            languages: ["es", "nv"], capacity: 2, hours: WeeklyHours([.monday: [try range("08:00-12:00")]]),
            exceptions: [
                AvailabilityException(
                    effect: .away, firstDay: try date("2026-05-01"), lastDay: try date("2026-05-02"),
                    hours: try range("09:00-10:00"), location: "main", reason: "Training")
            ])
    }

    static func referrals() -> ReferralPolicyDefinition {
        var policy = ReferralPolicyDefinition.builtIn
        policy.running = .openingHours
        policy.location = "main"
        policy.serviceLines = [.init(serviceLine: "care", targets: [.stat: .init(firstContactMinutes: 60)])]
        return policy
    }

    static func template(_ hours: String, _ days: [Weekday]) throws -> AvailabilityTemplate {
        let range = try range(hours)
        return AvailabilityTemplate(location: "main", weekdays: days, from: range.from, to: range.to)
    }

    static func template(_ use: TemplateUse) -> MessageTemplateDefinition {
        let purpose: MessagePurpose
        switch use {
        case .reply, .confirmed, .waitlistGone, .bumpGone, .textTimes, .textOther, .textGone, .textWhich, .textCancel:
            purpose = .reply
        case .confirmation, .pending: purpose = .appointmentConfirmation
        case .reminder: purpose = .appointmentReminder
        case .cancellation, .reschedule, .waitlistOffer, .runningLate, .bumpOffer, .bumpKept:
            purpose = .appointmentChange
        default: purpose = .serviceNotice
        }
        let variable: TemplateVariable =
            switch use {
            case .ambiguousReply, .bumpOffer, .textTimes, .textOther, .textGone, .textWhich: .choices
            case .bookingCode: .code
            default: .practicePhone
            }
        let numbers = use == .textCancel ? " 1 2" : ""
        return MessageTemplateDefinition(
            key: use.rawValue, names: words, use: use, purpose: purpose, variables: [variable],
            body: LocalizedText(
                "Text us\(numbers): {{\(variable.rawValue)}}", spanish: "Escriba\(numbers): {{\(variable.rawValue)}}"))
    }

    static func policy() throws -> ConsentPolicyDefinition {
        ConsentPolicyDefinition(
            key: "contact", names: words,
            rules: [
                .init(purposes: [.reply, .serviceNotice], channels: [.sms], basis: .notRequired),
                .init(
                    purposes: [.appointmentConfirmation, .appointmentReminder, .appointmentChange], channels: [.sms],
                    basis: .implied),
                .init(purposes: [.marketing], channels: [.sms], basis: .optIn),
            ],
            quietHours: QuietHours(from: try time("21:00"), to: try time("08:00"), except: [.reply]),
            keywords: [
                .english: ReplyKeywords(
                    optOut: ["stop", "stop all"], optIn: ["start"], help: ["help"], confirm: ["c", "1", "yes"],
                    decline: ["no"]),
                .spanish: ReplyKeywords(
                    optOut: ["alto"], optIn: ["alta"], help: ["ayuda"], confirm: ["sí"], decline: ["no"]),
            ])
    }

    static func range(_ text: String) throws -> ClockRange {
        guard let range = ClockRange(text) else { throw Fault.invalid("range", text) }
        return range
    }

    static func time(_ text: String) throws -> ClockTime {
        guard let time = ClockTime(text) else { throw Fault.invalid("time", text) }
        return time
    }

    static func date(_ text: String) throws -> DefinitionDate {
        guard let civil = CivilDate(iso: text) else { throw Fault.invalid("date", text) }
        return DefinitionDate(civil)
    }
}
