import Conversations
import Testing

@Suite("Texts that say how late somebody is")
struct LateWordsTests {
    @Test(
        "minutes are read in both languages, a quarter of an hour when none are said",
        arguments: [
            ("running late 10 min", 10), ("Running late, 20 minutes. Sorry!", 20), ("I'm going to be 5 min late", 5),
            ("llego 10 minutos tarde", 10), ("Voy tarde", 15), ("perdón, llego 15min tarde", 15), ("late", 15),
            ("Estoy retrasada unos 30 minutos", 30), ("I’ll be about 25 mins late", 25),
        ])
    func late(text: String, minutes: Int) {
        #expect(LateWords.minutes(text) == minutes)
    }

    @Test(
        "whatever else is said is for a person to read",
        arguments: [
            "I am late with my payment", "Is it too late to cancel?", "running late 10 or 20 min", "10 min",
            "late 500 min", "Can I come late next week", "STOP", "yes", "better late than never", "",
            "es muy tarde para cambiar la cita", "por la tarde", "más tarde", "hoy más tarde",
            "My bus is late and my chest hurts",
        ])
    func other(text: String) {
        #expect(LateWords.minutes(text) == nil)
    }
}
