import Synthetic
import Testing

struct MessageTests {
    let population = Population(seed: 5)

    @Test("messages are the same again, in the person's language, with every intent and hundreds of texts")
    func variety() {
        var texts: [String: Set<String>] = [:]
        var intents: [MessageIntent: Int] = [:]
        var total = 0
        for index in 0..<50_000 {
            let person = population.person(at: index)
            let messages = population.messages(of: person)
            #expect(messages == population.messages(of: index))
            for message in messages {
                total += 1
                #expect(message.language == (person.language == "es" ? "es" : "en"))
                #expect(!message.text.isEmpty && message.text.count <= 320 && !message.text.contains("{"))
                #expect(message.text.first != " " && message.text.last != " " && !message.text.contains("\u{FFFD}"))
                texts[message.language, default: []].insert(message.text)
                intents[message.intent, default: 0] += 1
            }
        }
        #expect((texts["en"]?.count ?? 0) > 5_000 && (texts["es"]?.count ?? 0) > 2_000)
        #expect(Set(intents.keys) == Set(MessageIntent.allCases))
        let optOuts = Double(intents[.stop] ?? 0) / Double(total)
        #expect(optOuts > 0.001 && optOuts < 0.008)
    }

    @Test("only somebody alive, of age and with a mobile writes; the oldest comes first; an opt-out is the last")
    func order() {
        for index in 0..<20_000 {
            let person = population.person(at: index)
            let messages = population.messages(of: person)
            if !messages.isEmpty {
                #expect(person.deceased == nil && person.phones.contains { $0.use == .mobile })
                #expect(person.birthDate.years(until: population.referenceDate) >= 16)
            }
            for (message, next) in zip(messages, messages.dropFirst()) {
                #expect(message.minutesAgo > next.minutesAgo && message.intent != .stop)
            }
            for message in messages {
                #expect((5...129_600).contains(message.minutesAgo))
                #expect(message.replyAfterMinutes < message.minutesAgo)
                #expect(message.intent != .stop || message.reply == nil)
            }
        }
    }
}
