import Foundation

/// What slow runs measure: one JSON line for each figure in the file that THROUGHLINE_FIGURES names, for
/// docs/results/slow.md.
package enum Figures {
    package static let isSlow = ProcessInfo.processInfo.environment["THROUGHLINE_SLOW"] != nil

    /// `more`: how it was taken. Nothing is written by a run that is not slow.
    package static func add(
        _ name: String, _ value: Double, _ unit: String, _ more: KeyValuePairs<String, String> = [:]
    ) {
        guard isSlow, let place = ProcessInfo.processInfo.environment["THROUGHLINE_FIGURES"],
            let file = FileHandle(forWritingAtPath: place)
        else { return }
        defer { file.closeFile() }
        let number = value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
        let how = more.map { ",\(quoted($0.key)):\(quoted($0.value))" }.joined()
        file.seekToEndOfFile()
        file.write(Data("{\"name\":\(quoted(name)),\"value\":\(number),\"unit\":\(quoted(unit))\(how)}\n".utf8))
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
