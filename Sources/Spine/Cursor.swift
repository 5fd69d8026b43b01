package import Kernel
package import Vault

/// A place in a list, for the next page. Encrypted: a visible position or id would betray hidden activity.
package struct Cursor: Sendable, Equatable {
    package let values: [Int64]

    package init(_ values: Int64...) { self.values = values }

    /// The text that leaves the server, for one list only.
    package func text(for list: String, vault: TenantVault) throws -> String {
        try vault.sealToken(
            values.flatMap { value in withUnsafeBytes(of: value.bigEndian) { Array($0) } }, label: "cursor/" + list)
    }

    /// Reads what `text` wrote. Throws `cursor.invalid` for anything else, also a cursor of another list.
    package init(_ text: String, for list: String, vault: TenantVault) throws(Fault) {
        guard let bytes = vault.openToken(text, label: "cursor/" + list), bytes.count.isMultiple(of: 8), !bytes.isEmpty
        else {
            throw Fault(
                .invalid, "cursor.invalid", "This cursor does not belong to this list.",
                remedy: "Start again without a cursor.", fields: [.init("cursor", "Not a cursor of this list.")])
        }
        values = stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
    }
}
