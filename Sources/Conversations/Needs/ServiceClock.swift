package import Kernel
package import StudioAPI
package import TimeZones

/// When a need is due: minutes of running time counted by the service level, in the opening hours of its place.
package enum ServiceClock {
    package static func due(
        from start: Instant, minutes: Int, level: ServiceLevelDefinition, location: LocationDefinition?, zone: Zone?
    ) -> Instant {
        guard level.running == .openingHours, let location, let zone else { return start + .minutes(minutes) }
        return OpeningClock.due(from: start, minutes: minutes, at: location, zone)
    }
}
