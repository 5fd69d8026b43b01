import CarrierSimulator
import Testing

@Suite("TwiML answers") struct TwiMLTests {
    @Test(
        "an empty response asks for nothing",
        arguments: [
            "<Response/>", "<Response></Response>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\n</Response>\n",
            "\u{FEFF}<!-- nothing --><Response />",
        ])
    func empty(text: String) throws {
        #expect(try TwiML(parsing: text).replies.isEmpty)
    }

    @Test("messages are read, with entities, CDATA and an address")
    func messages() throws {
        let twiml = try TwiML(
            parsing: """
                <Response><Message>C &amp; A &#233; &lt;3</Message>
                <Message to="+13035550141" action='/x'><Body>s&#xED;</Body></Message>
                <Message><![CDATA[<b>]]></Message></Response>
                """)
        #expect(
            twiml.replies == [
                TwiML.Reply(to: nil, body: "C & A é <3"), TwiML.Reply(to: "+13035550141", body: "sí"),
                TwiML.Reply(to: nil, body: "<b>"),
            ])
    }

    @Test(
        "what is no TwiML says where it went wrong",
        arguments: [
            "", "OK", "<html></html>", "<Response>", "<Response><Message>hi</Response>", "<Response><Dial/></Response>",
            "<Response>hi</Response>", "<Response/><Response/>", "<Response a=1/>",
            "<Response><Message>&nbsp;</Message></Response>",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><Response/>", "<Response><Message><Body><b/></Body></Message></Response>",
        ])
    func broken(text: String) {
        #expect(throws: TwiML.Failure.self) { try TwiML(parsing: text) }
    }

    @Test("no cut or changed document makes the parser crash")
    func hostile() {
        let document = Array("<Response><Message to=\"+1\">a &amp; b<!-- c --><Body>d</Body></Message></Response>".utf8)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<3_000 {
            var bytes = Array(document.prefix(Int.random(in: 0...document.count, using: &generator)))
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            do throws(TwiML.Failure) {
                _ = try TwiML(parsing: String(decoding: bytes, as: UTF8.self))
            } catch {
                #expect((0...(bytes.count * 3)).contains(error.offset))
            }
        }
    }
}
