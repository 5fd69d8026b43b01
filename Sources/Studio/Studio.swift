package import Web

/// The Studio area: configuration as documents. One line per capability.
package struct Studio: Sendable {
    package init() {}

    package var capabilities: [Capability] { [.definitions] }
}
