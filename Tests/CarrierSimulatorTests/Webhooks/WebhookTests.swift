import CarrierSimulator
import Foundation
import Testing

@Suite("Webhooks") struct WebhookTests {
    @Test("retries are read from the fragment, which is not part of the address")
    func overrides() {
        let (address, overrides) = ConnectionOverrides.parse(
            url: "https://a.example/sms?x=1#rc=9&rp=5xx,rt&ct=1&tt=900")
        #expect(address == "https://a.example/sms?x=1")
        #expect(overrides.retries == 5)
        #expect(overrides.connectMilliseconds == 100)
        #expect(overrides.totalMilliseconds == 900)
        #expect(overrides.retries(after: .status(503)) && overrides.retries(after: .noAnswer))
        #expect(!overrides.retries(after: .status(404)) && !overrides.retries(after: .noConnection))
    }

    @Test("without a fragment one retry is made, when there was no connection")
    func standardRetries() {
        let (address, overrides) = ConnectionOverrides.parse(url: "https://a.example/sms")
        #expect(address == "https://a.example/sms" && overrides.retries == 1)
        #expect(overrides.retries(after: .noConnection) && !overrides.retries(after: .status(500)))
    }

    @Test("all means every failure, and no success is one", arguments: [400, 404, 500, 503])
    func allRetries(status: Int) {
        let overrides = ConnectionOverrides.parse(url: "http://a#rp=all").overrides
        #expect(overrides.retries(after: .status(status)) && !overrides.retries(after: .status(304)))
    }

    @Test("a text's webhook carries the published parameters, once each")
    func inbound() throws {
        let world = World()
        let picture = MediaStore.Picture(kind: .png, bytes: [1])
        let message = world.ledger.receive(from: world.maria, body: "hola", pictures: [picture, picture]).message
        let form = Webhook.inbound(message, url: "http://a", account: world.account, base: "http://b").form
        #expect(message.sid.description.hasPrefix("MM"))
        for (name, value) in [
            ("MessageSid", message.sid.description), ("SmsSid", message.sid.description),
            ("SmsMessageSid", message.sid.description), ("AccountSid", world.account.description),
            ("From", "+13035550141"), ("To", "+13035550100"), ("Body", "hola"), ("NumMedia", "2"),
            ("NumSegments", "1"), ("ApiVersion", "2010-04-01"), ("MediaContentType1", "image/png"),
        ] {
            #expect(form.all(name) == [value])
        }
        let path = "/2010-04-01/Accounts/\(world.account)/Messages/\(message.sid)/Media/\(message.media[1].sid)"
        #expect(form["MediaUrl1"] == "http://b" + path)
        #expect(Set(form.fields.map(\.name)).count == form.fields.count)
    }

    @Test("a status callback carries an error code only when delivery failed")
    func statusCallback() throws {
        let world = World()
        let sent = try world.send("hi").message
        let delivered = Webhook.status(.delivered, of: sent, url: "http://a", account: world.account).form
        #expect(delivered["MessageStatus"] == "delivered" && delivered["ErrorCode"] == nil)
        world.ledger.advance(sent.sid, to: .undelivered, errorCode: 30003)
        let failed = try #require(world.ledger.message(sent.sid))
        let form = Webhook.status(.undelivered, of: failed, url: "http://a", account: world.account).form
        #expect(form["ErrorCode"] == "30003" && form["To"] == "+13035550141" && form["From"] == "+13035550100")
    }
}
