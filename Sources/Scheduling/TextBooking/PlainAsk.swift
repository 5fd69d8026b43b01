package import StudioAPI

/// What a text that asks for a visit says besides that it does.
package enum PlainAsk {
    /// Longer texts tell a story, which a person reads.
    static let mostWords = 40

    /// Whether rules may serve it: it is short, and about nobody else, nothing that hurts and nothing that has to be
    /// answered besides. The lists are short of nothing that would matter, and long where a person costs little.
    package static func isPlain(_ text: String) -> Bool {
        let words = TextWords.of(text)
        return words.count <= mostWords && !words.contains { speaksOf($0.text) } && !ownsSomebody(text)
    }

    /// A word of the list, also as a plural or with the apostrophe left out: "moms appointment".
    private static func speaksOf(_ word: String) -> Bool {
        people.contains(word) || (word.hasSuffix("s") && people.contains(String(word.dropLast())))
            || (word.hasSuffix("es") && people.contains(String(word.dropLast(2))))
    }

    /// Whether something is somebody's: "Emma's visit". What only joins two words is not.
    private static func ownsSomebody(_ text: String) -> Bool {
        let plain = text.lowercased().replacing("\u{2019}", with: "'")
        return plain.split(whereSeparator: \.isWhitespace).contains { word in
            guard let mark = word.firstRange(of: "'s") else { return false }
            let owner = word[..<mark.lowerBound].drop { !$0.isLetter }
            let isEnd = mark.upperBound == word.endIndex || !word[mark.upperBound].isLetter
            return isEnd && !joined.contains(String(owner))
        }
    }

    private static let joined = TextWords.set(
        """
        it that what there here let when where how who doctor dr pcp nurse clinic office practice today tomorrow week
        monday tuesday wednesday thursday friday saturday sunday
        """)

    private static let people = TextWords.set(
        """
        son sons daughter daughters kid kids child children baby husband wife mother mom mum father dad parent parents
        brother sister friend family grandma grandmother grandpa grandfather grandson granddaughter nephew niece him her
        his hers she them their someone somebody everyone both wives uncle aunt cousin partner boyfriend girlfriend
        fiance fiancee roommate neighbor neighbour
        hijo hijos hija hijas nino nina ninos ninas bebe esposo esposa marido mujer madre mama padre papa padres hermano
        hermana amigo amiga abuela abuelo nieto nieta familia sobrino sobrina suegra suegro ellos ella ambos tio tia
        primo prima novio novia pareja vecino vecina
        emergency urgent urgently pain pains painful hurt hurts hurting bleeding blood breath breathe breathing chest
        fever fell fall dizzy faint fainted fainting suicide suicidal overdose stroke seizure swollen swelling infection
        infected worse worst severe vomit vomiting pregnant miscarriage lump kill killing die dying died myself bleed
        heart numb numbness collapsed harm poison poisoned
        emergencia urgente urgencia dolor dolores duele duelen sangre sangrado sangrando sangra respirar respiro pecho
        fiebre cai mareo mareos mareado mareada desmaye desmayo suicidio suicidarme sobredosis convulsion hinchado
        hinchada infeccion peor grave vomito vomitos vomitando embarazada bulto matar matarme morir morirme muero
        corazon desangro veneno
        cost costs price insurance copay cuesta costo precio seguro copago referral interpreter interprete wheelchair
        ride silla transporte result results resultado resultados question questions pregunta preguntas why
        """)
}

/// The visit types that a text names.
package enum TextTypes {
    /// Keys of those whose names share the most words with the text, sorted; none: it names no type.
    package static func named(in text: String, among types: [VisitTypeDefinition]) -> [String] {
        let said = terms(text)
        var best = 0
        var keys: [String] = []
        for type in types {
            let count = type.names.texts.values.map { terms($0).intersection(said).count }.max() ?? 0
            if count == 0 || count < best { continue }
            if count > best { keys = [] }
            best = count
            keys.append(type.key)
        }
        return keys.sorted()
    }

    /// Words that tell one type from another, each also joined with the next: "check-up" is "checkup".
    private static func terms(_ text: String) -> Set<String> {
        let words = TextWords.of(text).map { singular($0.text) }
        let joined = zip(words, words.dropFirst()).filter { !common.contains($0) && !common.contains($1) }
        let alone = words.filter { $0.count > 2 && !common.contains($0) && !weak.contains($0) }
        return Set(alone + joined.map { $0 + $1 })
    }

    private static func singular(_ word: String) -> String {
        word.count > 3 && word.hasSuffix("s") ? String(word.dropLast()) : word
    }

    /// Words of names that say something together with another alone.
    private static let weak = TextWords.set("new patient check follow up first")
    private static let common = TextWords.set(
        """
        a an i my visit appointment appt for the and or with at on in of to day time hour book see need want have can
        get please is it do you me after before morning afternoon evening until from next week
        visita cita consulta por para con de del el la los las un una y o en a al dia hora necesito quiero puedo tener
        mi antes despues manana tarde noche hasta desde semana
        """)
}
