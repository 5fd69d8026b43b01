import Foundation
import Kernel
package import StudioAPI
import Yams

/// Reads a folder of YAML documents. Every problem is told with its file and place, all of them together.
package enum BlueprintFolder {
    /// The largest file read, in bytes.
    private static let largestFile = 1 << 20
    /// The most values a document may have, each alias counted as what it stands for, and how deep they may lie.
    private static let mostValues = 200_000
    private static let deepest = 64

    package static func read(_ path: String) throws -> Blueprint {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Fault(.notFound, "blueprint.missing", "There is no such folder or file.", place: path)
        }
        let files = isFolder.boolValue ? try list(path) : [path]
        guard !files.isEmpty else {
            throw Fault(.invalid, "blueprint.empty", "The folder holds no YAML files.", place: path)
        }
        var definitions: [AnyDefinition] = []
        var problems: [Fault.Field] = []
        for file in files {
            do {
                definitions += try documents(file)
            } catch let fault as Fault {
                throw fault
            } catch {
                problems.append(.init((file as NSString).lastPathComponent, describe(error)))
            }
        }
        guard problems.isEmpty else {
            throw Fault(
                .invalid, "blueprint.unreadable", "\(problems.count) files cannot be read; nothing was published.",
                fields: problems)
        }
        return Blueprint(definitions)
    }

    private static func list(_ folder: String) throws -> [String] {
        guard let names = FileManager.default.enumerator(atPath: folder) else { return [] }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
            .map { folder + "/" + $0 }
    }

    private static func documents(_ file: String) throws -> [AnyDefinition] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Fault(.unavailable, "blueprint.read", "The file cannot be read.", place: file)
        }
        guard data.count <= largestFile else {
            throw Fault(.tooLarge, "blueprint.large", "The file is larger than 1 MiB.", place: file)
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Fault(.invalid, "blueprint.encoding", "The file is not UTF-8.", place: file)
        }
        let decoder = YAMLDecoder()
        return try compose_all(yaml: text).map { node in
            var values = 0
            try count(node, into: &values, depth: 0, file)
            return try decoder.decode(AnyDefinition.self, from: try serialize(node: node))
        }
    }

    /// Refuses aliases of aliases before anything writes them out.
    private static func count(_ node: Node, into values: inout Int, depth: Int, _ file: String) throws {
        values += 1
        guard values <= mostValues, depth <= deepest else {
            throw Fault(
                .tooLarge, "blueprint.values", "The document has more values than a practice needs, or too deep ones.",
                remedy: "Write it without aliases.", place: file)
        }
        switch node {
        case .scalar, .alias: return
        case .mapping(let mapping):
            for (key, value) in mapping {
                try count(key, into: &values, depth: depth + 1, file)
                try count(value, into: &values, depth: depth + 1, file)
            }
        case .sequence(let sequence):
            for item in sequence { try count(item, into: &values, depth: depth + 1, file) }
        }
    }

    /// Every document of a file. The sequence ends at the first fault and keeps it: without asking for it half a file
    /// would be taken for a whole one.
    private static func compose_all(yaml: String) throws -> [Node] {
        var sequence = try Yams.compose_all(yaml: yaml)
        var nodes: [Node] = []
        // Asked one by one: `Array` would ask a copy, which keeps the fault to itself.
        while let node = sequence.next() { nodes.append(node) }
        if let error = sequence.error { throw error }
        return nodes
    }

    /// Where and what, without the line itself: a file that is a link may hold what nobody meant to show.
    private static func describe(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line), column \(mark.column): \(problem)"
        case .duplicatedKeysInMapping: "a key stands twice in one mapping"
        default: "this is no YAML"
        }
    }

    private static func describe(_ error: any Error) -> String {
        if let error = error as? YamlError { return describe(error) }
        guard let error = error as? DecodingError else { return String(describing: error) }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return String(describing: error)
        }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
}
