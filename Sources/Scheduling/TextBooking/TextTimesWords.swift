import StudioAPI

/// The words that say when, in English and Spanish, without accents. A word that stands in no list narrows nothing.
enum TextTimesWords {
    static let weekdays: [String: Weekday] = {
        let lists: [(Weekday, String)] = [
            (.monday, "monday mondays mon lunes"), (.tuesday, "tuesday tuesdays tue tues martes"),
            (.wednesday, "wednesday wednesdays wed weds miercoles"),
            (.thursday, "thursday thursdays thu thur thurs jueves"), (.friday, "friday fridays fri viernes"),
            (.saturday, "saturday saturdays sat sabado sabados"), (.sunday, "sunday sundays sun domingo domingos"),
        ]
        var days: [String: Weekday] = [:]
        for (day, words) in lists { for word in TextWords.set(words) { days[word] = day } }
        return days
    }()
    static let workdays: Set<Weekday> = [.monday, .tuesday, .wednesday, .thursday, .friday]
    static let weekend: Set<Weekday> = [.saturday, .sunday]

    static let months: [String: Int] = {
        let lists = [
            "january jan enero ene", "february feb febrero", "march mar marzo", "april apr abril abr", "may mayo",
            "june jun junio", "july jul julio", "august aug agosto ago", "september sep sept septiembre",
            "october oct octubre", "november nov noviembre", "december dec diciembre dic",
        ]
        var months: [String: Int] = [:]
        for (index, words) in lists.enumerated() { for word in TextWords.set(words) { months[word] = index + 1 } }
        return months
    }()

    static let numbers: [String: Int] = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11, "twelve": 12, "una": 1, "un": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
        "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12,
    ]

    /// Parts of the day that a word names by itself, in minutes.
    static let parts: [String: Range<Int>] = [
        "morning": 0..<720, "mornings": 0..<720, "am": 0..<720, "mananas": 0..<720, "temprano": 0..<600,
        "afternoon": 720..<1_020, "afternoons": 720..<1_020, "pm": 720..<1_440, "tardes": 720..<1_140,
        "evening": 1_020..<1_440, "evenings": 1_020..<1_440, "tonight": 1_020..<1_440, "noches": 1_080..<1_440,
        "midday": 660..<840, "noon": 660..<840, "lunchtime": 660..<840, "mediodia": 660..<840,
    ]
    /// Of two words: "late afternoon".
    static let pairs: [[String]: Range<Int>] = [
        ["early", "morning"]: 0..<600, ["late", "morning"]: 600..<720, ["early", "afternoon"]: 720..<840,
        ["late", "afternoon"]: 900..<1_020, ["early", "evening"]: 1_020..<1_140, ["late", "evening"]: 1_140..<1_440,
    ]
    /// Those that do so after an article alone: "manana" is also tomorrow, "tarde" is also late.
    static let partsWithArticle: [String: Range<Int>] = [
        "manana": 0..<720, "tarde": 720..<1_140, "noche": 1_080..<1_440,
    ]
    static let articles = TextWords.set("la las esta")

    /// What ends a clock time: "after work".
    static let ends: [String: Int] = [
        "work": 1_020, "trabajo": 1_020, "school": 900, "escuela": 900, "clases": 900, "noon": 720, "mediodia": 720,
        "lunch": 780, "almuerzo": 780,
    ]

    static let negations = TextWords.set(
        "not cant cannot dont doesnt wont isnt arent couldnt except never excepto menos salvo nunca tampoco")
    /// After these somebody can again: "I can't Tuesday but Thursday is fine".
    static let turns = TextWords.set(
        "but can could pero puedo puede podria puedes podemos prefer prefiero better mejor")

    /// What a day may only describe: "my visit on Tuesday".
    static let visits = TextWords.set(
        "appointment appointments appt visit consult consultation checkup cita citas visita consulta")
    /// After these a day is no longer the visit's.
    static let away = TextWords.set(
        "to para al a instead can could any another some otro otra puedo puede quiero prefiero but pero or o")

    static let alternatives = TextWords.set("or nor o and y also tambien u ni")

    /// Words of greeting that are no part of a day.
    static let greetings: Set<[String]> = [
        ["good", "morning"], ["good", "afternoon"], ["good", "evening"], ["buenos", "dias"], ["buenas", "tardes"],
        ["buenas", "noches"], ["buen", "dia"],
    ]

    /// Words that say nothing of a time and nothing else either.
    static let fillers = TextWords.set(
        """
        i im am id ill we you they is are was be it its that this these those them none neither there here any anything
        anytime something some a an the on in at of for and or also so just only maybe please pls thanks thank hi hello
        hey sorry ok okay works work do does does have has got would could can may like prefer better best good great
        fine free open available possible what how about instead then day days time times hour hours my me our us if
        with by around soon sooner soonest asap earliest next week weeks than see get come
        yes yeah available whenever either ideally else other another much very lot appreciate kind
        yo me mi nos es son esta este estas estos ese esa eso esos esas el la los las lo un una unos unas de del en por
        para a al y o u que si solo algo alguna alguno algun ninguna ninguno ningun hay puedo puede podria podemos
        puedes quiero quisiera gustaria prefiero mejor bien bueno perfecto gracias favor porfa hola perdon disculpe
        dia dias hora horas rato libre disponible tiene tienen tengo otra otro otras otros cualquier cualquiera pronto
        muchas muchos muy amable antes posible cuanto lo semana semanas proxima proximo viene sirve sirven queda quedan sea seria entonces
        """)
}
