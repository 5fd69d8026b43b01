import CBzip2
import CZlib
import FHIR
import JSON
import Testing

/// SplitMix64, so that a failure is the same everywhere.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A bundle as other systems send it, one line per entry.
func bundleText(_ entries: [String], type: String = "transaction") -> String {
    """
    {"resourceType":"Bundle","type":"\(type)","total":\(entries.count),"link":[{"relation":"self","url":"x"}],"entry":[
    \(entries.joined(separator: ",\n"))
    ]}
    """
}

func entryText(_ resource: String, fullURL: String = "urn:uuid:1", request: String = "POST") -> String {
    #"{"fullUrl":"\#(fullURL)","resource":\#(resource),"request":{"method":"\#(request)","url":"x"}}"#
}

func patientText(_ id: Int) -> String {
    #"{"resourceType":"Patient","id":"p\#(id)","name":[{"family":"Test\#(id)","given":["Ana","{\"fullUrl\":"]}]}"#
}

/// A small transaction bundle of `count` patients.
func smallBundle(_ count: Int = 3) -> String { bundleText((0..<count).map { entryText(patientText($0)) }) }

/// Everything that a source gives, as entries and faults.
func readAll(
    _ bytes: [UInt8], name: String, limits: FHIRLimits = FHIRLimits()
) -> (entries: [FHIREntry], faults: [FHIRFault]) {
    collect(FHIRSource(bytes: bytes, name: name, limits: limits))
}

func readAll(
    _ text: String, name: String = "b.json", limits: FHIRLimits = FHIRLimits()
) -> (entries: [FHIREntry], faults: [FHIRFault]) {
    readAll(Array(text.utf8), name: name, limits: limits)
}

func collect(_ source: FHIRSource) -> (entries: [FHIREntry], faults: [FHIRFault]) {
    var entries: [FHIREntry] = []
    var faults: [FHIRFault] = []
    for item in source {
        // more than any of these inputs holds: the source goes in circles
        guard entries.count + faults.count < 20_000 else {
            Issue.record("the source does not end")
            break
        }
        switch item {
        case .entry(let entry): entries.append(entry)
        case .fault(let fault): faults.append(fault)
        }
    }
    return (entries, faults)
}

func resource(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let gzipFormat: Int32 = 15 + 16
    deflateInit2_(
        &stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzipFormat, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let capacity = output.count
    return input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(capacity)
            _ = deflate(&stream, Z_FINISH)
            return Array(target.prefix(capacity - Int(stream.avail_out)))
        }
    }
}

func bzip2(_ bytes: [UInt8]) -> [UInt8] {
    var input = bytes.map { CChar(bitPattern: $0) }
    var output = [CChar](repeating: 0, count: bytes.count + bytes.count / 100 + 600)
    var length = UInt32(output.count)
    _ = BZ2_bzBuffToBuffCompress(&output, &length, &input, UInt32(input.count), 9, 0, 0)
    return output.prefix(Int(length)).map { UInt8(bitPattern: $0) }
}
