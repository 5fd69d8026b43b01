import Kernel

/// What a short reply says.
package enum ReplyMeaning: String, Sendable, CaseIterable {
    case optOut, optIn, help, confirm, decline
}

extension ConsentPolicyDefinition {
    /// What a message means when it is nothing but a keyword, in any language of the policy: people answer in theirs.
    /// `nil` for everything else, so that a sentence is read by a person. An opt-out wins over any other reading.
    package func meaning(of text: some StringProtocol) -> ReplyMeaning? {
        let reply = ReplyKeywords.folded(text)
        if reply.isEmpty { return nil }
        return ReplyMeaning.allCases.first { meaning in
            keywords.values.contains { $0[meaning].contains { ReplyKeywords.folded($0) == reply } }
        }
    }

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        checkRules(into: &findings)
        findings.require(
            quietHours.from != quietHours.to, "quietHours", "They begin and end at \(quietHours.from.text).")
        findings.requireDistinct(quietHours.except.map(\.rawValue), "quietHours.except")
        findings.require(
            (1...120).contains(quietHours.answerMinutes), "quietHours.answerMinutes", "It is from 1 to 120 minutes.")
        checkKeywords(into: &findings)
        checkJurisdictions(into: &findings)
        return findings.problems
    }

    private func checkRules(into findings: inout Findings) {
        var ruled: [MessagePurpose: [MessageChannel: Int]] = [:]
        for (index, rule) in rules.enumerated() {
            findings.require(!rule.purposes.isEmpty, "rules[\(index)].purposes", "Name at least one purpose.")
            findings.require(!rule.channels.isEmpty, "rules[\(index)].channels", "Name at least one channel.")
            for purpose in rule.purposes {
                for channel in rule.channels {
                    if let earlier = ruled[purpose]?[channel] {
                        findings.error(
                            "rules[\(index)]",
                            "\(purpose.rawValue) on \(channel.rawValue) is already ruled by rules[\(earlier)].")
                    }
                    ruled[purpose, default: [:]][channel] = index
                }
            }
            if rule.basis == .notRequired {
                for purpose in rule.purposes where purpose != .serviceNotice && purpose != .reply {
                    findings.error(
                        "rules[\(index)].basis", "\(purpose.rawValue) may not go out without any consent.")
                }
            }
        }
    }

    private func checkKeywords(into findings: inout Findings) {
        findings.require(keywords[.english] != nil, "keywords", "The English keywords (en) are missing.")
        var meanings: [String: ReplyMeaning] = [:]
        for language in Language.allCases {
            guard let words = keywords[language] else { continue }
            for meaning in ReplyMeaning.allCases {
                let path = "keywords.\(language.rawValue).\(meaning.rawValue)"
                findings.require(!words[meaning].isEmpty, path, "Name at least one word.")
                for word in words[meaning] {
                    let folded = ReplyKeywords.folded(word)
                    findings.require(!folded.isEmpty, path, "“\(word)” has no letter or digit.")
                    if let other = meanings[folded], other != meaning {
                        findings.error(path, "“\(word)” already means \(other.rawValue).")
                    }
                    meanings[folded] = meaning
                }
            }
        }
    }
}

extension ReplyKeywords {
    package subscript(_ meaning: ReplyMeaning) -> [String] {
        switch meaning {
        case .optOut: optOut
        case .optIn: optIn
        case .help: help
        case .confirm: confirm
        case .decline: decline
        }
    }
}
