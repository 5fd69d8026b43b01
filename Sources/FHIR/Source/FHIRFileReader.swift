import JSON

/// Reads one file from its start to its end or to the fault that ends it.
final class FHIRFileReader {
    private enum State {
        case unopened
        case lines(ByteStream)
        /// Between the members of a bundle.
        case members(ByteStream)
        /// Within the array `entry` of a bundle.
        case entries(ByteStream)
        case finished
    }

    let input: FHIRInput
    private let limits: FHIRLimits
    private var state = State.unopened
    /// The entry that comes next, from 0.
    private var index = 0
    private var resumed: EntryStart?
    private var stream: ByteStream?

    init(_ input: FHIRInput, limits: FHIRLimits) {
        self.input = input
        self.limits = limits
    }

    var consumedBytes: Int { min(stream?.consumedBytes ?? 0, input.size) }

    func next() -> FHIRItem? {
        do {
            while true {
                switch state {
                case .unopened: state = try opened()
                case .lines(let stream): return try line(stream)
                case .members(let stream): if let item = try member(stream) { return item }
                case .entries(let stream): if let item = try entry(stream) { return item }
                case .finished: return nil
                }
            }
        } catch {
            let place = place()
            state = .finished
            return .fault(FHIRFault(place: place, reason: error))
        }
    }

    /// The place of the next byte.
    private func place() -> FHIRPlace {
        let entry: Int? =
            switch state {
            case .entries: index
            case .lines: input.format == .lines ? index : nil
            case .unopened, .members, .finished: nil
            }
        return FHIRPlace(file: input.name, entry: entry, line: stream?.line ?? 1, offset: stream?.offset ?? 0)
    }

    private func opened() throws(FHIRFault.Reason) -> State {
        guard let format = input.format else { throw .unknownFormat }
        let stream = ByteStream(try input.open(limits))
        self.stream = stream
        try stream.skipByteOrderMark()
        if format == .lines { return .lines(stream) }
        guard let first = try stream.peekPastSpace() else { throw .emptyFile }
        guard first == UInt8(ascii: "{") else { throw .notAnObject }
        guard try isBundle(stream) else { return .lines(stream) }
        stream.at += 1
        return .members(stream)
    }
}

// One resource: a line of NDJSON, or a whole file
extension FHIRFileReader {
    private func line(_ stream: ByteStream) throws(FHIRFault.Reason) -> FHIRItem? {
        if input.format == .json { return try loneResource(stream) }
        while true {
            let (line, offset) = (stream.line, stream.offset)
            guard let bytes = try stream.takeLine(limit: limits.entryBytes) else {
                state = .finished
                return nil
            }
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            defer { index += 1 }
            let place = FHIRPlace(file: input.name, entry: index, line: line, offset: offset)
            if bytes.count > limits.entryBytes {
                return .fault(FHIRFault(place: place, reason: .entryTooLarge(limit: limits.entryBytes)))
            }
            return EntryReader(limits.json, place: place).resource(bytes)
        }
    }

    private func loneResource(_ stream: ByteStream) throws(FHIRFault.Reason) -> FHIRItem? {
        if index > 0 {
            guard try stream.peekPastSpace() == nil else { throw .trailingBytes }
            state = .finished
            return nil
        }
        let place = FHIRPlace(file: input.name, entry: 0, line: stream.line, offset: stream.offset)
        var cutter = ValueCutter(limit: limits.entryBytes)
        let outcome = try cutter.cut(stream)
        index += 1
        switch outcome {
        case .whole: return EntryReader(limits.json, place: place).resource(cutter.bytes)
        case .tooLarge: return .fault(FHIRFault(place: place, reason: .entryTooLarge(limit: limits.entryBytes)))
        case .ended: throw .truncated
        case .lost: throw .notFollowable(resumed: false)
        }
    }
}

// Bundles
extension FHIRFileReader {
    /// Passes one member of the bundle, or its end.
    private func member(_ stream: ByteStream) throws(FHIRFault.Reason) -> FHIRItem? {
        switch try stream.peekPastSpace() {
        case nil: throw .truncated
        case UInt8(ascii: ","): stream.at += 1
        case UInt8(ascii: "}"):
            stream.at += 1
            guard try stream.peekPastSpace() == nil else { throw .trailingBytes }
            state = .finished
        case UInt8(ascii: "\""):
            guard let key = try memberName(stream) else { return try resume(stream, after: [], at: place()) }
            if key == "entry", try stream.take(UInt8(ascii: "[")) {
                state = .entries(stream)
                return nil
            }
            let start = place()
            var cutter = ValueCutter(limit: 0)
            switch try cutter.cut(stream) {
            case .whole, .tooLarge:
                if key == "entry" { return .fault(FHIRFault(place: start, reason: .entriesNotAList)) }
            case .ended: throw .truncated
            case .lost: return try resume(stream, after: [], at: place())
            }
        default: return try resume(stream, after: [], at: place())
        }
        return nil
    }

    /// Takes a name and its colon; `nil` if there is none. Long names are none of ours.
    private func memberName(_ stream: ByteStream) throws(FHIRFault.Reason) -> String? {
        var cutter = ValueCutter(limit: 64)
        let outcome = try cutter.cut(stream)
        if outcome == .ended { throw .truncated }
        guard outcome != .lost, try stream.take(UInt8(ascii: ":")), try stream.peekPastSpace() != nil else {
            return nil
        }
        // a name that is not JSON is none of ours either; a value follows all the same
        return (try? JSONValue(parsing: cutter.bytes))?.string ?? ""
    }

    private func entry(_ stream: ByteStream) throws(FHIRFault.Reason) -> FHIRItem? {
        var place = place()
        let cutterAtStart: ValueCutter
        if let start = resumed {
            (place.line, place.offset) = (start.line, start.offset)
            cutterAtStart = ValueCutter(limit: limits.entryBytes, resumingWith: start.bytes)
            resumed = nil
        } else {
            switch try stream.peekPastSpace() {
            case nil: throw .truncated
            case UInt8(ascii: ","):
                stream.at += 1
                return nil
            case UInt8(ascii: "]"):
                stream.at += 1
                state = .members(stream)
                return nil
            default: break
            }
            (place.line, place.offset) = (stream.line, stream.offset)
            cutterAtStart = ValueCutter(limit: limits.entryBytes)
        }
        place.entry = index
        var cutter = cutterAtStart
        let outcome = try cutter.cut(stream)
        if outcome == .ended { throw .truncated }
        defer { index += 1 }
        switch outcome {
        case .whole: return EntryReader(limits.json, place: place).bundleEntry(cutter.bytes)
        case .tooLarge: return .fault(FHIRFault(place: place, reason: .entryTooLarge(limit: limits.entryBytes)))
        case .lost, .ended:
            return try resume(stream, after: cutter.tail, at: EntryReader.guess(place, from: cutter.bytes))
        }
    }

    /// Looks for the next entry behind a place where brackets or quotes did not match.
    private func resume(
        _ stream: ByteStream, after tail: ArraySlice<UInt8>, at place: FHIRPlace
    ) throws(FHIRFault.Reason) -> FHIRItem {
        resumed = try stream.findEntryStart(after: tail)
        state = resumed == nil ? .finished : .entries(stream)
        return .fault(FHIRFault(place: place, reason: .notFollowable(resumed: resumed != nil)))
    }
}

// What kind of file it is
extension FHIRFileReader {
    /// Whether the object that comes next has the resource type Bundle. Its place in the object is free, so if it is
    /// not among what is in the buffer, the file is opened once more and passed to that member. Without one: not a
    /// bundle.
    private func isBundle(_ stream: ByteStream) throws(FHIRFault.Reason) -> Bool {
        let start = ByteStream(MemoryBytes(Array(try stream.window())))
        if let type = try resourceType(start) { return type == "Bundle" }
        let again = ByteStream(try input.open(limits))
        try again.skipByteOrderMark()
        return try resourceType(again) == "Bundle"
    }

    private func resourceType(_ stream: ByteStream) throws(FHIRFault.Reason) -> String? {
        guard try stream.take(UInt8(ascii: "{")) else { return nil }
        while try stream.peekPastSpace() == UInt8(ascii: "\"") {
            var name = ValueCutter(limit: 64)
            guard try name.cut(stream) != .ended, try stream.take(UInt8(ascii: ":")) else { return nil }
            var value = ValueCutter(limit: 64)
            guard try stream.peekPastSpace() != nil else { return nil }
            let outcome = try value.cut(stream)
            if name.bytes == Array("\"resourceType\"".utf8), outcome == .whole {
                return String(decoding: value.bytes.dropFirst().dropLast(), as: UTF8.self)
            }
            guard outcome == .whole || outcome == .tooLarge, try stream.take(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }
}
