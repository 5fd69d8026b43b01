import Foundation

/// The bubbles of a conversation, as seen on the person's phone.
struct PhoneThread {
    let messages: [Message]
    let hasOptedOut: Bool
    let hasWebhook: Bool
    let clinicName: String
    let text: PhoneText
    let now: Date
    let zone: TimeZone

    func html() -> HTML {
        guard !messages.isEmpty else {
            return """
                <li class="empty" id="empty"><strong>\(text.emptyTitle)</strong><span>\(text.emptyBody)</span></li>
                """
        }
        var items: [HTML] = []
        var lastDay: Int64?
        for message in messages {
            let local = LocalTime(message.createdAt, zone, text.language)
            if local.dayNumber != lastDay {
                items.append(
                    "<li class=\"day\" id=\"day-\(Int(local.dayNumber))\"><span>\(dayLabel(local))</span></li>\n")
                lastDay = local.dayNumber
            }
            items.append(bubble(message, local))
        }
        if hasOptedOut {
            items.append(notice)
        }
        return HTML.all(items)
    }

    private var notice: HTML {
        """
        <li class="notice" id="opted-out"><span>\(text.optedOut)</span>
        <button class="chip" form="composer" name="quick" value="START">START</button></li>

        """
    }

    private func bubble(_ message: Message, _ local: LocalTime) -> HTML {
        let isMine = message.direction == .inbound
        let state = isMine ? stateOfMine(message) : stateOfTheirs(message)
        let pictures = HTML.all(
            message.media.map { media in
                "<img class=\"picture\" src=\"/simulator/media/\(media.sid.description)\" alt=\"\(text.picture)\">"
            })
        let words: HTML = message.body.isEmpty ? .nothing : "<p class=\"bubble\">\(message.body)</p>"
        return """
            <li class="message \(isMine ? "mine" : "theirs")\(state.isBad ? " bad" : "")" \
            id="m-\(message.sid.description)"><span class="hidden">\(isMine ? text.you : clinicName): </span>\
            \(pictures)\(words)<p class="state"><time datetime="\(SimulatedMessage.timestamp(message.createdAt))">\
            \(local.hourAndMinute)</time> · \(state.words)</p></li>

            """
    }

    private func stateOfMine(_ message: Message) -> (words: String, isBad: Bool) {
        switch message.reachedClinic {
        case true: return (text.delivered, false)
        case nil: return (text.sending, false)
        case false:
            if message.faults.contains(.loseInbound), message.webhooks.isEmpty { return (text.lost, true) }
            if let status = message.webhooks.last?.httpStatus { return (text.answered(status), true) }
            return (hasWebhook || !message.webhooks.isEmpty ? text.unreachable : text.noWebhook, true)
        }
    }

    private func stateOfTheirs(_ message: Message) -> (words: String, isBad: Bool) {
        switch message.status {
        case .accepted, .queued, .sent: (text.onItsWay, false)
        case .delivered, .received: (text.arrived, false)
        case .undelivered, .failed: (text.neverArrived(message.errorCode ?? 0), true)
        }
    }

    private func dayLabel(_ local: LocalTime) -> String {
        switch LocalTime(now, zone, text.language).dayNumber - local.dayNumber {
        case 0: text.today
        case 1: text.yesterday
        default:
            text.day(
                text.weekdays[Int((local.dayNumber + 4) % 7)], Int(local.civil.day),
                text.months[Int(local.civil.month) - 1])
        }
    }
}

/// A moment on the wall clock of a zone.
private struct LocalTime {
    let dayNumber: Int64
    let civil: CivilDay
    let hourAndMinute: String

    init(_ date: Date, _ zone: TimeZone, _ language: PhoneText.Language) {
        let seconds = max(0, Int64(date.timeIntervalSince1970) + Int64(zone.secondsFromGMT(for: date)))
        dayNumber = seconds / 86_400
        civil = CivilDay(daysSinceEpoch: dayNumber)
        let minute = seconds / 60 % 60
        let minutes = "\(minute < 10 ? "0" : "")\(minute)"
        let hour = seconds / 3600 % 24
        hourAndMinute =
            switch language {
            case .english: "\(hour % 12 == 0 ? 12 : hour % 12):\(minutes) \(hour < 12 ? "AM" : "PM")"
            case .spanish: "\(hour):\(minutes)"
            }
    }
}
