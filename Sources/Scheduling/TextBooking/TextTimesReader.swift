import StudioAPI
import TimeZones

/// Goes through a text once, word by word.
struct TextTimesReader {
    private typealias Words = TextTimesWords

    private let describesVisits: Bool
    private let today: CivilDate
    private var cursor: TextCursor
    private var isWhole = true
    private var said: [TimeSaid] = []
    private var lead = TimeSaid.Lead.none
    private var isNegated = false
    private var isAlternative = true
    /// A visit was named a moment ago: days describe it.
    private var isOfVisit = false
    /// Where the things begin that were said without a break, and the word after them.
    private var run = 0
    private var runEnd = -1
    /// The same when words that say nothing stand between.
    private var near = -1

    /// `describesVisits`: whether the text is about a visit that there is.
    init(_ text: String, describesVisits: Bool, today: CivilDate) {
        cursor = TextCursor(words: TextWords.of(text))
        self.describesVisits = describesVisits
        self.today = today
    }

    mutating func read() -> TextTimes {
        while cursor.at < cursor.words.count { step() }
        var found = TimesFound(today: today)
        for one in said { found.add(one) }
        return found.times(isWhole: isWhole)
    }

    private var at: Int { cursor.at }
    private var words: [TextWord] { cursor.words }
    private func word(_ offset: Int) -> String { cursor.word(offset) }

    private mutating func step() {
        if words[at].begins { beginThought() }
        if skipGreeting() || readNegation() || readVisit() || readLead() || readDays() || readHours() { return }
        let text = word(0)
        if Words.away.contains(text) { isOfVisit = false }
        if Words.turns.contains(text) { isNegated = false }
        if Words.alternatives.contains(text) {
            isAlternative = true
            if runEnd == at { runEnd = at + 1 }
        }
        let says = [Words.fillers, Words.alternatives, Words.turns, Words.visits].allSatisfy { !$0.contains(text) }
        if says {
            isWhole = false
            lead = .none
        } else if near == at {
            near = at + 1
        }
        cursor.at += 1
    }

    private mutating func beginThought() {
        isNegated = false
        isOfVisit = false
        isAlternative = true
        lead = .none
        run = said.count
        runEnd = -1
        near = -1
    }

    /// "a las 3", "a la una": the a leads to an hour, not to another day.
    private var isPlaceOfHour: Bool {
        word(1) == "las" || word(1) == "la" && (word(2) == "una" || word(2).hasPrefix("1"))
    }

    // MARK: Reading

    private mutating func skipGreeting() -> Bool {
        guard Words.greetings.contains([word(0), word(1)]) else { return false }
        cursor.at += 2
        return true
    }

    private mutating func readNegation() -> Bool {
        let text = word(0)
        guard text == "no" || Words.negations.contains(text) else { return false }
        let next = word(1)
        if text == "no", next.isEmpty, words[at].begins {
            // "No, Friday": an answer of its own.
            cursor.at += 1
            return true
        }
        // "no friday" may mean either.
        if text == "no", Words.weekdays[next] != nil { isWhole = false }
        let length = text == "no" && Words.turns.contains(next) ? 2 : 1
        if near == at, !saysDays(from: at + length) {
            // "Tuesday doesn't work"
            for index in run..<said.count { said[index].isNegated = true }
        } else {
            isNegated = true
        }
        cursor.at += length
        return true
    }

    /// Whether a day or an hour is said within the next words of the thought.
    private func saysDays(from start: Int) -> Bool {
        for offset in 0..<5 {
            let place = start + offset
            guard place < words.count, !words[place].begins else { return false }
            let text = words[place].text
            if Words.weekdays[text] != nil || Words.parts[text] != nil || Words.months[text] != nil
                || ["tomorrow", "today", "hoy", "manana", "week", "semana", "before", "after", "antes", "despues"]
                    .contains(text)
            {
                return true
            }
        }
        return false
    }

    private mutating func readVisit() -> Bool {
        guard describesVisits, Words.visits.contains(word(0)) else { return false }
        // "my Tuesday visit"
        if runEnd == at { said.removeLast(said.count - run) }
        isOfVisit = true
        lead = .none
        cursor.at += 1
        return true
    }

    private mutating func readLead() -> Bool {
        guard let (found, length) = leadHere() else { return false }
        lead = found
        if runEnd == at { runEnd = at + length }
        if near == at { near = at + length }
        cursor.at += length
        return true
    }

    private func leadHere() -> (TimeSaid.Lead, Int)? {
        switch word(0) {
        case "before", "antes": return (.before, 1)
        case "after", "despues": return (.after, 1)
        case "until", "till", "by", "hasta": return (.until, 1)
        case "from", "desde", "starting": return (.from, 1)
        case "between": return (.between, 1)
        case "entre" where word(1) != "semana": return (.between, 1)
        case "at", "around", "about", "sobre": return (.at, 1)
        case "a" where isPlaceOfHour: return (.at, 2)
        case "a" where word(1) == "partir": return (.from, 2)
        case "earlier" where word(1) == "than": return (.before, 2)
        case "later" where word(1) == "than": return (.after, 2)
        case "mas" where word(1) == "tarde" && ["de", "que"].contains(word(2)): return (.after, 3)
        case "mas" where word(1) == "temprano" && ["de", "que"].contains(word(2)): return (.before, 3)
        case "de" where isStretchOfHours: return (.between, 1)
        default: return nil
        }
    }

    /// "de 2 a 4", "de las 2 a las 4"
    private var isStretchOfHours: Bool {
        var offset = word(1) == "las" ? 2 : 1
        guard clock(at: offset) != nil else { return false }
        offset += 1
        guard word(offset) == "a" || word(offset) == "hasta" else { return false }
        offset += word(offset + 1) == "las" ? 2 : 1
        return clock(at: offset) != nil
    }

    private mutating func readDays() -> Bool {
        guard let (days, length) = TextDays(today: today, cursor: cursor).read() else { return false }
        // A new day has hours of its own.
        isAlternative = true
        say(TimeSaid(days: days), length)
        return true
    }

    private mutating func readHours() -> Bool {
        guard let (minutes, length) = partHere() ?? clockHere() else { return false }
        say(TimeSaid(minutes: minutes), length, keepsLead: false)
        return true
    }

    private mutating func say(_ one: TimeSaid, _ length: Int, keepsLead: Bool = true) {
        if runEnd != at { run = said.count }
        var one = one
        one.lead = keepsLead ? lead : .none
        one.isNegated = isNegated
        one.isAlternative = isAlternative
        if !isOfVisit { said.append(one) }
        if one.minutes != nil { isAlternative = false }
        lead = .none
        cursor.at += length
        runEnd = at
        near = at
    }

    // MARK: Hours

    private func partHere() -> (Range<Int>, Int)? {
        let text = word(0)
        if let end = Words.ends[text], lead != .none, let limit = range(end) { return (limit, 1) }
        if let part = Words.pairs[[text, word(1)]] { return (part, 2) }
        if let part = Words.parts[text] { return (part, 1) }
        if let part = Words.partsWithArticle[text], Words.articles.contains(word(-1)), word(-2) != "mas" {
            return (part, 1)
        }
        return nil
    }

    /// A time of the clock: after a word that leads to one, or written so that it can be nothing else.
    private func clockHere() -> (Range<Int>, Int)? {
        guard let first = clock(at: 0), lead != .none || first.isPlain else { return nil }
        let units: Set<String> = [
            "day", "days", "week", "weeks", "dias", "dia", "semanas", "semana", "people", "times",
        ]
        if units.contains(word(first.length)) { return nil }
        if lead == .between || lead == .from, let (end, length) = endOfStretch(after: first) {
            return first.minutes < end ? (first.minutes..<end, length) : nil
        }
        return range(first.minutes).map { ($0, first.length) }
    }

    /// The second time of "2 and 4", and how many words both are long.
    private func endOfStretch(after first: ClockWord) -> (Int, Int)? {
        var offset = first.length
        guard ["and", "y", "to", "a", "till", "until", "hasta", "al"].contains(word(offset)) else { return nil }
        offset += 1
        if word(offset) == "las" || word(offset) == "la" { offset += 1 }
        guard let second = clock(at: offset) else { return nil }
        let end = second.minutes <= first.minutes ? second.minutes + 720 : second.minutes
        return end <= 1_440 ? (end, offset + second.length) : nil
    }

    /// What a time stands for by the word that leads to it.
    private func range(_ minutes: Int) -> Range<Int>? {
        let meant =
            switch lead {
            case .before, .until: 0..<minutes
            case .after, .from: minutes..<1_440
            case .none, .at, .between: max(0, minutes - 30)..<min(1_440, minutes + 60)
            }
        return meant.isEmpty ? nil : meant
    }

    private func clock(at offset: Int) -> ClockWord? {
        ClockWord(cursor, offset: offset)
    }
}
