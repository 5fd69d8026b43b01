/// Finds the needs in a text by word patterns that anybody can read: no model, no network, English and Spanish.
///
/// - The text is cut into clauses at punctuation and at words such as "also" and "también".
/// - Each clause gets the reason whose pattern says most (the most words), the earlier rule on a tie.
/// - Clauses of one reason are one need; several reasons are several needs, in the order in which they stand.
/// - A text of which nothing matches is one need, `other`, unless it is only thanks or a greeting: then it is none.
package struct NeedClassifier: Sendable {
    package struct Found: Sendable, Equatable {
        package let reason: NeedReason
        /// The clauses that say it, in the writer's own words.
        package let words: String
        package var facts: [FoundFact]
    }

    private struct Pattern: Sendable {
        let words: [String]
        let rule: Int
        let reason: NeedReason?
    }

    /// Patterns by the first three letters of their first word.
    private let patterns: [Substring: [Pattern]]

    package init() {
        var patterns: [Substring: [Pattern]] = [:]
        for (rule, (reason, lines)) in NeedPatterns.rules.enumerated() {
            for line in lines.split(separator: "|") {
                let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
                guard let first = words.first else { continue }
                patterns[first.prefix(3), default: []].append(Pattern(words: words, rule: rule, reason: reason))
            }
        }
        self.patterns = patterns
    }

    package func needs(in text: String) -> [Found] {
        let plain = PlainWords(text)
        var found: [(reason: NeedReason, clauses: [Range<Int>])] = []
        var onlyCourtesy = true
        var hasCourtesy = false
        var loose: [Range<Int>] = []
        for clause in clauses(of: plain) {
            switch best(plain, clause) {
            case .some(let pattern):
                guard let reason = pattern.reason else {
                    hasCourtesy = true
                    continue
                }
                onlyCourtesy = false
                if let place = found.firstIndex(where: { $0.reason == reason }) {
                    found[place].clauses.append(clause)
                } else {
                    found.append((reason, [clause]))
                }
            case nil:
                onlyCourtesy = false
                loose.append(clause)
            }
        }
        if found.isEmpty {
            // A slip of the pen among thanks is no need: "grreat, see you Monday".
            let isCourteous = onlyCourtesy || (hasCourtesy && loose.map(\.count).reduce(0, +) <= 2)
            if isCourteous && !plain.isEmpty { return [] }
            let whole = 0..<plain.words.count
            return [Found(reason: .other, words: text, facts: FactFinder.facts(in: plain, whole, .other))]
        }
        return found.map { reason, clauses in
            let words = clauses.map { plain.text(of: withoutJoiner($0, plain)) }.joined(separator: ", ")
            // What no clause claims belongs to the first need: constraints stand beside what was asked.
            let own = reason == found[0].reason ? clauses + loose : clauses
            let facts = own.sorted { $0.lowerBound < $1.lowerBound }.flatMap { FactFinder.facts(in: plain, $0, reason) }
            return Found(reason: reason, words: words, facts: FactFinder.merged(facts))
        }
    }

    private func clauses(of plain: PlainWords) -> [Range<Int>] {
        var clauses: [Range<Int>] = []
        var begin = 0
        for (index, word) in plain.words.enumerated() where index > begin {
            if word.startsClause || NeedPatterns.joiners.contains(word.text) {
                clauses.append(begin..<index)
                begin = index
            }
        }
        if begin < plain.words.count { clauses.append(begin..<plain.words.count) }
        return clauses
    }

    private func withoutJoiner(_ clause: Range<Int>, _ plain: PlainWords) -> Range<Int> {
        let joins = clause.count > 1 && NeedPatterns.joiners.contains(plain.words[clause.lowerBound].text)
        return joins ? clause.dropFirst().startIndex..<clause.upperBound : clause
    }

    private func best(_ plain: PlainWords, _ clause: Range<Int>) -> Pattern? {
        var best: Pattern?
        for index in clause {
            guard let candidates = patterns[plain.words[index].text.prefix(3)] else { continue }
            for candidate in candidates where matches(candidate, plain, index, clause.upperBound) {
                guard let current = best else {
                    best = candidate
                    continue
                }
                // A real reason beats a courtesy in the same clause, whatever its length.
                let isReal = candidate.reason != nil, wasReal = current.reason != nil
                let better =
                    isReal == wasReal
                    ? (candidate.words.count, current.rule) > (current.words.count, candidate.rule) : isReal
                if better { best = candidate }
            }
        }
        return best
    }

    /// Pattern words match whole words; `move*` matches what begins so; `_` matches any one word.
    private func matches(_ pattern: Pattern, _ plain: PlainWords, _ start: Int, _ end: Int) -> Bool {
        guard start + pattern.words.count <= end else { return false }
        for (offset, wanted) in pattern.words.enumerated() {
            let word = plain.words[start + offset].text
            if wanted == "_" { continue }
            if wanted.last == "*" {
                if !word.hasPrefix(wanted.dropLast()) { return false }
            } else if word != wanted {
                return false
            }
        }
        return true
    }
}

/// The rules, in order. A reason of nil is a courtesy.
enum NeedPatterns {
    /// Words that begin a new thought without punctuation.
    static let joiners: Set<String> = ["also", "plus", "tambien", "ademas"]

    static let rules: [(NeedReason?, String)] = [
        (
            .runningLate,
            """
            running late|running _ min* late|running _ late|im late|i am late|_ minutes late|_ min late|be late|\
            bus is late|\
            stuck in traffic|cant find parking|there in _|be there by _|still coming|voy tarde|minutos tarde|\
            llego tarde|\
            en el trafico|viene tarde|no encuentro estacionamiento|voy retrasad*|llego en _
            """
        ),
        (
            .cancellation,
            """
            cancel my|cancel the|cancel our|want to cancel|need to cancel|have to cancel|cancelar mi|cancelar la|\
            quiero cancelar|necesito cancelar|cancele mi
            """
        ),
        (
            .reschedule,
            """
            resched*|need to move|have to move|want to move|move my|move our|move the|change my appo*|change my appt|\
            change my visit|change my consult|change my checkup|change my time|change my _ from|need to change my|\
            change the date|change the time|push my|another time|another day|different day|different time|cant make it|\
            cannot make it|cant come|cannot come|wont make it|out of town|postpone|reagendar|reprogramar|\
            cambiar mi cita|\
            cambiar mi|cambiar la cita|cambiar la consulta|cambiar la|mover mi|mover la|mover mi cita|otro dia|\
            otra fecha|\
            otra hora|no puedo ir|no puedo llegar|no llego|no voy a poder|aplazar|posponer
            """
        ),
        (
            .insuranceChange,
            """
            my insurance changed|insurance changed|insurance has changed|changed insurance|change* my insurance|\
            new insurance|new insurance card|have new insurance|switched insurance|insurance switched|lost my coverage|\
            lost my insurance|new plan|new card|different insurance|is _ accepted|is _ _ accepted|is _ _ _ accepted|\
            do you take it|what do you need from me|cambio mi seguro|cambio de seguro|cambiaron el seguro|\
            me cambiaron el seguro|nuevo seguro|seguro nuevo|tarjeta nueva|perdi mi seguro|tengo otro seguro|\
            lo aceptan|\
            cambie de seguro
            """
        ),
        (
            .refill,
            """
            refill*|almost out of|out of my|running out of|days of _ left|renew it|renew my|needs approval|\
            prescription|\
            90 days of|resurt*|se me acaba|se me acabo|necesito mas|me quedan _ dias|la puede renovar|receta|\
            falta la autorizacion|renovar mi medic*|recarga
            """
        ),
        (
            .billing,
            """
            bill|my bill|a bill|billing|charged|was charged|owe|invoice|pay $*|can i pay|payment*|already paid|\
            shows as due|statement|una cuenta|cuenta de|factura*|cobraron|me cobraron|por que debo|debo|pagar|ya
            pague|cobro
            """
        ),
        (
            .directions,
            """
            where do i park|parking|where are you|the address|your address|which bus|which floor|front or the side|\
            is there a ramp|directions|how do i get|donde me estaciono|estacionamiento|la direccion|que autobus|\
            en que piso|\
            hay rampa|como llego|donde estan
            """
        ),
        (
            .newAppointment,
            """
            book a|book an|could i book|schedule a|schedule an|make an appo*|make an appt|an opening|any openings|\
            new patient*|taking new|be seen|want to be seen|see a doctor|see the doctor|can somebody see|we are due|\
            due for|\
            an appointment|first appo*|una cita|hacer una cita|sacar cita|quiero una|agendar|tienen espacio|\
            pacientes nuevos|que me vean|ya le toca|primera cita|que tienen
            """
        ),
        (
            nil,
            """
            thanks|thank you|thank you so much|thx|ty|great|perfect|ok|okay|good morning|good afternoon|good evening|\
            hi|\
            hello|hey|hi there|see you|see you _|have a good day|take care|this is _|_ here|pls|please|sorry|gracias|\
            muchas gracias|hola|buenos dias|buenas tardes|buenas noches|buenas|buen dia|perfecto|muy amable|nos vemos|\
            nos vemos _ _|que tenga buen dia|disculpe|perdon|por favor|porfa|soy _|si se puede|se lo agradezco|👍
            """
        ),
    ]
}
