import Kernel
import Testing

@Suite("Instants")
struct InstantTests {
    @Test(
        "an instant is written as the date and time it is",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999_999, "2000-02-29T23:59:59.999Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
            (1_772_463_600_123_456, "2026-03-02T15:00:00.123Z"), (-1_000_000, "1969-12-31T23:59:59.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (-1500, "1969-12-31T23:59:59.998Z"),
            (-86_400_000_000, "1969-12-31T00:00:00.000Z"),
            (-2_208_988_800_000_000, "1900-01-01T00:00:00.000Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999_000, "9999-12-31T23:59:59.999Z"),
        ])
    func iso8601(_ microseconds: Int64, _ text: String) {
        #expect(Instant(microseconds: microseconds).iso8601 == text)
    }

    @Test("whole seconds round down, also before 1970")
    func seconds() {
        #expect(Instant(microseconds: 1_999_999).seconds == 1)
        #expect(Instant(microseconds: -1).seconds == -1)
        #expect(Instant(microseconds: -1_000_000).seconds == -1)
        #expect(Instant(microseconds: -1_000_001).seconds == -2)
    }

    @Test("adding and taking away a duration are each other's opposite")
    func arithmetic() {
        let instant = Instant(seconds: 100)
        #expect(instant + .days(2) - .hours(48) == instant)
        #expect(instant + .minutes(1) - instant == .seconds(60))
        #expect((instant - .milliseconds(1)).microseconds == 99_999_000)
        #expect(instant < instant + .microseconds(1))
    }

    @Test("the machine's clock is later than the day this was written")
    func systemClock() {
        #expect(SystemClock().now() > Instant(seconds: 1_750_000_000))
    }
}
