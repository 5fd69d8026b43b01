package import ConversationsAPI
import Kernel
package import PeopleAPI
package import SchedulingAPI
import Spine
package import StudioAPI
package import TimeZones
package import Store
import Vault
package import Web

/// The People area: who the patients are, how they are found, what happened with them.
package struct People: Sendable {
    /// Where a summary comes from.
    package let sources: PatientSources
    let staff: any StaffDirectory
    let definitions: any DefinitionReading
    let zones: TimeZoneDatabase
    let notices: any PatientNotices
    let referrals: any ReferralBook
    let shell: @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View
    /// What the list of patients says of records that may be one person's; nil: nothing.
    let alike: @Sendable (WebRequest, SignedIn) async throws -> String?

    var directory: PeopleDirectory { sources.directory }

    /// - Parameters:
    ///   - directory: made first, because other areas ask it; the same one here.
    ///   - messaging, consents, appointments, staff: what other areas show on a patient's page.
    ///   - referrals: what somebody follows for a patient.
    ///   - notices: what stands above a patient's page for everybody.
    ///   - shell: what stands round a page.
    ///   - alike: what the list of patients says of records that may be one person's.
    package init(
        directory: PeopleDirectory, definitions: any DefinitionReading, messaging: any PatientMessaging,
        consents: any ConsentLedger, appointments: any AppointmentBook, staff: any StaffDirectory,
        zones: TimeZoneDatabase, notices: any PatientNotices = NoPatientNotices(),
        referrals: any ReferralBook = NoReferrals(),
        shell: @escaping @Sendable (WebRequest, SignedIn, _ title: String, _ section: String) -> View,
        alike: @escaping @Sendable (WebRequest, SignedIn) async throws -> String? = { _, _ in nil }
    ) {
        sources = PatientSources(
            directory: directory, messaging: messaging, consents: consents, appointments: appointments)
        self.definitions = definitions
        self.staff = staff
        self.zones = zones
        self.notices = notices
        self.referrals = referrals
        self.shell = shell
        self.alike = alike
    }

    /// The tables of this area, for a store that is opened without its pages.
    package static let schema = [
        PatientsSchema.migration, DocumentsSchema.migration, Proxies.migration, DocumentsSchema.labels,
        RecordNumbers.migration,
    ]

    /// Keeps searches quick while patients come in one by one: a little of the index is merged each minute.
    private static let mergeTerms = Recurring("search.merge-terms", every: .minutes(1)) { spine, tenant in
        try await spine.database.write(tenant) { try TermIndex.merge(pages: 200, in: $0) }
        return 0
    }

    package var capabilities: [Capability] {
        [
            Capability(
                "patients", schema: [PatientsSchema.migration, RecordNumbers.migration],
                tables: PatientsSchema.tables + RecordNumbers.tables, routes: patientRoutes,
                seals: [
                    PatientRecord.sealKind, ContactValue.sealKind, IdentifierValue.sealKind, CoverageDetails.sealKind,
                ],
                permissions: [.patientRead, .patientWrite]),
            Capability("search", recurring: [Self.mergeTerms], routes: searchRoutes, permissions: [.patientSearch]),
            Capability("timeline", routes: timelineRoutes), proxies,
            Capability(
                "clinical-documents", schema: [DocumentsSchema.migration, DocumentsSchema.labels],
                tables: DocumentsSchema.tables,
                routes: documentRoutes, seals: [DocumentContent.sealKind]),
        ]
    }
}
