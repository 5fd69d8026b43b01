/// The words of the phone page in one language.
package struct PhoneText: Sendable {
    package enum Language: String, Sendable, CaseIterable {
        case english = "en"
        case spanish = "es"

        /// The language of a page: what its address asks for, else the first one of the browser's that is known.
        package init(query: String?, acceptLanguage: String?) {
            let wanted = [query].compactMap { $0 } + (acceptLanguage ?? "").split(separator: ",").map(String.init)
            let known = wanted.lazy.compactMap { tag in
                Language(rawValue: tag.filter { $0 != " " }.prefix { $0 != "-" && $0 != ";" }.lowercased())
            }
            self = known.first ?? .english
        }
    }

    package let language: Language
    let pageTitle: @Sendable (_ name: String) -> String
    let heading: String
    let lead: String
    let phoneOf: @Sendable (_ name: String) -> String
    let conversation: String
    let you: String
    let today: String
    let yesterday: String
    let weekdays: [String]
    let months: [String]
    let day: @Sendable (_ weekday: String, _ day: Int, _ month: String) -> String
    let emptyTitle: String
    let emptyBody: String
    let optedOut: String
    let quickTexts: String
    let sample: String
    let writeHere: String
    let attach: String
    let send: String
    let picture: String
    let sending: String
    let delivered: String
    let lost: String
    let noWebhook: String
    let unreachable: String
    let answered: @Sendable (_ status: Int) -> String
    let onItsWay: String
    let arrived: String
    let neverArrived: @Sendable (_ code: Int) -> String
    let people: String
    let otherNumber: String
    let otherNumberHint: String
    let useNumber: String
    let note: String
    let languages: String
    let live: String
    let reconnecting: String
    let changePhone: String
    let choosePhone: String
    let badNumber: String
    let flaws: @Sendable (OutgoingText.Flaw) -> String
    let offline: String

    static func `in`(_ language: Language) -> PhoneText {
        switch language {
        case .english: .english
        case .spanish: .spanish
        }
    }
}

extension PhoneText {
    private static let english = PhoneText(
        language: .english,
        pageTitle: { "\($0): phone simulator" },
        heading: "Be the patient",
        lead:
            "Text the clinic from a pretend phone and see its answers arrive. Keep this page beside the clinic's "
            + "inbox.",
        phoneOf: { "Phone of \($0)" },
        conversation: "Conversation",
        you: "You",
        today: "Today",
        yesterday: "Yesterday",
        weekdays: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
        months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        day: { "\($0), \($2) \($1)" },
        emptyTitle: "No messages yet",
        emptyBody: "Write to the clinic below, or tap a quick text.",
        optedOut: "You sent STOP. The carrier now blocks the clinic's texts to this phone until you send START.",
        quickTexts: "Quick texts, sent at once",
        sample: "need to move my knee surgery consult, also my insurance changed",
        writeHere: "Text message",
        attach: "Add a picture (PNG or JPEG, up to 5 MB)",
        send: "Send",
        picture: "Picture",
        sending: "Sending…",
        delivered: "Delivered",
        lost: "Lost on the way, by a fault you set",
        noWebhook: "Not delivered: no clinic address is set",
        unreachable: "Not delivered: the clinic could not be reached",
        answered: { "Not delivered: the clinic answered \($0)" },
        onItsWay: "On its way to this phone",
        arrived: "Received",
        neverArrived: { "Never reached this phone (error \($0))" },
        people: "Whose phone is it?",
        otherNumber: "Another number",
        otherNumberHint: "Ten digits, or + and the country code",
        useNumber: "Use this number",
        note: "This is a simulator. Nothing leaves this computer, and no real phone gets a text.",
        languages: "Language",
        live: "Live",
        reconnecting: "Reconnecting…",
        changePhone: "Change phone",
        choosePhone: "Choose a phone to begin.",
        badNumber: "That is not a phone number. Write ten digits, or + and the country code.",
        flaws: { flaw in
            switch flaw {
            case .number: "This number cannot text the clinic. Choose another phone."
            case .empty: "Write something or add a picture first."
            case .tooLong: "The text is too long. 1,600 characters are the most."
            case .pictureTooLarge: "The picture is too large. 5 MB is the most."
            case .pictureKind: "That file cannot be sent. Choose a PNG or JPEG picture."
            }
        },
        offline: "Not sent: the simulator does not answer. Your text is still here.")

    private static let spanish = PhoneText(
        language: .spanish,
        pageTitle: { "\($0): simulador de teléfono" },
        heading: "Sea el paciente",
        lead:
            "Escriba a la clínica desde un teléfono simulado y vea llegar sus respuestas. Tenga esta página junto a la "
            + "bandeja de la clínica.",
        phoneOf: { "Teléfono de \($0)" },
        conversation: "Conversación",
        you: "Usted",
        today: "Hoy",
        yesterday: "Ayer",
        weekdays: ["dom", "lun", "mar", "mié", "jue", "vie", "sáb"],
        months: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
        day: { "\($0), \($1) de \($2)" },
        emptyTitle: "Todavía no hay mensajes",
        emptyBody: "Escriba a la clínica abajo o toque un texto rápido.",
        optedOut: "Usted envió STOP. La operadora bloquea los mensajes de la clínica hasta que envíe START.",
        quickTexts: "Textos rápidos, se envían enseguida",
        sample: "necesito cambiar mi consulta de cirugía de rodilla, y también cambió mi seguro",
        writeHere: "Mensaje de texto",
        attach: "Añadir una imagen (PNG o JPEG, hasta 5 MB)",
        send: "Enviar",
        picture: "Imagen",
        sending: "Enviando…",
        delivered: "Entregado",
        lost: "Perdido en el camino, por un fallo que usted activó",
        noWebhook: "No entregado: no hay dirección de la clínica",
        unreachable: "No entregado: no se pudo contactar con la clínica",
        answered: { "No entregado: la clínica respondió \($0)" },
        onItsWay: "En camino a este teléfono",
        arrived: "Recibido",
        neverArrived: { "Nunca llegó a este teléfono (error \($0))" },
        people: "¿De quién es el teléfono?",
        otherNumber: "Otro número",
        otherNumberHint: "Diez cifras, o + y el código del país",
        useNumber: "Usar este número",
        note: "Esto es un simulador. Nada sale de este equipo y ningún teléfono real recibe mensajes.",
        languages: "Idioma",
        live: "En vivo",
        reconnecting: "Reconectando…",
        changePhone: "Cambiar de teléfono",
        choosePhone: "Elija un teléfono para empezar.",
        badNumber: "Eso no es un número de teléfono. Escriba diez cifras, o + y el código del país.",
        flaws: { flaw in
            switch flaw {
            case .number: "Este número no puede escribir a la clínica. Elija otro teléfono."
            case .empty: "Escriba algo o añada una imagen."
            case .tooLong: "El texto es demasiado largo. El máximo son 1600 caracteres."
            case .pictureTooLarge: "La imagen es demasiado grande. El máximo son 5 MB."
            case .pictureKind: "Ese archivo no se puede enviar. Elija una imagen PNG o JPEG."
            }
        },
        offline: "No enviado: el simulador no responde. Su texto sigue aquí.")
}
