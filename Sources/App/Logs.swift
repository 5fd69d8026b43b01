import Foundation
package import Logging
import JSON
package import Kernel

/// Log lines as JSON on standard error: time, level, message and codes. Ids and codes only, never patient data.
package struct JSONLogHandler: LogHandler {
    package var logLevel: Logger.Level = .notice
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let clock: any Clock

    package init(label: String, clock: any Clock = SystemClock()) {
        self.label = label
        self.clock = clock
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("at", clock.now().iso8601)
        writer.field("level", event.level.rawValue)
        writer.field("message", event.message.description)
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            writer.key(named: key)
            writer.string(value.description)
        }
        writer.endObject()
        // A line that cannot be written (a full disk, a reader that is gone) must not end the program.
        try? FileHandle.standardError.write(contentsOf: Data(writer.bytes + [UInt8(ascii: "\n")]))
    }
}
