import FHIR
import Foundation
import JSON
import Testing

@Suite("FHIR source") struct FHIRSourceTests {
    @Test("a bundle gives its entries in order, with place, full URL and request") func bundle() throws {
        let text = smallBundle(2)
        let (entries, faults) = readAll(text)
        #expect(faults.isEmpty)
        #expect(entries.map(\.id) == ["p0", "p1"])
        let second = try #require(entries.last)
        #expect(second.resourceType == "Patient")
        #expect(second.fullURL == "urn:uuid:1")
        #expect(second.request?.method == .post)
        #expect(second.place.entry == 1)
        #expect(second.place.line == 3)
        #expect(second.place.file == "b.json")
        let bytes = Array(text.utf8)
        #expect(Array(bytes[second.place.offset...].prefix(second.raw.count)) == second.raw)
        #expect(try JSONValue(parsing: second.raw)["resource"] == second.resource)
    }

    @Test("the condition of a create is read") func ifNoneExist() throws {
        let entry = """
            {"resource":{"resourceType":"Practitioner"},"request":{"method":"POST","url":"Practitioner",\
            "ifNoneExist":"identifier=http://hl7.org/fhir/sid/us-npi|99","ifMatch":"W/\\"3\\""}}
            """
        let request = try #require(readAll(bundleText([entry])).entries.first?.request)
        #expect(request.ifNoneExist?.identifier?.system == "http://hl7.org/fhir/sid/us-npi")
        #expect(request.ifNoneExist?.identifier?.value == "99")
        #expect(request.ifMatch == "W/\"3\"")
    }

    @Test("every packing of the same bundle gives the same", arguments: ["json", "json.gz", "json.bz2"])
    func packings(ending: String) {
        let text = Array(smallBundle(50).utf8)
        let packed = ending.hasSuffix("gz") ? gzip(text) : ending.hasSuffix("bz2") ? bzip2(text) : text
        let (entries, faults) = readAll(packed, name: "x.\(ending)")
        #expect(faults.isEmpty)
        #expect(entries.count == 50)
    }

    @Test("files made of several compressed parts are read to their end") func severalMembers() {
        let bytes = Array(smallBundle(20).utf8)
        let (head, tail) = (Array(bytes[..<500]), Array(bytes[500...]))
        #expect(readAll(gzip(head) + gzip(tail), name: "x.json.gz").entries.count == 20)
        #expect(readAll(bzip2(head) + bzip2(tail), name: "x.json.bz2").entries.count == 20)
    }

    @Test("NDJSON gives one resource a line, empty lines aside; a broken line fails alone") func lines() {
        let text =
            "\(patientText(1))\r\n\n  \n{\"resourceType\":\"Patient\",\"id\":\"p2\",}\n[1]\n{\"id\":\"3\"}\n"
            + patientText(4)
        let (entries, faults) = readAll(text, name: "patients.ndjson")
        #expect(entries.map(\.id) == ["p1", "p4"])
        #expect(entries.map(\.place.line) == [1, 7])
        #expect(entries.map(\.place.entry) == [0, 4])
        #expect(faults.map(\.place.line) == [4, 5, 6])
        #expect(faults.first?.place.resourceID == "p2")
        #expect(faults.dropFirst().map(\.reason) == [.notAnObject, .noResourceType])
    }

    @Test("a single resource is one entry, also a List with entries of its own") func single() {
        #expect(readAll(" \n\(patientText(1))\n").entries.first?.place.line == 2)
        for list in [
            #"{"resourceType":"List","id":"l","entry":[{"item":{"reference":"Patient/1"}}]}"#,
            #"{"entry":[{"item":{"reference":"Patient/1"}}],"id":"l","resourceType":"List"}"#,
        ] {
            let (entries, faults) = readAll(list)
            #expect(faults.isEmpty)
            #expect(entries.map(\.id) == ["l"])
        }
    }

    @Test("the type of a bundle may follow its entries, far beyond the buffer") func typeLast() {
        let entries = (0..<5_000).map { entryText(patientText($0)) }.joined(separator: ",")
        let text = "{\"entry\":[\(entries)],\"resourceType\":\"Bundle\"}"
        #expect(text.utf8.count > 512 << 10)
        let (found, faults) = readAll(text)
        #expect(faults.isEmpty)
        #expect(found.count == 5_000)
    }

    @Test("an entry across the buffer's edge is read whole") func bufferEdges() {
        for padding in [262_000, 262_100, 262_143, 262_144, 262_145] {
            let space = String(repeating: " ", count: padding)
            let text =
                "{\"resourceType\":\"Bundle\",\(space)\"entry\":[\(entryText(patientText(1)))\n,"
                + "\(entryText(patientText(2)))]}"
            let (entries, faults) = readAll(text)
            #expect(faults.isEmpty)
            #expect(entries.map(\.id) == ["p1", "p2"])
        }
    }

    @Test("a byte order mark before the text is passed over") func byteOrderMark() {
        #expect(readAll("\u{FEFF}" + smallBundle()).entries.count == 3)
        #expect(readAll("\u{FEFF}" + patientText(1), name: "a.ndjson").entries.count == 1)
    }

    @Test("a bundle without entries, an empty one and one of no kind") func nothing() {
        #expect(readAll(#"{"resourceType":"Bundle","type":"searchset","total":0}"#).faults.isEmpty)
        #expect(readAll(bundleText([])).faults.isEmpty)
        #expect(readAll("").faults.map(\.reason) == [.emptyFile])
        #expect(readAll(" \n").faults.map(\.reason) == [.emptyFile])
        #expect(readAll("[1]").faults.map(\.reason) == [.notAnObject])
        #expect(readAll("{}").faults.map(\.reason) == [.noResourceType])
        #expect(readAll("x", name: "x.xml").faults.map(\.reason) == [.unknownFormat])
        #expect(readAll("x", name: "json").faults.map(\.reason) == [.unknownFormat])
        #expect(readAll("", name: "x.ndjson").faults.isEmpty)
        #expect(readAll("", name: "x.ndjson.gz").faults.map(\.reason) == [.truncated])
    }

    @Test("entries without a resource are faults of their own") func noResource() {
        let (entries, faults) = readAll(
            bundleText([
                #"{"request":{"method":"DELETE","url":"Patient/1"}}"#, "null", "7", #"{"resource":[]}"#,
                #"{"resource":{"resourceType":"<b>"}}"#,
                #"{"resource":{"resourceType":"Patient"},"request":{"method":"STEAL","url":"x"}}"#,
                entryText(patientText(1)),
            ]))
        #expect(entries.map(\.id) == ["p1"])
        #expect(faults.map(\.place.entry) == [0, 1, 2, 3, 4, 5])
        #expect(
            Array(faults.map(\.reason).prefix(5)) == [
                .noResource, .notAnObject, .notAnObject, .notAnObject, .noResourceType,
            ])
        #expect(
            faults.last?.description.contains("entry.request.method is a code that FHIR R4 does not have there") == true
        )
    }

    @Test("directories give their files sorted, and progress ends at the whole size") func directory() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "fhir-source-\(UInt64.random(in: 0..<UInt64.max))")
        let below = root.appendingPathComponent("b")
        try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }  // left-overs in the temporary directory do no harm
        try Data(patientText(3).utf8).write(to: root.appendingPathComponent("c.json"))
        try Data(gzip(Array(patientText(1).utf8))).write(to: root.appendingPathComponent("a.ndjson.gz"))
        try Data(patientText(2).utf8).write(to: below.appendingPathComponent("z.json"))
        try Data("no".utf8).write(to: root.appendingPathComponent("README.md"))
        let source = FHIRSource(paths: [root.path, root.path + "/none.json", below.path + "/z.json"])
        #expect(source.ignoredFiles == ["README.md"])
        #expect(source.consumedBytes == 0)
        let (entries, faults) = collect(source)
        #expect(entries.map(\.id) == ["p1", "p2", "p3", "p2"])
        #expect(entries.map(\.place.file) == ["a.ndjson.gz", "b/z.json", "c.json", below.path + "/z.json"])
        #expect(faults.map(\.reason) == [.cannotRead(code: ENOENT)])
        #expect(source.totalBytes > 0)
        #expect(source.consumedBytes == source.totalBytes)
    }

    @Test("a directory that is named like a file, and a device, are refused") func notFiles() {
        #expect(collect(FHIRSource(paths: ["/dev/null"])).faults.map(\.reason) == [.unknownFormat])
    }
}
