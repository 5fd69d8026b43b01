import Kernel
import Testing

@Suite("Actors, languages and patient sets")
struct ActorTests {
    @Test(
        "an actor reads back from its two columns",
        arguments: [
            Actor.user(ID(raw: 1)), .apiKey(ID(raw: 2)), .patient(ID(raw: 3)), .system(ID(raw: 4)),
        ])
    func roundTrip(_ actor: Actor) {
        #expect(Actor(kind: actor.kind, raw: actor.raw) == actor)
    }

    @Test("an unknown kind of actor is refused")
    func unknown() {
        #expect(Actor(kind: "robot", raw: 1) == nil)
    }

    @Test("a patient set holds its primary record once, in order")
    func patientSet() {
        let set = PatientSet(primary: ID(raw: 5), members: [ID(raw: 9), ID(raw: 2)])
        #expect(set.members.map(\.raw) == [2, 5, 9])
        #expect(PatientSet(primary: ID(raw: 2), members: [ID(raw: 9), ID(raw: 2)]).members.map(\.raw) == [2, 9])
        #expect(set.contains(ID(raw: 5)))
        #expect(!PatientSet(ID(raw: 5)).contains(ID(raw: 2)))
    }

    @Test(
        "a language tag falls to the nearest language we speak",
        arguments: [
            ("es-MX", Language.spanish), ("ES", .spanish), ("es_419", .spanish), ("en-US", .english), ("vi", .english),
            ("", .english), ("est", .english),
        ])
    func language(_ tag: String, _ language: Language) {
        #expect(Language(tag: tag) == language)
    }
}
