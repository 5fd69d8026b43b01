import App
import ConversationsAPI
import HTTPTypes
import Kernel
import PeopleAPI
import Scheduling
import SchedulingAPI
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

/// Two worlds that differ in what happened with people whom the caller sees, of areas for which the caller has no right.
@Suite("What one has no right to changes no answer about people one sees", .serialized)
struct MissingRightTests {
    /// The rights to what happens in one world alone, and those by which it may be seen too: figures and events of the
    /// practice, who works on what, who has a part in somebody's care.
    private static let missing: Set<Permission> = [
        .needRead, .needWrite, .messageRead, .messageSend, .dashboardRead, .eventRead, .auditRead, .referralRead,
        .referralWrite, .waitlistRead, .waitlistWrite, .clinicalRead, .consentRead, .policyExplain, .patientBreakGlass,
        Permission("audit.share"), Permission("break-glass.review"), Permission("snooping.review"),
        Permission("legal-hold.manage"), Permission("retention.review"), Permission("privacy.manage"),
        Permission("record.export"), Permission("subject.dispose"), Permission("access-review.run"), .userManage,
        .labelWrite, Permission("care.write"),
    ]

    private func happen(_ story: inout PairStory) async throws {
        let (pair, staff, patients) = (story.pair, story.staff, story.patients())
        // Once on with what is open, once anew.
        for number in [12, 14] {
            let need = try await pair.hidden {
                try await $0.receive("And one thing more, please", from: PairStory.phone("303", number))
            }
            try await pair.hidden { try await $0.work(need, by: staff[0]) }
            story.known.add(.hidden, "need", need)
        }
        for patient in patients.prefix(2) {
            story.known.add(.hidden, "request", try await pair.hidden { try await $0.ask(patient) })
            story.known.add(.hidden, "legalhold", try await pair.hidden { try await $0.keep(patient) })
            story.known.add(.hidden, "item", try await pair.hidden { try await $0.due(patient) })
            story.known.add(.hidden, "link", try await pair.hidden { try await $0.share(patient) })
            story.known.add(.hidden, "referral", try await pair.hidden { try await $0.refer(patient) })
            story.known.add(.hidden, "entry", try await pair.hidden { try await $0.wait(patient) })
            let document = try await pair.hidden { try await $0.shelve("Diabetes", for: patient) }
            story.known.add(.hidden, "document", document)
        }
    }

    /// Of what nobody known has asked there is nothing that they may see: not even that it happened.
    private func strangers(_ pair: WorldPair, _ live: LivePair, _ part: Part) async throws {
        let streams = try await live.open(part)
        let last = (
            a: try live.cursor(try await streams.a.text(holding: "event: change")),
            b: try live.cursor(try await streams.b.text(holding: "event: change"))
        )
        streams.a.task.cancel()
        streams.b.task.cancel()
        _ = try await pair.hidden { try await $0.receive("Hello, who is this?", from: PairStory.phone("720", 98)) }
        let told = try await live.missed(part, last, "after a stranger's text")
        #expect(told.contains("{\"topics\":[]}"), "they are told that something happened")
    }

    /// Of what happens with somebody they see, the feed names that person alone.
    private func told(_ story: inout PairStory, _ live: LivePair, _ part: Part) async throws {
        let world = story.pair.b
        let work = Background(
            installation: world.platform.installation, capabilities: world.platform.capabilities,
            definitions: world.platform.definitions
        ).work
        let tail = try #require(work.first { $0.name == "live-feed" })
        _ = try await tail.run(world.spine, world.tenant)
        let streams = try await live.open(part)
        _ = try await streams.b.text(holding: "event: change")
        try await happen(&story)
        _ = try await tail.run(world.spine, world.tenant)
        let text = try await streams.b.text(holding: "patient-")
        streams.a.task.cancel()
        streams.b.task.cancel()
        #expect(text.contains("patient-"))
        for topic in ["need-", "conversation-", "inbox", "dashboard"] {
            #expect(!text.contains(topic), "the feed names \(topic)")
        }
    }

    @Test(
        "needs, texts, notes, requests, holds, referrals, waiting and documents, live notices among them",
        arguments: TestStores.engines)
    func same(_ engine: Engine) async throws {
        try await WorldPair.with(engine, seed: 31, .restricted) { pair in
            var story = PairStory(pair)
            try await story.runVisible()
            let generator = PartGenerator(pair, users: story.staff)
            let seer = generator.seer()
            let wide = generator.wide()
            var part = Part(
                name: "without", permissions: wide.permissions.subtracting(Self.missing), locations: .all,
                user: wide.user)
            part.shownOtherwise = Declassified.timelines
            let prober = try await Prober(pair, [part, seer])
            let live = LivePair(prober: prober, story: story, seer: seer)
            try await strangers(pair, live, part)
            try await told(&story, live, try await generator.signedIn(part, as: "clinic-manager"))
            var run = ProbeRun(prober, story.known)
            try await run.everything(part, onlyReading: true)
            for patient in story.patients().prefix(2) {
                for tab in ["details", "visits"] {
                    let probe = Probe(
                        route: "GET /patients/{id}", method: .get, target: "/patients/\(patient.text)?tab=\(tab)",
                        sight: nil)
                    if let found = try await prober.compare(probe, part) { prober.record(found, probe, part) }
                }
            }
            for problem in prober.problems.prefix(20) { Issue.record("\(problem)") }
            #expect(prober.problems.count == 0)
            // The same is seen by who has the rights.
            for target in ["/inbox", "/privacy/requests", "/legal-holds", "/retention", "/referrals", "/waitlist"] {
                let probe = Probe(route: "GET \(target)", method: .get, target: target, sight: nil)
                #expect(try await prober.compare(probe, seer) != nil, "the worlds do not differ in \(target)")
            }
        }
    }
}
