import CarrierSimulator
import Testing

@Suite("Webhook signature") struct WebhookSignatureTests {
    @Test("the provider's published example gives the published signature")
    func publishedExample() {
        let form = Form([
            ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"),
            ("From", "+14158675309"), ("To", "+18005551212"),
        ])
        let signature = WebhookSignature(authToken: "12345")
        let signed = signature.sign(url: "https://mycompany.com/myapp.php?foo=1&bar=2", form: form)
        #expect(signed == "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    }

    @Test("the order in which parameters are sent does not matter")
    func orderOfParameters() {
        let signature = WebhookSignature(authToken: "12345")
        let one = signature.sign(url: "https://a.example/", form: Form([("b", "2"), ("B", "3"), ("a", "1")]))
        let two = signature.sign(url: "https://a.example/", form: Form([("a", "1"), ("b", "2"), ("B", "3")]))
        #expect(one == two)
    }

    @Test("another token, address or value gives another signature")
    func everythingIsSigned() {
        let form = Form([("Body", "C")])
        let signed = [
            WebhookSignature(authToken: "12345").sign(url: "https://a.example/x", form: form),
            WebhookSignature(authToken: "12346").sign(url: "https://a.example/x", form: form),
            WebhookSignature(authToken: "12345").sign(url: "https://a.example/y", form: form),
            WebhookSignature(authToken: "12345").sign(url: "https://a.example/x", form: Form([("Body", "c")])),
        ]
        #expect(Set(signed).count == 4)
    }
}
