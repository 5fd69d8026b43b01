import StudioAPI
import TimeZones

/// How a visit needs things whose patient comes late.
struct LateNeeds {
    /// Whether it is of a group that meets already, which has what the type asks for.
    let joinsGroup: Bool
    /// The language in which somebody interprets; nil: nobody does.
    let interpreting: String?
    /// Keys of what it had; that is taken first where several things serve.
    let had: Set<String>
}

/// What such a visit can have.
struct LateThings {
    /// Of what the type asks for.
    var ofType: [ResourceUse] = []
    var interpreter: ResourceUse?
    /// The kinds of which it needs one and none is free.
    var missing: [ResourceType] = []
}

extension SlotFinder {
    /// What is free of the rooms, devices and interpreters of a visit whose patient comes late. A visit with somebody or
    /// somewhere that is in the plan no more has none.
    func rest(
        of question: Question, _ span: TimeSpan, from now: Int64, _ late: LateNeeds, _ bookings: Bookings
    ) -> LateThings {
        guard let type = plan.visitTypes[question.visitType], let person = plan.personIndex[question.practitioner],
            let place = plan.placeIndex[question.location]
        else { return LateThings() }
        let candidate = SlotCandidate(
            person: person, place: place,
            frame: DayFrame(zone: plan.places[place].zone, date: question.localStart.date),
            minute: question.localStart.time.minutesOfDay, span: span, padded: span)
        var judge = SlotJudge(plan: plan, type: type, visitor: .unknown, bookings: bookings)
        return judge.rest(of: candidate, from: now, late)
    }
}
