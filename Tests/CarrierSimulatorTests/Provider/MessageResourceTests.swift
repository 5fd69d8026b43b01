import CarrierSimulator
import Foundation
import Testing

@Suite("Provider JSON") struct MessageResourceTests {
    private func object(_ value: some Encodable) throws -> [String: Any] {
        let data = try JSONEncoder().encode(value)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test("a message has every published field, absent ones as null")
    func shape() throws {
        let world = World()
        let message = try world.send("Hola María").message
        let json = try object(MessageResource(message, account: world.account))
        #expect(
            Set(json.keys) == [
                "account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction",
                "error_code", "error_message", "from", "messaging_service_sid", "num_media", "num_segments", "price",
                "price_unit", "sid", "status", "subresource_uris", "to", "uri",
            ])
        #expect(json["sid"] as? String == message.sid.description)
        #expect(json["status"] as? String == "queued")
        #expect(json["direction"] as? String == "outbound-api")
        #expect(json["num_segments"] as? String == "1")
        #expect(json["num_media"] as? String == "0")
        #expect(json["date_created"] as? String == "Mon, 02 Mar 2026 09:00:00 +0000")
        for absent in ["date_sent", "error_code", "error_message", "price", "messaging_service_sid"] {
            #expect(json[absent] is NSNull)
        }
        let uri = "/2010-04-01/Accounts/\(world.account)/Messages/\(message.sid)"
        #expect(json["uri"] as? String == uri + ".json")
        #expect((json["subresource_uris"] as? [String: String]) == ["media": uri + "/Media.json"])
    }

    @Test("a failed message tells its code and what it means")
    func failed() throws {
        let world = World()
        let message = try world.send("hi").message
        world.ledger.advance(message.sid, to: .undelivered, errorCode: 30003)
        let json = try object(MessageResource(try #require(world.ledger.message(message.sid)), account: world.account))
        #expect(json["error_code"] as? Int == 30003)
        #expect(json["error_message"] as? String == "Unreachable destination handset")
    }

    @Test("an error has the published four fields")
    func error() throws {
        let json = try object(ProviderError.unsubscribed)
        #expect(Set(json.keys) == ["code", "message", "more_info", "status"])
        #expect(json["code"] as? Int == 21610 && json["status"] as? Int == 400)
        #expect(json["more_info"] as? String == "https://www.twilio.com/docs/errors/21610")
    }
}
