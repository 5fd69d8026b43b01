import App
import HTTPTypes
import JSON
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TestKit
import Testing
import Trust
import Vault
import Web

/// What stays of people who were disposed of stands without them, so nobody can say any more in whose reach they were:
/// it changes no answer to anybody but those who watch over the whole practice.
@Suite("What is left of people who were disposed of")
struct DisposedTests {
    private static let addresses = [
        "/api/v1/events", "/api/v1/events?limit=3", "/api/v1/events?kind=message.received",
        "/api/v1/events?kind=subject.disposed", "/api/v1/events?kind=patient.registered", "/dashboard",
        "/dashboard?period=today", "/dashboard?period=month", "/events?measure=inbound", "/events?measure=open",
        "/events?measure=first-response", "/events?measure=booked", "/events?measure=resolution",
        "/privacy/requests?show=all", "/privacy/requests?show=closed", "/retention",
    ]

    private static func part(
        _ name: String, _ world: PageWorld, without: Set<Permission>, at locations: Caller.Locations
    ) -> Part {
        Part(
            name: name, permissions: world.platform.permissions.subtracting(without), locations: locations,
            user: ID(raw: 7))
    }

    /// Without what chance makes, the number of the request and the count that a page makes beside itself.
    private static func ask(
        _ target: String, _ part: Part, _ server: Server, _ masks: Masks, at now: Instant
    ) async throws -> Seen {
        let probe = Probe(route: target, method: .get, target: target, sight: nil)
        let seen = try await probe.ask(server, cookie: part.name, csrf: part.csrf, key: part.name)
        return Masks.withoutIDs(Masks.withoutBadge(masks.masked(seen)), [], at: now)
    }

    private static func kinds(_ part: Part, _ server: Server) async throws -> [String] {
        let probe = Probe(route: "", method: .get, target: "/api/v1/events?limit=500", sight: nil)
        let seen = try await probe.ask(server, cookie: part.name, csrf: part.csrf, key: part.name)
        return try (JSONValue(parsing: seen.body)["events"]?.array ?? []).compactMap { $0["kind"]?.string }
    }

    @Test(
        "their events and figures are seen by nobody but who has the right, wherever they are listed or counted",
        arguments: TestStores.engines)
    func lists(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let here = LocationKeys.id("flagstaff")
            let watching: Set = [Permission("audit.read")]
            // Never saw them; saw them until they were disposed of; sees what is left.
            let apart = Self.part("apart", world, without: watching, at: .only([here]))
            let near = Self.part("near", world, without: watching, at: .all)
            let watcher = Self.part("watcher", world, without: [], at: .all)
            let server = try await world.platform.server(
                identities: Cast([apart, near, watcher], gatekeeper: world.platform.gatekeeper), adding: [])
            let masks = Masks(vault: try await world.spine.vault(world.tenant))

            var ana = NewPatient.named("Ana", "Alder", phone: "(303) 555-0111")
            ana.locations = [here]
            _ = try await world.people.register(ana)
            try await world.people.receive("Can somebody call me?", from: "+13035550111")
            var ben = NewPatient.named("Ben", "Birch", phone: "(303) 555-0122")
            ben.locations = [LocationKeys.id("denver-northside")]
            let patient = try await world.people.register(ben)
            let need = try await world.receive("I need to see somebody", from: "+13035550122")
            _ = try await world.visit(patient, at: "denver-northside", need: need)
            try await world.close(need)
            _ = try await world.ask(patient)
            _ = try await world.ask(patient, for: .erasure)
            // Somebody whom nobody knows goes too; who may not see through the label never saw them.
            let strange = try await world.receive("Do you take new patients?", from: "+13035550133")
            let conversation = try await world.conversation(of: strange)
            try await world.label(conversation, Labels.reproductive)
            try await world.people.settle()
            world.clock.advance(by: .hours(1))

            let blind = Self.part(
                "blind", world, without: watching.union(Labels.permissions), at: .only([here]))
            let blindServer = try await world.platform.server(
                identities: Cast([blind], gatekeeper: world.platform.gatekeeper), adding: [])
            let now = world.clock.now()
            var before: [Seen] = []
            for list in Self.addresses { before.append(try await Self.ask(list, blind, blindServer, masks, at: now)) }
            #expect(before.allSatisfy { $0.status == 200 }, "\(before.map(\.status))")
            #expect(try await Self.kinds(apart, server).filter { $0 == "message.received" }.count == 2)
            #expect(try await Self.kinds(near, server).filter { $0 == "message.received" }.count == 3)

            for subject in [DataSubject.patient(patient), .conversation(conversation)] {
                _ = try await world.platform.disposal.dispose(
                    subject, reason: "retention", as: world.everywhere(ID(raw: 9)))
            }
            try await world.people.settle()

            for (list, seen) in zip(Self.addresses, before) {
                let again = try await Self.ask(list, blind, blindServer, masks, at: now)
                #expect(seen.difference(to: again) == nil, "\(list)")
            }
            for part in [apart, near] {
                let kinds = try await Self.kinds(part, server)
                #expect(kinds.filter { $0 == "message.received" }.count == 1, "\(part.name)")
                #expect(kinds.filter { $0 == "patient.registered" }.count == 1, "\(part.name)")
                #expect(!kinds.contains("subject.disposed") && !kinds.contains("appointment.booked"), "\(part.name)")
            }
            let all = try await Self.kinds(watcher, server)
            #expect(all.filter { $0 == "message.received" }.count == 3)
            #expect(all.filter { $0 == "subject.disposed" }.count >= 2)

            // Derived again from the log they stay as closed as they were.
            let disposed = Labels.disposed.rawValue
            let hidden = try await world.people.ids(
                "SELECT need FROM need_progress WHERE tenant = \(.tenant) AND labels >= \(disposed) ORDER BY need",
                of: Need.self)
            #expect(hidden.contains(need) && hidden.contains(strange))
            let progress = try #require(
                world.platform.capabilities.flatMap(\.subscribers).first { $0.name == "need-progress" })
            _ = try await world.spine.rebuild(progress, as: world.everywhere())
            let again = try await world.people.ids(
                "SELECT need FROM need_progress WHERE tenant = \(.tenant) AND labels >= \(disposed) ORDER BY need",
                of: Need.self)
            #expect(again == hidden)
        }
    }

    @Test("the live feed tells of a disposal to nobody else")
    func live() {
        func caller(_ permissions: Set<Permission>) -> Caller {
            Caller(
                tenant: ID(raw: 1), actor: .user(ID(raw: 7)), permissions: permissions, correlation: 1, origin: "test")
        }
        let all = Labels.permissions.union([.patientRead])
        #expect(Policy.decide(caller(all), .patientRead, .item(of: nil, [])) == .permit)
        #expect(Policy.decide(caller(all), .patientRead, .item(of: nil, .disposed)) == .deny(.label))
        let watching = all.union([Permission("audit.read")])
        #expect(Policy.decide(caller(watching), .patientRead, .item(of: nil, .disposed)) == .permit)
    }
}
