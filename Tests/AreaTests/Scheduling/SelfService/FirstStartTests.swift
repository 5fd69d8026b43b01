import Kernel
import Scheduling
import StudioAPI
import Testing
import TimeZones

@Suite("The time that is asked about when nothing is offered")
struct FirstStartTests {
    private let now = Instant(microseconds: 1_772_463_600_000_000)  // Monday 2 March 2026, 8:00 in Denver

    private func first(_ practitioner: String, at location: String?, from: String) throws -> String? {
        let plan = try SchedulePlans(definitions: try PublishedDefinitions(), timeZones: try ScheduleWorld.database())
            .plan(of: ID(raw: 1))
        let type = try #require(plan.visitTypes["annual-physical"])
        let day = try #require(CivilDate(iso: from))
        return plan.firstStart(
            of: type, with: practitioner, at: location, from: day, to: day.adding(days: 60), now: now)?.iso
    }

    @Test("it is the first minute of the first session that keeps the type's notice")
    func session() throws {
        // Two days of notice: Tuesday is too soon, Wednesday she is not there.
        #expect(try first("elena-alvarez", at: nil, from: "2026-03-02") == "2026-03-05T08:00")
        #expect(try first("elena-alvarez", at: "denver-northside", from: "2026-03-02") == "2026-03-05T08:00")
        // A Sunday: the day after.
        #expect(try first("elena-alvarez", at: nil, from: "2026-03-08") == "2026-03-09T08:00")
    }

    @Test("who is never there is asked about on the first morning")
    func never() throws {
        #expect(try first("elena-alvarez", at: "flagstaff", from: "2026-03-08") == "2026-03-08T09:00")
    }
}
