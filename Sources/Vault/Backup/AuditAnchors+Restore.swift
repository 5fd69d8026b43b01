import Foundation
package import Kernel
package import Store

extension AuditChain {
    /// The head of every stream of the transaction's tenant.
    package static func heads(at now: Instant, in transaction: any Transaction) throws -> [AuditAnchor] {
        try transaction.rows(
            """
            SELECT b.stream, b.sequence, b.hash FROM audit_block b
            WHERE b.tenant = \(.tenant) AND b.sequence = (SELECT MAX(o.sequence) FROM audit_block o
                WHERE o.tenant = b.tenant AND o.stream = b.stream)
            ORDER BY b.stream
            """
        ).map { row in
            AuditAnchor(
                tenant: transaction.tenant, stream: try row["stream"], sequence: try row["sequence"],
                hash: try row["hash"], at: now)
        }
    }
}

extension KeyFolder {
    /// After old data were restored: takes the anchors that are newer than the data out of the anchor file and keeps them
    /// in a file beside it, as evidence of what was lost. The name of that file, and how many there were; nil for none.
    package func setAsideAnchors(after heads: [AuditAnchor], named name: String) throws -> (file: String, count: Int)? {
        guard let data = FileManager.default.contents(atPath: anchorsPath) else { return nil }
        let known = Dictionary(
            heads.map { ("\($0.tenant.text) \($0.stream)", $0.sequence) }, uniquingKeysWith: { first, _ in first })
        var kept: [Substring] = []
        var aside: [Substring] = []
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            // A line that cannot be read stays, and is told by every verification.
            if (7...8).contains(words.count), let sequence = Int64(words[3]),
                sequence > known["\(words[1]) \(words[2])"] ?? 0
            {
                aside.append(line)
            } else {
                kept.append(line)
            }
        }
        if aside.isEmpty { return nil }
        let file = path + "/audit-anchors.\(name).jsonl"
        try Self.write(aside, to: file)
        try Self.write(kept, to: anchorsPath)
        return (file, aside.count)
    }

    private static func write(_ lines: [Substring], to path: String) throws {
        let fresh = path + ".new"
        let text = lines.map { $0 + "\n" }.joined()
        let made = FileManager.default.createFile(
            atPath: fresh, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard made, rename(fresh, path) == 0 else {
            throw Fault(.unavailable, "audit.anchor", "The anchor file cannot be written.", place: path)
        }
    }
}
