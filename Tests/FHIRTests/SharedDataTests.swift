import FHIR
import Foundation
import Testing

/// Larger sets of records that may lie beside the repository; nothing depends on them.
private enum SharedData {
    static let synthea: String? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let path = root.appendingPathComponent("shared/data/synthea").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()
}

@Suite("FHIR on the shared records") struct SharedDataTests {
    @Test(
        "every tenth file is read without a fault, and each resource as its view",
        .enabled(if: SharedData.synthea != nil, "needs ../shared/data/synthea"))
    func synthea() throws {
        let directory = try #require(SharedData.synthea)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        let paths = names.enumerated().filter { $0.offset % 10 == 0 }.map { "\(directory)/\($0.element)" }
        let (entries, faults) = collect(FHIRSource(paths: paths))
        #expect(faults.isEmpty)
        #expect(entries.count > 1_000)
        for entry in entries {
            let summary = try FHIRSummary(of: entry.resource)
            #expect(summary.id == entry.id)
            switch entry.resourceType {
            case "Patient":
                let patient = try FHIRPatient(entry.resource)
                #expect(patient.medicalRecordNumber?.value == patient.id)
                #expect(patient.preferredLanguage != nil)
            case "Encounter": #expect(try FHIREncounter(entry.resource).period?.start?.micros == summary.dateMicros)
            case "Condition": #expect(try FHIRCondition(entry.resource).onset == summary.date)
            case "ExplanationOfBenefit": #expect(try FHIRCoverage.used(by: entry.resource).count == 1)
            case "Practitioner":
                #expect(try FHIRPractitioner(entry.resource).npi == entry.request?.ifNoneExist?.identifier?.value)
            case "Location": #expect(try FHIRLocation(entry.resource).position != nil)
            case "Organization": #expect(try FHIROrganization(entry.resource).name != nil)
            default: break
            }
        }
    }
}
