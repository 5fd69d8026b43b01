/// How patient and practitioner meet.
package enum Modality: String, Codable, Sendable, CaseIterable {
    case inPerson = "in-person"
    case video
    case phone
}

/// Whom a visit type is for.
package enum PatientStanding: String, Codable, Sendable, CaseIterable {
    case any
    /// Somebody without a completed visit here.
    case new
    /// Somebody with one.
    case established
}

/// FHIR Appointment.appointmentType, by its codes of HL7 v2 table 0276.
package enum AppointmentTypeCode: String, Codable, Sendable, CaseIterable {
    case checkup = "CHECKUP"
    case emergency = "EMERGENCY"
    case followUp = "FOLLOWUP"
    case routine = "ROUTINE"
    case walkIn = "WALKIN"
}

/// A kind of appointment with its rules.
package struct VisitTypeDefinition: Definition {
    package static let kind = DefinitionKind.visitType

    package var key: String
    package var names: LocalizedText
    /// With the patient.
    package var minutes: Int
    /// The practitioner's time before and after, which nobody else may have.
    package var bufferBefore: Int
    package var bufferAfter: Int
    /// Starts are offered at multiples of this many minutes after midnight.
    package var startEvery: Int
    package var modality: Modality
    /// Key.
    package var serviceLine: String
    /// Keys of those who may do it. Empty: every practitioner of the service line.
    package var practitioners: [String]
    /// Keys of the places where it may be. Empty: every place.
    package var locations: [String]
    /// The least notice, in minutes before the start.
    package var leadMinutes: Int
    /// How far ahead it may be booked, in days from today in the location's zone.
    package var horizonDays: Int
    package var patients: PatientStanding
    package var appointmentType: AppointmentTypeCode
    /// What the patient should do or bring.
    package var prep: LocalizedText?
    /// Key of the plan by which patients are reminded; nil: the plan `standard`.
    package var reminderPlan: String?
    /// What makes it more sensitive than others, beside what its service line says.
    package var labels: [String]
    package var rules: VisitRules

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, minutes, bufferBefore, bufferAfter, startEvery, modality, serviceLine, practitioners, locations
        case leadMinutes, horizonDays, patients, appointmentType, prep, reminderPlan, labels, rules
    }

    package init(
        key: String, names: LocalizedText, minutes: Int, bufferBefore: Int = 0, bufferAfter: Int = 0,
        startEvery: Int = 15, modality: Modality = .inPerson, serviceLine: String, practitioners: [String] = [],
        locations: [String] = [], leadMinutes: Int, horizonDays: Int, patients: PatientStanding = .any,
        appointmentType: AppointmentTypeCode = .routine, prep: LocalizedText? = nil, reminderPlan: String? = nil,
        labels: [String] = [], rules: VisitRules = VisitRules()
    ) {
        self.key = key
        self.names = names
        self.minutes = minutes
        self.bufferBefore = bufferBefore
        self.bufferAfter = bufferAfter
        self.startEvery = startEvery
        self.modality = modality
        self.serviceLine = serviceLine
        self.practitioners = practitioners
        self.locations = locations
        self.leadMinutes = leadMinutes
        self.horizonDays = horizonDays
        self.patients = patients
        self.appointmentType = appointmentType
        self.prep = prep
        self.reminderPlan = reminderPlan
        self.labels = labels
        self.rules = rules
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        minutes = try fields.required(.minutes)
        bufferBefore = try fields.optional(.bufferBefore, default: 0)
        bufferAfter = try fields.optional(.bufferAfter, default: 0)
        startEvery = try fields.optional(.startEvery, default: 15)
        modality = try fields.required(.modality)
        serviceLine = try fields.required(.serviceLine)
        practitioners = try fields.list(.practitioners)
        locations = try fields.list(.locations)
        leadMinutes = try fields.required(.leadMinutes)
        horizonDays = try fields.required(.horizonDays)
        patients = try fields.optional(.patients, default: .any)
        appointmentType = try fields.optional(.appointmentType, default: .routine)
        prep = try fields.optional(.prep)
        reminderPlan = try fields.optional(.reminderPlan)
        labels = try fields.list(.labels)
        rules = try fields.optional(.rules, default: VisitRules())
    }

    /// How long a visit is with that practitioner. `established`: whether the patient has been here before; nil when that is
    /// not known, which counts as new.
    package func minutes(with practitioner: String, established: Bool?) -> Int {
        let standing: PatientStanding = established == true ? .established : .new
        return rules.durations.first { duration in
            (duration.practitioners.isEmpty || duration.practitioners.contains(practitioner))
                && (duration.patients == .any || duration.patients == standing)
        }?.minutes ?? minutes
    }

    /// The shortest that a visit with that practitioner can be.
    package func leastMinutes(with practitioner: String) -> Int {
        min(minutes(with: practitioner, established: true), minutes(with: practitioner, established: false))
    }

    /// Whether anybody may book it in public: its rules allow it, and none of them asks what only a record tells.
    package var isPublic: Bool { rules.selfService.book && mayBePublic }

    private var mayBePublic: Bool {
        let asked = rules.eligibility
        return patients != .established && rules.groupSize == 1 && !asked.referral && asked.authorization == nil
            && asked.payers.isEmpty && asked.facts.isEmpty
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require((5...720).contains(minutes), "minutes", "A visit takes 5 to 720 minutes, not \(minutes).")
        for (path, value) in [("bufferBefore", bufferBefore), ("bufferAfter", bufferAfter)] {
            findings.require((0...240).contains(value), path, "A buffer is 0 to 240 minutes, not \(value).")
        }
        findings.require(
            [5, 10, 15, 20, 30, 60].contains(startEvery), "startEvery",
            "Starts come every 5, 10, 15, 20, 30 or 60 minutes, not \(startEvery).")
        findings.requireDistinct(practitioners, "practitioners")
        findings.requireDistinct(locations, "locations")
        findings.check(labels: labels)
        findings.require(leadMinutes >= 0, "leadMinutes", "The notice cannot be negative.")
        findings.require((1...730).contains(horizonDays), "horizonDays", "It is 1 to 730 days, not \(horizonDays).")
        findings.require(
            leadMinutes / 1_440 < horizonDays, "leadMinutes",
            "The least notice reaches past the horizon, so no time could ever be offered.")
        if let prep { findings.check(prep, "prep", atMost: 600) }
        findings.require(
            !rules.selfService.book || mayBePublic, "rules.selfService.book",
            "The public books no groups, and nothing that asks who has been here, who pays, for a referral or for facts."
        )
        let own = rules.selfService
        findings.require(
            !own.text || own.book || own.move || own.cancel, "rules.selfService.text",
            "By text nothing could be done with it: it may be neither booked, moved nor cancelled.")
        findings.require(
            !own.text || labels.isEmpty, "rules.selfService.text",
            "What is more sensitive than other visits is not talked of in texts.")
        rules.check(of: key, into: &findings)
        return findings.problems
    }
}
