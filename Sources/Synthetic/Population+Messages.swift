/// One generated text message to the clinic, and the answer.
package struct SyntheticMessage: Sendable, Hashable {
    package let intent: MessageIntent
    /// `en` or `es`.
    package let language: String
    package let text: String
    /// Minutes before the caller's present: 5 … 129,600 (90 days). Of a person's messages the oldest comes first.
    package let minutesAgo: Int
    /// What the staff answered; nil where no answer was needed or given yet.
    package let reply: String?
    /// Minutes from message to answer, less than `minutesAgo`.
    package let replyAfterMinutes: Int
}

extension Population {
    /// The person's inbound messages of the last 90 days, oldest first. 48 % of those who are reached on a mobile and
    /// are 16 or older write 1 … 3. Three in ten texts are written carelessly (lower case, no closing mark), one in
    /// eight has a typing error. One in 250 messages is an opt-out, always the last. 8 % of the others wait for an answer.
    package func messages(of index: Int) -> [SyntheticMessage] {
        messages(of: person(at: index))
    }

    /// The same for a person already at hand.
    package func messages(of person: SyntheticPerson) -> [SyntheticMessage] {
        var draw = SeededDraw(seed: seed, stream: .messages, index: person.index)
        let hasMobile = person.phones.contains { $0.use == .mobile }
        let isOfAge = person.birthDate.years(until: referenceDate) >= 16
        let wish = draw.unit()
        let count = wish < 0.52 ? 0 : wish < 0.80 ? 1 : wish < 0.93 ? 2 : 3
        guard hasMobile, isOfAge, person.deceased == nil else { return [] }

        let language: MessageGrammar.Language = person.language == "es" ? .es : .en
        let name = person.preferredName ?? person.given
        var messages: [SyntheticMessage] = []
        var minutesAgo = 5 + draw.below(129_596)
        for _ in 0..<count {
            let intent = MessageIntent.drawn(&draw)
            var bytes = grammar.text(.inbound, of: intent, in: language, name: name, draw: &draw)
            if intent != .stop { mistype(&bytes, draw: &draw) }
            let answer = grammar.text(.reply, of: intent, in: language, name: name, draw: &draw)
            let isAnswered = draw.chance(intent == .thanks ? 0.5 : 0.92) && intent != .stop
            messages.append(
                SyntheticMessage(
                    intent: intent, language: language.rawValue, text: String(decoding: bytes, as: UTF8.self),
                    minutesAgo: minutesAgo, reply: isAnswered ? String(decoding: trimmed(answer), as: UTF8.self) : nil,
                    replyAfterMinutes: isAnswered ? 1 + draw.below(min(240, minutesAgo - 1)) : 0))
            guard intent != .stop, minutesAgo > 10 else { break }
            minutesAgo = 5 + draw.below(minutesAgo - 5)
        }
        return messages
    }

    /// Carelessness touches ASCII letters only, so the text stays valid UTF-8.
    private func mistype(_ bytes: inout [UInt8], draw: inout SeededDraw) {
        func isLetter(_ byte: UInt8) -> Bool { byte >= 97 && byte <= 122 }
        if draw.chance(0.3) {
            for place in bytes.indices where bytes[place] >= 65 && bytes[place] <= 90 { bytes[place] += 32 }
            if let last = bytes.last, last == 46 || last == 33 { bytes.removeLast() }
        }
        guard draw.chance(0.125), bytes.count > 4 else { return }
        let start = draw.below(bytes.count - 1)
        let kind = draw.below(3)
        guard
            let place = bytes.indices.dropFirst(start).dropLast().first(where: {
                isLetter(bytes[$0]) && isLetter(bytes[$0 + 1]) && bytes[$0] != bytes[$0 + 1]
            })
        else { return }
        switch kind {
        case 0: bytes.swapAt(place, place + 1)
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[place], at: place)
        }
    }

    private func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes[..<((bytes.lastIndex { $0 != UInt8(ascii: " ") } ?? -1) + 1)]
    }
}

extension MessageIntent {
    /// Shares in percent: reschedule 24, refill 18, new visit 17, bill 10, insurance 9, thanks 8, directions 7,
    /// late 6.6, opt-out 0.4.
    static func drawn(_ draw: inout SeededDraw) -> MessageIntent {
        switch draw.unit() * 100 {
        case ..<24: .reschedule
        case ..<42: .refill
        case ..<59: .newVisit
        case ..<69: .billQuestion
        case ..<78: .insuranceChange
        case ..<86: .thanks
        case ..<93: .directions
        case ..<99.6: .runningLate
        default: .stop
        }
    }
}
