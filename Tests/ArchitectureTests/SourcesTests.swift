import Foundation
import Testing

@Suite("The sources")
struct SourcesTests {
    @Test("no file is longer than 400 lines")
    func length() throws {
        for file in try Checkout.files("Sources", ".swift", ".mustache", ".modulemap", ".h")
            + Checkout.files("Tests", ".swift", ".py")
        {
            let count = file.text.hasSuffix("\n") ? file.lines.count - 1 : file.lines.count
            #expect(count <= 400, "\(file.path) has \(count) lines")
        }
    }

    @Test("nothing asks the system for the time but the clock")
    func time() throws {
        let calls = /\bDate\(\)|\bDate\.now\b|\bDate\.init\(\)|\bclock_gettime\b|\bgettimeofday\b|\bDispatchWallTime\b/
        // The machine's clock, and the simulator's: it stands for another company's machine.
        let exempt = ["Sources/Kernel/Clock.swift", "Sources/CarrierSimulator/SimulatorClock.swift"]
        for file in try Checkout.files("Sources", ".swift") where !exempt.contains(file.path) {
            for (number, line) in file.lines.enumerated() where !Self.isComment(line) && line.contains(calls) {
                Issue.record("\(file.path):\(number + 1) takes the time by itself")
            }
        }
    }

    @Test("no statement relies on a key of tenant and id: SQLite keeps such tables by the id alone")
    func conflictTargets() throws {
        for file in try Checkout.files("Sources", ".swift") {
            #expect(!file.text.contains("ON CONFLICT (tenant, id)"), "\(file.path) names it as its conflict target")
        }
    }

    @Test("every error that is dropped has its reason beside it")
    func droppedErrors() throws {
        for file in try Checkout.files("Sources", ".swift") {
            let lines = file.lines
            for (number, line) in lines.enumerated() where line.contains(/\btry\?/) && !Self.isComment(line) {
                let above = number > 0 && Self.isComment(lines[number - 1])
                // A condition over several lines has its reason at its end.
                let beside = lines[number..<min(number + 3, lines.count)].contains { $0.contains("// ") }
                #expect(above || beside, "\(file.path):\(number + 1) drops an error without a reason")
            }
        }
    }

    @Test("every promise to the compiler about sharing has its reason above it")
    func unchecked() throws {
        for file in try Checkout.files("Sources", ".swift") {
            let lines = file.lines
            for (number, line) in lines.enumerated() where !Self.isComment(line) {
                guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else { continue }
                let beside = line.contains("// ")
                let above = number > 0 && Self.isComment(lines[number - 1])
                #expect(beside || above, "\(file.path):\(number + 1) has no reason")
            }
        }
    }

    @Test("nothing stops the process where an error could be told")
    func force() throws {
        let forced = /\btry!|\bas!|\bfatalError\(/
        for file in try Checkout.files("Sources", ".swift") {
            for (number, line) in file.lines.enumerated() where !Self.isComment(line) && line.contains(forced) {
                Issue.record("\(file.path):\(number + 1) stops the process")
            }
        }
    }

    @Test("migrations have dated names that stand once")
    func migrations() throws {
        var places: [String: [String]] = [:]
        for file in try Checkout.files("Sources", ".swift") {
            for match in file.text.matches(of: /\bMigration\(\s*"([^"]*)"/) {
                places[String(match.output.1), default: []].append(file.path)
            }
        }
        #expect(places.count > 20)
        for (name, files) in places {
            #expect(files.count == 1, "\(name) stands in \(files)")
            #expect(name.wholeMatch(of: /20\d\d-[01]\d-[0-3]\d\.[a-z]+\.[a-z0-9-]+/) != nil, "\(name) is no dated name")
        }
    }

    @Test("no two kinds of sealed values share a number")
    func sealKinds() throws {
        var places: [Int: [String]] = [:]
        for file in try Checkout.files("Sources", ".swift") {
            for match in file.text.matches(of: /\bSealKind\(([0-9_]+)\)/) {
                let number = try #require(Int(match.output.1.replacingOccurrences(of: "_", with: "")))
                places[number, default: []].append(file.path)
            }
        }
        #expect(places.count > 10)
        for (number, files) in places { #expect(files.count == 1, "\(number) stands in \(files)") }
    }

    @Test("SQL that differs by engine stands in storage modules and migrations only")
    func engines() throws {
        for file in try Checkout.files("Sources", ".swift") where !file.target.hasPrefix("Store") {
            if file.path.contains("Schema") || file.text.contains("Migration(") { continue }
            for (number, line) in file.lines.enumerated() where line.contains(/\.engine\(sqlite:|SQL\.engine\(/) {
                Issue.record("\(file.path):\(number + 1) asks for the engine")
            }
        }
    }

    private static func isComment(_ line: Substring) -> Bool {
        line.drop { $0 == " " }.hasPrefix("//")
    }
}
