import Kernel
import SchedulingAPI
package import Spine
import StudioAPI
import TimeZones
import Vault

// Booking, moving and calling off a visit by text, in the patient's own words, by rules.
//
// - It begins when a text opens a need for one of these, of somebody whose number is nobody else's, and the visit types
//   let texts do it (`selfService.text`, beside `book`, `move`, `cancel`, `untilMinutes`). The need stays in the inbox.
// - Only what is missing is asked: which visit, what for, when. Each answer is a number. Nothing is held meanwhile: a
//   time that has gone when its number comes is said to have gone, and others are offered, three times in all.
// - Calling off is asked for its number too: no word that could mean something else does it.
// - What is not plain is a person's, at once and with all that was said: more than one thing wanted, somebody else's
//   visit, something that hurts, a sensitive visit, a no, an answer in other words, no answer within a day.
// - A person who takes the need, or does anything about it, has it: the rules say nothing more.
// - An answer is written down with the message, and acted on a moment later, by a timer with rights of its own.

/// One visit that somebody books, moves or calls off by text.
package enum TextBooking {}
/// One answer of a numbered question.
package enum TextChoice {}

extension EventKind {
    /// The patient was asked something by rules: `what`, `round`.
    package static let textBookingAsked = EventKind("text-booking.asked")
    /// They answered: `what`.
    package static let textBookingAnswered = EventKind("text-booking.answered")
    /// What they wanted is done: `outcome`, `appointment`.
    package static let textBookingDone = EventKind("text-booking.done")
    /// A person has it: `reason`.
    package static let textBookingHandedOver = EventKind("text-booking.handed-over")
}

enum TextBookingRules {
    static let step = "text-booking"
    static let lapse = "text-booking-lapse"
    static let permissions: Set<Permission> = [
        .messageSend, .appointmentRead, .appointmentWrite, .patientRead, .needWrite,
    ]

    /// How long a question waits for its answer.
    static let answerWithin: Duration = .hours(24)
    /// How many times are offered at once.
    static let times = 3
    /// So often it is looked for them at most.
    static let looks = 10
    /// No time begins sooner than that, whatever notice the type asks for: the texts take their time.
    static let notice: Duration = .hours(2)
    /// How far ahead times are looked for, in days.
    static let reach = 60
    /// How many of the best times are looked at for each that is offered.
    static let tries = 60

    /// A number as it stands in a row: a keyed hash.
    static func mark(_ number: PhoneNumber, _ vault: TenantVault) -> Int64 {
        let hash = vault.keyedHash(Array(number.e164.utf8), label: "text-booking/number")
        return Int64(bitPattern: hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}

extension SchedulePlan {
    /// Whether anything may be done by text.
    var servesTexts: Bool { visitTypes.values.contains { $0.rules.selfService.text } }
}

extension SchedulePlans {
    /// The day at the practice.
    func today(of tenant: ID<Tenant>, at now: Instant) throws -> CivilDate {
        let name = try configuration(of: tenant).organization?.zone
        let zone = try name.flatMap { try timeZones.zone(ifKnown: $0) }
        return zone?.civil(at: now.microseconds).date ?? CivilDate(daysSinceEpoch: Int(now.seconds / 86_400))
    }
}
