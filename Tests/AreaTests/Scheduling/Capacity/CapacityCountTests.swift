import Kernel
import Scheduling
import SchedulingAPI
import StudioAPI
import Testing
import TimeZones

@Suite("Counting capacity")
struct CapacityCountTests {
    @Test("offered is the time in sessions, booked the time of visits with their buffers")
    func use() throws {
        let practice = try CapacityPractice()
        let visits = [
            try practice.visit(1, day: 0, "09:00"), try practice.visit(2, "ada", "long", day: 1, "09:00", minutes: 30),
            try practice.visit(3, day: 1, "10:00", .cancelled), try practice.visit(4, day: 2, "09:00", .noshow),
        ]
        let count = CapacityCount(visits, practice.plan.offered(days: practice.week), practice.plan)
        #expect(count.total.offered == 4 * 180)
        #expect(count.total.booked == 20 + 40 + 20 && count.total.visits == 3)
        let ada = try #require(count.by[.practitioner]?["ada"])
        #expect(ada.offered == 540 && ada.share == 80.0 / 540)
        #expect(count.by[.practitioner]?["bea"]?.booked == 0)
        // Thursdays are kept for urgent visits: no time of others.
        #expect(count.by[.visitType]?["urgent"]?.offered == 720 && count.by[.visitType]?["usual"]?.offered == 540)
        #expect(count.by[.week]?[String(CapacityPractice.monday)]?.offered == 720)
    }

    @Test("a session is as long as the clocks make it")
    func clocks() throws {
        // On Sunday 8 March the hour from two to three is skipped; the place opens at six, so nothing is lost here.
        let practice = try CapacityPractice()
        let month = practice.plan.offered(days: CapacityPractice.monday..<(CapacityPractice.monday + 28))
        #expect(month.count == 16 && month.allSatisfy { $0.minutes == 180 })
        #expect(
            practice.plan.offered(days: practice.week, practitioner: "bea").map(\.day) == [CapacityPractice.monday + 3])
        #expect(practice.plan.offered(days: practice.week, location: "elsewhere").isEmpty)
    }

    @Test("who did not come is counted among visits that were due, late calls off among those with them")
    func attendance() throws {
        let practice = try CapacityPractice()
        var attendance = Attendance()
        for visit in [
            try practice.visit(1, day: 0, "09:00", .fulfilled), try practice.visit(2, day: 0, "09:20", .arrived),
            try practice.visit(3, day: 0, "09:40", .noshow), try practice.visit(4, day: 0, "10:00", .booked),
            try practice.visit(5, day: 0, "10:20", .cancelled, cancelledHoursBefore: 3, reason: "patient"),
            try practice.visit(6, day: 0, "10:40", .cancelled, cancelledHoursBefore: 30, reason: "patient"),
            try practice.visit(7, day: 0, "11:00", .cancelled, cancelledHoursBefore: 3, reason: "practitioner"),
        ] {
            attendance.add(visit)
        }
        #expect(attendance.noShows == Proportion(1, of: 3))
        #expect(attendance.lateCancellations == Proportion(1, of: 4))
        #expect(Attendance().noShows.share == nil && Attendance().noShows.interval == nil)
    }

    @Test(
        "a patient's cancellation is late as it was recorded, and by the type's notice where nothing was",
        arguments: [
            ("patient-late-ride", 3, 1_440, true), ("patient-late-ride", 30, 1_440, true),
            ("patient-late", 30, 1_440, true), ("patient-sick", 3, 1_440, false), ("patient", 3, 1_440, true),
            ("patient", 3, 120, false), ("patient", 30, 2_880, true), (nil, 3, 1_440, true), (nil, 3, 120, false),
            ("practitioner", 3, 1_440, false), ("closed", 1, 1_440, false), ("external-declined", 1, 1_440, false),
            ("patience", 1, 1_440, false),
        ] as [(String?, Int, Int, Bool)])
    func lateness(reason: String?, hours: Int, notice: Int, isLate: Bool) throws {
        let visit = try CapacityPractice().visit(
            1, day: 0, "09:00", .cancelled, cancelledHoursBefore: hours, reason: reason, notice: notice)
        #expect(visit.isCalledOffLate == isLate)
    }

    @Test("the interval of a share is Wilson's")
    func interval() throws {
        // 8 of 40, worked out by hand: 10.5 % to 34.8 %.
        let interval = try #require(Proportion(8, of: 40).interval)
        #expect(abs(interval.low - 0.105) < 0.001 && abs(interval.high - 0.348) < 0.001)
    }

    @Test("of a released block it is told what was booked before, after, by others, and what stayed empty")
    func released() throws {
        let practice = try CapacityPractice()
        let sessions = practice.plan.offered(days: practice.week)
        let visits = [
            try practice.visit(1, "bea", "urgent", day: 3, "09:00", bookedDaysBefore: 3),
            try practice.visit(2, "bea", "usual", day: 3, "09:20", bookedDaysBefore: 0),
            try practice.visit(3, "bea", "urgent", day: 3, "09:40", bookedDaysBefore: 0),
            try practice.visit(4, "bea", "urgent", day: 3, "10:00", .cancelled),
            try practice.visit(5, "ada", "usual", day: 0, "09:00"),
        ]
        let friday = Int64(CapacityPractice.monday + 4) * 86_400_000_000
        let blocks = ReleasedBlock.counted(sessions, visits, practice.plan, now: friday)
        let block = try #require(blocks.first)
        #expect(blocks.count == 1 && block.practitioner == "bea" && block.weekday == 4 && block.times == 1)
        #expect(block.offered == 180 && block.before == 20 && block.after == 40 && block.afterByOthers == 20)
        #expect(block.empty == 120)
        // Nothing was released yet on Tuesday, and nothing ever is without a release.
        let tuesday = Int64(CapacityPractice.monday + 1) * 86_400_000_000
        #expect(ReleasedBlock.counted(sessions, visits, practice.plan, now: tuesday).isEmpty)
        let kept = try CapacityPractice(release: nil)
        let never = kept.plan.offered(days: kept.week)
        #expect(ReleasedBlock.counted(never, visits, kept.plan, now: friday).isEmpty)
    }

    @Test(
        "time at which somebody is recorded as away is not offered, and no part of a released block stayed empty by it")
    func away() throws {
        let practice = try CapacityPractice()
        func span(_ day: Int, _ from: String, _ to: String) throws -> TimeSpan {
            TimeSpan(
                start: try practice.visit(1, day: day, from).span.start,
                end: try practice.visit(1, day: day, to).span.start)
        }
        let away = [
            // All of Monday, the middle of Tuesday, and Wednesday from before the session on; in pieces that touch.
            "ada": BusyTimes([
                try span(0, "00:00", "12:00"), try span(0, "12:00", "23:00"), try span(1, "10:00", "10:30"),
                try span(1, "10:30", "11:00"), try span(2, "06:00", "09:40"),
            ]),
            "bea": BusyTimes([try span(3, "09:30", "20:00")]),
        ]
        let sessions = practice.plan.offered(days: practice.week, away: away)
        #expect(sessions.map(\.practitioner) == ["ada", "ada", "ada", "bea"])
        #expect(sessions.map { $0.day - CapacityPractice.monday } == [1, 1, 2, 3])
        #expect(sessions.map(\.from) == [540, 660, 580, 540] && sessions.map(\.to) == [600, 720, 720, 570])
        #expect(sessions.map(\.minutes) == [60, 60, 140, 30])
        let visits = [
            try practice.visit(1, "bea", "urgent", day: 3, "09:00", bookedDaysBefore: 3),
            // It stands until it has another time.
            try practice.visit(2, "bea", "urgent", day: 3, "10:00", bookedDaysBefore: 3),
        ]
        let count = CapacityCount(visits, sessions, practice.plan)
        #expect(count.total.offered == 290 && count.total.booked == 40)
        let friday = Int64(CapacityPractice.monday + 4) * 86_400_000_000
        let blocks = ReleasedBlock.counted(sessions, visits, practice.plan, now: friday)
        #expect(blocks.map(\.offered) == [30] && blocks.map(\.before) == [20] && blocks.map(\.empty) == [10])
        let whole = try ["bea": BusyTimes([span(3, "00:00", "23:00")])]
        let none = practice.plan.offered(days: practice.week, practitioner: "bea", away: whole)
        #expect(none.isEmpty && ReleasedBlock.counted(none, visits, practice.plan, now: friday).isEmpty)
    }

    @Test("the third next time is the third that does not overlap the others of its practitioner")
    func third() throws {
        let practice = try CapacityPractice()
        let zone = try #require(practice.plan.zone(ofLocation: "centre"))
        let now = Instant(microseconds: zone.startOfDay(CivilDate(daysSinceEpoch: CapacityPractice.monday)))
        func next(_ bookings: Bookings) -> NextAvailable? {
            SlotFinder(practice.plan).nextAvailable(bookings, now: now).first { $0.visitType == "usual" }
        }
        let free = try #require(next(.none))
        #expect(free.times.map(\.localStart.time.hhmm) == ["09:00", "09:20", "09:40"])
        #expect(free.days(1) == 0 && free.days(3) == 0)
        // Monday is full but for twenty minutes: the second and third are on Tuesday.
        let monday = try practice.visit(1, day: 0, "09:00", minutes: 160).span
        let busy = try #require(next(Bookings(["ada": BusyTimes([monday])])))
        #expect(busy.days(1) == 0 && busy.days(2) == 1 && busy.days(3) == 1)
        let long = SlotFinder(practice.plan).nextAvailable(.none, now: now).map(\.visitType)
        #expect(long == ["long", "urgent", "usual"])
    }
}
