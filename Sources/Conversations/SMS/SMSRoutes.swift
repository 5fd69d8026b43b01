import HTTPTypes
import JSON
import Kernel
import SchedulingAPI
import Spine
import Vault
import Web

/// The provider's two webhooks.
struct SMSRoutes {
    let settings: SMSSettings?
    let messaging: Messaging
    let book: any AppointmentBook
    let callers: ChannelCallers

    /// Room for 1,600 characters of four bytes each, percent-encoded, and ten addresses.
    private static let largestBody = 96 << 10

    var routes: [Route] {
        [
            .post(
                "/hooks/{tenant}/sms", largestBody: Self.largestBody,
                .open(reason: "the provider's signature over address and parameters is the identity", receive)),
            .post(
                "/hooks/{tenant}/sms/status", largestBody: Self.largestBody,
                .open(reason: "the provider's signature over address and parameters is the identity", receipt)),
        ]
    }

    @Sendable private func receive(_ request: WebRequest) async throws -> WebResponse {
        let form = try verified(request)
        let text = try InboundText(form)
        let caller = try await callers.caller(request.tenant, spine: request.spine)
        _ = try await record(text, spine: request.spine, caller: caller)
        return Self.emptyTwiML
    }

    /// Stores a text; whatever it returns is durable. Two requests that meet at one number or one message run again:
    /// the second then finds what the first has made.
    func record(_ text: InboundText, spine: Spine, caller: Caller) async throws -> InboundOutcome {
        var attempts = 0
        while true {
            do {
                let outcome = try await spine.perform(
                    RecordInboundMessage(text, messaging: messaging, book: book), as: caller)
                guard outcome.status == .needsKey else { return outcome }
                return try await spine.perform(RecordFirstMessage(text, messaging: messaging, book: book), as: caller)
            } catch let fault as Fault where fault.code == "store.conflict" && attempts < 3 {
                attempts += 1
            }
        }
    }

    @Sendable private func receipt(_ request: WebRequest) async throws -> WebResponse {
        let form = try verified(request)
        let status = form["MessageStatus"] ?? form["SmsStatus"] ?? ""
        guard let sid = form["MessageSid"], (1...64).contains(sid.utf8.count), !status.isEmpty else {
            throw Fault.invalid("MessageSid", "The message and its status.")
        }
        let caller = try await callers.caller(request.tenant, spine: request.spine)
        _ = try await request.spine.perform(
            RecordDeliveryReceipt(
                intent: request.query.id("intent"), providerID: sid, status: status, errorCode: form["ErrorCode"],
                messaging: messaging),
            as: caller)
        return WebResponse(.noContent)
    }

    /// The parameters, once the signature over them and the address was found right.
    private func verified(_ request: WebRequest) throws -> FormFields {
        guard let settings else {
            throw Fault(
                .unavailable, "sms.not-configured", "Text messages are not configured.",
                remedy: "Set the provider's account and token.")
        }
        let form: FormFields
        do {
            form = try request.form()
        } catch {
            // What cannot be read was not signed either; another answer would tell that there is such a tenant.
            throw Fault.unsigned
        }
        let signature = request.headers[.twilioSignature] ?? ""
        let query = request.query.fields.map { "\(FormFields.encode($0.name))=\(FormFields.encode($0.value))" }
        let url = settings.publicBase + request.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        guard WebhookSignature(authToken: settings.authToken).isValid(signature, url: url, form: form) else {
            throw Fault.unsigned
        }
        return form
    }

    private static let emptyTwiML = WebResponse(
        .ok, headers: [.contentType: "text/xml; charset=utf-8"],
        bytes: Array(#"<?xml version="1.0" encoding="UTF-8"?><Response></Response>"#.utf8))
}

extension HTTPField.Name {
    static let twilioSignature: HTTPField.Name = {
        guard let name = HTTPField.Name("X-Twilio-Signature") else { preconditionFailure("a constant header name") }
        return name
    }()
}

/// The recorded run that stands for the channel in this process, one a tenant.
actor ChannelCallers {
    private var callers: [ID<Tenant>: Caller] = [:]

    static let permissions: Set<Permission> = [.messageReceive, .messageSend, .patientRead, .needWrite]

    func caller(_ tenant: ID<Tenant>, spine: Spine) async throws -> Caller {
        if let caller = callers[tenant] { return caller }
        let caller = try await spine.openRun(
            "sms", tenant: tenant, purpose: .operations, permissions: Self.permissions, origin: "webhook")
        // Another request may have opened one meanwhile; both are recorded, one is kept.
        if let other = callers[tenant] { return other }
        callers[tenant] = caller
        return caller
    }
}
