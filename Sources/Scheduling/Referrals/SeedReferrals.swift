package import Kernel
import PeopleAPI
import SchedulingAPI
package import Spine
import Store
import StudioAPI
package import Vault

/// Makes up referrals in every state for a demo, once: when there is one already, nothing happens.
package struct SeedReferrals: Command {
    package static let permission = Permission.referralWrite
    /// Made-up people, of whom as many are taken as are needed.
    let patients: [ID<Patient>]
    let desk: SchedulingDesk

    package init(for patients: [ID<Patient>], desk: SchedulingDesk) {
        self.patients = patients
        self.desk = desk
    }

    private struct Sample {
        let kind: ReferralKind
        var category: OrderCategory?
        var priority: NeedPriority = .routine
        /// Into the service lines and practitioners of the practice, by their keys in order.
        let line: Int
        let what: String
        let reason: String
        let from: String
        let daysAgo: Int
        let steps: [ReferralStep]
    }

    /// How many were made.
    package func run(_ context: CommandContext) throws -> Int {
        guard try !ReferralStore.any(in: context.transaction) else { return 0 }
        let configuration = try desk.plans.configuration(of: context.caller.tenant)
        let lines = configuration.serviceLines.keys.sorted()
        let practitioners = configuration.practitioners.keys.sorted()
        let plain = try desk.directory.plain(of: patients, in: context.transaction)
        let living = patients.filter { plain[$0]?.deceased == false }
        guard !lines.isEmpty, !practitioners.isEmpty else { return 0 }
        var count = 0
        for (index, (sample, patient)) in zip(Self.samples(context.now), living).enumerated() {
            var new = NewReferral(patient: patient, kind: sample.kind, source: "generated")
            new.category = sample.category
            new.priority = sample.priority
            new.serviceLine = lines[sample.line % lines.count]
            new.content.what = sample.what
            new.content.reason = sample.reason
            if sample.kind == .inbound {
                new.content.requesterName = sample.from
            } else {
                new.requester = practitioners[index % practitioners.count]
                new.content.performerName = sample.from
            }
            new.receivedAt = context.now - .days(sample.daysAgo)
            let made = try context.run(RecordReferral(new, desk: desk))
            for step in sample.steps {
                _ = try context.run(StepReferral(ID(raw: made.id), step, desk: desk))
            }
            count += 1
        }
        return count
    }

    private static func samples(_ now: Instant) -> [Sample] {
        let call = ReferralStep.attempt(.phone, .noAnswer, note: nil)
        let voice = ReferralStep.attempt(.phone, .messageLeft, note: "Voicemail")
        return [
            Sample(
                kind: .inbound, priority: .urgent, line: 1, what: "Knee surgery consult",
                reason: "Torn meniscus on imaging, pain for six weeks.", from: "Harbor Family Practice", daysAgo: 1,
                steps: []),
            Sample(
                kind: .inbound, line: 1, what: "Shoulder consult", reason: "Frozen shoulder, no better after therapy.",
                from: "Mesa Medical Group", daysAgo: 5, steps: []),
            Sample(
                kind: .inbound, line: 1, what: "Hip pain", reason: "Pain on walking since March.",
                from: "Harbor Family Practice", daysAgo: 3, steps: [.accept]),
            Sample(
                kind: .inbound, line: 2, what: "New patient", reason: "Moved to town; diabetes care.",
                from: "Pine Valley Clinic", daysAgo: 9, steps: [.accept, call, voice]),
            Sample(
                kind: .inbound, line: 1, what: "Post-fracture check", reason: "Wrist fracture set elsewhere.",
                from: "County Hospital", daysAgo: 20, steps: [.accept, call, voice, call]),
            Sample(
                kind: .outbound, line: 2, what: "Cardiology", reason: "Murmur heard at the yearly check-up.",
                from: "Front Range Heart Center", daysAgo: 14,
                steps: [.accept, .scheduledElsewhere(now + .days(6))]),
            Sample(
                kind: .outbound, line: 2, what: "Dermatology", reason: "Changing mole on the back.",
                from: "Skyline Skin Clinic", daysAgo: 30, steps: [.accept, .seen(.asReferred, on: now - .days(4))]),
            Sample(
                kind: .outbound, line: 1, what: "Physical therapy", reason: "After knee surgery.",
                from: "Motion Works", daysAgo: 40,
                steps: [.accept, .seen(.elsewhere, on: now - .days(12)), .report(on: now - .days(9))]),
            Sample(
                kind: .outbound, line: 2, what: "Nutrition", reason: "Weight and blood sugar.", from: "Good Table",
                daysAgo: 60, steps: [.accept, voice, .close(.declinedByPatient, note: nil)]),
            Sample(
                kind: .order, category: .imaging, priority: .urgent, line: 1, what: "MRI of the knee",
                reason: "Before surgery.", from: "Denver Imaging", daysAgo: 6,
                steps: [.accept, .scheduledElsewhere(now + .days(1))]),
            Sample(
                kind: .order, category: .laboratory, line: 0, what: "Lipid panel", reason: "Yearly control.",
                from: "Front Range Laboratory", daysAgo: 8, steps: [.accept, .report(on: now - .days(3))]),
            Sample(
                kind: .result, priority: .urgent, line: 0, what: "Potassium 6.1 mmol/L",
                reason: "Above the range; sent by the laboratory.", from: "Front Range Laboratory", daysAgo: 2,
                steps: []),
            Sample(
                kind: .inbound, line: 2, what: "Blood pressure", reason: "Second opinion.",
                from: "Pine Valley Clinic", daysAgo: 12,
                steps: [.accept, .hold(until: day(now + .days(9)), reason: "Away until then.")]),
        ]
    }

    private static func day(_ at: Instant) -> String { String(at.iso8601.prefix(10)) }
}
