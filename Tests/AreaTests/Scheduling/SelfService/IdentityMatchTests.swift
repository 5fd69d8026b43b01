import Kernel
import PeopleAPI
import Scheduling
import Testing
import TimeZones

@Suite("Whether somebody who books in public is one of those we know")
struct IdentityMatchTests {
    private func person(_ given: String = "Maria", _ family: String = "Delgado") throws -> PublicPerson {
        PublicPerson(
            given: given, family: family, birthDate: try #require(CivilDate(iso: "1961-06-14")),
            phone: try #require(PhoneNumber("+13035550142")), language: .english)
    }

    private func card(
        _ id: Int64, _ name: String, _ born: String? = "1961-06-14", deceased: Bool = false
    ) -> PatientCard {
        PatientCard(
            id: ID(raw: id), name: name, preferredName: nil, givenName: name, initials: "",
            birthDate: born.flatMap { CivilDate(iso: $0) }, gender: nil, mrn: nil, language: "en",
            needsInterpreter: false, phones: [], email: nil, contactPreference: nil, coverage: nil, flags: [],
            deceased: deceased, zone: nil)
    }

    @Test("number, name and birth date of one record make it theirs, whatever case and accents")
    func certain() throws {
        for name in ["Maria Delgado", "María DELGADO", "María Elena Delgado Ruiz"] {
            let match = IdentityMatch.judge(
                try person(), reachable: [card(1, name), card(2, "Luis Delgado", "1990-01-01")], others: [])
            #expect(match == .certain(ID(raw: 1)), "\(name)")
        }
    }

    @Test("one thing that differs makes a new record, and the pair is for a person to look at")
    func doubtful() throws {
        let person = try person()
        #expect(
            IdentityMatch.judge(person, reachable: [card(1, "Maria Delgado", "1961-06-15")], others: [])
                == .none(alike: [ID(raw: 1)]))
        // Twins share all but their first names.
        #expect(
            IdentityMatch.judge(person, reachable: [card(1, "Ana Delgado")], others: []) == .none(alike: [ID(raw: 1)]))
        #expect(
            IdentityMatch.judge(person, reachable: [], others: [ID(raw: 4)]) == .none(alike: [ID(raw: 4)]))
        #expect(
            IdentityMatch.judge(person, reachable: [card(1, "Maria Delgado", deceased: true)], others: [])
                == .none(alike: [ID(raw: 1)]))
    }

    @Test("two records that both fit are nobody's, and strangers are nobody's")
    func several() throws {
        let both = [card(1, "Maria Delgado"), card(2, "Maria Delgado")]
        #expect(
            IdentityMatch.judge(try person(), reachable: both, others: []) == .none(alike: [ID(raw: 1), ID(raw: 2)]))
        #expect(
            IdentityMatch.judge(try person(), reachable: [card(3, "Lin Chen", "1980-01-01")], others: [])
                == .none(alike: []))
        // One word of a name is no name.
        #expect(
            IdentityMatch.judge(try person("Maria", "Maria"), reachable: [card(1, "Maria Delgado")], others: [])
                == .none(alike: [ID(raw: 1)]))
    }
}
