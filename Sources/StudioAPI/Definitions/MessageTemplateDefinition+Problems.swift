import Kernel

extension MessageTemplateDefinition {
    /// Four joined GSM 03.38 segments of 153 characters; beyond that carriers begin to refuse.
    private static let longestSMS = 612
    /// Source: plain-language rule of the house, grade 6.
    private static let hardestGrade = 6.0

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        let longest = channel == .sms ? Self.longestSMS : 20_000
        findings.check(body, "body", atMost: longest)
        if let shared { findings.check(shared, "shared", atMost: longest) }
        findings.requireDistinct(variables.map(\.rawValue), "variables")
        for (index, variable) in variables.enumerated() where !use.variables.contains(variable) {
            findings.error(
                "variables[\(index)]", "A message of use \(use.rawValue) cannot name {{\(variable.rawValue)}}.")
        }
        if use.isAutomatic { checkPurpose(into: &findings) }
        if channel == .email, !use.goesByMail {
            findings.warning("channel", "No message of use \(use.rawValue) goes by e-mail; this one is never sent.")
        }
        for language in Language.allCases {
            if let text = body.texts[language] { check(text, "body.\(language.rawValue)", language, into: &findings) }
            if let text = shared?.texts[language] {
                check(text, "shared.\(language.rawValue)", language, into: &findings)
            }
            checkVariables(language, into: &findings)
        }
        checkShared(into: &findings)
        return findings.problems
    }

    /// The purposes that fit what the system sends by itself: else consent would be asked for the wrong thing.
    private func checkPurpose(into findings: inout Findings) {
        let fitting: MessagePurpose
        switch use {
        case .reply: return
        case .confirmed: fitting = .reply  // it answers the patient's own message, so it need not wait for the morning
        case .confirmation, .pending: fitting = .appointmentConfirmation
        case .reminder: fitting = .appointmentReminder
        case .cancellation, .reschedule, .waitlistOffer, .runningLate, .bumpOffer, .bumpKept:
            fitting = .appointmentChange
        // They answer what was written a moment ago.
        case .waitlistGone, .bumpGone, .textTimes, .textOther, .textGone, .textWhich, .textCancel: fitting = .reply
        case .optOutConfirmation, .optInConfirmation, .help, .ambiguousReply, .sharedNumber, .bookingCode:
            fitting = .serviceNotice
        }
        findings.require(
            purpose == fitting, "purpose",
            "A message of use \(use.rawValue) has the purpose \(fitting.rawValue), not \(purpose.rawValue).")
    }

    private func check(_ text: String, _ path: String, _ language: Language, into findings: inout Findings) {
        let body = TemplateBody(text)
        for case .malformed(let place) in body.pieces {
            findings.error(path, "The braces at “\(place)” are no {{variable}}.")
        }
        for name in body.variables.subtracting(variables.map(\.rawValue)).sorted() {
            findings.error(path, "It names {{\(name)}}, which is not among its variables.")
        }
        if use == .bookingCode {
            findings.require(body.variables.contains("code"), path, "The message needs its {{code}}.")
        }
        // To a number that several share an offer goes without its choices: they may name who sees the patient.
        let isNumbered = use == .bumpOffer || (use.isOfTextBooking && use != .textCancel)
        if use == .ambiguousReply || (isNumbered && path.hasPrefix("body")) {
            findings.require(body.variables.contains("choices"), path, "The question needs its {{choices}}.")
        }
        if use == .textCancel, path.hasPrefix("body") {
            findings.require(
                text.contains("1") && text.contains("2"), path,
                "The question says that 1 cancels the visit and 2 finds another time.")
        }
        // Nobody reads what is answered to an e-mail.
        if channel == .email, use.isOffer, path.hasPrefix("body") {
            for name in ["link", "until"] {
                findings.require(
                    body.variables.contains(name), path, "An offer by e-mail needs its {{\(name)}}.")
            }
        }
        let grade = ReadingGrade.of(body.sample, in: language)
        if grade > Self.hardestGrade {
            let rounded = (grade * 10).rounded() / 10
            findings.warning(path, "It reads at grade \(rounded); patients are written to at grade 6 or below.")
        }
    }

    private func checkVariables(_ language: Language, into findings: inout Findings) {
        guard let text = body.texts[language] else { return }
        var named = TemplateBody(text).variables
        if let shared { named.formUnion(TemplateBody(shared[language]).variables) }
        for name in Set(variables.map(\.rawValue)).subtracting(named).sorted() {
            findings.warning(
                "body.\(language.rawValue)", "It never names {{\(name)}}, which is among its variables.")
        }
    }

    /// Where several patients share a number nobody may be named, and a visit they are not told of is missed.
    private func checkShared(into findings: inout Findings) {
        guard let shared else {
            if use.isAutomatic, words(toSharedNumber: true) == nil {
                findings.warning(
                    "shared",
                    "It names a patient or their care. Say what goes to a number that several share; else nothing does."
                )
            }
            return
        }
        // The choices of an offer may name who sees the patient, and where.
        // The page of a link knows who shares a number, and not who shares an address.
        let told = TemplateVariable.nameless.union(use.mayLinkSharedNumber && channel == .sms ? [.link] : [])
            .subtracting(use == .bumpOffer || use.isOfTextBooking ? [.choices] : [])
        for variable in Self.variables(of: shared).subtracting(told).map(\.rawValue).sorted() {
            let place = channel == .email ? "An e-mail to an address" : "A text to a number"
            findings.error("shared", "\(place) that several share cannot name {{\(variable)}}.")
        }
    }
}
