/// The page on which a person is the patient: a phone with the conversation, and the phones to choose from.
struct PhonePage {
    let text: PhoneText
    let clinicName: String
    let clinicNumber: PhoneNumber
    let handsets: [Handset]
    /// The phone in hand, nil before one is chosen.
    let handset: Handset?
    let thread: PhoneThread
    /// What the person typed, kept when it could not be sent.
    var draft = ""
    /// What went wrong with sending, in words.
    var sendProblem: String?
    /// What was typed as a number and is none.
    var badNumber: String?

    func html() -> HTML {
        """
        <!doctype html>
        <html lang="\(text.language.rawValue)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(text.pageTitle(handset?.name ?? text.heading))</title>
        <link rel="icon" href="/assets/phone.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/assets/phone.css">
        <script src="/assets/phone.js" type="module"></script>
        </head>
        <body>
        <header class="top">
        <h1>\(text.heading)</h1>
        <nav class="languages" aria-label="\(text.languages)">\(languageLinks)</nav>
        </header>
        <main class="stage">
        \(phone)
        \(side)
        </main>
        </body>
        </html>

        """
    }

    // MARK: The phone

    private var phone: HTML {
        guard let handset else {
            return """
                <section class="phone idle" aria-labelledby="owner">
                <h2 class="hidden" id="owner">\(text.people)</h2>
                <p class="empty"><strong>\(text.choosePhone)</strong><a href="#people">\(text.changePhone)</a></p>
                </section>
                """
        }
        return """
            <section class="phone" aria-labelledby="owner" data-phone
              data-events="\(Self.address("/phone/events", handset, text.language))"
              data-thread="\(Self.address("/phone/conversation", handset, text.language))"
              data-live="\(text.live)" data-reconnecting="\(text.reconnecting)" data-offline="\(text.offline)">
            <div class="owner"><div><h2 id="owner">\(text.phoneOf(handset.name))</h2>
            <p class="number">\(handset.number.written)</p></div>
            <a class="change" href="#people">\(text.changePhone)</a></div>
            <header class="contact"><span class="avatar" aria-hidden="true">\(initials)</span>
            <div><h3>\(clinicName)</h3><p>\(clinicNumber.written)</p></div>
            <p class="link" role="status" data-link></p></header>
            <div class="scroll" tabindex="0" role="log" aria-label="\(text.conversation)"><ol class="thread" data-list>
            \(thread.html())</ol></div>
            \(composer(handset))
            </section>
            """
    }

    private func composer(_ handset: Handset) -> HTML {
        """
        <form class="composer" action="/phone/messages" method="post" enctype="multipart/form-data"
          id="composer" data-composer>
        <input type="hidden" name="handset" value="\(handset.number.description)">
        <input type="hidden" name="lang" value="\(text.language.rawValue)">
        <div class="problem" role="alert" id="problem" data-problem>\
        \(sendProblem.map { "<p>\($0)</p>" } ?? .nothing)</div>
        <div class="chips" role="group" aria-label="\(text.quickTexts)">
        \(HTML.all(quickTexts.map { "<button class=\"chip\" name=\"quick\" value=\"\($0)\">\($0)</button>\n" }))</div>
        <div class="line">
        <label class="attach"><input type="file" name="picture" accept="image/png,image/jpeg" data-picture>
        \(PhoneIcon.clip)<span class="hidden">\(text.attach)</span></label>
        <label class="field"><span class="hidden">\(text.writeHere)</span>
        <textarea name="body" rows="1" maxlength="1600"
          placeholder="\(text.writeHere)" data-body>\(draft)</textarea></label>
        <button class="send" aria-label="\(text.send)">\(PhoneIcon.send)</button>
        </div>
        <output class="chosen" data-chosen></output>
        </form>
        """
    }

    private var quickTexts: [String] {
        ["C", "1", "STOP", text.sample]
    }

    private var initials: String {
        String(clinicName.split(separator: " ").prefix(2).compactMap(\.first)).uppercased()
    }

    // MARK: Beside the phone

    private var side: HTML {
        """
        <section class="side" aria-labelledby="people">
        <p class="lead">\(text.lead)</p>
        <h2 id="people" tabindex="-1">\(text.people)</h2>
        \(handsets.isEmpty ? .nothing : "<ul class=\"people\">\n\(HTML.all(handsets.map(person)))</ul>")
        <form class="other" action="/" method="get">
        <input type="hidden" name="lang" value="\(text.language.rawValue)">
        <label for="other">\(text.otherNumber)</label>
        <div><input id="other" name="handset" type="tel" inputmode="tel" autocomplete="off" required
          value="\(badNumber ?? "")" aria-describedby="other-hint"\
        \(badNumber == nil ? .nothing : " aria-invalid=\"true\" autofocus")>
        <button>\(text.useNumber)</button></div>
        <p id="other-hint"\(badNumber == nil ? .nothing : " class=\"problem\"")>\
        \(badNumber == nil ? text.otherNumberHint : text.badNumber)</p>
        </form>
        <p class="note">\(text.note)</p>
        </section>
        """
    }

    private func person(_ person: Handset) -> HTML {
        let isCurrent = person.number == handset?.number
        let hint: HTML = person.hint.isEmpty ? .nothing : "<span class=\"hint\">\(person.hint)</span>"
        return """
            <li><a href="\(Self.address("/", person, text.language))"\
            \(isCurrent ? " aria-current=\"true\"" : .nothing)>\
            <span class="name">\(person.name)</span> \
            <span class="number">\(person.number.written)</span> \(hint)</a></li>

            """
    }

    private var languageLinks: HTML {
        let names: [(PhoneText.Language, HTML)] = [(.english, "English"), (.spanish, "Español")]
        return HTML.all(
            names.map { language, name in
                let current: HTML = language == text.language ? " aria-current=\"true\"" : .nothing
                let address = handset.map { Self.address("/", $0, language) } ?? "/?lang=\(language.rawValue)"
                return "<a href=\"\(address)\" lang=\"\(language.rawValue)\"\(current)>\(name)</a> "
            })
    }

    /// An address of this page's for a phone and a language.
    static func address(_ path: String, _ handset: Handset, _ language: PhoneText.Language) -> String {
        let query = Form([("handset", handset.number.description), ("lang", language.rawValue)])
        return "\(path)?\(query.encoded)"
    }
}

/// The few drawings of the page.
enum PhoneIcon {
    static let clip: HTML = """
        <svg viewBox="0 0 24 24" aria-hidden="true">\
        <path d="M8 12.5l6.2-6.2a3 3 0 0 1 4.3 4.3l-8 8a5 5 0 0 1-7-7l8-8"/>\
        </svg>
        """
    static let send: HTML = """
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 19V5M5.5 11.5L12 5l6.5 6.5"/></svg>
        """
    static let favicon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="8" y="2" width="16" height="28" rx="4" \
        fill="#0b5cc4"/><rect x="10.5" y="6" width="11" height="18" rx="1" fill="#fff"/></svg>
        """
}
