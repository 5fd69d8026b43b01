import Foundation
import Studio
import StudioAPI
import TestKit
import Testing
import Web

@Suite("The checker's sentences in the reader's language")
struct ProblemPatternsTests {
    /// Sentences of definitions that have no form, and of what only a whole folder can lack.
    private static let apart: Set<String> = [
        "There is no permission “…”.", "A blueprint has exactly one organization; this one has ….",
        "A blueprint has exactly one consent policy; this one has ….",
        "A blueprint has at most one proxy policy; this one has ….",
        "A blueprint has at most one referral policy; this one has ….",
        "A blueprint has at most one waitlist policy; this one has ….",
        "A blueprint has at most one retention schedule; this one has ….",
        "Exactly one team takes new needs; here it is ….", "The use … has exactly one SMS template; here it is ….",
        "The consent policy never allows … on ….", "“…” is no label; they are ….",
    ]

    private static let files =
        [
            "Blueprint+Bookable", "Blueprint+Contradictions", "Blueprint+Problems", "Blueprint+References",
            "Blueprint+VisitContradictions", "StudioAPI",
        ]
        + [
            "PractitionerDefinition+Problems", "VisitTypeDefinition", "VisitTypeRules+Problems", "ResourceDefinition",
            "LocationDefinition", "WaitlistPolicyDefinition", "ReferralPolicyDefinition", "CheckInRule",
        ].map { "Definitions/" + $0 }

    /// The literal sentences of a source, with `…` where something is put in.
    private static func sentences(_ source: String) -> [String] {
        // A sentence over two lines is one; quotes within what is put in are left out with it.
        let joined = source.replacing(/"\s*\+\s*"/, with: "")
        return joined.matches(of: /"((?:[^"\\\n]|\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*)"/).compactMap { match in
            let text = String(match.output.1).replacing(
                /\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/, with: "…")
            return text.contains(" ") && text.hasSuffix(".") ? text : nil
        }
    }

    @Test("each has its pattern, and so its words in both languages")
    func known() throws {
        var count = 0
        for file in Self.files {
            let source = try String(
                contentsOfFile: "\(ShippedDefinitions.root)/Sources/StudioAPI/\(file).swift", encoding: .utf8)
            for sentence in Self.sentences(source) where !Self.apart.contains(sentence) {
                count += 1
                #expect(ProblemPatterns.find(sentence) != nil, "\(file): \(sentence)")
            }
        }
        #expect(count > 80)
    }

    @Test("every pattern has words, and finds its own sentence")
    func own() throws {
        let catalogue = try Catalogue(folders: [ShippedDefinitions.root + "/Sources/Studio/Strings"])
        for (code, pattern) in ProblemPatterns.all {
            #expect(catalogue.has("studio.problem.\(code)"), "\(code)")
            let sentence = pattern.replacing(/\{[a-z]+\}/, with: "7")
            #expect(ProblemPatterns.find(sentence)?.code == code, "\(pattern)")
        }
    }

    @Test("what stands in a sentence is found in its place")
    func values() {
        let found = ProblemPatterns.find(
            "main-site is not open all of 08:00-12:00 on mon, sat; the rest is not offered.")
        #expect(found?.code == "not-open")
        #expect(found?.values == ["name": "main-site", "range": "08:00-12:00", "days": "mon, sat"])
        #expect(ProblemPatterns.find("Nobody has ever said this.") == nil)
    }
}
