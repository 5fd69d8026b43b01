package import Kernel
package import StudioAPI
import Synchronization
package import TimeZones

/// The compiled plans of tenants, each made anew when its configuration changes.
package final class SchedulePlans: Sendable {
    private struct Known {
        let revision: Int
        let plan: SchedulePlan
    }

    package let definitions: any DefinitionReading
    package let timeZones: TimeZoneDatabase
    package let postcodes: Postcodes
    private let known = Mutex<[ID<Tenant>: Known]>([:])

    package init(
        definitions: any DefinitionReading, timeZones: TimeZoneDatabase, postcodes: Postcodes = Postcodes(file: nil)
    ) {
        self.postcodes = postcodes
        self.definitions = definitions
        self.timeZones = timeZones
    }

    package func configuration(of tenant: ID<Tenant>) throws -> Configuration {
        try definitions.configuration(of: tenant)
    }

    /// The plan of what is published now.
    package func plan(of tenant: ID<Tenant>) throws -> SchedulePlan {
        let configuration = try definitions.configuration(of: tenant)
        if let known = known.withLock({ $0[tenant] }), known.revision == configuration.revision { return known.plan }
        let plan = try SchedulePlan(
            locations: configuration.locations.values.map(\.value),
            practitioners: configuration.practitioners.values.map(\.value),
            visitTypes: configuration.visitTypes.values.map(\.value),
            resources: configuration.resources.values.map(\.value),
            retired: configuration.retired.locations.values.map(\.value), timeZones: timeZones)
        known.withLock { $0[tenant] = Known(revision: configuration.revision, plan: plan) }
        return plan
    }

    /// The zone of a place: the location's, else the organization's, for places that no definition names (any more).
    package func zone(ofLocation key: String, tenant: ID<Tenant>) throws -> Zone {
        if let zone = try plan(of: tenant).zone(ofLocation: key) { return zone }
        guard let name = try definitions.configuration(of: tenant).organization?.zone else {
            throw Fault(
                .invalid, "schedule.location", "There is no such location.", remedy: "Publish the location first.",
                fields: [.init("location", "Not a known key.")])
        }
        return try timeZones.zone(name)
    }
}
