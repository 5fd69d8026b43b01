import Kernel

/// Why a time is not offered: the first rule that it breaks, in this order. The raw value ends the texts' keys and the
/// fault's code, and never changes.
package enum SlotRefusal: String, Sendable, CaseIterable, Error {
    case practitionerNotAllowed = "practitioner-not-allowed"
    case locationNotAllowed = "location-not-allowed"
    case deceased
    case newOnly = "new-only"
    case establishedOnly = "established-only"
    case sexNotAllowed = "sex-not-allowed"
    case payerNotAccepted = "payer-not-accepted"
    case referralNeeded = "referral-needed"
    case authorizationNeeded = "authorization-needed"
    case factsMissing = "facts-missing"
    case noNewPatients = "no-new-patients"
    case ageNotAllowed = "age-not-allowed"
    case practitionerAge = "practitioner-age"
    case skippedByClocks = "skipped-by-clocks"
    case locationClosed = "location-closed"
    case practitionerAway = "practitioner-away"
    case noSession = "no-session"
    case keptForOthers = "kept-for-others"
    case endsTooLate = "ends-too-late"
    case offStep = "off-step"
    case outsideStarts = "outside-starts"
    case tooSoon = "too-soon"
    case tooFar = "too-far"
    /// An absence that was recorded: of the practitioner, of the whole place.
    case absent
    case closedThen = "closed-then"
    case groupFull = "group-full"
    case practitionerBusy = "practitioner-busy"
    case noTimeToTravel = "no-time-to-travel"
    case practitionerLimit = "practitioner-limit"
    case typeLimit = "type-limit"
    case locationLimit = "location-limit"
    /// The same of a room, a device or an interpreter.
    case thingClosed = "thing-closed"
    case noRoom = "no-room"
    case noEquipment = "no-equipment"
    case noInterpreter = "no-interpreter"
    case patientBusy = "patient-busy"

    /// How many rules come before it.
    var rank: Int { Self.ranks[self] ?? 0 }

    private static let ranks = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

    /// The reason in one plain line, for faults; pages take it from the catalogue.
    package var sentence: String {
        switch self {
        case .practitionerNotAllowed: "This practitioner does not do this visit type."
        case .locationNotAllowed: "This visit type is not done at this location."
        case .deceased: "The patient has died; nothing can be booked."
        case .newOnly: "This visit type is for new patients."
        case .establishedOnly: "This visit type is for patients who have been here before."
        case .sexNotAllowed: "This visit type is not for patients of this sex."
        case .payerNotAccepted: "This visit type is not booked with this patient's coverage."
        case .referralNeeded: "This visit type needs a referral."
        case .authorizationNeeded: "This visit type needs the payer's authorization."
        case .factsMissing: "Something has to be asked before this visit type is booked."
        case .noNewPatients: "This practitioner takes no new patients."
        case .ageNotAllowed: "This visit type is not for patients of this age."
        case .practitionerAge: "This practitioner does not see patients of this age."
        case .skippedByClocks: "The clocks skip this time, or show it twice."
        case .locationClosed: "The location is closed then."
        case .practitionerAway: "The practitioner is away then."
        case .noSession: "The practitioner does not see patients there then."
        case .keptForOthers: "That time is kept for other visit types."
        case .endsTooLate: "The visit would end after the practitioner's session."
        case .offStep: "Visits of this type do not begin at this minute."
        case .outsideStarts: "Visits of this type do not begin at this time of day."
        case .tooSoon: "That is sooner than this visit type's notice allows."
        case .tooFar: "That is further ahead than this visit type may be booked."
        case .groupFull: "The group is full."
        case .practitionerBusy: "The practitioner has another visit then."
        case .absent: "The practitioner is away at that time."
        case .closedThen: "The location is closed at that time."
        case .thingClosed: "A room, a device or an interpreter that this visit needs is not there at that time."
        case .noTimeToTravel: "The practitioner could not get there in time from another visit, or to the next one."
        case .practitionerLimit: "The practitioner has as many visits on that day as one day may have."
        case .typeLimit: "The practitioner has as many visits of this type on that day as one day may have."
        case .locationLimit: "The location has as many visits of this type on that day as one day may have."
        case .noRoom: "No room that this visit needs is free then."
        case .noEquipment: "No device that this visit needs is free then."
        case .noInterpreter: "No interpreter is free then."
        case .patientBusy: "The patient has another visit then."
        }
    }

    /// The same, with what has to be asked first.
    package func sentence(missing codes: [String]) -> String {
        guard self == .factsMissing, !codes.isEmpty else { return sentence }
        return "\(sentence.dropLast()): \(codes.joined(separator: ", "))."
    }

    /// What has to be asked first, as fields of a fault; `missing(_:)` reads them.
    func fields(missing codes: [String]) -> [Fault.Field] {
        self == .factsMissing ? codes.map { Fault.Field("facts.\($0)", "Nothing is known of it yet.") } : []
    }

    /// What has to be asked first, as a fault says it.
    static func missing(_ fault: Fault) -> [String] {
        guard fault.code == "slot." + Self.factsMissing.rawValue else { return [] }
        return fault.fields.compactMap { field in
            field.path.hasPrefix("facts.") ? String(field.path.dropFirst("facts.".count)) : nil
        }
    }

    /// The end of the key of what a patient is told, who learns nothing of other people's visits, of why somebody is away,
    /// or of how full a day is.
    package var told: String {
        switch self {
        case .practitionerNotAllowed, .locationNotAllowed, .newOnly, .establishedOnly, .referralNeeded,
            .authorizationNeeded, .factsMissing, .noNewPatients, .locationClosed, .tooSoon, .tooFar, .patientBusy:
            rawValue
        case .deceased, .sexNotAllowed, .payerNotAccepted, .ageNotAllowed, .practitionerAge: "not-for-you"
        case .offStep, .outsideStarts, .endsTooLate, .skippedByClocks: "no-start"
        case .closedThen: Self.locationClosed.rawValue
        case .groupFull: "group-full"
        case .practitionerAway, .noSession, .keptForOthers, .practitionerBusy, .absent, .noTimeToTravel,
            .practitionerLimit, .thingClosed,
            .typeLimit, .locationLimit, .noRoom, .noEquipment, .noInterpreter:
            "not-available"
        }
    }
}
