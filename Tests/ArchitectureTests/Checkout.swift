import Foundation
import Testing

/// The sources as they stand in the checkout that these tests were built from.
enum Checkout {
    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    struct File: Sendable {
        /// From the checkout's root: `Sources/Vault/Blobs.swift`.
        let path: String
        let text: String

        /// The target's name: the second part of the path.
        var target: String { String(path.split(separator: "/")[1]) }
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    }

    /// All files under a folder with one of these endings, by path.
    static func files(_ folder: String, _ endings: String...) throws -> [File] {
        let enumerator = try #require(FileManager.default.enumerator(atPath: root + "/" + folder))
        var files: [File] = []
        for case let name as String in enumerator where endings.contains(where: name.hasSuffix) {
            let path = folder + "/" + name
            files.append(File(path: path, text: try String(contentsOfFile: root + "/" + path, encoding: .utf8)))
        }
        try #require(!files.isEmpty)
        return files.sorted { $0.path < $1.path }
    }

    /// Folders of this name in any target's folder.
    static func folders(named name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/Sources").sorted()
            .map { "\(root)/Sources/\($0)/\(name)" }.filter(FileManager.default.fileExists(atPath:))
    }
}
