package import Kernel
package import Store

/// Where a published definition came from.
package enum DefinitionOrigin: String, Sendable {
    /// A folder of documents that was applied.
    case blueprint
    /// A page of the console. Applying a blueprint keeps it unless it is told to replace what was edited.
    case console
    /// A page of the console took it out of force. Its document is the one that held until then.
    case retirement
}

/// One version of a definition, in force or replaced since.
package struct DefinitionVersion: Sendable {
    package let version: Int
    package let origin: DefinitionOrigin
    package let publishedAt: Instant
    /// Who of the staff; nil: a command.
    package let publishedBy: ID<User>?
    package let definition: AnyDefinition

    package init(
        version: Int, origin: DefinitionOrigin, publishedAt: Instant, publishedBy: ID<User>?,
        definition: AnyDefinition
    ) {
        self.version = version
        self.origin = origin
        self.publishedAt = publishedAt
        self.publishedBy = publishedBy
        self.definition = definition
    }
}

/// How other areas publish a definition that they have an editor for. Implemented by Studio.
package protocol DefinitionPublishing: Sendable {
    /// The number of the new version, in the caller's transaction. What is wrong with the document by itself was looked
    /// at before; it shows everywhere within a second of the commit.
    func publish(
        _ definition: AnyDefinition, by user: ID<User>?, at now: Instant, in transaction: any Transaction
    ) throws -> Int
    /// Every version of a definition, the newest first, at most 200.
    func versions(
        _ kind: DefinitionKind, _ key: String, in transaction: any Transaction
    ) throws -> [DefinitionVersion]
    /// The newest version of each definition of a kind that came from a blueprint, by key.
    func fromBlueprint(_ kind: DefinitionKind, in transaction: any Transaction) throws -> [String: AnyDefinition]
}
