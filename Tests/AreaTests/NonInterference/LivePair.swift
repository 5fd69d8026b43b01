import HTTPTypes
import App
import Hummingbird
import Kernel
import Spine
import TestKit
import Testing
import Vault
import Web

/// The live feeds of both worlds side by side, while hidden and other things happen.
struct LivePair {
    let prober: Prober
    let story: PairStory
    /// Somebody who may do everything everywhere.
    let seer: Part

    struct Stream {
        let reader = Reader()
        let task: Task<Void, any Error>

        init(_ response: Response) {
            let writer = reader.writer
            task = Task { try await response.body.write(writer) }
        }

        /// What was told so far, once it holds a text; what there is when it does not come.
        func text(holding text: String) async throws -> String {
            for _ in 0..<500 where !reader.text.contains(text) { try await Task.sleep(for: .milliseconds(10)) }
            return reader.text
        }
    }

    private static let first = Probe(route: "GET /live", method: .get, target: "/live", sight: nil)

    func open(_ part: Part, since last: (a: String, b: String)? = nil) async throws -> (a: Stream, b: Stream) {
        func stream(_ server: Server, _ cookie: String?, _ last: String?) async throws -> Stream {
            Stream(
                try await Self.first.send(
                    server, cookie: cookie ?? part.name, csrf: part.csrf, key: part.name,
                    more: last.map { [(.lastEventID, $0)] } ?? []))
        }
        prober.pair.tick(.milliseconds(1))
        return (
            try await stream(prober.servers.a, part.sessions?.a, last?.a),
            try await stream(prober.servers.b, part.sessions?.b, last?.b)
        )
    }

    func cursor(_ text: String) throws -> String {
        String(try #require(text.firstMatch(of: /id: ([A-Za-z0-9_-]+)/)).output.1)
    }

    /// What one says to a browser that comes back; both worlds must say the same.
    func missed(_ part: Part, _ last: (a: String, b: String), _ when: String) async throws -> String {
        let streams = try await open(part, since: last)
        let (a, b) = (
            try await streams.a.text(holding: "event: change"), try await streams.b.text(holding: "event: change")
        )
        streams.a.task.cancel()
        streams.b.task.cancel()
        check(a, b, part, "coming back \(when)")
        return a
    }

    /// What a stream told, without the places in it and the beats that keep it open.
    private func plain(_ text: String) -> String {
        text.replacing(/id: [A-Za-z0-9_-]+/) { "id: ‹\($0.output.count)›" }.replacing(": \n\n", with: "")
    }

    private func check(_ a: String, _ b: String, _ part: Part, _ what: String) {
        if plain(a) != plain(b) {
            prober.record("\(what): \(plain(a)) against \(plain(b))", Self.first, part)
        }
    }

    /// What both have told once they have told as much, or after two seconds.
    private func told(_ streams: (a: Stream, b: Stream)) async throws -> (a: String, b: String) {
        for _ in 0..<200 where plain(streams.a.reader.text) != plain(streams.b.reader.text) {
            try await Task.sleep(for: .milliseconds(10))
        }
        return (streams.a.reader.text, streams.b.reader.text)
    }

    func run(_ parts: [Part]) async throws {
        let pair = prober.pair
        let tails = try [pair.a, pair.b].map { world in
            let work = Background(
                installation: world.platform.installation, capabilities: world.platform.capabilities,
                definitions: world.platform.definitions
            ).work
            return (world: world, tail: try #require(work.first { $0.name == "live-feed" }))
        }
        func tell() async throws {
            for (world, tail) in tails { _ = try await tail.run(world.spine, world.tenant) }
        }
        // What is due within the next moments is done before anybody listens.
        for _ in 0..<15 { try await pair.rest() }
        try await tell()
        var open: [(part: Part, streams: (a: Stream, b: Stream), last: (a: String, b: String))] = []
        for part in parts {
            let streams = try await self.open(part)
            let last = (
                try cursor(try await streams.a.text(holding: "event: change")),
                try cursor(try await streams.b.text(holding: "event: change"))
            )
            open.append((part, streams, last))
        }
        // Somebody writes to a hidden person, and that person writes again.
        let need = try await pair.hidden { try await $0.receive("And another thing", from: PairStory.phone("928", 52)) }
        let conversation = try await pair.b.conversation(of: need)
        let writes = Probe(
            route: "POST /conversations/{id}/presence", method: .post,
            target: "/conversations/\(conversation.text)/presence", sight: nil, body: .form([]))
        let answer = try await writes.ask(prober.servers.b, cookie: seer.name, csrf: seer.csrf, key: seer.name)
        #expect(answer.status == 204)
        try await tell()
        for (part, _, last) in open {
            let text = try await missed(part, last, "after something hidden")
            #expect(text.contains("{\"topics\":[]}"), "\(part.name) is told of something although nothing happened")
        }
        try await pair.both("a text") { try await $0.receive("One more question", from: PairStory.phone("303", 12)) }
        let stranger = try await pair.both("a stranger") {
            try await $0.receive("Hello, who is this?", from: PairStory.phone("720", 77))
        }
        let last = try await pair.both("its conversation") { try await $0.conversation(of: stranger) }
        try await tell()
        for (part, streams, before) in open {
            let isTold = part.permissions.contains(.needRead)
            if isTold {
                _ = try await streams.a.text(holding: "conversation-\(last.text)")
                _ = try await streams.b.text(holding: "conversation-\(last.text)")
            }
            let (a, b) = try await told(streams)
            streams.a.task.cancel()
            streams.b.task.cancel()
            #expect(
                a.contains("conversation-\(last.text)") == isTold,
                "the feed of \(part.name) told of a stranger: \(!isTold), which is for who may read needs")
            check(a, b, part, "what was told")
            let text = try await missed(part, before, "after something for all")
            if isTold { #expect(text.contains("\"*\"")) }
        }
    }
}
