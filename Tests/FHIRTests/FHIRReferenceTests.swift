import FHIR
import JSON
import Testing

@Suite("FHIR references and queries") struct FHIRReferenceTests {
    @Test("each form of reference is told apart") func forms() throws {
        let target = { FHIRReference.Target(parsing: $0) }
        #expect(target("Patient/23") == .literal(type: "Patient", id: "23", version: nil))
        #expect(target("Patient/23/_history/4") == .literal(type: "Patient", id: "23", version: "4"))
        #expect(
            target("https://x.example/fhir/Patient/a-1.b")
                == .absolute(
                    url: "https://x.example/fhir/Patient/a-1.b", type: "Patient", id: "a-1.b"))
        #expect(target("urn:uuid:0ABC") == .uuid("0abc"))
        #expect(target("URN:UUID:0abc") == .uuid("0abc"))
        #expect(target("#coverage") == .contained(id: "coverage"))
        #expect(target("#") == .contained(id: ""))
        let query = try #require(FHIRSearchQuery(parsing: "identifier=http://hl7.org/fhir/sid/us-npi|99"))
        #expect(
            target("Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99")
                == .conditional(type: "Practitioner", query))
        for other in [
            "urn:oid:1.2.3", "patient/1", "Patient/", "Patient", "Patient/a b", "Patient?", "mailto:x", "/Patient/1",
        ] {
            #expect(target(other) == .uri(other))
        }
    }

    @Test("the type comes from the element, else from the target") func types() throws {
        let coverage = { (reference: String) in
            try FHIRCoverage(
                resource(
                    #"{"resourceType":"Coverage","status":"active","payor":[{"display":"X"}],"#
                        + #""beneficiary":\#(reference)}"#
                )
            ).beneficiary
        }
        #expect(try coverage(#"{"reference":"Patient/1"}"#).type == "Patient")
        #expect(try coverage(#"{"reference":"urn:uuid:1","type":"Patient"}"#).type == "Patient")
        #expect(try coverage(#"{"reference":"urn:uuid:1"}"#).type == nil)
        let logical = try coverage(#"{"identifier":{"system":"s","value":"v"},"display":"D"}"#)
        #expect(logical.target == nil)
        #expect(logical.identifier?.value == "v")
        #expect(logical.display == "D")
    }

    @Test("a query gives name, modifier and value, percent-decoded") func query() throws {
        let query = try #require(
            FHIRSearchQuery(parsing: "?name:exact=Zo%C3%AB+B&&birthdate=ge1990-01-01T00:00:00+01:00"))
        #expect(query.parameters.map(\.name) == ["name", "birthdate"])
        #expect(query.parameters.map(\.modifier) == ["exact", nil])
        #expect(query.parameters.map(\.value) == ["Zoë+B", "ge1990-01-01T00:00:00+01:00"])
        #expect(query.identifier == nil)
    }

    @Test("the identifier of a query has system and value") func identifier() throws {
        let token = { FHIRSearchQuery(parsing: $0)?.identifier }
        #expect(try #require(token("identifier=https://a/b|c")) == (system: "https://a/b", value: "c"))
        #expect(try #require(token("identifier=https%3A%2F%2Fa%7Cc%7Cd")) == (system: "https://a", value: "c|d"))
        #expect(try #require(token("identifier=c")) == (system: nil, value: "c"))
        #expect(try #require(token("identifier=|c")) == (system: "", value: "c"))
        #expect(try #require(token(#"identifier=s|a\|b\,c\\d"#)) == (system: "s", value: #"a|b,c\d"#))
        #expect(token("identifier=a|b&active=true") == nil)
        #expect(token("identifier:of-type=a|b|c") == nil)
    }

    @Test(
        "what is no query is refused",
        arguments: ["", "?", "&", "identifier", "=x", ":exact=x", "a=%", "a=%4", "a=%ZZ", "a=%FF"])
    func noQuery(text: String) {
        #expect(FHIRSearchQuery(parsing: text) == nil)
    }

    @Test("all references of a resource are found at any depth") func all() throws {
        let provenance = try resource(
            #"""
            {"resourceType":"Provenance","target":[{"reference":"urn:uuid:1"},{"reference":"Encounter/2"}],
            "agent":[{"who":{"reference":"Practitioner/3","display":"reference"}}],"reference":7}
            """#)
        #expect(
            FHIRReference.targets(in: provenance) == [
                .uuid("1"), .literal(type: "Encounter", id: "2", version: nil),
                .literal(type: "Practitioner", id: "3", version: nil),
            ])
    }
}
