/// A right to do one kind of thing: `patient.read`. Roles in blueprints name them; routes and commands demand them.
package struct Permission: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

extension Permission {
    package static let patientRead = Permission("patient.read")
    package static let patientWrite = Permission("patient.write")
    package static let patientSearch = Permission("patient.search")
    package static let patientRestricted = Permission("patient.restricted")
    /// To open a record out of one's reach in an emergency, with a reason and for a time.
    package static let patientBreakGlass = Permission("patient.break-glass")
    package static let patientImport = Permission("patient.import")
    package static let needRead = Permission("need.read")
    package static let needWrite = Permission("need.write")
    package static let messageRead = Permission("message.read")
    package static let messageSend = Permission("message.send")
    package static let appointmentRead = Permission("appointment.read")
    package static let appointmentWrite = Permission("appointment.write")
    package static let scheduleRead = Permission("schedule.read")
    package static let dashboardRead = Permission("dashboard.read")
    package static let eventRead = Permission("event.read")
    package static let userManage = Permission("user.manage")
    package static let auditRead = Permission("audit.read")
    package static let definitionRead = Permission("definition.read")
    package static let definitionWrite = Permission("definition.write")
    /// To be told why a record is not shown.
    package static let policyExplain = Permission("policy.explain")
    /// To label records, and to write down what a patient allowed under 42 CFR Part 2.
    package static let labelWrite = Permission("label.write")
    /// Records of a substance use disorder programme: 42 CFR Part 2.
    package static let labelSubstanceUse = Permission("label.substance-use")
}

// Minimum necessary: parts of a record that a right of its own opens. Without it the part is not there, rather than empty.
extension Permission {
    /// Notes of the staff: on needs, hand-offs and visits.
    package static let noteRead = Permission("note.read")
    /// Record numbers and what else identifies a person elsewhere.
    package static let identifierRead = Permission("identifier.read")
    /// Payer, plan and member id.
    package static let coverageRead = Permission("coverage.read")
    /// Clinical documents: what came from a clinical record.
    package static let clinicalRead = Permission("clinical.read")
    /// Telephone numbers, e-mail and street.
    package static let contactRead = Permission("contact.read")

    package static let fields: [Permission] = [noteRead, identifierRead, coverageRead, clinicalRead, contactRead]
}
