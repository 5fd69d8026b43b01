package import JSON

/// What an import did, accounting for every entry: taken, updated, unchanged, skipped and failed add up to `entries`.
///
/// Names places and reasons, never values: it may be shown and kept.
package struct ImportReport: Sendable, Equatable {
    /// An entry that could not be taken.
    package struct Failure: Sendable, Equatable {
        package let place: RecordPlace
        package let reason: String
    }

    /// Entries that were left out for one reason.
    package struct Skipped: Sendable, Equatable {
        package var count = 0
        /// The first of them, at most `listed`.
        package var places: [RecordPlace] = []
    }

    /// As many failures are listed, and as many places of each reason to skip; all are counted.
    package static let listedFailures = 10_000
    package static let listedPlaces = 100

    package private(set) var files: Set<String> = []
    /// Entries read. A file that could not be read on counts one more, for what was lost.
    package private(set) var entries = 0
    package private(set) var taken: [String: Int] = [:]
    package private(set) var updated: [String: Int] = [:]
    package private(set) var unchanged = 0
    package private(set) var skipped: [String: Skipped] = [:]
    package private(set) var failures: [Failure] = []
    package private(set) var failedCount = 0
    /// What was left aside of entries that were taken.
    package private(set) var notes: [String: Int] = [:]
    /// Practitioners, places and medicines that are named and did not come.
    package internal(set) var unresolvedReferences = 0
    /// Files in the directories that are of no known kind.
    package internal(set) var ignoredFiles: [String] = []
    package internal(set) var seconds = 0.0

    package init() {}

    package var isClean: Bool { failedCount == 0 }
    package var takenCount: Int { taken.values.reduce(0, +) }
    package var updatedCount: Int { updated.values.reduce(0, +) }
    package var skippedCount: Int { skipped.values.reduce(0) { $0 + $1.count } }
    package var accounted: Int { takenCount + updatedCount + unchanged + skippedCount + failedCount }
    package var resourcesPerSecond: Double { seconds > 0 ? Double(entries) / seconds : 0 }

    mutating func read(_ count: Int, of file: String) {
        entries += count
        files.insert(file)
    }

    mutating func took(_ type: String, _ newNotes: [ImportNote] = []) {
        taken[type, default: 0] += 1
        note(newNotes)
    }

    mutating func changed(_ type: String, _ newNotes: [ImportNote] = []) {
        updated[type, default: 0] += 1
        note(newNotes)
    }

    mutating func left() { unchanged += 1 }

    mutating func skip(_ place: RecordPlace, _ reason: String) {
        skipped[reason, default: Skipped()].count += 1
        if skipped[reason, default: Skipped()].places.count < Self.listedPlaces {
            skipped[reason]?.places.append(place)
        }
    }

    mutating func fail(_ place: RecordPlace, _ reason: String) {
        failedCount += 1
        if failures.count < Self.listedFailures { failures.append(Failure(place: place, reason: reason)) }
    }

    private mutating func note(_ newNotes: [ImportNote]) {
        for note in newNotes { notes[note.rawValue, default: 0] += 1 }
    }
}

extension ImportReport {
    /// The report as one JSON object; `docs/capabilities/import-fhir.md` describes it.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("files", files.count)
        writer.field("entries", entries)
        Self.counts(taken, "taken", to: &writer)
        Self.counts(updated, "updated", to: &writer)
        writer.field("unchanged", unchanged)
        writer.list("skipped", skipped.sorted { $0.key < $1.key }) { entry, writer in
            writer.field("reason", entry.key)
            writer.field("count", entry.value.count)
            writer.list("places", entry.value.places, Self.fields)
        }
        writer.list("failed", failures) { failure, writer in
            Self.fields(of: failure.place, to: &writer)
            writer.field("reason", failure.reason)
        }
        writer.field("failedCount", failedCount)
        Self.counts(notes, "notes", to: &writer)
        writer.field("unresolvedReferences", unresolvedReferences)
        writer.field("ignoredFiles", ignoredFiles)
        writer.field("seconds", (seconds * 1000).rounded() / 1000)
        writer.field("resourcesPerSecond", resourcesPerSecond.rounded())
        writer.endObject()
    }

    private static func counts(_ counts: [String: Int], _ name: StaticString, to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.key(named: key)
            writer.int(count)
        }
        writer.endObject()
    }

    private static func fields(of place: RecordPlace, to writer: inout JSONWriter) {
        writer.field("file", place.file)
        writer.key("entry")
        if let entry = place.entry { writer.int(entry) } else { writer.null() }
        writer.field("line", place.line)
        writer.field("type", ifPresent: place.type)
    }
}
