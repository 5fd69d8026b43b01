import App
import Conversations
import Insights
import Interop
import Kernel
import People
import PeopleAPI
import Scheduling
import Spine
import Store
import TestKit
import Testing
import Trust
import Vault
import Web

@Suite("Disposal of people")
struct DisposalTests {
    private static let phone = "+13035550142"

    @Test("everything of a person goes, nothing of anybody else", arguments: TestStores.engines)
    func person(_ engine: Engine) async throws {
        try await DisposalWorld.with(engine) { world in
            let ana = try await world.story("Ana", phone: Self.phone)
            let second = try await world.base.patient("Anna", number: 143)
            _ = try await world.spine.perform(
                LinkPatients(second, to: ana, directory: world.directory), as: world.base.agent)
            let ben = try await world.story("Ben", phone: "+13035550150")
            let around = AroundVisits(
                spine: world.spine, desk: world.base.desk, directory: world.directory,
                caller: world.world.caller(
                    ConversationsWorld.agentRights.union(AroundVisits.rights), actor: world.base.agent.actor))
            try await around.leave("Ana", ana, hour: 8, other: second)
            try await around.leave("Ben", ben, hour: 9)
            try await world.settle()
            let target = try await world.target(ana, members: [ana, second])
            let empty = try await world.rows(of: target).filter { $0.value == 0 }.keys.sorted()
            #expect(
                empty == [
                    "clinical_link", "disputed_number", "external_identifier", "external_resource", "idempotency",
                    "imported_patient",
                    "patient_proxy", "user_account",
                ])
            let traces = try await world.traces(of: target)
            #expect(traces.count > 25, "the story must leave traces: \(traces.count)")
            let others = try await world.rows(of: try await world.target(ben, members: [ben]))
            #expect(others.values.filter { $0 > 0 }.count > 15, "\(others)")

            // By the id of the linked record: the whole person goes.
            let record = try await world.dispose(.patient(second))
            #expect(record.target.patients == [ana, second].sorted())
            #expect(record.target.keys.count == 2)
            #expect(record.certificate != nil)
            for table in ["patient", "contact_point", "message", "need", "appointment", "clinical_document", "term"] {
                #expect(record.rows[table] ?? 0 > 0, "\(table) \(record.rows)")
            }
            let left = try await world.rows(of: target)
            #expect(left.filter { $0.value > 0 && $0.key != "imported_patient" } == [:])
            #expect(try await world.traces(anywhere: traces) == [])
            #expect(try await world.rows(of: try await world.target(ben, members: [ben])) == others)
            #expect(try await world.findings() == [])

            // Nobody finds her, and what is derived from the log can be derived again.
            let gone = await faultCode { _ = try await world.world.read(ana, world.directory) }
            #expect(gone == "patient.not-found")
            let figures = try await world.count("SELECT COUNT(*) FROM need_progress WHERE tenant = \(.tenant)")
            _ = try await world.spine.rebuild(try world.progress, as: world.world.caller(.needRead))
            #expect(try await world.count("SELECT COUNT(*) FROM need_progress WHERE tenant = \(.tenant)") == figures)
            #expect(try await world.rows(of: target)["need_progress"] == 0)
        }
    }

    @Test("a STOP outlives the person, and the number is a stranger's from then on", arguments: TestStores.engines)
    func stop(_ engine: Engine) async throws {
        try await DisposalWorld.with(engine) { world in
            let ana = try await world.story("Ana", phone: Self.phone)
            try await world.base.base.receive("STOP", from: Self.phone)
            _ = try await world.dispose(.patient(ana))
            let words = try await world.world.stores.main.read(world.world.tenant) { transaction in
                try transaction.rows("SELECT state, patient FROM contact_consent WHERE tenant = \(.tenant)")
                    .map { (try $0["state"] as String, try $0["patient"] as Int64?) }
            }
            #expect(words.map(\.0) == ["withdrawn"])
            #expect(words.allSatisfy { $0.1 == nil })
            try await world.base.base.receive("Hello, is anybody there?", from: Self.phone)
            let standing = try await world.count(
                "SELECT COUNT(*) FROM conversation WHERE tenant = \(.tenant) AND standing = 'unknown'")
            #expect(standing == 1)
        }
    }

    @Test("a stranger's conversation goes without a trace, nothing of anybody else", arguments: TestStores.engines)
    func stranger(_ engine: Engine) async throws {
        try await DisposalWorld.with(engine) { world in
            let ben = try await world.story("Ben", phone: "+13035550150")
            try await world.base.base.receive("Do you take new patients?", from: "+13035550199")
            try await world.settle()
            let found = try await world.base.base.rows(
                "SELECT id, key_subject FROM conversation WHERE tenant = \(.tenant) AND patient IS NULL")
            let row = try #require(found.first)
            let (conversation, subject): (ID<Conversation>, Int64) = (try row["id"], try row["key_subject"])
            let others = try await world.rows(of: try await world.target(ben, members: [ben]))
            let record = try await world.dispose(.conversation(conversation))
            #expect(record.target.keys.map(\.raw) == [subject])
            #expect(record.certificate != nil)
            for table in ["conversation", "message", "need"] { #expect(record.rows[table] == 1, "\(record.rows)") }
            for count in [
                try await world.count(
                    "SELECT COUNT(*) FROM message WHERE tenant = \(.tenant) AND key_subject = \(subject)"),
                try await world.count(
                    "SELECT COUNT(*) FROM need WHERE tenant = \(.tenant) AND key_subject = \(subject)"),
                try await world.count(
                    "SELECT COUNT(*) FROM conversation WHERE tenant = \(.tenant) AND patient IS NULL"),
            ] { #expect(count == 0) }
            #expect(try await world.findings() == [])
            #expect(try await world.rows(of: try await world.target(ben, members: [ben])) == others)
            // One that belongs to a patient goes with the patient only.
            let known = try await world.base.base.rows(
                "SELECT id FROM conversation WHERE tenant = \(.tenant) AND patient = \(ben)")
            let id: ID<Conversation> = try #require(known.first)["id"]
            let code = await faultCode { _ = try await world.dispose(.conversation(id)) }
            #expect(code == "disposal.unknown")
        }
    }

    @Test("a legal hold on any of a person's records stops their disposal", arguments: TestStores.engines)
    func held(_ engine: Engine) async throws {
        try await DisposalWorld.with(engine) { world in
            let ana = try await world.story("Ana", phone: Self.phone)
            let second = try await world.base.patient("Anna", number: 143)
            _ = try await world.spine.perform(
                LinkPatients(second, to: ana, directory: world.directory), as: world.base.agent)
            let caller = world.world.caller(.legalHoldManage, .patientRestricted)
            let hold = try await world.spine.perform(
                PlaceLegalHold(second, matter: "Case 7", reason: "The court asked.", directory: world.directory),
                as: caller)
            let code = await faultCode { _ = try await world.dispose(.patient(ana)) }
            #expect(code == "disposal.held")
            _ = try await world.world.read(ana, world.directory)
            #expect(try await world.world.vault.disposal(of: .patient(ana)) == nil)
            _ = try await world.spine.perform(ReleaseLegalHold(ID(raw: hold), note: "The case is closed."), as: caller)
            let again = await faultCode {
                _ = try await world.spine.perform(ReleaseLegalHold(ID(raw: hold), note: "Once more."), as: caller)
            }
            #expect(again == "hold.released")
            #expect(try await world.dispose(.patient(ana)).certificate != nil)
            let late = await faultCode {
                _ = try await world.spine.perform(
                    PlaceLegalHold(ana, matter: "Late", reason: "Too late.", directory: world.directory), as: caller)
            }
            #expect(late == "patient.not-found")
        }
    }

    @Test(
        "one that was cut off is finished, and asked for again after a restore it is done again",
        arguments: TestStores.engines)
    func interrupted(_ engine: Engine) async throws {
        try await DisposalWorld.with(engine) { world in
            let ana = try await world.story("Ana", phone: Self.phone)
            let target = try await world.target(ana, members: [ana])
            // The power goes right after the keys.
            let begun = try await world.world.vault.beginDisposal(
                DisposalRecord(
                    id: world.world.ids.next(), target: target, reason: "retention", actor: .user(ID(raw: 7)),
                    requestedAt: world.world.clock.now()))
            // Another node hears of it within half a second.
            world.world.clock.advance(by: .seconds(1))
            let unreadable = await faultCode { _ = try await world.world.read(ana, world.directory) }
            #expect(unreadable == "sealed.disposed")
            let caller = world.world.caller(.subjectDispose)
            #expect(try await world.disposal().finishInterrupted(as: caller) == 0)
            world.world.clock.advance(by: .seconds(61))
            #expect(try await world.disposal().finishInterrupted(as: caller) == 1)
            #expect(try await world.disposal().finishInterrupted(as: caller) == 0)
            let done = try #require(try await world.world.vault.disposal(of: .patient(ana)))
            #expect(done.id == begun.id)
            #expect(done.certificate != nil)
            #expect(try await world.rows(of: target).filter { $0.value > 0 && $0.key != "imported_patient" } == [:])

            // Old data come back with a hash of hers.
            _ = try await world.world.stores.main.write(world.world.tenant) { transaction in
                try transaction.execute(
                    """
                    INSERT INTO patient (tenant, id, key_subject, version, language, deceased, source, created_at,
                        updated_at, sealed)
                    VALUES (\(.tenant), \(ana), \(target.keys[0]), 1, 'en', FALSE, 'test', 1, 1, \([1] as [UInt8]))
                    """)
                return try transaction.execute(
                    """
                    INSERT INTO patient_scope (tenant, patient, location, restricted)
                    VALUES (\(.tenant), \(ana), 0, FALSE)
                    """)
            }
            #expect(try await world.findings().count == 2)
            let again = try await world.dispose(.patient(ana))
            #expect(again.id == begun.id)
            #expect(again.certificate == done.certificate)
            #expect(try await world.findings() == [])
        }
    }

    @Test("a person who is sent again by their source does not come back", arguments: TestStores.engines)
    func importedAgain(_ engine: Engine) async throws {
        try await DisposalWorld.with(engine) { world in
            let entries = [
                Sample.patientEntry("p1"), Sample.observationEntry("o1", of: "urn:uuid:p1"), Sample.patientEntry("p2"),
            ]
            let imports = ImportWorld(world.world)
            let first = try await imports.take(entries)
            #expect(first.takenCount == 3)
            let imported = try await world.world.stores.main.read(world.world.tenant) { transaction in
                try transaction.rows(
                    "SELECT patient FROM clinical_document WHERE tenant = \(.tenant) AND type = 'Observation'"
                )
                .map { try $0["patient"] as ID<Patient> }
            }
            let record = try await world.dispose(.patient(try #require(imported.first)))
            #expect(record.rows["external_identifier"] ?? 0 > 0)
            let second = try await imports.take(entries)
            #expect(second.failedCount == 2)
            #expect(second.unchanged == 1)
            #expect(try await imports.patients == 1)
            #expect(try await imports.documents("Observation") == 0)
        }
    }

    @Test("a user who is disposed of cannot be known again and cannot sign in", arguments: TestStores.engines)
    func user(_ engine: Engine) async throws {
        try await DisposalWorld.with(engine) { world in
            let vault = world.world.vault
            let hash = UserStore.loginHash("ana@clinic.example", vault)
            let ana = try #require(
                try await world.world.stores.main.read(world.world.tenant) { try UserStore.find(login: hash, in: $0) })
            let record = try await world.dispose(.user(ana.id))
            #expect(record.target.keys == [ana.keySubject])
            #expect(record.rows["user_account"] == 1, "\(record.rows)")
            let (found, account) = try await world.world.stores.main.read(world.world.tenant) {
                (try UserStore.find(login: hash, in: $0), try UserStore.find(ana.id, in: $0))
            }
            #expect(found == nil)
            #expect(account?.displayName == "")
            #expect(account?.passwordHash == "")
            #expect(account?.state == "suspended")
            #expect(try await world.findings() == [])
        }
    }

    @Test("who may not dispose does not, and nobody is disposed of who never was")
    func refusals() async throws {
        try await DisposalWorld.with(.sqlite) { world in
            let ana = try await world.base.patient("Ana")
            let message = await faultCode {
                _ = try await world.dispose(.conversation(ID(raw: 1)))
            }
            #expect(message == "disposal.unknown")
            let right = await faultCode {
                _ = try await world.disposal().dispose(.patient(ana), reason: "request", as: world.base.agent)
            }
            #expect(right == "permission.missing")
            let nobody = await faultCode { _ = try await world.dispose(.patient(ID(raw: 4_711))) }
            #expect(nobody == "disposal.unknown")
            let caller = world.world.caller(.subjectDispose)
            let reason = await faultCode {
                _ = try await world.disposal().dispose(.patient(ana), reason: "She asked", as: caller)
            }
            #expect(reason == "request.invalid")
        }
    }
}
