import App
import Kernel
import PeopleAPI
import Store
import Studio
import TestKit
import Testing
import Web

@Suite("Preferences in the booking dialog")
struct PreferencesPageTests {
    /// The times that a page offers, in their order.
    private func slots(_ page: Answer) -> [String] {
        page.html.matches(of: #/name="slot" value="([^"]*)"/#).map { String($0.output.1) }
    }

    @Test(
        "with preferences the best times come first and say why, without they come by the clock",
        arguments: TestStores.engines)
    func ranked(engine: Engine) async throws {
        try await PageWorld.with(engine) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let address = "/booking?patient=\(maria.text)&type=annual-physical&from=2026-03-05&to=2026-03-20"
            // A Friday, when Dr. Okafor is there too.
            let friday = address.replacing("from=2026-03-05&to=2026-03-20", with: "from=2026-03-06&to=2026-03-06")
            let plain = try await visitor.get(friday)
            #expect(!plain.visible.contains("Soonest"))
            #expect(slots(plain).contains { $0.contains("~daniel-okafor~") })
            let best = try await visitor.get("\(address)&best=yes")
            #expect(best.visible.contains("Soonest") && best.visible.contains("1 day later"))
            // Maria's language is Spanish: who speaks it comes before who does not.
            let spanish = ["~elena-alvarez~", "~lucia-herrera~", "~samuel-ortiz~"]
            #expect(slots(best).prefix(5).allSatisfy { slot in spanish.contains { slot.contains($0) } })
            #expect(try await slots(visitor.get("\(friday)&best=yes")).contains { $0.contains("~daniel-okafor~") })
            let women = try await visitor.get("\(friday)&sex=female")
            #expect(!slots(women).isEmpty && !slots(women).contains { $0.contains("~daniel-okafor~") })
            #expect(try women.form("/booking")["sex"] == "female")
            #expect(try women.form("/holds")["sex"] == "female")
            let afternoon = try await visitor.get("\(address)&best=yes&part=afternoon")
            #expect(!slots(afternoon).isEmpty)
            #expect(slots(afternoon).allSatisfy { ($0.suffix(5).prefix(2)) >= "12" })
        }
    }

    @Test("weekdays keep other days away, a language brings who speaks it first, and both are kept")
    func weekdaysAndLanguage() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let address = "/booking?patient=\(maria.text)&type=annual-physical&from=2026-03-05&to=2026-03-20"
            let fridays = try await visitor.get("\(address)&weekday=fri")
            let wished = ["~2026-03-06T", "~2026-03-13T", "~2026-03-20T"]
            #expect(!slots(fridays).isEmpty)
            #expect(slots(fridays).allSatisfy { slot in wished.contains { slot.contains($0) } })
            #expect(try fridays.form("/booking").all("weekday") == ["fri"])
            let two = try await visitor.get("\(address)&weekday=mon&weekday=fri")
            #expect(try two.form("/holds").all("weekday") == ["mon", "fri"])
            #expect(slots(two).contains { $0.contains("~2026-03-09T") })
            let chinese = try await visitor.get("\(address)&language=zh")
            #expect(!slots(chinese).isEmpty && slots(chinese).prefix(5).allSatisfy { $0.contains("~mei-chen~") })
            #expect(try chinese.form("/booking")["language"] == "zh")
            #expect(try chinese.form("/holds")["language"] == "zh")
            // The names of the languages, and none that nobody here speaks.
            #expect(chinese.visible.contains("Navajo") && !chinese.visible.contains("Korean"))
            #expect(try await visitor.get("\(address)&language=zh", .spanish).visible.contains("Francés"))
        }
    }

    @Test("where preferences leave no time, it is told why: of those who fit them, or that nobody does")
    func reasons() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let address = "/booking?patient=\(maria.text)&type=annual-physical"
            // On Thursdays women are there, and none of the men.
            let thursday = "\(address)&location=denver-northside&from=2026-03-05&to=2026-03-05"
            #expect(try await !slots(visitor.get("\(thursday)&best=yes")).isEmpty)
            let friday = "\(address)&from=2026-03-06&to=2026-03-06"
            let none: [(String, String)] = [
                ("\(thursday)&sex=male", "The practitioner is not here"),
                ("\(address)&from=2026-03-08&to=2026-03-08&best=yes", "The location is closed"),
                ("\(friday)&best=yes&part=evening", "The location is closed"),
                ("\(friday)&sex=other", "Nobody who does this visit fits these preferences"),
                ("\(friday)&access=sign-language", "No place for this visit fits these preferences"),
                ("\(friday)&weekday=mon", "None of these weekdays is among these days"),
            ]
            for (wish, reason) in none {
                let page = try await visitor.get(wish)
                #expect(slots(page).isEmpty && page.visible.contains(reason), "\(wish)")
            }
            // A minute is answered beside the times that there are.
            let minute = try await visitor.get("\(friday)&best=yes&at=09:03")
            #expect(!slots(minute).isEmpty && minute.visible.contains("Visits do not begin at this minute"))
            #expect(try await !visitor.get("\(friday)&best=yes").visible.contains("do not begin at this minute"))
        }
    }

    @Test("what nothing fits is said with a way on; an unknown postcode is said beside it; all in both languages")
    func problems() async throws {
        try await PageWorld.with(.sqlite) { world in
            let maria = try await world.people.register(.maria)
            let visitor = try await world.signIn()
            let reader = RawCodes(
                world.platform.pages.catalogue, try world.platform.definitions.configuration(of: world.tenant))
            let address = "/booking?patient=\(maria.text)&type=annual-physical&from=2026-03-05&to=2026-03-20"
            for language in Language.allCases {
                for more in [
                    "&best=yes", "&access=sign-language", "&postcode=00000&radius=10", "&sex=other",
                    "&language=zh&weekday=sun",
                ] {
                    let page = try await visitor.get(address + more, language)
                    #expect(page.status == 200 && reader.found(in: page.visible).isEmpty, "\(more)")
                }
            }
            let none = try await visitor.get("\(address)&sex=other")
            #expect(none.visible.contains("Nothing fits these preferences"))
            #expect(none.visible.contains("Look without preferences"))
            let lost = try await visitor.get("\(address)&postcode=00000&radius=10")
            #expect(lost.visible.contains("We do not know where this postcode is."))
            #expect(try lost.form("/booking")["postcode"] == "00000")
        }
    }
}
