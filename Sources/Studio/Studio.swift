package import Web

/// The Studio area: configuration as documents. One line per capability.
package struct Studio: Sendable {
    private let setup: Setup

    package init(setup: Setup) { self.setup = setup }

    package var capabilities: [Capability] { [.definitions, setup.capability] }
}
