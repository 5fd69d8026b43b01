import HTTPTypes
import Logging
import JSON
package import Kernel
package import Spine
import Store
import Vault
package import Web

/// The live feed: server-sent events that name what changed, never what it says, to those whose rights open its
/// pages. The page then asks again for the regions it shows, through the same policy as ever. A browser that was away
/// says the last cursor it saw and catches up. The stream ends with its session: the browser is told (`event: ended`)
/// and leaves the page.
package enum Live {
    /// Returns when a session no longer holds (true) or what its person may see has changed (false); nil: the task
    /// was cancelled.
    package typealias Ended = @Sendable (SignedIn) async -> Bool?

    /// A comment line this often keeps proxies from closing a quiet stream.
    private static let heartbeat: Duration = .seconds(15)

    package static func capability(feed: EventFeed, ended: @escaping Ended) -> Capability {
        Capability(
            "live",
            routes: [
                .get(
                    "/live",
                    .account { request, signedIn in try await open(request, signedIn, feed: feed, ended: ended) })
            ])
    }

    private static func open(
        _ request: WebRequest, _ signedIn: SignedIn, feed: EventFeed, ended: @escaping Ended
    ) async throws -> WebResponse {
        let spine = request.spine
        let vault = try await spine.vault(request.tenant)
        let caller = signedIn.caller
        let given = request.headers[.lastEventID] ?? request.query["after"]
        let missed = try await missed(since: given, caller: caller, spine: spine, vault: vault)
        let notices = feed.listen(request.tenant)
        let stream = AsyncStream<String>(bufferingPolicy: .bufferingNewest(256)) { continuation in
            let reader = Task {
                continuation.yield("retry: 1000\n\n")
                continuation.yield(missed)
                do {
                    for await notice in notices {
                        let topics = LiveRights(caller).those(of: notice.topics)
                        guard !topics.isEmpty, await visible(notice, to: caller, spine: spine) else { continue }
                        continuation.yield(try event(topics, position: notice.position, vault: vault))
                    }
                } catch {
                    // The browser connects again and asks what it has missed.
                    spine.logger.error("a live notice could not be told", metadata: ["error": "\(error)"])
                }
                continuation.finish()
            }
            let beat = Task {
                while !Task.isCancelled {
                    // Cancelled: the stream has ended.
                    try? await Task.sleep(for: heartbeat)
                    continuation.yield(": \n\n")
                }
            }
            let watch = Task {
                guard let hasEnded = await ended(signedIn) else { return }
                // With other rights the browser connects again, as who its person is now.
                if hasEnded { continuation.yield("event: ended\ndata: {}\n\n") }
                continuation.finish()
            }
            continuation.onTermination = { _ in
                reader.cancel()
                beat.cancel()
                watch.cancel()
            }
        }
        return .events(stream)
    }

    /// What was missed since a cursor, as one event that makes every region ask again, or none when nothing was.
    private static func missed(
        since text: String?, caller: Caller, spine: Spine, vault: TenantVault
    ) async throws -> String {
        // No cursor or a foreign one: the stream begins now.
        let seen = text.flatMap { try? Cursor($0, for: "live", vault: vault) }?.values.first
        let (last, hasMissed) = try await spine.database.read(caller.tenant) { transaction in
            let last = try EventStore.lastPosition(in: transaction)
            guard let seen, seen < last else { return (last, false) }
            return (last, try happened(after: seen, for: caller, in: transaction))
        }
        return try event(hasMissed ? ["*"] : [], position: last, vault: vault)
    }

    /// Whether something happened after a position that the caller may know of: what is hidden from them does not move
    /// their pages.
    private static func happened(
        after position: Int64, for caller: Caller, in transaction: any Transaction
    ) throws -> Bool {
        let rights = LiveRights(caller)
        var seen: SQL = "TRUE"
        if !Policy.seesEverything(caller) || !caller.permissions.contains(.patientRead) {
            let scope = Policy.scope(
                caller.closed, .patientRead, patient: "e.patient", labels: "e.labels", strangers: true)
            seen = "(e.patient IS NULL AND e.labels = 0 OR \(scope))"
        }
        return try transaction.row(
            """
            SELECT 1 FROM event_position p JOIN event e ON e.tenant = p.tenant AND e.id = p.event
            WHERE p.tenant = \(.tenant) AND p.position > \(position)
                AND \(seen) AND \(rights.condition) LIMIT 1
            """) != nil
    }

    /// Whether a caller may know that something about this patient, or with these labels, changed: the policy's
    /// answer, not the listener's. Of what it changed on, `LiveRights` says what they are told.
    private static func visible(_ notice: EventFeed.Notice, to caller: Caller, spine: Spine) async -> Bool {
        if notice.patient == nil && notice.labels.isEmpty { return true }
        if Policy.seesEverything(caller), caller.permissions.contains(.patientRead) { return true }
        // A stream outlives what was opened in an emergency, and the moment at which its caller was made.
        let now = caller.closed.at(spine.clock.now())
        do {
            guard let patient = notice.patient else {
                return Policy.decide(now, .patientRead, .item(of: nil, notice.labels)) == .permit
            }
            let rows = try await spine.database.read(caller.tenant) {
                try Policy.scopeRows(of: [patient], for: now, in: $0)
            }
            return Policy.decide(now, .patientRead, .item(of: rows[patient] ?? [], notice.labels)) == .permit
        } catch {
            spine.logger.warning("a live notice could not be checked", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// The regions of pages that an event may change, by the names templates give them in `data-live`.
    package static func topics(
        kind: EventKind, patient: ID<Patient>?, need: ID<Need>?, conversation: String?
    ) -> [String] {
        var topics: [String] = []
        if let patient { topics.append("patient-" + patient.text) }
        if let need { topics.append("need-" + need.text) }
        if let conversation { topics.append("conversation-" + conversation) }
        let area = kind.rawValue.prefix { $0 != "." }
        if ["message", "need", "conversation"].contains(area) { topics.append("inbox") }
        if area == "appointment" || area == "bump" { topics.append("schedule") }
        topics.append("dashboard")
        return topics
    }

    private static func event(_ topics: [String], position: Int64, vault: TenantVault) throws -> String {
        let cursor = try Cursor(position).text(for: "live", vault: vault)
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("topics", topics)
        writer.endObject()
        let id = position == 0 ? "" : "id: \(cursor)\n"
        return "\(id)event: change\ndata: \(String(decoding: writer.bytes, as: UTF8.self))\n\n"
    }
}
