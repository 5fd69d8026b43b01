import FHIR
import JSON
import Testing

@Suite("FHIR source and broken input") struct FHIRBrokenInputTests {
    /// Patients 0 and 2 are whole; number 1 is as given.
    private func around(_ broken: String) -> (entries: [FHIREntry], faults: [FHIRFault]) {
        readAll(bundleText([entryText(patientText(0)), broken, entryText(patientText(2))]))
    }

    @Test(
        "an entry that is not JSON but balanced fails alone, at its line and byte",
        arguments: [
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","active":tru}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","a":1,}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","a":01}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","a":1 "b":2}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","a":"\uD800"}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","id":"p1"}}"#,
        ])
    func balanced(entry: String) throws {
        let (entries, faults) = around(entry)
        #expect(entries.map(\.id) == ["p0", "p2"])
        #expect(entries.map(\.place.entry) == [0, 2])
        let fault = try #require(faults.first)
        #expect(faults.count == 1)
        guard case .json = fault.reason else {
            Issue.record("\(fault)")
            return
        }
        #expect(fault.place.entry == 1)
        #expect(fault.place.line == 3)
        #expect(fault.place.resourceType == "Patient")
        #expect(fault.place.resourceID == "p1")
        #expect(!fault.description.contains("p1"))
    }

    @Test(
        "where brackets or quotes do not match, the next entry is found again",
        arguments: [
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1"}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","name":[{"family":"x"}}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1"}]}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","name":"x}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","name:"x"}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","name":x"}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","a":["x":1]}}"#,
            #"{"fullUrl":"u","resource":{"resourceType":"Patient","id":"p1","a":{{}}}}"#,
            #"}}]"#,
        ])
    func unbalanced(entry: String) {
        let lines = bundleText([entryText(patientText(0)), entry, entryText(patientText(2)), entryText(patientText(3))])
        for text in [lines, lines.replacing("\n", with: ""), lines.replacing(",", with: " ,\r\n  ")] {
            let (entries, faults) = readAll(text)
            #expect(entries.map(\.id) == ["p0", "p2", "p3"])
            #expect(faults.map(\.reason) == [.notFollowable(resumed: true)])
            #expect(faults.map(\.place.entry) == [1])
            let bytes = Array(text.utf8)
            for found in entries { #expect(Array(bytes[found.place.offset...].prefix(found.raw.count)) == found.raw) }
        }
    }

    @Test("starts of entries that break off again and again are passed one by one") func brokenStarts() {
        let starts = [
            #"{"fullUrl":"#, #"{"resource" : ]"#, #"{"fullUrl":,"#, #"{"resource":{"fullUrl":x"y"#,
            #"{"fullUrl":"a{"fullUrl":"#,
        ]
        for start in starts {
            let broken = String(repeating: start, count: 50)
            let (entries, faults) = readAll(bundleText([broken, entryText(patientText(1)), entryText(patientText(2))]))
            #expect(entries.last?.id == "p2")
            #expect((1...101).contains(faults.count))
        }
    }

    @Test("where nothing is found again, one fault ends the file") func unfollowable() {
        let (entries, faults) = readAll(bundleText([entryText(patientText(0)), "{]"]))
        #expect(entries.count == 1)
        #expect(faults.map(\.reason) == [.notFollowable(resumed: false)])
    }

    @Test("a bundle cut at any byte gives the entries before, then one fault, in every packing")
    func truncation() {
        let bytes = Array(smallBundle().utf8)
        for (name, packed) in [("b.json", bytes), ("b.json.gz", gzip(bytes)), ("b.json.bz2", bzip2(bytes))] {
            for length in 0..<packed.count {
                let (entries, faults) = readAll(Array(packed[..<length]), name: name)
                #expect(entries.map(\.id) == ["p0", "p1", "p2"].prefix(entries.count).map { $0 })
                #expect(faults.count == 1, "\(name), \(length) bytes")
            }
            #expect(readAll(packed, name: name).faults.isEmpty)
        }
    }

    @Test("NDJSON cut within its compressed frame gives the lines before, then one fault") func truncatedLines() {
        let text = (0..<2_000).map { patientText($0) }.joined(separator: "\n")
        let packed = gzip(Array(text.utf8))
        let (entries, faults) = readAll(Array(packed[..<(packed.count / 2)]), name: "x.ndjson.gz")
        #expect(faults.map(\.reason) == [.truncated])
        #expect(entries.count > 100)
        #expect(faults.first?.place.entry == entries.count)
    }

    @Test("garbage in place of a compressed file is named so, also behind a whole one") func garbage() {
        let noise = Array("BZh9 this is no block at all".utf8)
        #expect(readAll(noise, name: "x.json.bz2").faults.map(\.reason) == [.corrupt(compression: .bzip2)])
        #expect(readAll(noise, name: "x.json.gz").faults.map(\.reason) == [.corrupt(compression: .gzip)])
        let bytes = Array(smallBundle().utf8)
        let behind = readAll(bzip2(bytes) + noise, name: "x.json.bz2")
        #expect(behind.entries.count == 3)
        #expect(behind.faults.map(\.reason) == [.corrupt(compression: .bzip2)])
        #expect(readAll(smallBundle() + "x").faults.map(\.reason) == [.trailingBytes])
        #expect(readAll(smallBundle() + smallBundle()).faults.map(\.reason) == [.trailingBytes])
    }

    @Test("a decompression bomb ends at the ratio, or at the size") func bombs() {
        let zeros = [UInt8](repeating: 0x20, count: 40 << 20)
        for (name, packed) in [("x.json.gz", gzip(zeros)), ("x.json.bz2", bzip2(zeros))] {
            #expect(readAll(packed, name: name).faults.map(\.reason) == [.ratioTooHigh(limit: 500)])
            let limits = FHIRLimits(fileBytes: 1 << 20, ratio: .max)
            #expect(readAll(packed, name: name, limits: limits).faults.map(\.reason) == [.tooLarge(limit: 1 << 20)])
        }
    }

    @Test("a depth bomb fails alone") func depth() {
        for depth in [100, 9_000, 200_000] {
            let open = String(repeating: "[", count: depth)
            let close = String(repeating: "]", count: depth)
            let (entries, faults) = around(
                #"{"fullUrl":"u","resource":{"resourceType":"Patient","a":\#(open)\#(close)}}"#)
            #expect(entries.map(\.id) == ["p0", "p2"])
            #expect(faults.count == 1)
            #expect(faults.first?.place.entry == 1)
        }
        #expect(readAll(String(repeating: "{\"a\":", count: 1_000_000)).faults.count == 1)
        #expect(
            readAll("{\"resourceType\":\"Bundle\",\"entry\":" + String(repeating: "[", count: 1_000_000)).faults.count
                == 1)
    }

    @Test("an entry larger than the limit fails alone and is not kept in memory") func largeEntry() {
        let large = String(repeating: "x", count: 300_000)
        let limits = FHIRLimits(entryBytes: 1_000)
        let text = bundleText([
            entryText(patientText(0)), entryText(#"{"resourceType":"Binary","data":"\#(large)"}"#),
            entryText(patientText(2)),
        ])
        let (entries, faults) = readAll(text, limits: limits)
        #expect(entries.map(\.id) == ["p0", "p2"])
        #expect(faults.map(\.reason) == [.entryTooLarge(limit: 1_000)])
        let lines = readAll("{\"a\":\"\(large)\"}\n\(patientText(1))", name: "x.ndjson", limits: limits)
        #expect(lines.entries.map(\.id) == ["p1"])
        #expect(lines.faults.map(\.reason) == [.entryTooLarge(limit: 1_000)])
    }

    @Test(
        "a thousand mutations of each packing end by themselves, and give nothing that is no resource",
        arguments: [
            "json", "json.gz", "json.bz2", "ndjson",
        ])
    func mutations(ending: String) {
        let seed: UInt64 = 2_024
        var random = SeededRandom(seed: seed)
        let plain = ending == "ndjson" ? (0..<8).map(patientText).joined(separator: "\n") : smallBundle(8)
        let bytes = Array(plain.utf8)
        let original = ending.hasSuffix("gz") ? gzip(bytes) : ending.hasSuffix("bz2") ? bzip2(bytes) : bytes
        let pieces = [
            "\"", "{", "}", "[", "]", "\\", "\n", ",", ":", "{\"fullUrl\":", "\u{0}", "\u{FEFF}", "{\"resource\" :",
        ]
        for round in 0..<1_000 {
            var mutated = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<mutated.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: mutated[place] = UInt8.random(in: 0...255, using: &random)
                case 1: mutated.removeSubrange(place..<min(mutated.count, place + 1 + round % 40))
                case 2: mutated.insert(contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: place)
                default: mutated.insert(contentsOf: Array(mutated[place...].prefix(60)), at: place)
                }
                if mutated.isEmpty { mutated = [0x20] }
            }
            let (entries, faults) = readAll(mutated, name: "x.\(ending)")
            #expect(entries.count + faults.count <= 400, "seed \(seed), round \(round)")
            #expect(
                entries.allSatisfy { !$0.resourceType.isEmpty && $0.resource.object != nil },
                "seed \(seed), round \(round)")
        }
    }
}
