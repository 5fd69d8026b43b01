/// How tables lie on disk. Left to itself SQLite keeps a table apart from its primary key, and walks and writes two trees
/// for every row. Reason, figures and consequences: `docs/decisions/007-one-tree-per-table.md`.
enum SQLiteLayout {
    private static let byID = "PRIMARY KEY (tenant, id)"

    /// The statement as it is run. A table with the key `(tenant, id)` lies by its id, which is unique in an installation; a
    /// table of nothing but numbers lies by its key. A table with texts or sealed values and another key stays as it is:
    /// wide rows would fill the upper pages of the tree.
    static func statement(_ text: String) -> String {
        guard text.hasPrefix("CREATE TABLE "), text.hasSuffix(")") else { return text }
        let referring = text.replacing(
            #/FOREIGN KEY \(tenant, (\w+)\) REFERENCES (\w+) \(tenant, id\)/#
        ) { "FOREIGN KEY (\($0.output.1)) REFERENCES \($0.output.2) (id)" }
        if referring.contains(byID), referring.contains(" id BIGINT NOT NULL") {
            return
                referring
                .replacing(#/,\s*PRIMARY KEY \(tenant, id\)/#, with: "")
                .replacing(" id BIGINT NOT NULL", with: " id INTEGER NOT NULL PRIMARY KEY", maxReplacements: 1)
        }
        let isOfNumbers = !referring.contains(" TEXT") && !referring.contains(" BLOB")
        return referring.contains("PRIMARY KEY (tenant, ") && isOfNumbers ? referring + " WITHOUT ROWID" : referring
    }
}
