import Kernel
import Scheduling
import Testing

@Suite("Resources")
struct ResourceTests {
    @Test("patients and practitioners never share a number")
    func numbers() {
        #expect(BookableResource.patient(ID(raw: 42)).key == 42)
        for key in ["elena-alvarez", "a", "nobody"] { #expect(BookableResource.practitioner(key).key < 0) }
        #expect(BookableResource.practitioner("a").key != BookableResource.practitioner("b").key)
    }

    @Test("busy times join and answer by their borders")
    func busy() {
        let busy = BusyTimes([
            TimeSpan(start: 50, end: 60), TimeSpan(start: 10, end: 30), TimeSpan(start: 20, end: 40),
        ])
        #expect(busy.spans == [TimeSpan(start: 10, end: 40), TimeSpan(start: 50, end: 60)])
        #expect(!busy.overlaps(TimeSpan(start: 40, end: 50)))
        #expect(busy.overlaps(TimeSpan(start: 39, end: 50)) && busy.overlaps(TimeSpan(start: 0, end: 100)))
        #expect(!BusyTimes.none.overlaps(TimeSpan(start: 0, end: 1)))
    }
}
