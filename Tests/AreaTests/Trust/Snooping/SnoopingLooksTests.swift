import App
import Kernel
import PeopleAPI
import Spine
import Store
import TestKit
import StudioAPI
import Testing
import Trust
import Vault
import Web

@Suite("What counts as a look")
struct SnoopingLooksTests {
    private static let ana: ID<User> = ID(raw: 1)
    private static let ben: ID<User> = ID(raw: 2)
    private static let own: ID<Patient> = ID(raw: 11)
    private static let others: [ID<Patient>] = (21...24).map { ID(raw: $0) }

    private static func act(
        _ record: Int64, _ patient: ID<Patient>, _ kind: SnoopingAct.Kind, day: Int = 100, request: Int64 = 0
    ) -> SnoopingAct {
        SnoopingAct(record: record, user: ben, patient: patient, day: day, hour: 10, kind, request: request)
    }

    /// How often Ben looked at a coworker, Ana's own record, without work.
    private static func coworkers(_ acts: [SnoopingAct]) -> Int {
        var facts = SnoopingFacts()
        facts.ties = [ana: [own: .own]]
        var detector = SnoopingDetector(facts, firstDay: 100)
        for act in acts { detector.add(act) }
        return detector.finish().flatMap(\.signals).first { $0.sign == .coworker }?.count ?? 0
    }

    @Test("a search that led to nobody is a look at everybody it showed; one that led to somebody is for them")
    func searches() {
        let shown = ([Self.own] + Self.others).map { Self.act(1, $0, .search) }
        #expect(Self.coworkers(shown) == 1)
        for kind in [SnoopingAct.Kind.look, .work, .aim] {
            #expect(Self.coworkers(shown + [Self.act(2, Self.others[2], kind)]) == 0, "\(kind)")
            #expect(Self.coworkers([Self.act(0, Self.others[2], kind)] + shown) == 0, "\(kind), before")
            #expect(Self.coworkers(shown + [Self.act(2, Self.others[2], kind, day: 101)]) == 1, "\(kind), too late")
        }
        // Whom somebody else works for explains nothing.
        let elsewhere = SnoopingAct(record: 2, user: Self.ana, patient: Self.others[0], day: 100, hour: 10, .work)
        #expect(Self.coworkers(shown + [elsewhere]) == 1)
        // Work for the one who was found explains it, and what explains a search explains no look.
        #expect(Self.coworkers(shown + [Self.act(2, Self.own, .work)]) == 0)
        #expect(Self.coworkers([Self.act(1, Self.own, .look), Self.act(2, Self.own, .aim)]) == 1)
    }

    @Test("what is asked for before something is done is work with what its request does, and a look alone")
    func starts() {
        let start = Self.act(1, Self.own, .start, request: 5)
        #expect(Self.coworkers([start]) == 1)
        #expect(Self.coworkers([start, Self.act(2, Self.others[0], .work, request: 6)]) == 1)
        #expect(Self.coworkers([start, Self.act(2, Self.others[0], .work, request: 5)]) == 0)
        // Such work explains a week, as any does.
        let work = [start, Self.act(2, Self.others[0], .work, request: 5)]
        #expect(Self.coworkers(work + [Self.act(3, Self.own, .look, day: 107)]) == 0)
        #expect(Self.coworkers(work + [Self.act(3, Self.own, .look, day: 108)]) == 1)
    }

    @Test(
        "typing a coworker's name and reading the row, and opening the page on which a visit is booked, are looks",
        arguments: TestStores.engines)
    func coworker(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let officer = try await world.signIn("privacy-officer")
            let noted = try await officer.post(
                "/audit/signals/ties",
                [("user", try await world.user("clinician").text), ("kind", "own"), ("patient", maria.text)])
            #expect(noted.status == 303)
            for (day, door) in ["/patients?q=Delgado", "/booking?patient=\(maria.text)"].enumerated() {
                world.clock.advance(by: .hours(24))
                let (desk, officer) = (try await world.signIn(), try await world.signIn("privacy-officer"))
                let before = try await officer.get("/audit/signals")
                #expect(before.visible.contains("Coworkers: \(day) times") == (day > 0), "\(door)")
                let seen = try await desk.get(door)
                #expect(seen.status == 200 && seen.visible.contains("Delgado Ruiz"), "\(door)")
                let page = try await officer.get("/audit/signals")
                #expect(page.visible.contains("Coworkers: \(day + 1) times"), "\(door)")
            }
        }
    }

    @Test("so is typing the name of somebody of note", arguments: TestStores.engines)
    func famous(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            var person = NewPatient.maria
            person.labels = .vip
            _ = try await world.people.register(person)
            let clinician = try await world.signIn("clinician")
            let officer = try await world.signIn("privacy-officer")
            #expect(try await clinician.get("/patients?q=Delgado").visible.contains("Delgado"))
            let page = try await officer.get("/audit/signals")
            #expect(page.visible.contains("Restricted records and people of note: 1 times"))
            #expect(page.visible.contains("searched patients"))
        }
    }

    @Test(
        "every act on the trail that shows somebody counts, and what opens nothing does not",
        arguments: TestStores.engines)
    func trail(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let officer = try await world.signIn("privacy-officer")
            let (admin, looker) = (try await world.user("administrator"), try await world.user("clinician"))
            let looks = [
                "patient.read", "contact.read", "appointment.write", "patient.write", "consent.write", "record.export",
                "privacy.manage", "label.write", "a-new-right.use",
            ]
            let none = [
                "audit.list", "audit.export", "audit.share", "policy.explain", "snooping.review",
                "patient.break-glass", "break-glass.review", "BreakTheGlass", "RecordDisclosure",
            ]
            var patients: [ID<Patient>] = []
            for name in "abcdefghijklmnopqrstuvwxyzñáé".prefix(looks.count + none.count + 11) {
                let patient = try await world.people.register(.named("Ines", "Ruiz\(name)"))
                let tie = [("user", admin.text), ("kind", "own"), ("patient", patient.text)]
                #expect(try await officer.post("/audit/signals/ties", tie).status == 303)
                patients.append(patient)
            }
            try #require(patients.count == looks.count + none.count + 11)
            func entry(_ action: String, _ one: ID<Patient>?, _ list: [ID<Patient>] = []) -> AuditEntry {
                AuditEntry(
                    actor: .user(looker), action: action, purpose: .operations, outcome: .permitted,
                    subject: one.map(DataSubject.patient), subjects: list.map(DataSubject.patient),
                    correlation: world.spine.ids.nextRaw(), origin: "console")
            }
            var entries = zip(looks + none, patients).map { entry($0.0, $0.1) }
            // Five that a search showed count, six do not, nor does a list that nobody chose.
            let rest = Array(patients.suffix(11))
            entries.append(entry("patient.search", nil, Array(rest.prefix(5))))
            entries.append(entry("patient.search", nil, Array(rest.suffix(6))))
            entries.append(entry("schedule.read", nil, Array(rest.suffix(2))))
            try await world.spine.audit.record(entries, tenant: world.tenant)
            let page = try await officer.get("/audit/signals")
            #expect(page.visible.contains("Coworkers: \(looks.count + 5) times"))
        }
    }

    @Test("the record a tie is about is found by name; who may not search types the id", arguments: TestStores.engines)
    func finding(_ engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let officer = try await world.signIn("privacy-officer")
            let start = try await officer.get("/audit/signals")
            #expect(!start.html.contains("id=\"tie-patient\""))
            let found = try await officer.get("/audit/signals?q=Delgado")
            let address = "/audit/signals?patient=\(maria.text)"
            #expect(found.html.contains("href=\"\(address)\""))
            let chosen = try await officer.get(address)
            #expect(chosen.visible.contains("Delgado"))
            let form = try chosen.form("/audit/signals/ties")
                .with("user", try await world.user("clinician").text).with("kind", "own")
            #expect(form["patient"] == maria.text)
            #expect(try await officer.post("/audit/signals/ties", form).status == 303)
            // Who looks for somebody to write down a tie does not stand out by that.
            let noted = try await officer.get("/audit/signals")
            #expect(noted.visible.contains("Patient \(maria.text)"))
            #expect(!noted.visible.contains("Coworkers:"))
            for unknown in ["0000000000001", "x"] {
                #expect(try await officer.get("/audit/signals?patient=\(unknown)").status == 404, "\(unknown)")
            }
            for language in Language.allCases {
                let none = try await officer.get("/audit/signals?q=Quillfeather", language)
                #expect(none.visible.contains("Quillfeather"))
            }
            try await world.changeRole("privacy-officer") { role in
                role.permissions.removeAll { $0 == "patient.search" }
            }
            let typist = try await world.signIn("privacy-officer")
            let typed = try await typist.get("/audit/signals?q=Delgado")
            #expect(typed.html.contains("id=\"tie-patient\"") && !typed.visible.contains("Delgado"))
        }
    }
}
