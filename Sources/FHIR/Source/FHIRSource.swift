#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
package import JSON

/// What one input may cost.
package struct FHIRLimits: Sendable {
    /// One entry, in bytes. As much is held in memory at once.
    package var entryBytes: Int
    /// One file after decompression, in bytes. It is streamed, so this bounds time only.
    package var fileBytes: Int
    /// Bytes out for each byte in, looked at from 16 MiB of output on. Bundles reach some 25.
    package var ratio: Int
    /// How each entry is parsed.
    package var json: JSONLimits

    package init(
        entryBytes: Int = 32 << 20, fileBytes: Int = 64 << 30, ratio: Int = 500, json: JSONLimits = .default
    ) {
        self.entryBytes = entryBytes
        self.fileBytes = fileBytes
        self.ratio = ratio
        self.json = json
    }
}

/// Streams the resources of files, directories or bytes, one at a time.
///
/// - `.json`: a Bundle of any type, or one resource. `.ndjson`, `.jsonl`: one resource a line. Each also with `.gz` or
///   `.bz2`. A directory gives its files of these kinds, also of directories in it, sorted by path.
/// - Only one entry is in memory at once. Entries are found by their brackets and parsed alone, so one that is not JSON
///   fails alone. Where brackets or quotes do not match, reading goes on where the next entry seems to begin.
/// - A file that is cut off or damaged gives the entries before the place, then one fault.
///
/// Use from one task at a time.
package final class FHIRSource: Sequence, IteratorProtocol {
    /// Size of all files on disk, in bytes.
    package let totalBytes: Int
    /// Files of a directory that are of no known kind.
    package let ignoredFiles: [String]

    private let limits: FHIRLimits
    private var files: [FHIRInput]
    private var current: FHIRFileReader?
    private var bytesOfFinishedFiles = 0

    /// Missing and unreadable paths are faults of the stream, not of this call.
    package init(paths: [String], limits: FHIRLimits = FHIRLimits()) {
        var files: [FHIRInput] = []
        var ignored: [String] = []
        for path in paths { FHIRInput.collect(path, into: &files, ignored: &ignored) }
        self.limits = limits
        self.files = files.reversed()
        ignoredFiles = ignored
        totalBytes = files.reduce(0) { $0 + $1.size }
    }

    /// Reads bytes as if they were a file of that name; its ending tells the format.
    package init(bytes: [UInt8], name: String, limits: FHIRLimits = FHIRLimits()) {
        self.limits = limits
        files = [FHIRInput(name: name, origin: .memory(bytes), size: bytes.count)]
        ignoredFiles = []
        totalBytes = bytes.count
    }

    /// Bytes on disk that were read so far; with `totalBytes` it gives progress and the time left.
    package var consumedBytes: Int { bytesOfFinishedFiles + (current?.consumedBytes ?? 0) }

    /// The file that is being read.
    package var currentFile: String? { current?.input.name }

    package func next() -> FHIRItem? {
        while true {
            if let reader = current {
                if let item = reader.next() { return item }
                bytesOfFinishedFiles += reader.input.size
                current = nil
            }
            guard let input = files.popLast() else { return nil }
            current = FHIRFileReader(input, limits: limits)
        }
    }

    /// Calls `body` with each item until the end, or until it throws.
    package func forEach<Failure: Error>(_ body: (FHIRItem) throws(Failure) -> Void) throws(Failure) {
        while let item = next() { try body(item) }
    }
}

/// How a file is compressed, by the ending of its name.
package enum FHIRCompression: String, Sendable {
    case none, gzip, bzip2
}

/// One file to read.
struct FHIRInput {
    enum Format {
        case json, lines
    }

    enum Origin {
        case file(path: String)
        case memory([UInt8])
    }

    let name: String
    let origin: Origin
    let size: Int
    let compression: FHIRCompression
    /// `nil` if the name has none of the known endings.
    let format: Format?

    init(name: String, origin: Origin, size: Int) {
        self.name = name
        self.origin = origin
        self.size = size
        var parts = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        switch parts.last {
        case "gz": compression = .gzip
        case "bz2": compression = .bzip2
        default: compression = .none
        }
        if compression != .none { parts.removeLast() }
        switch parts.count > 1 ? parts.last : nil {
        case "json": format = .json
        case "ndjson", "jsonl": format = .lines
        default: format = nil
        }
    }

    /// Adds the file, or the files below the directory. A path that cannot be looked at is added too: reading it gives
    /// the fault.
    static func collect(_ path: String, into files: inout [FHIRInput], ignored: inout [String]) {
        guard isDirectory(path), let below = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
            // a path that cannot be listed is opened like a file, and that names the system's error
            files.append(FHIRInput(name: path, origin: .file(path: path), size: FileBytes.size(of: path)))
            return
        }
        for name in below.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let full = "\(path)/\(name)"
            if isDirectory(full) { continue }
            let input = FHIRInput(name: name, origin: .file(path: full), size: FileBytes.size(of: full))
            if input.format == nil { ignored.append(name) } else { files.append(input) }
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }
}
