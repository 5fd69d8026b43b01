/// How long a visit takes when it is not the type's usual time.
package struct VisitDuration: Codable, Sendable, Equatable {
    /// Keys of the practitioners with whom it takes so long. Empty: all.
    package var practitioners: [String]
    package var patients: PatientStanding
    /// With the patient.
    package var minutes: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case practitioners, patients, minutes
    }

    package init(practitioners: [String] = [], patients: PatientStanding = .any, minutes: Int) {
        self.practitioners = practitioners
        self.patients = patients
        self.minutes = minutes
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        practitioners = try fields.list(.practitioners)
        patients = try fields.optional(.patients, default: .any)
        minutes = try fields.required(.minutes)
    }
}

/// A stretch of a person's life in completed years.
package struct AgeRange: Codable, Sendable, Equatable {
    /// From this birthday on; nil: from birth.
    package var from: Int?
    /// Until the day before this birthday; nil: without end.
    package var under: Int?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case from, under
    }

    package init(from: Int? = nil, under: Int? = nil) {
        self.from = from
        self.under = under
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        from = try fields.optional(.from)
        under = try fields.optional(.under)
    }

    package func contains(years: Int) -> Bool { (from ?? 0) <= years && (under.map { years < $0 } ?? true) }
}

/// When a payer's authorization has to be there before a visit is booked.
package struct AuthorizationRule: Codable, Sendable, Equatable {
    /// The payers that ask for it, by key or by name. Empty: all.
    package var payers: [String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case payers
    }

    package init(payers: [String] = []) {
        self.payers = payers
    }

    package init(from decoder: any Decoder) throws {
        payers = try StrictFields<CodingKeys>(decoder).list(.payers)
    }

    package func applies(to payer: String?) -> Bool { payers.isEmpty || payer.map(payers.contains) ?? false }
}

/// Who may have a visit. What is left out is no condition.
package struct VisitEligibility: Codable, Sendable, Equatable {
    /// At the visit's local day.
    package var ages: AgeRange?
    /// FHIR Patient.gender; somebody of whom it is not known is never kept away by it. Empty: all.
    package var sexes: [AdministrativeGender]
    /// The payers with whom it may be booked, by key or by name. Empty: all.
    package var payers: [String]
    /// Whether a referral has to be there.
    package var referral: Bool
    package var authorization: AuthorizationRule?
    /// Codes of what has to be known of the patient's need before it is booked.
    package var facts: [String]

    package static let everybody = VisitEligibility()

    /// The codes of all that can be known of a need.
    package static let factCodes: Set<String> = [
        "asked", "when-possible", "not-possible", "ride", "coverage", "medication", "amount", "delay", "visit",
        "promised", "note",
    ]

    /// All payers of whom it matters whether they pay.
    package var namedPayers: Set<String> { Set(payers + (authorization?.payers ?? [])) }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case ages, sexes, payers, referral, authorization, facts
    }

    package init(
        ages: AgeRange? = nil, sexes: [AdministrativeGender] = [], payers: [String] = [], referral: Bool = false,
        authorization: AuthorizationRule? = nil, facts: [String] = []
    ) {
        self.ages = ages
        self.sexes = sexes
        self.payers = payers
        self.referral = referral
        self.authorization = authorization
        self.facts = facts
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        ages = try fields.optional(.ages)
        sexes = try fields.list(.sexes)
        payers = try fields.list(.payers)
        referral = try fields.optional(.referral, default: false)
        authorization = try fields.optional(.authorization)
        facts = try fields.list(.facts)
    }
}

/// A room, a device or a person that a visit needs beside its practitioner.
package struct ResourceNeed: Codable, Sendable, Equatable {
    package var type: ResourceType
    /// What it must have, all of it.
    package var features: [String]
    /// Minutes for which it is needed before and after the visit.
    package var before: Int
    package var after: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case type, features, before, after
    }

    package init(type: ResourceType, features: [String] = [], before: Int = 0, after: Int = 0) {
        self.type = type
        self.features = features
        self.before = before
        self.after = after
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        type = try fields.required(.type)
        features = try fields.list(.features)
        before = try fields.optional(.before, default: 0)
        after = try fields.optional(.after, default: 0)
    }
}

/// The most visits of a type on one local day.
package struct DailyLimits: Codable, Sendable, Equatable {
    package var perPractitioner: Int?
    package var perLocation: Int?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case perPractitioner, perLocation
    }

    package init(perPractitioner: Int? = nil, perLocation: Int? = nil) {
        self.perPractitioner = perPractitioner
        self.perLocation = perLocation
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        perPractitioner = try fields.optional(.perPractitioner)
        perLocation = try fields.optional(.perLocation)
    }
}

/// A visit that belongs to another: laboratory before a procedure, a follow-up after it.
package struct LinkedVisit: Codable, Sendable, Equatable {
    package enum Order: String, Codable, Sendable, CaseIterable {
        case before, after
    }

    /// Key.
    package var visitType: String
    /// Whether it lies before or after the visit whose type names it.
    package var order: Order
    /// Between the end of the one and the beginning of the other.
    package var minGapMinutes: Int
    package var maxGapMinutes: Int
    package var sameDay: Bool
    package var sameLocation: Bool
    package var samePractitioner: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case visitType, order, minGapMinutes, maxGapMinutes, sameDay, sameLocation, samePractitioner
    }

    package init(
        visitType: String, order: Order, minGapMinutes: Int = 0, maxGapMinutes: Int, sameDay: Bool = false,
        sameLocation: Bool = false, samePractitioner: Bool = false
    ) {
        self.visitType = visitType
        self.order = order
        self.minGapMinutes = minGapMinutes
        self.maxGapMinutes = maxGapMinutes
        self.sameDay = sameDay
        self.sameLocation = sameLocation
        self.samePractitioner = samePractitioner
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        visitType = try fields.required(.visitType)
        order = try fields.required(.order)
        minGapMinutes = try fields.optional(.minGapMinutes, default: 0)
        maxGapMinutes = try fields.required(.maxGapMinutes)
        sameDay = try fields.optional(.sameDay, default: false)
        sameLocation = try fields.optional(.sameLocation, default: false)
        samePractitioner = try fields.optional(.samePractitioner, default: false)
    }
}

/// What patients may do themselves, and until when.
package struct SelfServiceRule: Codable, Sendable, Equatable {
    package var book: Bool
    package var move: Bool
    package var cancel: Bool
    /// Until so many minutes before the visit it may be moved or cancelled; later the patient is asked to call.
    package var untilMinutes: Int
    /// Whether a text in the patient's own words does it too, as far as the rest allows it.
    package var text: Bool

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case book, move, cancel, untilMinutes, text
    }

    package init(
        book: Bool = false, move: Bool = true, cancel: Bool = true, untilMinutes: Int = 0, text: Bool = false
    ) {
        self.book = book
        self.move = move
        self.cancel = cancel
        self.untilMinutes = untilMinutes
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        book = try fields.optional(.book, default: false)
        move = try fields.optional(.move, default: true)
        cancel = try fields.optional(.cancel, default: true)
        untilMinutes = try fields.optional(.untilMinutes, default: 0)
        text = try fields.optional(.text, default: false)
    }
}

/// The rules of a visit type beyond its length and its place. In YAML: `rules:`.
package struct VisitRules: Codable, Sendable, Equatable {
    /// The first that fits counts; without one the type's own minutes do.
    package var durations: [VisitDuration]
    package var eligibility: VisitEligibility
    package var resources: [ResourceNeed]
    package var limits: DailyLimits
    package var linked: [LinkedVisit]
    /// How many patients share one visit of a group. 1: no group.
    package var groupSize: Int
    /// Starts are offered within this stretch of the day only.
    package var startsWithin: ClockRange?
    /// The patient comes without having eaten: earlier starts are better.
    package var fasting: Bool
    package var selfService: SelfServiceRule
    /// Who cancels later than so many minutes before the visit has cancelled late.
    package var lateCancelMinutes: Int
    /// What the patient is asked on the phone before it; nil: nothing.
    package var checkIn: CheckInRule?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case durations, eligibility, resources, limits, linked, groupSize, startsWithin, fasting, selfService
        case lateCancelMinutes, checkIn
    }

    package init(
        durations: [VisitDuration] = [], eligibility: VisitEligibility = .everybody, resources: [ResourceNeed] = [],
        limits: DailyLimits = DailyLimits(), linked: [LinkedVisit] = [], groupSize: Int = 1,
        startsWithin: ClockRange? = nil, fasting: Bool = false, selfService: SelfServiceRule = SelfServiceRule(),
        lateCancelMinutes: Int = 1_440, checkIn: CheckInRule? = nil
    ) {
        self.durations = durations
        self.eligibility = eligibility
        self.resources = resources
        self.limits = limits
        self.linked = linked
        self.groupSize = groupSize
        self.startsWithin = startsWithin
        self.fasting = fasting
        self.selfService = selfService
        self.lateCancelMinutes = lateCancelMinutes
        self.checkIn = checkIn
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder)
        durations = try fields.list(.durations)
        eligibility = try fields.optional(.eligibility, default: .everybody)
        resources = try fields.list(.resources)
        limits = try fields.optional(.limits, default: DailyLimits())
        linked = try fields.list(.linked)
        groupSize = try fields.optional(.groupSize, default: 1)
        startsWithin = try fields.optional(.startsWithin)
        fasting = try fields.optional(.fasting, default: false)
        selfService = try fields.optional(.selfService, default: SelfServiceRule())
        lateCancelMinutes = try fields.optional(.lateCancelMinutes, default: 1_440)
        checkIn = try fields.optional(.checkIn)
    }
}
