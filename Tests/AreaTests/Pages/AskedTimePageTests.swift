import App
import Kernel
import PeopleAPI
import Scheduling
import Spine
import Store
import Studio
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault
import Web

/// What a patient is told of the minute that they ask about, where they choose a time.
@Suite("Pages on which a patient asks about a minute")
struct AskedTimePageTests {
    private static let book = "/book/denver-northside?type=annual-physical&from=2026-03-12"
    private static let hers = book + "&practitioner=elena-alvarez"

    private func link(_ world: PageWorld, _ visit: ID<Appointment>) async throws -> String {
        VisitLinks.path(visit, try await world.spine.vault(world.tenant))
    }

    /// Somebody has Dr. Alvarez at ten on Thursday 12 March.
    private func takeTen(_ world: PageWorld) async throws {
        _ = try await world.people.book(
            try await world.people.register(.named("Odile", "Vandermeer")), "10:00", day: "2026-03-12")
    }

    /// The patient has a visit with somebody else at eleven.
    private func takeEleven(_ world: PageWorld, of patient: ID<Patient>) async throws {
        let question = SlotFinder.Question(
            visitType: "annual-physical", practitioner: "mei-chen", location: "denver-northside",
            localStart: try #require(CivilDateTime(iso: "2026-03-12T11:00")))
        _ = try await world.spine.perform(
            BookAppointment(.slot(question, patient: patient), desk: world.people.desk), as: world.people.caller)
    }

    private func reader(_ world: PageWorld) throws -> RawCodes {
        RawCodes(world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
    }

    @Test(
        "in public a minute that is not offered is told in one plain line, in both languages",
        arguments: TestStores.engines)
    func told(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            try await takeTen(world)
            let reader = try reader(world)
            let cases: [(address: String, english: String, spanish: String)] = [
                (
                    Self.hers + "&at=10:00", "Thu 12 Mar, 10:00 AM: This time is not available.",
                    "Jue 12 mar, 10:00: Esta hora no está disponible."
                ),
                (Self.hers + "&at=09:07", "Visits do not begin at this time.", "Las visitas no empiezan a esta hora."),
                (Self.book + "&at=20:30", "We are closed at this time.", "A esta hora estamos cerrados."),
                (
                    "/book/denver-northside?type=annual-physical&from=2026-03-03&practitioner=elena-alvarez&at=09:00",
                    "This is too soon to book online.", "Es demasiado pronto para reservar en línea."
                ),
            ]
            for line in cases {
                let english = try await world.stranger.get(line.address)
                #expect(english.status == 200 && english.visible.contains(line.english), "\(line.address)")
                #expect(!english.visible.contains("This time is free"), "\(line.address)")
                let spanish = try await world.stranger.get(line.address, .spanish)
                #expect(spanish.status == 200 && spanish.visible.contains(line.spanish), "\(line.address)")
                #expect(reader.found(in: english.visible).isEmpty && reader.found(in: spanish.visible).isEmpty)
            }
            // Who is busy and who does not work then are told alike, and who has the time is told to nobody.
            let busy = try await world.stranger.get(Self.hers + "&at=10:00")
            let away = try await world.stranger.get(Self.hers + "&at=16:00")
            #expect(away.visible.contains("Thu 12 Mar, 4:00 PM: This time is not available."))
            #expect(!busy.html.contains("Odile") && !busy.visible.contains("have another visit"))
            // Without the field nothing is told.
            #expect(try await !world.stranger.get(Self.hers).visible.contains("This time"))
        }
    }

    @Test(
        "a minute that is free is there to be taken, also when the page would not show it",
        arguments: TestStores.engines)
    func free(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let token = "annual-physical~mei-chen~denver-northside~2026-03-12T14:00"
            let mornings = Self.book + "&part=morning"
            #expect(try await !world.stranger.get(mornings).html.contains(token))
            let page = try await world.stranger.get(mornings + "&at=14:00")
            #expect(page.visible.contains("This time is free") && page.html.contains("value=\"\(token)\""))
            #expect(try page.form("/book/denver-northside")["at"] == "14:00")
            let spanish = try await world.stranger.get(mornings + "&at=14:00", .spanish)
            #expect(spanish.visible.contains("Esta hora está libre"))
            let held = try await world.stranger.post("/book/holds", [("slot", token), ("type", "annual-physical")])
            #expect(held.location?.hasPrefix("/book/steps/") == true)
            // It is held now.
            let taken = try await world.stranger.get(mornings + "&practitioner=mei-chen&at=14:00")
            #expect(taken.visible.contains("This time is not available.") && !taken.html.contains("value=\"\(token)\""))
        }
    }

    @Test(
        "what is no time is told beside the field, and the times are shown all the same",
        arguments: TestStores.engines)
    func malformed(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let link = try await link(world, try await world.people.book(maria, day: "2026-03-12"))
            for wrong in ["25:00", "soon", "9:30", "09:07:30", "<b>x", "ñ", String(repeating: "1", count: 500)] {
                let typed = FormFields.encode(wrong)
                for address in ["\(Self.book)&at=\(typed)", "\(link)/times?from=2026-03-12&at=\(typed)"] {
                    let page = try await world.stranger.get(address)
                    #expect(page.status == 200 && page.visible.contains("Write a time such as 09:30."), "\(address)")
                    #expect(page.html.contains("aria-invalid=\"true\"") && page.html.contains("name=\"slot\""))
                    #expect(!page.html.contains("<b>x") && !page.visible.contains("not available"), "\(address)")
                    let spanish = try await world.stranger.get(address, .spanish)
                    #expect(spanish.visible.contains("Escriba una hora como 09:30."), "\(address)")
                }
            }
            // An empty field asks nothing.
            for address in ["\(Self.book)&at=", "\(link)/times?at=%20"] {
                let page = try await world.stranger.get(address)
                #expect(page.status == 200 && !page.html.contains("aria-invalid"), "\(address)")
            }
        }
    }

    @Test(
        "who moves their visit is told of their own visits, and of others' only that it is not available",
        arguments: TestStores.engines)
    func moving(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let link = try await link(world, try await world.people.book(maria, day: "2026-03-12"))
            try await takeTen(world)
            try await takeEleven(world, of: maria)
            let reader = try reader(world)
            let lines = [
                ("09:00", "Your visit is at this time now.", "Su cita es ahora a esta hora."),
                ("09:15", "This time is free", "Esta hora está libre"),
                ("10:00", "This time is not available.", "Esta hora no está disponible."),
                ("11:00", "You have another visit at this time.", "Usted tiene otra visita a esta hora."),
                ("20:30", "We are closed at this time.", "A esta hora estamos cerrados."),
            ]
            for (at, english, spanish) in lines {
                let address = "\(link)/times?from=2026-03-12&at=\(at)"
                let page = try await world.stranger.get(address)
                #expect(page.status == 200 && page.visible.contains(english), "\(at)")
                #expect(!page.html.contains("Odile") && reader.found(in: page.visible).isEmpty, "\(at)")
                #expect(try await world.stranger.get(address, .spanish).visible.contains(spanish), "\(at)")
            }
            // With anyone a minute is free that the same person has not.
            let anyone = try await world.stranger.get("\(link)/times?from=2026-03-12&who=any&at=10:00")
            #expect(anyone.visible.contains("This time is free"))
            #expect(try anyone.form("\(link)/times")["who"] == "any")
        }
    }

    @Test("where several share the number, nothing is told of the patient", arguments: TestStores.engines)
    func shared(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let ines = try await world.people.register(.named("Ines", "Ruiz", phone: "(303) 555-0187"))
            _ = try await world.people.register(.named("Luis", "Ruiz", phone: "(303) 555-0187"))
            let link = try await link(world, try await world.people.book(ines, day: "2026-03-12"))
            try await takeEleven(world, of: ines)
            let page = try await world.stranger.get("\(link)/times?from=2026-03-12&at=11:00")
            #expect(page.visible.contains("11:00 AM: This time is not available."))
            #expect(!page.visible.contains("another visit"))
            let free = try await world.stranger.get("\(link)/times?from=2026-03-12&at=09:15")
            #expect(free.visible.contains("This time is free"))
            for word in ["check-up", "Alvarez", "Northside", "Ruiz", "Ines"] {
                #expect(!free.visible.contains(word) && !page.visible.contains(word), "\(word)")
            }
        }
    }
}
