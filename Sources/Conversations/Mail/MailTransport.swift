import CCurl
import ConversationsAPI
import Dispatch
import Kernel
import Web

/// Hands one message to the server, by libcurl, with what each failure says about whether it was taken.
struct MailTransport: Sendable {
    let settings: MailSettings
    let outbound: OutboundClient

    /// Less than the outbox holds a claim, so that nobody else takes the message up while we wait.
    private static let patience = 45
    private static let connectPatience = 8
    private static let queue = DispatchQueue(label: "mail", attributes: .concurrent)
    private static let library = mail_start_library()

    func send(_ message: MailMessage) async -> MailSent {
        let address: IPAddress
        do {
            address = try await outbound.mailServer(
                settings.host, port: settings.port, isPlain: settings.security == .none)
        } catch {
            return .notTaken(reason: "mail-address")
        }
        return await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: talk(to: address, message)) }
        }
    }

    private func talk(to address: IPAddress, _ message: MailMessage) -> MailSent {
        guard Self.library == CURLE_OK, let handle = curl_easy_init() else { return .notTaken(reason: "library") }
        let progress = UnsafeMutablePointer<mail_progress>.allocate(capacity: 1)
        progress.initialize(to: mail_progress())
        var lists: [UnsafeMutablePointer<curl_slist>] = []
        let body = MailBody(of: message, handle)
        defer {
            // First: it may say good-bye, and looks at all the others.
            curl_easy_cleanup(handle)
            body.free()
            for list in lists { curl_slist_free_all(list) }
            progress.deallocate()
        }
        var isSet = body.isWhole
        func set(_ code: CURLcode) { if code != CURLE_OK { isSet = false } }
        func set(_ option: CURLoption, _ lines: [String]) {
            guard let list = Self.list(lines) else { return isSet = false }
            lists.append(list)
            set(mail_set_list(handle, option, list))
        }
        let scheme = settings.security == .tls ? "smtps" : "smtp"
        set(mail_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps"))
        set(mail_set_text(handle, CURLOPT_URL, "\(scheme)://\(host):\(settings.port)/\(message.from.domain)"))
        if IPAddress(settings.host) == nil {
            set(CURLOPT_RESOLVE, ["\(settings.host):\(settings.port):\(address.inURL)"])
        }
        set(mail_set_text(handle, CURLOPT_PROXY, ""))
        set(mail_set_number(handle, CURLOPT_NOSIGNAL, 1))
        set(mail_set_number(handle, CURLOPT_TIMEOUT, Self.patience))
        set(mail_set_number(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, Self.patience))
        set(mail_set_number(handle, CURLOPT_CONNECTTIMEOUT, Self.connectPatience))
        if settings.security != .none {
            set(mail_set_number(handle, CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)))
            set(mail_set_number(handle, CURLOPT_SSL_VERIFYPEER, 1))
            set(mail_set_number(handle, CURLOPT_SSL_VERIFYHOST, 2))
            set(mail_set_number(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)))
            if let file = settings.authorities { set(mail_set_text(handle, CURLOPT_CAINFO, file)) }
        }
        if let user = settings.user, let password = settings.password {
            set(mail_set_text(handle, CURLOPT_USERNAME, user))
            set(mail_set_text(handle, CURLOPT_PASSWORD, password.value))
        }
        set(mail_set_text(handle, CURLOPT_MAIL_FROM, "<\(message.from.text)>"))
        set(CURLOPT_MAIL_RCPT, ["<\(message.to.text)>"])
        set(CURLOPT_HTTPHEADER, message.headers)
        set(mail_set_body(handle, body.root))
        set(mail_set_watch(handle, progress))
        guard isSet else { return .notTaken(reason: "library") }
        let result = curl_easy_perform(handle)
        let seen = progress.pointee
        return MailSent(
            isDone: result == CURLE_OK, failure: Self.name(result), named: seen.named == 1, begun: seen.begun == 1,
            reply: Int(seen.reply))
    }

    /// As it stands in an address.
    private var host: String { settings.host.contains(":") ? "[\(settings.host)]" : settings.host }

    private static func list(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                return nil
            }
            list = longer
        }
        return list
    }

    private static func name(_ result: CURLcode) -> String {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: "mail-no-connection"
        case CURLE_OPERATION_TIMEDOUT: "mail-no-answer"
        case CURLE_USE_SSL_FAILED: "mail-no-tls"
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE: "mail-certificate"
        case CURLE_LOGIN_DENIED: "mail-sign-in"
        default: "interrupted"
        }
    }
}

/// What came of handing a message over.
package enum MailSent: Sendable, Equatable {
    case accepted
    /// The server said no, for good; its code: `smtp-550`.
    case refused(code: String)
    /// Certainly not taken.
    case notTaken(reason: String)
    /// The whole message or a part of it left, and no answer came: it may have been taken.
    case silence(reason: String)

    /// - Parameters:
    ///   - isDone: the library found everything in order.
    ///   - failure: a word for what it found.
    ///   - named: the sender was named before it failed; only then does a refusal mean this message.
    ///   - begun: a byte of the message had left.
    ///   - reply: the server's answer to what was said last; 0: none.
    ///
    /// Source: RFC 5321 §4.2.1: 4yz is for now, 5yz for good; §4.2.5: the server has the message when it answers 250
    /// to its end.
    package init(isDone: Bool, failure: String, named: Bool, begun: Bool, reply: Int) {
        let answer = "smtp-\(reply)"
        switch (isDone, begun, reply) {
        case (true, _, _), (_, true, 200..<300): self = .accepted
        case (_, true, 400..<500): self = .notTaken(reason: answer)
        case (_, true, 500..<600): self = .refused(code: answer)
        case (_, true, _): self = .silence(reason: "mail-no-answer")
        case (_, false, 500..<600) where named: self = .refused(code: answer)
        case (_, false, 400..<600) where failure == "interrupted": self = .notTaken(reason: answer)
        default: self = .notTaken(reason: failure)
        }
    }
}

/// The parts of a message in the library's hands. Without an invitation it is one text.
private struct MailBody {
    let root: OpaquePointer?
    private(set) var isWhole: Bool

    init(of message: MailMessage, _ handle: UnsafeMutableRawPointer) {
        root = curl_mime_init(handle)
        isWhole = root != nil
        guard let root else { return }
        guard let calendar = message.calendar else {
            isWhole = Self.add(message.body, to: root, "text/plain; charset=utf-8", "quoted-printable")
            return
        }
        // Mail programs take an invitation from the alternative; others offer the file.
        guard let alternative = curl_mime_init(handle), let both = curl_mime_addpart(root) else {
            isWhole = false
            return
        }
        let type = "text/calendar; charset=utf-8; method=\(calendar.method.rawValue)"
        let parts = [
            Self.add(message.body, to: alternative, "text/plain; charset=utf-8", "quoted-printable"),
            Self.add(calendar.text, to: alternative, type, "base64"),
            curl_mime_subparts(both, alternative) == CURLE_OK,
            curl_mime_type(both, "multipart/alternative") == CURLE_OK,
            Self.add(calendar.text, to: root, "application/ics", "base64", file: "visit.ics"),
        ]
        isWhole = parts.allSatisfy { $0 }
    }

    func free() { curl_mime_free(root) }

    private static func add(
        _ text: String, to mime: OpaquePointer, _ type: String, _ encoder: String, file: String? = nil
    ) -> Bool {
        guard let part = curl_mime_addpart(mime) else { return false }
        var codes = [
            curl_mime_data(part, text, text.utf8.count), curl_mime_type(part, type), curl_mime_encoder(part, encoder),
        ]
        if let file { codes.append(curl_mime_filename(part, file)) }
        return codes.allSatisfy { $0 == CURLE_OK }
    }
}

extension IPAddress {
    fileprivate var inURL: String { isSix ? "[\(description)]" : description }
}
