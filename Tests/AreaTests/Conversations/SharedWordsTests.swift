import Conversations
import ConversationsAPI
import Foundation
import Kernel
import TestKit
import Testing
import Web

@Suite("words that several pages say")
struct SharedWordsTests {
    private let catalogue: Catalogue

    init() throws {
        let sources = ShippedDefinitions.root + "/Sources"
        let folders = try FileManager.default.contentsOfDirectory(atPath: sources).map { "\(sources)/\($0)/Strings" }
        catalogue = try Catalogue(folders: folders.filter { FileManager.default.fileExists(atPath: $0) }.sorted())
    }

    @Test("every next step, standing and reason why a template is not offered has words in both languages")
    func words() {
        let keys =
            NextStep.allCases.map(\.textKey) + ReplyTemplates.Missing.allCases.map { "inbox.template.\($0.rawValue)" }
            + ["sms", "voice", "email"].flatMap { channel in
                ChannelStanding.Word.allCases.map { ChannelStanding(channel: channel, word: $0).textKey }
            }
        for key in keys {
            #expect(catalogue.has(key), "\(key)")
            #expect(catalogue.text(key, .english) != catalogue.text(key, .spanish), "\(key)")
        }
    }

    private func word(_ channel: String, _ purpose: String, _ given: Bool) -> ConsentSummary {
        ConsentSummary(
            channel: channel, purpose: purpose, given: given, source: "console", recordedAt: TestWorld.start)
    }

    private func standings(_ words: [ConsentSummary]) -> [String] {
        ChannelStanding.all(words).map { "\($0.channel) \($0.word)" }
    }

    @Test("how a person stands to a channel is one word, whichever page shows it")
    func standing() {
        #expect(standings([]) == ["sms unasked"])
        #expect(standings([word("sms", "*", true)]) == ["sms given"])
        #expect(standings([word("sms", "appointment-reminder", true)]) == ["sms given"])
        #expect(standings([word("sms", "*", true), word("sms", "marketing", false)]) == ["sms limited"])
        #expect(standings([word("sms", "*", false), word("sms", "survey", true)]) == ["sms stopped"])
        #expect(standings([word("voice", "*", false)]) == ["sms unasked", "voice stopped"])
        #expect(standings([word("email", "*", true), word("portal", "*", true)]) == ["sms unasked", "email given"])
    }
}
