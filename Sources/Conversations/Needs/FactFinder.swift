/// One piece of information read from a text, with its code.
package struct FoundFact: Sendable, Equatable {
    package let code: FactCode
    package let value: String
}

/// What a fact is about. The raw values stand in rows and are frozen.
package enum FactCode: String, Sendable, CaseIterable {
    case asked
    case whenPossible = "when-possible"
    case notPossible = "not-possible"
    case ride
    case coverage
    case medication
    case amount
    case delay
    case visit
    case promised
    case note

    package var textKey: String { "inbox.fact.\(rawValue)" }
}

/// Reads facts from a clause: days and hours, a ride, a payer, a medicine, an amount, a delay. What it does not see is
/// still in the message; what it sees is shown with its source, so that nobody asks again.
enum FactFinder {
    static func facts(in plain: PlainWords, _ clause: Range<Int>, _ reason: NeedReason) -> [FoundFact] {
        var facts: [FoundFact] = []
        facts += times(plain, clause)
        if contains(plain, clause, anyOf: rides) { facts.append(FoundFact(code: .ride, value: plain.text(of: clause))) }
        if reason == .insuranceChange, let payer = following(plain, clause, payerLeads) {
            facts.append(FoundFact(code: .coverage, value: payer))
        }
        if reason == .refill, let medicine = following(plain, clause, medicineLeads) {
            facts.append(FoundFact(code: .medication, value: medicine))
        }
        if reason == .billing {
            for index in clause where plain.words[index].text.hasPrefix("$") && plain.words[index].text.count > 1 {
                facts.append(FoundFact(code: .amount, value: plain.text(of: index..<index + 1)))
            }
        }
        if reason == .runningLate, let delay = delay(plain, clause) { facts.append(delay) }
        return facts
    }

    /// Facts of one code are one fact, their values in order.
    static func merged(_ facts: [FoundFact]) -> [FoundFact] {
        var merged: [FoundFact] = []
        for fact in facts {
            if let place = merged.firstIndex(where: { $0.code == fact.code }) {
                guard !merged[place].value.contains(fact.value) else { continue }
                merged[place] = FoundFact(code: fact.code, value: "\(merged[place].value), \(fact.value)")
            } else {
                merged.append(fact)
            }
        }
        return merged
    }

    private static let rides: [[String]] = [
        ["need", "a", "ride"], ["needs", "a", "ride"], ["ride", "fell", "through"], ["no", "ride"],
        ["no", "tengo", "quien", "me", "lleve"], ["quien", "me", "lleve"], ["necesito", "transporte"],
    ]
    private static let payerLeads: [[String]] = [
        ["insurance", "changed", "to"], ["i", "have"], ["now", "have"], ["insurance", "card"], ["is"],
        ["el", "seguro", "a"], ["ahora", "tengo"], ["seguro", "a"], ["cambio", "a"], ["switched", "to"],
    ]
    private static let medicineLeads: [[String]] = [
        ["refill", "of", "my"], ["refill", "of"], ["refill", "my"], ["out", "of", "my"], ["out", "of"], ["days", "of"],
        ["refill"], ["necesito", "mas"], ["acaba", "mi"], ["autorizacion", "de"], ["dias", "de"],
    ]
    private static let days: Set<String> = [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mondays", "tuesdays",
        "wednesdays",
        "thursdays", "fridays", "mon", "tue", "tues", "wed", "thu", "thurs", "fri", "tomorrow", "today", "morning",
        "mornings", "afternoon", "afternoons", "evening", "lunch", "week", "lunes", "martes", "miercoles", "jueves",
        "viernes", "sabado", "domingo", "manana", "mananas", "tarde", "tardes", "hoy", "mediodia", "semana", "noon",
    ]
    /// Words that belong to a time when one follows them.
    private static let leads: Set<String> = [
        "next", "on", "in", "the", "this", "any", "before", "after", "until", "around", "at", "not", "el", "la", "los",
        "las", "por", "proxima", "antes", "despues", "de", "al", "a", "or", "and", "o", "y", "no", "esta", "este",
        "every",
    ]
    private static let limits: Set<String> = ["before", "after", "until", "at", "antes", "despues", "las"]
    private static let negations: Set<String> = ["not", "no", "cant", "cannot", "except", "menos"]

    /// Runs of day and hour words, with the small words that join them.
    private static func times(_ plain: PlainWords, _ clause: Range<Int>) -> [FoundFact] {
        var runs: [Range<Int>] = []
        func isTime(_ index: Int) -> Bool {
            let word = plain.words[index].text
            if days.contains(word) { return true }
            guard let first = word.unicodeScalars.first, first.value >= 48, first.value <= 57 else { return false }
            return index > clause.lowerBound && limits.contains(plain.words[index - 1].text)
        }
        for index in clause where isTime(index) {
            var begin = index
            while begin > clause.lowerBound, leads.contains(plain.words[begin - 1].text) { begin -= 1 }
            if let last = runs.last, begin <= last.upperBound {
                runs[runs.count - 1] = last.lowerBound..<index + 1
            } else {
                runs.append(begin..<index + 1)
            }
        }
        return runs.map { run in
            let begin = max(clause.lowerBound, run.lowerBound - 3)
            let isNegative = plain.words[begin..<run.upperBound].contains { negations.contains($0.text) }
            let trimmed = trim(plain, run)
            return FoundFact(code: isNegative ? .notPossible : .whenPossible, value: plain.text(of: trimmed))
        }
    }

    /// Without joining words at its start: "and on Tuesday" is "Tuesday".
    private static func trim(_ plain: PlainWords, _ run: Range<Int>) -> Range<Int> {
        let loose: Set<String> = ["and", "or", "y", "o", "on", "not", "no", "a"]
        var begin = run.lowerBound
        while begin < run.upperBound - 1, loose.contains(plain.words[begin].text) { begin += 1 }
        return begin..<run.upperBound
    }

    private static func contains(_ plain: PlainWords, _ clause: Range<Int>, anyOf phrases: [[String]]) -> Bool {
        phrases.contains { position(of: $0, plain, clause) != nil }
    }

    private static func position(of phrase: [String], _ plain: PlainWords, _ clause: Range<Int>) -> Int? {
        guard clause.count >= phrase.count else { return nil }
        return (clause.lowerBound...clause.upperBound - phrase.count).first { start in
            zip(phrase, plain.words[start...]).allSatisfy { $0 == $1.text }
        }
    }

    private static let stops: Set<String> = [
        "do", "you", "what", "can", "please", "pls", "now", "left", "this", "time", "thanks", "thank", "lo", "que",
        "la",
        "ahora", "gracias", "por", "porfa", "accepted", "since", "from", "if", "changed",
    ]

    /// Up to four words after the first lead that stands in the clause.
    private static func following(_ plain: PlainWords, _ clause: Range<Int>, _ leads: [[String]]) -> String? {
        for lead in leads {
            guard let at = position(of: lead, plain, clause) else { continue }
            let begin = at + lead.count
            var end = begin
            while end < clause.upperBound, end < begin + 4, !stops.contains(plain.words[end].text) { end += 1 }
            if end > begin { return plain.text(of: begin..<end) }
        }
        return nil
    }

    private static func delay(_ plain: PlainWords, _ clause: Range<Int>) -> FoundFact? {
        for index in clause.dropLast() {
            guard Int(plain.words[index].text) != nil, plain.words[index + 1].text.hasPrefix("min") else { continue }
            return FoundFact(code: .delay, value: plain.text(of: index..<index + 2))
        }
        return nil
    }
}
