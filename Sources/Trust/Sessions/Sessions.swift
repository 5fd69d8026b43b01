package import Kernel
package import StudioAPI

/// Sign-in sessions. A session ends when its person signs out or is signed out, after some minutes without work, or some
/// hours after it began, whatever happens in between; how many, each role says. What a page asks for by itself is no work.
/// The cookie holds a random token; the database only its keyed hash.
///
/// What is sensitive (a second step, keys, people who administer) asks who it is once more, unless that was asked within
/// the last five minutes.
package enum Sessions {
    package static let confirmation: Duration = .minutes(5)
    /// How far the clocks of nodes may be apart. A session that was used later than that from now is of a clock that was
    /// set back: it ends, rather than last longer.
    package static let largestSkew: Duration = .minutes(5)

    /// How long a session may last; of several roles the strictest counts.
    package struct Limits: Sendable, Equatable {
        package let idle: Duration
        package let absolute: Duration
        package let needsSecondStep: Bool

        package init(roles: [RoleDefinition]) {
            idle = .minutes(roles.map { $0.idleMinutes ?? 15 }.min() ?? 15)
            absolute = .hours(roles.map { $0.sessionHours ?? 12 }.min() ?? 12)
            needsSecondStep = roles.contains { $0.requiresSecondStep ?? false }
        }
    }

    /// One session, as far as the rules look at it.
    package struct Times: Sendable {
        package let createdAt: Instant
        package let seenAt: Instant
        package let expiresAt: Instant
        package let endedAt: Instant?

        package init(createdAt: Instant, seenAt: Instant, expiresAt: Instant, endedAt: Instant?) {
            self.createdAt = createdAt
            self.seenAt = seenAt
            self.expiresAt = expiresAt
            self.endedAt = endedAt
        }

        /// Whether the session still holds at `now`.
        package func hold(_ limits: Limits, at now: Instant) -> Bool {
            endedAt == nil && now < expiresAt && now < createdAt + limits.absolute && now < seenAt + limits.idle
                && seenAt <= now + Sessions.largestSkew
        }
    }

    /// What a person knows a device by: the browser and the system it says it is.
    package static func device(userAgent: String?) -> String? {
        guard let text = userAgent?.prefix(400) else { return nil }
        let browsers = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ]
        let systems = [
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
        ]
        let found = [browsers, systems].compactMap { names in names.first { text.contains($0.0) }?.1 }
        return found.isEmpty ? nil : found.joined(separator: ", ")
    }
}
