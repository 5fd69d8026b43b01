import FoundationEssentials
import Synchronization

/// A release of the IANA tz database, compiled: a folder `zoneinfo/` with a TZif file per zone and either a file
/// `version` (`2026f`) or `tzdata.zi`, whose first line says the same.
///
/// Zones are read when first asked for and kept, the least recently used one leaving when there are more than
/// `capacity`. Copies share what they keep; any thread may ask.
package struct TimeZoneDatabase: Sendable {
    /// The release, `2026f`; stored beside each appointment's local start.
    package let version: String
    /// Every zone and alias of this release, sorted.
    package let names: [String]

    private let folder: String
    private let known: Set<String>
    private let loaded: LoadedZones

    /// How many zones stay in memory, of some 2 KB each.
    package static let capacity = 128

    /// Lists the folder and reads its release; reads no zone yet.
    package init(folder: String) throws(TimeZoneError) {
        let paths: [String]
        do {
            paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
        } catch {
            throw .folderMissing(folder)
        }
        let folders = Set(paths.map(TimeZoneDatabase.parent))
        names = paths.filter { TimeZoneDatabase.isName($0) && !folders.contains($0) }.sorted()
        guard !names.isEmpty else { throw .folderMissing(folder) }
        known = Set(names)
        version = try TimeZoneDatabase.version(of: folder)
        loaded = LoadedZones(capacity: TimeZoneDatabase.capacity)
        self.folder = folder
    }

    /// The zone of that exact name. Only names found in the folder are ever turned into a path, so no text can lead
    /// out of it.
    package func zone(_ name: String) throws(TimeZoneError) -> Zone {
        if let zone = loaded[name] { return zone }
        guard TimeZoneDatabase.isName(name) else { throw .invalidName(TimeZoneDatabase.printable(name)) }
        guard known.contains(name) else { throw .unknownZone(name, version: version) }
        let zone = try Zone(name: name, tzif: bytes(of: name))
        loaded.keep(zone)
        return zone
    }

    /// Whether this release has a zone or alias of exactly that name.
    package func has(_ name: String) -> Bool { known.contains(name) }

    /// The zone of that exact name; `nil` when this release has none, as for a record that an older or newer one made. A
    /// file that is there and cannot be read is an error all the same.
    package func zone(ifKnown name: String) throws(TimeZoneError) -> Zone? { has(name) ? try zone(name) : nil }

    private func bytes(of name: String) throws(TimeZoneError) -> [UInt8] {
        let path = "\(folder)/\(name)"
        do {
            guard let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64 else {
                throw TimeZoneError.unreadable(zone: name, reason: "its size is unknown")
            }
            guard size <= UInt64(Zone.largestFile) else {
                throw TimeZoneError.unreadable(zone: name, reason: "it is longer than \(Zone.largestFile) bytes")
            }
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch let error as TimeZoneError {
            throw error
        } catch {
            throw .unreadable(zone: name, reason: "\(error)")
        }
    }

    private static func version(of folder: String) throws(TimeZoneError) -> String {
        for (file, prefix) in [("version", ""), ("tzdata.zi", "# version ")] {
            // Either file may be absent; what counts is that one of them is there.
            guard let data = try? Data(contentsOf: URL(filePath: "\(folder)/\(file)")) else { continue }
            let line = String(decoding: data.prefix(64).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            let version = line.dropFirst(prefix.count)
            if line.hasPrefix(prefix), isVersion(version) { return String(version) }
        }
        throw .versionMissing(folder: folder)
    }

    /// `2026f`: a year and one or two letters.
    private static func isVersion(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        return (5...6).contains(bytes.count) && bytes.prefix(4).allSatisfy(\.isDigit)
            && bytes.dropFirst(4).allSatisfy(\.isLetter)
    }

    /// Parts of letters, digits, `+`, `-` and `_` between single slashes, the first beginning with a capital letter as
    /// every IANA name does and no other file of the folder (`leapseconds`, `posix/`, `zone.tab`) does.
    private static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, first.isLetter, first < UInt8(ascii: "a") else {
            return false
        }
        return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0.isAbbreviation || $0 == UInt8(ascii: "_") }
        }
    }

    private static func parent(of path: String) -> String {
        String(path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? "")
    }

    private static func printable(_ text: String) -> String {
        let shown = text.utf8.prefix(64).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self)
    }
}

/// The zones read so far, at most `capacity`.
private final class LoadedZones: Sendable {
    private struct State {
        var zones: [String: (zone: Zone, lastUse: UInt64)] = [:]
        var uses: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(name: String) -> Zone? {
        state.withLock { state in
            guard let zone = state.zones[name]?.zone else { return nil }
            state.uses += 1
            state.zones[name]?.lastUse = state.uses
            return zone
        }
    }

    func keep(_ zone: Zone) {
        state.withLock { state in
            if state.zones[zone.name] == nil, state.zones.count >= capacity,
                let oldest = state.zones.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.zones[oldest.key] = nil
            }
            state.uses += 1
            state.zones[zone.name] = (zone, state.uses)
        }
    }
}
