import App
import Kernel
import People
import PeopleAPI
import Scheduling
import SchedulingAPI
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

@Suite("Retiring a scheduling rule on its page")
struct RetirePageTests {
    private static let type = "/setup/visit-types/annual-physical"
    private static let person = "/setup/practitioners/elena-alvarez"

    private func retire(_ path: String, _ visitor: Visitor, _ reason: String = "Given no more") async throws -> Answer {
        let form = try await visitor.get("\(path)/retirement").form("\(path)/retirement")
        return try await visitor.post("\(path)/retirement", form.with("reason", reason))
    }

    private func configuration(_ world: PageWorld) throws -> Configuration {
        try world.platform.definitions.configuration(of: world.tenant)
    }

    /// The shipped practice, in which no visit type names Dr. Alvarez.
    private func prepare(_ world: PageWorld) async throws {
        try await world.publish { blueprint in
            var others: Set<String> = []
            for index in blueprint.visitTypes.indices
            where blueprint.visitTypes[index].practitioners.contains("elena-alvarez") {
                blueprint.visitTypes[index].practitioners.removeAll { $0 == "elena-alvarez" }
                others.insert(blueprint.visitTypes[index].key)
            }
            for index in blueprint.practitioners.indices where blueprint.practitioners[index].key == "elena-alvarez" {
                for template in blueprint.practitioners[index].templates.indices {
                    blueprint.practitioners[index].templates[template].visitTypes.removeAll(where: others.contains)
                }
            }
        }
    }

    @Test(
        "what is ahead refuses; what is over keeps its names; nothing of it is offered; publishing puts it back",
        arguments: TestStores.engines)
    func retired(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await prepare(world)
            let maria = try await world.people.register(.maria)
            let visit = try await world.people.book(maria)
            var visitor = try await world.signIn()
            let booking = "/booking?patient=\(maria.text)&type=sick-visit"
            let choices = ["value=\"annual-physical\"", "value=\"elena-alvarez\""]
            for choice in choices { #expect(try await visitor.get(booking).html.contains(choice), "\(choice)") }
            let published = try configuration(world)
            for (path, version) in [
                (Self.type, published.visitTypes["annual-physical"]?.version),
                (Self.person, published.practitioners["elena-alvarez"]?.version),
            ] {
                let page = try await visitor.get("\(path)/retirement")
                #expect(page.visible.contains("1 visit") && !page.html.contains("button danger"))
                let refused = try await visitor.post(
                    "\(path)/retirement", [("version", String(try #require(version))), ("reason", "Now")])
                #expect(refused.status == 422 && refused.visible.contains("1 visit"), "\(path): \(refused.status)")
            }
            #expect(
                try await visitor.get("\(Self.person)/retirement").html
                    .contains("href=\"/bump/new?subject=practitioner:elena-alvarez\""))
            #expect(try configuration(world).visitTypes["annual-physical"] != nil)
            // The day after the visit.
            world.clock.advance(by: .days(4))
            visitor = try await world.signIn()
            for path in [Self.type, Self.person] {
                let done = try await retire(path, visitor)
                #expect(done.status == 303 && done.location?.hasSuffix("?done=setup.retired") == true)
            }
            #expect(try configuration(world).visitTypes["annual-physical"] == nil)
            #expect(try configuration(world).practitioners["elena-alvarez"] == nil)
            try await expectPast(visit, world, visitor)
            for choice in choices { #expect(try await !visitor.get(booking).html.contains(choice), "\(choice)") }
            try await expectNothingOffered(world)
            try await putBack(world, visitor)
        }
    }

    private func expectPast(_ visit: ID<Appointment>, _ world: PageWorld, _ visitor: Visitor) async throws {
        let page = try await visitor.get("/appointments/\(visit.text)")
        #expect(page.visible.contains("Yearly check-up") && page.visible.contains("Alvarez"))
        for view in ["", "&view=week&by=location", "&view=week&practitioner=elena-alvarez", "&by=location"] {
            let day = try await visitor.get("/schedule?date=2026-03-05&location=denver-northside\(view)")
            #expect(day.status == 200 && !day.visible.contains("elena-alvarez"), "\(view)")
            #expect(day.visible.contains("Alvarez"), "\(view)")
        }
        let list = try await visitor.get("/setup/visit-types")
        #expect(list.visible.contains("Retired") && list.visible.contains("Given no more"))
    }

    private func expectNothingOffered(_ world: PageWorld) async throws {
        #expect(try await !world.stranger.get("/book").visible.contains("Yearly check-up"))
        let desk = world.people.desk
        let now = world.spine.clock.now()
        let question = try BookingWorld.question(day: "2026-03-12")
        let why = await #expect(throws: Fault.self) {
            _ = try await world.spine.ask(
                AskWhyNot(question, patient: nil, now: now, desk: desk), as: world.people.caller)
        }
        #expect(why?.code == "schedule.unknown" && why?.fields.first?.path == "visit_type")
        let from = try #require(CivilDate(iso: "2026-03-09"))
        _ = await #expect(throws: Fault.self) {
            _ = try await world.spine.ask(
                FindSlots(
                    SlotRequest(visitType: "annual-physical", from: from, to: from), now: now, desk: desk),
                as: world.people.caller)
        }
        // Of another type nobody offers times with whoever has left.
        let others = try await world.spine.ask(
            FindSlots(
                SlotRequest(visitType: "sick-visit", from: from, to: from.adding(days: 14)), now: now, desk: desk),
            as: world.people.caller)
        #expect(!others.isEmpty && !others.contains { $0.practitioner == "elena-alvarez" })
    }

    private func putBack(_ world: PageWorld, _ visitor: Visitor) async throws {
        // Its name is not free meanwhile.
        let new = try await visitor.get("/setup/visit-types/new").form("/setup/visit-types")
        let taken = try await visitor.post(
            "/setup/visit-types",
            new.with("names.en", "Annual physical").with("names.es", "Chequeo").with("minutes", "30")
                .with("serviceLine", "primary-care") + [("do", "check")])
        #expect(taken.status == 422 && taken.visible.contains("was retired"))
        let page = try await visitor.get(Self.type)
        #expect(page.visible.contains("Publishing puts it back in force."))
        #expect(!page.html.contains("\(Self.type)/retirement"))
        #expect(try await visitor.get(Self.type, .spanish).visible.contains("Retirado"))
        let preview = try await visitor.post(Self.type, try page.form(Self.type) + [("do", "check")])
        #expect(preview.status == 200)
        let done = try await visitor.post(
            Self.type, try preview.form(Self.type).with("reason", "Asked for again") + [("do", "publish")])
        #expect(done.location == "\(Self.type)?done=setup.published")
        #expect(try configuration(world).visitTypes["annual-physical"]?.version == 3)
        #expect(try configuration(world).retired.visitTypes.isEmpty)
        #expect(try await world.stranger.get("/book").visible.contains("Yearly check-up"))
    }

    @Test("a place keeps its past days, its clock and its name", arguments: TestStores.engines)
    func place(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let block = try SmallBlueprint.template("08:00-12:00", [.friday])
            try await world.publish { blueprint in
                for var annex in blueprint.locations where annex.key == "denver-northside" {
                    annex.key = "annex"
                    annex.name = "The Annex"
                    annex.zone = "America/New_York"
                    annex.travel = []
                    blueprint.locations.append(annex)
                }
                for index in blueprint.practitioners.indices
                where blueprint.practitioners[index].key == "lucia-herrera" {
                    var block = block
                    block.location = "annex"
                    blueprint.practitioners[index].templates.append(block)
                }
            }
            let maria = try await world.people.register(.maria)
            let from = try #require(CivilDate(iso: "2026-03-05"))
            let request = SlotRequest(
                visitType: "annual-physical", from: from, to: from.adding(days: 20), locations: ["annex"], limit: 1)
            let now = world.spine.clock.now()
            let found = try await world.spine.ask(
                FindSlots(request, patient: maria, now: now, desk: world.people.desk), as: world.people.caller)
            let slot = try #require(found.first)
            let question = SlotFinder.Question(
                visitType: slot.visitType, practitioner: slot.practitioner, location: slot.location,
                localStart: slot.localStart)
            let visit = try await world.spine.perform(
                BookAppointment(.slot(question, patient: maria), desk: world.people.desk), as: world.people.caller)
            var visitor = try await world.signIn()
            let booking = "/booking?patient=\(maria.text)&type=annual-physical"
            #expect(try await visitor.get(booking).html.contains("value=\"annex\""))
            // Somebody's block is there.
            let early = try await visitor.get("/setup/locations/annex/retirement")
            #expect(early.visible.contains("What it does to others") && early.visible.contains("1 visit"))
            #expect(!early.html.contains("button danger"))
            world.clock.advance(by: .days(30))
            try await world.publish { _ in }
            visitor = try await world.signIn()
            #expect(try await retire("/setup/locations/annex", visitor).status == 303)
            let page = try await visitor.get("/appointments/\(ID<Appointment>(raw: visit.id).text)")
            #expect(page.visible.contains("The Annex"))
            let date = slot.localStart.date.iso
            let day = try await visitor.get("/schedule?date=\(date)&location=annex")
            #expect(day.visible.contains("The Annex") && day.visible.contains("Herrera"))
            #expect(try await !visitor.get("/schedule?date=\(date)").html.contains("value=\"annex\""))
            #expect(try await !visitor.get(booking).html.contains("value=\"annex\""))
        }
    }

    @Test("nobody retires without the right, a reason, or the newest version, nor what there is one of")
    func refused() async throws {
        try await PageWorld.with(.sqlite) { world in
            let path = "/setup/resources/interpreter-navajo"
            let nobody = try await world.signIn("clinician")
            #expect(try await nobody.get("\(path)/retirement").status == 403)
            #expect(try await nobody.post("\(path)/retirement", [("version", "1"), ("reason", "x")]).status == 403)
            let visitor = try await world.signIn("clinic-manager")
            let hurried = try await retire(path, visitor, " ")
            #expect(hurried.status == 422 && hurried.visible.contains("200"))
            let stale = try await visitor.post("\(path)/retirement", [("version", "7"), ("reason", "Sold")])
            #expect(stale.status == 409 && stale.visible.contains("Nothing was retired"))
            #expect(try await visitor.get("/setup/resources/nothing/retirement").status == 404)
            #expect(try await visitor.get("/setup/waitlist/retirement").status == 404)
            #expect(try await !visitor.get("/setup/waitlist").html.contains("/retirement"))
            #expect(try configuration(world).resources["interpreter-navajo"]?.version == 1)
            #expect(try await retire(path, visitor).location == "/setup/resources?done=setup.retired")
            // Once more leads to where it is put back.
            #expect(try await visitor.get("\(path)/retirement").location == path)
            #expect(
                try await visitor.post("\(path)/retirement", [("version", "2"), ("reason", "x")]).location == path)
            let trail = try await world.signIn().get("/audit?act=RetireDefinition")
            #expect(trail.visible.contains("Retired a scheduling rule"))
        }
    }

    @Test("what stands in the way and what is asked stand there in both languages, without codes")
    func words() async throws {
        try await PageWorld.with(.sqlite) { world in
            _ = try await world.people.book(try await world.people.register(.maria))
            let visitor = try await world.signIn()
            _ = try await retire("/setup/resources/interpreter-navajo", visitor)
            let reader = RawCodes(world.platform.pages.catalogue, try configuration(world))
            for language in Language.allCases {
                for path in [
                    "\(Self.type)/retirement", "\(Self.person)/retirement", "/setup/locations/flagstaff/retirement",
                    "/setup/resources/northside-ultrasound/retirement", "/setup/resources",
                    "/setup/resources/interpreter-navajo",
                ] {
                    let page = try await visitor.get(path, language)
                    #expect(page.status == 200)
                    let found = reader.found(in: page.visible)
                    #expect(found.isEmpty, "\(path) in \(language.rawValue) shows \(found.joined(separator: ", "))")
                }
            }
        }
    }
}
