import FHIR
import JSON
import Testing

/// The error that reading the resource as that view gives.
private func fault<View>(
    _ text: String, _ view: (JSONValue) throws(FHIRElementError) -> View
) throws -> FHIRElementError? {
    let value = try resource(text)
    do throws(FHIRElementError) {
        _ = try view(value)
        return nil
    } catch {
        return error
    }
}

@Suite("FHIR views") struct FHIRResourceTests {
    private static let patient = #"""
        {"resourceType":"Patient","id":"7","active":true,
        "extension":[
         {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[
          {"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3",
          "display":"White"}},
          {"url":"ombCategory","valueCoding":{"code":"2028-9"}},{"url":"detailed","valueCoding":{"code":"2034-7"}},
          {"url":"text","valueString":"Mixed"}]},
         {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity","extension":[{"url":"text",
         "valueString":"No"}]},
         {"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName","valueString":"Rossi"},
         {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex","valueCode":"F"}],
        "identifier":[{"system":"urn:x","value":"7"},
         {"use":"old","type":{"coding":[{"code":"MR"}]},"value":"old"},{"use":"usual",
         "type":{"coding":[{"code":"MR"}]},"value":"M7"},
         {"type":{"coding":[{"code":"SS"}]},"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-00-0001"},
         {"type":{"coding":[{"code":"DL"}]},"value":"D1"},{"type":{"coding":[{"code":"PPN"}]},"value":"P1"}],
        "name":[{"use":"maiden","family":"Alt"},{"use":"official","family":"Neu","given":["Maria",null,"Pia"],
        "prefix":["Dr."],
          "suffix":["MD"],"period":{"start":"2001"}},{"use":"nickname","given":["Mia"]}],
        "_birthDate":{"extension":[]},"birthDate":"1980-02","gender":"female","deceasedDateTime":"2020-01-02T03:04:05Z",
        "telecom":[{"system":"phone","value":"555","use":"mobile","rank":1,"period":{"end":"2030-01-01"}},
        {"system":"email","value":"a@b.example"}],
        "address":[{"use":"home","line":["1 Way"],"city":"C","state":"MA","postalCode":"02138","country":"US",
        "extension":[
          {"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude",
          "valueDecimal":41.50},
          {"url":"longitude","valueDecimal":-70}]}]}],
        "maritalStatus":{"coding":[{"code":"M"}],"text":"married"},"multipleBirthInteger":2,
        "communication":[{"language":{"coding":[{"code":"en-US"}]}},{"language":{"coding":[{"code":"es"}]},
        "preferred":true}],
        "generalPractitioner":[{"reference":"Practitioner/1"}],"unknownMember":{"kept":1}}
        """#

    @Test("a patient with all that we keep") func patient() throws {
        let patient = try FHIRPatient(resource(Self.patient))
        #expect(patient.officialName?.family == "Neu")
        #expect(patient.officialName?.given == ["Maria", "Pia"])
        #expect(patient.officialName?.period?.start?.text == "2001")
        #expect(patient.preferredName?.given == ["Mia"])
        #expect(patient.medicalRecordNumber?.value == "M7")
        #expect(patient.socialSecurityNumber?.value == "999-00-0001")
        #expect(patient.identifiers(ofType: "DL").map(\.value) == ["D1"])
        #expect(patient.identifiers(ofType: "PPN").map(\.value) == ["P1"])
        #expect(patient.birthDate?.precision == .month)
        #expect(patient.isDeceased)
        #expect(patient.gender == .female)
        #expect(patient.race?.ombCategories.map(\.code) == ["2106-3", "2028-9"])
        #expect(patient.race?.detailed.map(\.code) == ["2034-7"])
        #expect(patient.race?.text == "Mixed")
        #expect(patient.ethnicity?.text == "No")
        #expect(patient.birthSex == "F")
        #expect(patient.mothersMaidenName == "Rossi")
        #expect(patient.telecoms.map(\.system) == [.phone, .email])
        #expect(patient.telecoms.first?.use == .mobile)
        #expect(patient.addresses.first?.position == FHIRPosition(latitude: 41.5, longitude: -70))
        #expect(patient.maritalStatus?.display == "married")
        #expect(patient.multipleBirth == .order(2))
        #expect(patient.preferredLanguage == "es")
        #expect(patient.generalPractitioners.first?.target == .literal(type: "Practitioner", id: "1", version: nil))
    }

    @Test("a patient of whom nothing is known") func emptyPatient() throws {
        let patient = try FHIRPatient(resource(#"{"resourceType":"Patient"}"#))
        #expect(patient.officialName == nil)
        #expect(patient.deceased == nil)
        #expect(!patient.isDeceased)
        #expect(patient.preferredLanguage == nil)
        #expect(patient.medicalRecordNumber == nil)
    }

    @Test(
        "an element of another type is an error that names its path and shows no value",
        arguments: [
            (#""name":{}"#, "Patient.name should be a list"), (#""name":["x"]"#, "Patient.name[0] should be an object"),
            (#""name":[{},{"given":[1]}]"#, "Patient.name[1].given should be a list of strings"),
            (#""active":"yes""#, "Patient.active should be true or false"),
            (#""gender":"secret""#, "Patient.gender is a code that FHIR R4 does not have there"),
            (#""birthDate":"secret""#, "Patient.birthDate is not a date, or a date and time with its offset"),
            (#""birthDate":"1980-01-01T00:00:00Z""#, "Patient.birthDate is not a date without time"),
            (#""id":"""#, "Patient.id is not a text; FHIR has no empty strings"),
            (#""multipleBirthInteger":1.5"#, "Patient.multipleBirthInteger should be an integer of 32 bits"),
            (#""communication":[{"preferred":true}]"#, "Patient.communication[0].language is missing"),
            (
                #""telecom":[{"period":{"start":"now"}}]"#,
                "Patient.telecom[0].period.start is not a date, or a date and time with its offset"
            ),
        ])
    func wrongTypes(member: String, expected: String) throws {
        let error = try fault(#"{"resourceType":"Patient",\#(member)}"#, FHIRPatient.init)
        #expect(error?.description == expected)
    }

    @Test("a resource of another type is refused") func wrongResource() throws {
        #expect(
            try fault(#"{"resourceType":"Person"}"#, FHIRPatient.init)?.problem == .wrongResource(expected: "Patient"))
        #expect(try fault("[]", FHIREncounter.init)?.problem == .wrongResource(expected: "Encounter"))
    }

    @Test("practitioner, role, organization and location") func providers() throws {
        let practitioner = try FHIRPractitioner(
            resource(
                #"""
                {"resourceType":"Practitioner","active":true,"name":[{"family":"F"}],
                "qualification":[{"code":{"text":"MD"}}],
                "identifier":[{"system":"x","value":"1"},{"system":"http://hl7.org/fhir/sid/us-npi",
                "value":"9999999989"}]}
                """#))
        #expect(practitioner.npi == "9999999989")
        #expect(practitioner.isActive == true)
        #expect(practitioner.qualifications.map(\.text) == ["MD"])
        let role = try FHIRPractitionerRole(
            resource(
                #"""
                {"resourceType":"PractitionerRole","practitioner":{"identifier":{"value":"9999999989"}},
                "specialty":[{"text":"GP"}],
                "location":[{"reference":"Location/1"}]}
                """#))
        #expect(role.practitioner?.identifier?.value == "9999999989")
        #expect(role.specialties.map(\.display) == ["GP"])
        #expect(try FHIROrganization(resource(#"{"resourceType":"Organization","name":"O"}"#)).name == "O")
        let location = try FHIRLocation(
            resource(
                #"""
                {"resourceType":"Location","status":"active","name":"L","address":{"city":"C"},
                "telecom":[{"system":"phone","value":"1"}],
                "position":{"latitude":42.375967,"longitude":-71.118275},
                "managingOrganization":{"identifier":{"value":"o"}}}
                """#))
        #expect(location.position?.latitude == 42.375967)
        #expect(location.managingOrganization?.identifier?.value == "o")
        #expect(
            try fault(#"{"resourceType":"Location","position":{"latitude":1}}"#, FHIRLocation.init)?.path
                == "Location.position.longitude")
    }

    @Test("an encounter keeps the offsets of its period") func encounter() throws {
        let encounter = try FHIREncounter(
            resource(
                #"""
                {"resourceType":"Encounter","id":"e","status":"in-progress","class":{"code":"AMB"},
                "type":[{"coding":[{"code":"1"}]}],
                "subject":{"reference":"urn:uuid:1"},
                "participant":[{"individual":{"reference":"Practitioner?identifier=n|9"}}],
                "period":{"start":"1959-07-30T11:21:06+01:00","end":"1959-07-30T11:36:06+01:00"},
                "reasonCode":[{"text":"r"}],
                "location":[{"location":{"reference":"Location/1"}}],"serviceProvider":{"reference":"Organization/1"}}
                """#))
        #expect(encounter.status == .inProgress)
        #expect(encounter.encounterClass.code == "AMB")
        #expect(encounter.period?.start?.offsetMinutes == 60)
        #expect(encounter.period?.start?.micros == -328_973_934_000_000)
        #expect(encounter.participants.first?.individual?.type == "Practitioner")
        #expect(encounter.locations.count == 1)
        #expect(try fault(#"{"resourceType":"Encounter","class":{}}"#, FHIREncounter.init)?.problem == .missing)
        #expect(
            try fault(#"{"resourceType":"Encounter","status":"done","class":{}}"#, FHIREncounter.init)?.problem
                == .unknownCode)
    }

    @Test("a condition with either form of onset; without a subject it is an error") func condition() throws {
        let condition = try FHIRCondition(
            resource(
                #"""
                {"resourceType":"Condition","subject":{"reference":"Patient/1"},"code":{"coding":[{"code":"a"},
                {"code":"b","userSelected":true}]},
                "clinicalStatus":{"coding":[{"code":"active"}]},"onsetPeriod":{"start":"2001-02"},
                "abatementDateTime":"2003"}
                """#))
        #expect(condition.onset?.text == "2001-02")
        #expect(condition.abatement?.text == "2003")
        #expect(condition.code?.primary?.code == "b")
        #expect(condition.clinicalStatus?.hasCode("active") == true)
        #expect(try fault(#"{"resourceType":"Condition"}"#, FHIRCondition.init)?.path == "Condition.subject")
    }

    @Test("an appointment needs a status and a participant, and times are points in time") func appointment() throws {
        let appointment = try FHIRAppointment(
            resource(
                #"""
                {"resourceType":"Appointment","status":"checked-in","start":"2026-03-01T09:00:00Z",
                "end":"2026-03-01T09:30:00Z",
                "participant":[{"actor":{"reference":"Patient/1"},"status":"needs-action"}],"minutesDuration":30}
                """#))
        #expect(appointment.status == .checkedIn)
        #expect(appointment.participants.first?.status == .needsAction)
        #expect(appointment.minutesDuration == 30)
        #expect(
            try fault(#"{"resourceType":"Appointment","status":"booked"}"#, FHIRAppointment.init)?.path
                == "Appointment.participant")
        let noTime =
            #"{"resourceType":"Appointment","status":"booked","start":"2026-03-01","participant":[{"status":"accepted"}]}"#
        #expect(try fault(noTime, FHIRAppointment.init)?.path == "Appointment.start")
    }
}
