import Kernel

/// The product language a short text is written in, by small words that only one of the two has. English on a tie.
enum LanguageGuess {
    private static let spanish: Set<String> = [
        "hola", "gracias", "cita", "mi", "el", "la", "los", "las", "que", "para", "por", "necesito", "quiero", "puedo",
        "buenos", "buenas", "dias", "tardes", "favor", "es", "con", "una", "alto", "parar", "baja", "alta", "ayuda",
        "si",
        "tengo", "seguro", "manana", "donde", "cuando", "cancelar", "cambiar", "soy", "basta", "pare", "iniciar",
    ]
    private static let english: Set<String> = [
        "the", "my", "is", "to", "and", "i", "you", "need", "please", "hi", "hello", "can", "for", "what", "when",
        "stop",
        "help", "start", "appointment", "it", "this", "have", "yes", "thanks", "of", "on",
    ]

    static func language(of text: String) -> Language {
        if text.contains("¿") || text.contains("¡") || text.contains("ñ") { return .spanish }
        var score = 0
        for word in PlainWords(text).words.prefix(60) {
            if spanish.contains(word.text) { score += 1 }
            if english.contains(word.text) { score -= 1 }
        }
        return score > 0 ? .spanish : .english
    }
}
