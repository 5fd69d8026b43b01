import Crypto
import Kernel
import Store

extension Blobs {
    /// The chunks of attachments: bound to the blob's id and their number, under the key that the blob's row keeps.
    package static let sealedChunks = SealedColumn(
        read: { place, limit, scope, vault, transaction in
            // The blob's own key stays when the subject's is replaced: it is sealed anew in the blob's row.
            guard case .olderFormat = scope else { return ResealBatch() }
            // A chunk is large: fewer at a time.
            let limit = min(limit, 16)
            let rows = try transaction.rows(
                """
                SELECT c.blob, c.number, o.key_subject, o.sealed AS header,
                    CASE WHEN substr(c.sealed, 1, 1) = \([vault.newestSealVersion]) THEN NULL ELSE c.sealed END AS sealed
                FROM blob_chunk c JOIN blob_object o ON o.tenant = c.tenant AND o.id = c.blob
                WHERE c.tenant = \(.tenant) AND (c.blob, c.number) > (\(place.first), \(place.second))
                ORDER BY c.blob, c.number LIMIT \(limit)
                """)
            var batch = ResealBatch(rows, limit)
            for row in rows {
                let place = ResealPlace(first: try row["blob"], second: try row["number"])
                try batch.add(place, try row["sealed"]) { old in
                    let sealed: Sealed<Header> = try row["header"]
                    let header = try vault.open(sealed, id: place.first, subject: try row["key_subject"])
                    return try vault.resealed(
                        old, kind: chunkKind, id: place.first &+ place.second, key: SymmetricKey(data: header.key))
                }
            }
            return batch
        },
        write: { row, transaction in
            try transaction.execute(
                """
                UPDATE blob_chunk SET sealed = \(row.new)
                WHERE tenant = \(.tenant) AND blob = \(row.place.first) AND number = \(row.place.second)
                    AND sealed = \(row.old)
                """)
        }, kinds: [chunkKind])

    /// The rows of attachments.
    package static let sealedHeaders = SealedColumn.rows(of: "blob_object", Header.sealKind)
}
