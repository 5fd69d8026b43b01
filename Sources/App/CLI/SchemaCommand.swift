import ArgumentParser
import Kernel
import Store

/// `throughline schema`: the schema as the engine tells it, for review.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the schema of both stores, or the migrations with their fingerprints.",
        discussion: """
            Brings the schema up to date first, as every command does. docs/schema holds what this prints; bin/schema makes
            it anew on both engines.
            """)

    @OptionGroup var options: DataOptions

    @Flag(help: "Print each migration with the fingerprint of its text instead.")
    var migrations = false

    func run() async throws {
        let platform = try await Platform.open(try await options.settings())
        let text: String
        do {
            text = migrations ? platform.migrationManifest : try await platform.schemaDocument()
        } catch {
            await platform.close()
            throw error
        }
        await platform.close()
        Output.text(text)
    }
}

extension Platform {
    /// A line for each migration of both stores, in the order in which they run: its id and the fingerprint of its text.
    package var migrationManifest: String {
        allMigrations.sorted { $0.id < $1.id }.map { "\($0.id) \($0.fingerprint)\n" }.joined()
    }

    package func schemaDocument() async throws -> String {
        try await SchemaDump.document(data: installation.database, keys: installation.keyDatabase)
    }
}
