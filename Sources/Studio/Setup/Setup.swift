import JSON
import Kernel
package import PeopleAPI
package import StudioAPI
package import TimeZones
package import Web

// Setup: the scheduling rules as forms of the console.
//
// - A form shows one definition: every field of it has a control, and what a form does not show stays as it is. A field
//   that was sent as it was shown is left untouched, to the letter.
// - Nothing is published from the form itself. It is checked first: what cannot be read is told beside its field; what
//   the checker of blueprints finds is told with a link to the field. Then a page shows what changes, what to look at
//   and what it does to others, asks why, and publishes a new version with who and why.
// - An error refuses the publication: one of this definition, and one of any other that was not there before.
// - Who began with a version that is no longer the newest is refused and told what was changed meanwhile, by whom and why.
// - What is published can be retired: it is offered no more, and what happened under it keeps its name. Something that
//   is still booked or waits on it, and an error of what would be left, refuse it. Publishing its form puts it back.
// - What was typed travels in the form itself: without scripts a row is added, moved and removed by a button that shows
//   the form again.

/// What has forms, each with its address.
package enum SetupKind: String, Sendable, CaseIterable {
    case visitTypes = "visit-types"
    case practitioners
    case resources
    case locations
    case waitlist
    case referrals

    package var kind: DefinitionKind {
        switch self {
        case .visitTypes: .visitType
        case .practitioners: .practitioner
        case .resources: .resource
        case .locations: .location
        case .waitlist: .waitlistPolicy
        case .referrals: .referralPolicy
        }
    }

    init?(_ kind: DefinitionKind) {
        guard let found = Self.allCases.first(where: { $0.kind == kind }) else { return nil }
        self = found
    }

    /// Of these a practice has one, with an address of its own.
    var isSingle: Bool { self == .waitlist || self == .referrals }
    var path: String { "/setup/\(rawValue)" }

    func path(_ key: String) -> String { isSingle ? path : "\(path)/\(key)" }

    /// What holds where nothing is published.
    var builtIn: AnyDefinition? {
        switch self {
        case .waitlist: .waitlistPolicy(.builtIn)
        case .referrals: .referralPolicy(.builtIn)
        case .visitTypes, .practitioners, .resources, .locations: nil
        }
    }

    var fields: [SetupSection] {
        switch self {
        case .visitTypes: SetupFields.visitType
        case .practitioners: SetupFields.practitioner
        case .resources: SetupFields.resource
        case .locations: SetupFields.location
        case .waitlist: SetupFields.waitlist
        case .referrals: SetupFields.referrals
        }
    }

    /// The document of one that is not there yet. Values that nobody has chosen are left out.
    var blank: FormTree {
        switch self {
        case .visitTypes:
            FormTree([
                "kind": "visit-type", "key": "", "modality": "in-person", "appointmentType": "ROUTINE",
                "patients": "any", "bufferBefore": 0, "bufferAfter": 0, "startEvery": 15, "leadMinutes": 1440,
                "horizonDays": 90,
                "rules": [
                    "groupSize": 1, "lateCancelMinutes": 1440,
                    "selfService": ["move": true, "cancel": true, "untilMinutes": 0],
                ],
            ])
        case .practitioners:
            FormTree([
                "kind": "practitioner", "key": "", "acceptsNew": true, "gender": "unknown", "languages": ["en"],
            ])
        case .resources: FormTree(["kind": "resource", "key": "", "type": "room", "capacity": 1])
        case .locations:
            FormTree(["kind": "location", "key": "", "calendarOwner": "ours", "address": ["country": "US"]])
        case .waitlist, .referrals: FormTree([:])
        }
    }
}

/// The pages of the rules.
package struct Setup: Sendable {
    let definitions: any DefinitionReading
    let zones: TimeZoneDatabase
    let staff: any StaffDirectory
    let uses: any DefinitionUses
    let shell: @Sendable (WebRequest, SignedIn, String, String) -> View

    package init(
        definitions: any DefinitionReading, zones: TimeZoneDatabase, staff: any StaffDirectory,
        uses: any DefinitionUses,
        shell: @escaping @Sendable (WebRequest, SignedIn, String, String) -> View
    ) {
        self.definitions = definitions
        self.zones = zones
        self.staff = staff
        self.uses = uses
        self.shell = shell
    }

    package var capability: Capability {
        Capability("setup", routes: routes)
    }
}
