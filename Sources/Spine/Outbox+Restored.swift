package import Kernel
package import Store

extension Outbox {
    /// After old data were restored: what was due may have gone out since, so it is looked up before it is tried, and what
    /// cannot be looked up waits for a person. What was not due yet has certainly not gone. How many were due.
    package static func doubtWhatWasDue(at now: Instant, in transaction: any Transaction) throws -> Int {
        try transaction.execute(
            """
            UPDATE outbox SET uncertain = TRUE
            WHERE tenant = \(.tenant) AND state IN ('waiting', 'sending') AND next_at <= \(now) AND uncertain = FALSE
            """)
    }
}
