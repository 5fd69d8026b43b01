import Foundation
import Kernel
package import StudioAPI
import Yams

/// Reads a folder of YAML documents. Every problem is told with its file and place, all of them together.
package enum BlueprintFolder {
    /// The largest file read, in bytes.
    private static let largestFile = 1 << 20
    /// Files of a folder, and nodes of a file with its aliases put in: a page of text can name billions of them.
    private static let mostFiles = 2000
    private static let mostNodes = 200_000
    /// How deep nodes may lie in one another: readers of YAML call themselves for each level.
    private static let deepest = 100

    package static func read(_ path: String) throws -> Blueprint {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Fault(.notFound, "blueprint.missing", "There is no such folder or file.", place: path)
        }
        let files = isFolder.boolValue ? list(path) : [path]
        guard files.count <= mostFiles else {
            throw Fault(
                .tooLarge, "blueprint.files", "The folder holds more than \(mostFiles) YAML files.", place: path)
        }
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

    private static func list(_ folder: String) -> [String] {
        guard let names = FileManager.default.enumerator(atPath: folder) else { return [] }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
            .map { folder + "/" + $0 }
    }

    private static func documents(_ file: String) throws -> [AnyDefinition] {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            defer { handle.closeFile() }
            data = try handle.read(upToCount: largestFile + 1) ?? Data()
        } catch {
            throw Fault(.unavailable, "blueprint.read", "The file cannot be read.", place: file, cause: error)
        }
        guard data.count <= largestFile else {
            throw Fault(.tooLarge, "blueprint.large", "The file is larger than 1 MiB.", place: file)
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Fault(.invalid, "blueprint.encoding", "The file is not UTF-8.", place: file)
        }
        guard !isTooDeep(data) else { throw tooMuch(file) }
        let decoder = YAMLDecoder()
        return try compose_all(yaml: text).map { node in
            var left = mostNodes
            guard isBounded(node, depth: 0, left: &left) else { throw tooMuch(file) }
            return try decoder.decode(AnyDefinition.self, from: try serialize(node: node))
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

    private static func tooMuch(_ file: String) -> Fault {
        Fault(
            .tooLarge, "blueprint.depth", "The file grows too large or too deep when it is read.",
            remedy: "Write it without aliases, and with less than \(deepest) levels.", place: file)
    }

    /// Counts a node and all in it, aliases as often as they are named.
    private static func isBounded(_ node: Node, depth: Int, left: inout Int) -> Bool {
        left -= 1
        guard left >= 0, depth <= deepest else { return false }
        switch node {
        case .scalar, .alias: return true
        case .sequence(let sequence):
            for item in sequence where !isBounded(item, depth: depth + 1, left: &left) { return false }
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard isBounded(key, depth: depth + 1, left: &left), isBounded(value, depth: depth + 1, left: &left)
                else { return false }
            }
        }
        return true
    }

    /// Whether brackets, or dashes at the beginning of a line, open more levels than there may be: looked at before the
    /// text is given to a reader. Indented levels cost a character more each, so a file has no room for many.
    private static func isTooDeep(_ text: Data) -> Bool {
        var brackets = 0
        var dashes = 0
        var isLineStart = true
        for byte in text {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
            case UInt8(ascii: "\n"):
                (isLineStart, dashes) = (true, 0)
                continue
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
                if isLineStart { dashes += 1 }
            default: break
            }
            if ![0x20, 0x09, UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":")].contains(byte) {
                isLineStart = false
            }
            if brackets > deepest || dashes > deepest { return true }
        }
        return false
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
