import FHIR
import JSON
import Testing

@Suite("FHIR summary") struct FHIRSummaryTests {
    private func summary(_ type: String, _ members: String) throws -> FHIRSummary {
        try FHIRSummary(of: resource(#"{"resourceType":"\#(type)","id":"1",\#(members)}"#))
    }

    @Test(
        "the code is what the resource is",
        arguments: [
            ("Observation", #""code":{"coding":[{"system":"s","code":"8302-2","display":"Height"}]}"#, "8302-2"),
            ("Immunization", #""vaccineCode":{"coding":[{"code":"140"}]}"#, "140"),
            ("MedicationRequest", #""medicationCodeableConcept":{"coding":[{"code":"314076"}]}"#, "314076"),
            ("Encounter", #""class":{"code":"AMB"},"type":[{"coding":[{"code":"424441002"}]}]"#, "424441002"),
            ("Encounter", #""class":{"system":"s","code":"AMB"}"#, "AMB"),
            ("Encounter", #""class":{"code":"AMB"},"type":[{"text":"visit"}]"#, "AMB"),
            (
                "CarePlan", #""category":[{"coding":[{"code":"assess-plan"}]},{"coding":[{"code":"53950000"}]}]"#,
                "53950000"
            ),
            ("CarePlan", #""category":[{"coding":[{"code":"assess-plan"}]}]"#, "assess-plan"),
            (
                "SupplyDelivery",
                #""type":{"coding":[{"code":"d"}]},"suppliedItem":{"itemCodeableConcept":{"coding":[{"code":"337388004"}]}}"#,
                "337388004"
            ),
            (
                "ImagingStudy", #""modality":[{"code":"DX"}],"procedureCode":[{"coding":[{"code":"399208008"}]}]"#,
                "399208008"
            ),
            ("DocumentReference", #""type":{"coding":[{"code":"34117-2"}]}"#, "34117-2"),
            ("SomethingNew", #""code":{"coding":[{"code":"x"}]}"#, "x"),
        ])
    func codes(type: String, members: String, code: String) throws {
        #expect(try summary(type, members).code?.code == code)
    }

    @Test("words stand in for a code, and a reference for the drug") func words() throws {
        let inWords = try summary("Condition", #""code":{"text":"sore throat"}"#)
        #expect(inWords.code == nil)
        #expect(inWords.text == "sore throat")
        let drug = try summary(
            "MedicationRequest", #""medicationReference":{"reference":"urn:uuid:9","display":"Aspirin"}"#)
        #expect(drug.codeReference?.target == .uuid("9"))
        #expect(drug.text == "Aspirin")
    }

    @Test(
        "the date is when it happened, before when it was written",
        arguments: [
            ("Observation", #""issued":"2021-01-02T00:00:00Z","effectiveDateTime":"2020"#, "2020"),
            (
                "Observation", #""effectiveTiming":{"event":["2019-05-06"]},"issued":"2021-01-02T00:00:00Z"#,
                "2019-05-06"
            ),
            ("Procedure", #""performedPeriod":{"start":"2018","end":"2019"},"note":[],"x":""#, "2018"),
            ("Procedure", #""performedPeriod":{"end":"2019"},"x":""#, "2019"),
            ("Condition", #""recordedDate":"2002","onsetDateTime":"2001"#, "2001"),
            ("Claim", #""created":"2003","billablePeriod":{"start":"2002-01"},"x":""#, "2002-01"),
            ("Specimen", #""receivedTime":"2005","collection":{"collectedDateTime":"2004"},"x":""#, "2004"),
            (
                "ServiceRequest",
                #""occurrenceTiming":{"repeat":{"boundsPeriod":{"start":"2007"}}},"authoredOn":"2006"#, "2007"
            ),
            ("Appointment", #""created":"2015","start":"2016-01-01T00:00:00Z"#, "2016-01-01T00:00:00Z"),
            ("DocumentReference", #""date":"2016-01-01T00:00:00Z"#, "2016-01-01T00:00:00Z"),
        ])
    func dates(type: String, members: String, text: String) throws {
        let found = try summary(type, members + "\"")
        #expect(found.date?.text == text)
        #expect(found.dateMicros == FHIRDateTime(parsing: text)?.sortMicros)
    }

    @Test(
        "patient and encounter are found by whatever name they have",
        arguments: [
            (
                "Observation", #""subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/2"}"#, true,
                true
            ),
            ("Observation", #""subject":{"reference":"Group/1"}"#, false, false),
            ("Observation", #""subject":{"display":"nobody"}"#, false, false),
            (
                "MedicationAdministration",
                #""subject":{"reference":"urn:uuid:1"},"context":{"reference":"urn:uuid:2"}"#, true, true
            ),
            ("MedicationAdministration", #""context":{"reference":"EpisodeOfCare/2"}"#, false, false),
            (
                "DocumentReference",
                #""subject":{"reference":"urn:uuid:1"},"context":{"encounter":[{"reference":"Encounter/2"}]}"#, true,
                true
            ),
            (
                "Claim", #""patient":{"reference":"Patient/1"},"item":[{"encounter":[{"reference":"Encounter/2"}]}]"#,
                true, true
            ),
            ("Task", #""for":{"reference":"Patient/1"}"#, true, false),
            ("Account", #""subject":[{"reference":"Patient/1"}]"#, true, false),
            ("Coverage", #""beneficiary":{"reference":"Patient/1"}"#, true, false),
            (
                "Appointment",
                #""participant":[{"actor":{"reference":"Location/1"}},{"actor":{"reference":"Patient/1"}}]"#, true,
                false
            ),
            ("Medication", #""status":"active""#, false, false),
        ])
    func people(type: String, members: String, hasPatient: Bool, hasEncounter: Bool) throws {
        let found = try summary(type, members)
        #expect((found.patient != nil) == hasPatient)
        #expect((found.encounter != nil) == hasEncounter)
    }

    @Test("dates of birth are not given away") func birthDates() throws {
        #expect(try summary("Patient", #""birthDate":"1980-01-01","gender":"male""#).date == nil)
    }

    @Test("an element that is not of its type is an error with its path") func wrongTypes() throws {
        do throws(FHIRElementError) {
            _ = try FHIRSummary(of: ["resourceType": "Observation", "effectiveDateTime": "today"])
            Issue.record("no error")
        } catch {
            #expect(error.path == "Observation.effectiveDateTime")
        }
        #expect(throws: FHIRElementError.self) { try summary("Observation", #""subject":{"reference":7}"#) }
        #expect(throws: FHIRElementError.self) { try FHIRSummary(of: .null) }
    }
}
