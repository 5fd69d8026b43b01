package import Kernel
package import Store

extension Blobs {
    /// Seals an attachment's key under another subject: a misfiled message goes to the person it belongs to. The chunks
    /// stay as they are. Ends quietly when the blob is gone.
    package static func move(
        _ id: ID<Blob>, owner: DataSubject, grant: Grant, to subject: ID<KeySubject>, vault: TenantVault,
        in transaction: any Transaction
    ) throws {
        guard
            let row = try transaction.row(
                "SELECT key_subject, sealed FROM blob_object WHERE tenant = \(.tenant) AND id = \(id)")
        else { return }
        let sealed: Sealed<Header> = try row["sealed"]
        let header = try sealed.open(grant, of: owner, id: id.raw, subject: try row["key_subject"])
        try transaction.send(
            """
            UPDATE blob_object SET key_subject = \(subject), sealed = \(try vault.seal(header, id: id.raw, subject: subject))
            WHERE tenant = \(.tenant) AND id = \(id)
            """)
    }
}
