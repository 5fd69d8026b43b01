package import Web

/// The Insights area: what happened, counted, and each number opened into its events. One line per capability.
package struct Insights: Sendable {
    private let dashboard: Dashboard

    package init(dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    package var capabilities: [Capability] { [EventsAPI.capability, Progress.capability, dashboard.capability] }
}
