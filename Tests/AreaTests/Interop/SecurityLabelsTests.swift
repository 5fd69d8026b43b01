import Interop
import JSON
import Testing
import Vault

@Suite("Labels of FHIR resources")
struct SecurityLabelsTests {
    private static let act = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    private static let confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

    private func labels(_ codings: [(String, String)]) throws -> Labels {
        let list = codings.map { "{\"system\":\"\($0.0)\",\"code\":\"\($0.1)\"}" }.joined(separator: ",")
        return SecurityLabels.labels(of: try JSONValue(parsing: Array("{\"security\":[\(list)]}".utf8)))
    }

    @Test("what a source says of sensitivity becomes labels; what says nothing of it makes none")
    func codes() throws {
        #expect(try labels([(Self.act, "PSY")]) == .behaviouralHealth)
        #expect(try labels([(Self.act, "ETHUD"), (Self.act, "SEX")]) == [.substanceUse, .reproductive])
        #expect(try labels([(Self.act, "HIV")]) == .restricted)
        #expect(try labels([(Self.confidentiality, "R")]) == .restricted)
        #expect(try labels([(Self.confidentiality, "V"), (Self.act, "EMP")]) == [.restricted, .employee])
        #expect(try labels([(Self.confidentiality, "N"), (Self.act, "HTEST"), ("urn:other", "PSY")]) == [])
        #expect(SecurityLabels.labels(of: nil) == [])
        #expect(SecurityLabels.labels(of: try JSONValue(parsing: Array("{\"security\":7}".utf8))) == [])
    }
}
