import JSON
import StudioAPI
import Vault

/// The fields of each kind, in the order in which a form shows them.
enum SetupFields {
    static let names = SetupField("names", "names", .localized(atMost: 80, isLong: false))
    static let weekdays = Weekday.allCases.map(\.rawValue)

    static func codes<Code: CaseIterable & RawRepresentable>(
        _ type: Code.Type, _ texts: String
    )
        -> SetupField.Source where Code.RawValue == String
    {
        .codes(type.allCases.map(\.rawValue), texts: texts)
    }

    static let sexes: SetupField.Source = .codes(["female", "male", "other"], texts: "gender")

    // MARK: Visit types

    static let visitType: [SetupSection] = [
        SetupSection(
            "visit.what",
            [
                names, SetupField("serviceLine", .choice(.serviceLines)),
                SetupField("modality", .choice(codes(Modality.self, "modality"))),
                SetupField("appointmentType", .choice(codes(AppointmentTypeCode.self, "appointment-type"))),
                SetupField("patients", .choice(codes(PatientStanding.self, "standing"))),
                SetupField("prep", .localized(atMost: 600, isLong: true), optional: true),
                SetupField("reminderPlan", .choice(.reminderPlans), optional: true),
                SetupField("labels", .choices(.codes(Labels.kinds.map(\.code), texts: "label"))),
            ]),
        SetupSection(
            "visit.length",
            [
                SetupField("minutes", .number(.minutes)), SetupField("bufferBefore", .number(.minutes)),
                SetupField("bufferAfter", .number(.minutes)),
                SetupField("startEvery", .choice(.codes(["5", "10", "15", "20", "30", "60"], texts: "every"))),
                SetupField(
                    "rules.durations",
                    "durations",
                    .rows(
                        SetupRows(
                            [
                                SetupField("minutes", "durations.minutes", .number(.minutes)),
                                SetupField(
                                    "patients", "durations.patients", .choice(codes(PatientStanding.self, "standing"))),
                                SetupField("practitioners", "durations.practitioners", .choices(.practitioners)),
                            ], summary: ["minutes", "patients"], ordered: true, blank: ["patients": "any"]))),
            ]),
        SetupSection(
            "visit.where",
            [
                SetupField("practitioners", "visit.practitioners", .choices(.practitioners)),
                SetupField("locations", "visit.locations", .choices(.locations)),
            ]),
        SetupSection(
            "visit.when",
            [
                SetupField("leadMinutes", .span(days: true)), SetupField("horizonDays", .number(.days)),
                SetupField("rules.startsWithin", "startsWithin", .stretch, optional: true),
                SetupField("rules.fasting", "fasting", .flag),
                SetupField("rules.limits.perPractitioner", "perPractitioner", .number(.visits), optional: true),
                SetupField("rules.limits.perLocation", "perLocation", .number(.visits), optional: true),
                SetupField("rules.groupSize", "groupSize", .number(.patients)),
            ]),
        SetupSection("visit.who", eligibility), SetupSection("visit.needs", [needs]),
        SetupSection("visit.linked", [linked]),
        SetupSection(
            "visit.self",
            [
                SetupField("rules.selfService.book", "self.book", .flag),
                SetupField("rules.selfService.move", "self.move", .flag),
                SetupField("rules.selfService.cancel", "self.cancel", .flag),
                SetupField("rules.selfService.text", "self.text", .flag),
                SetupField("rules.selfService.untilMinutes", "self.until", .span(days: true)),
                SetupField("rules.lateCancelMinutes", "lateCancel", .span(days: true)),
            ]),
        SetupSection("visit.checkIn", checkIn),
    ]

    private static let eligibility: [SetupField] = [
        SetupField("rules.eligibility.ages.from", "ages.from", .number(.years), optional: true),
        SetupField("rules.eligibility.ages.under", "ages.under", .number(.years), optional: true),
        SetupField("rules.eligibility.sexes", "sexes", .choices(sexes)),
        SetupField("rules.eligibility.payers", "payers", .words),
        SetupField("rules.eligibility.facts", "facts", .words),
        SetupField("rules.eligibility.referral", "referral", .flag),
        SetupField("rules.eligibility.authorization", "authorization", .part),
        SetupField("rules.eligibility.authorization.payers", "authorization.payers", .words),
    ]

    private static let needs = SetupField(
        "rules.resources", "needs",
        .rows(
            SetupRows(
                [
                    SetupField("type", "needs.type", .choice(codes(ResourceType.self, "resource-type"))),
                    SetupField("features", "needs.features", .words),
                    SetupField("before", "needs.before", .number(.minutes)),
                    SetupField("after", "needs.after", .number(.minutes)),
                ], summary: ["type", "features"], blank: ["type": "room", "before": 0, "after": 0])))

    private static let linked = SetupField(
        "rules.linked", "linked",
        .rows(
            SetupRows(
                [
                    SetupField("visitType", "linked.visitType", .choice(.visitTypes)),
                    SetupField("order", "linked.order", .choice(codes(LinkedVisit.Order.self, "order"))),
                    SetupField("minGapMinutes", "linked.min", .span(days: true)),
                    SetupField("maxGapMinutes", "linked.max", .span(days: true)),
                    SetupField("sameDay", "linked.sameDay", .flag),
                    SetupField("sameLocation", "linked.sameLocation", .flag),
                    SetupField("samePractitioner", "linked.samePractitioner", .flag),
                ], summary: ["visitType", "order"],
                blank: ["order": "before", "minGapMinutes": 0])))

    // MARK: Practitioners

    static let practitioner: [SetupSection] = [
        SetupSection(
            "practitioner.who",
            [
                SetupField("name.prefix", .text(atMost: 40), optional: true),
                SetupField("name.given", .text(atMost: 200)), SetupField("name.family", .text(atMost: 200)),
                SetupField("name.suffix", .text(atMost: 40), optional: true),
                SetupField("npi", .text(atMost: 10), optional: true),
                SetupField("gender", .choice(codes(AdministrativeGender.self, "gender"))),
                SetupField("languages", "practitioner.languages", .words),
                SetupField("serviceLines", .choices(.serviceLines)),
            ]),
        SetupSection(
            "practitioner.takes",
            [
                SetupField("acceptsNew", .flag),
                SetupField("ages.from", "practitioner.ages.from", .number(.years), optional: true),
                SetupField("ages.under", "practitioner.ages.under", .number(.years), optional: true),
                SetupField("dailyLimit", .number(.visits), optional: true),
            ]),
        SetupSection(
            "practitioner.week",
            [
                SetupField(
                    "templates",
                    .rows(
                        SetupRows(
                            block, summary: ["weekdays", "from", "to", "location"], folded: true, atMost: 40,
                            blank: ["everyWeeks": 1, "overbook": 0])))
            ]),
        SetupSection("practitioner.away", [exceptions(ofPractitioner: true)]),
    ]

    private static let block: [SetupField] = [
        SetupField("weekdays", "block.weekdays", .choices(.codes(weekdays, texts: "weekday"))),
        SetupField("from", "block.from", .clock), SetupField("to", "block.to", .clock),
        SetupField("location", "block.location", .choice(.locations)),
        SetupField("overbook", "block.overbook", .number(.visits)),
        SetupField("visitTypes", "block.visitTypes", .choices(.visitTypes)),
        SetupField("releaseMinutes", "block.release", .span(days: true), optional: true),
        SetupField("everyWeeks", "block.everyWeeks", .number(.weeks)),
        SetupField("anchor", "block.anchor", .date, optional: true),
        SetupField("validFrom", "block.validFrom", .date, optional: true),
        SetupField("validTo", "block.validTo", .date, optional: true),
    ]

    private static func exceptions(ofPractitioner: Bool) -> SetupField {
        var fields = [
            SetupField("firstDay", "exceptions.firstDay", .date), SetupField("lastDay", "exceptions.lastDay", .date),
            SetupField("hours", "exceptions.hours", .stretch, optional: true),
            SetupField("location", "exceptions.location", .choice(.locations), optional: true),
        ]
        if ofPractitioner {
            fields.insert(
                SetupField(
                    "effect", "exceptions.effect", .choice(codes(AvailabilityException.Effect.self, "effect"))), at: 0)
            fields.append(SetupField("visitTypes", "exceptions.visitTypes", .choices(.visitTypes)))
        } else {
            fields.append(SetupField("effect", .hidden))
        }
        fields.append(SetupField("reason", "exceptions.reason", .text(atMost: 200), optional: true))
        return SetupField(
            "exceptions",
            .rows(
                SetupRows(
                    fields, summary: ["effect", "firstDay", "lastDay", "reason"], folded: true, atMost: 60,
                    blank: ["effect": "away"])))
    }

    // MARK: Resources

    static let resource: [SetupSection] = [
        SetupSection(
            "resource.what",
            [
                names, SetupField("type", "resource.type", .choice(codes(ResourceType.self, "resource-type"))),
                SetupField("locations", "resource.locations", .choices(.locations)),
                SetupField("features", "resource.features", .words),
                SetupField("languages", "resource.languages", .words),
                SetupField("capacity", .number(.visits)),
            ]),
        SetupSection("resource.hours", week("hours", optional: true)),
        SetupSection("resource.away", [exceptions(ofPractitioner: false)]),
    ]

    private static func week(_ name: String, optional: Bool) -> [SetupField] {
        weekdays.map { SetupField("\(name).\($0)", "day.\($0)", .hours, optional: true) }
    }

    // MARK: Locations

    static let location: [SetupSection] = [
        SetupSection(
            "location.where",
            [
                SetupField("name", "location.name", .text(atMost: 200)), SetupField("zone", .text(atMost: 64)),
                SetupField("phone", .text(atMost: 40)), SetupField("address.lines", .lines),
                SetupField("address.city", .text(atMost: 200)), SetupField("address.state", .text(atMost: 200)),
                SetupField("address.postalCode", .text(atMost: 20)), SetupField("address.country", .text(atMost: 2)),
            ]),
        SetupSection("location.hours", week("openingHours", optional: false)),
        SetupSection(
            "location.holidays",
            [
                SetupField(
                    "holidays",
                    .rows(
                        SetupRows(
                            [
                                SetupField("date", "holidays.date", .date),
                                SetupField("name", "holidays.name", .localized(atMost: 200, isLong: false)),
                                SetupField("hours", "holidays.hours", .hours, optional: true),
                            ], summary: ["date", "name.en", "hours"], folded: true, atMost: 100)))
            ]),
        SetupSection(
            "location.way",
            [
                SetupField("directions", .localized(atMost: 600, isLong: true)),
                SetupField("parking", .localized(atMost: 600, isLong: true)),
                SetupField("accessibility", .choices(codes(Accessibility.self, "access"))),
                SetupField(
                    "travel",
                    .rows(
                        SetupRows(
                            [
                                SetupField("location", "travel.location", .choice(.locations)),
                                SetupField("minutes", "travel.minutes", .number(.minutes)),
                            ], summary: ["location", "minutes"], atMost: 60))),
            ]),
        SetupSection(
            "location.calendar",
            [
                SetupField("calendarOwner", .choice(codes(CalendarOwner.self, "calendar-owner"))),
                SetupField("calendarSystem", .text(atMost: 200), optional: true),
            ]),
    ]

    // MARK: Policies

    static let waitlist: [SetupSection] = [
        SetupSection(
            "waitlist.guards",
            [
                names, SetupField("guards.noticeHours", .number(.hours)),
                SetupField("guards.prepHours", .number(.hours)), SetupField("guards.offersPerDay", .number(.offers)),
                SetupField("guards.sameTemplate", .flag), SetupField("guards.authorization", .flag),
                SetupField("guards.quietHours", .flag),
            ]),
        SetupSection(
            "waitlist.waves",
            [
                SetupField(
                    "waves",
                    .rows(
                        SetupRows(
                            [
                                SetupField("withinHours", "waves.within", .number(.hours), optional: true),
                                SetupField("offers", "waves.offers", .number(.offers)),
                                SetupField("answerMinutes", "waves.answer", .number(.minutes)),
                            ], summary: ["withinHours", "offers"], ordered: true, atMost: 8))),
                SetupField("mostOffers", .number(.offers)),
            ]),
        SetupSection(
            "waitlist.fairness",
            [
                SetupField("fairness.by", .choice(codes(WaitlistPolicyDefinition.Grouping.self, "grouping"))),
                SetupField("fairness.points", .number(.points)),
            ]),
        SetupSection(
            "waitlist.priorities",
            [
                SetupField(
                    "priorities",
                    .rows(
                        SetupRows(
                            [
                                SetupField("names", "priorities.names", .localized(atMost: 40, isLong: false)),
                                SetupField("key", .hidden),
                            ], summary: ["names.en"], ordered: true, atMost: 8)))
            ]),
    ]

    private static let clocks = [
        "firstContactMinutes", "scheduleMinutes", "seenMinutes", "closeLoopMinutes", "acknowledgeMinutes",
    ]

    private static func targets(_ priority: NeedPriority, optional: Bool) -> [SetupField] {
        clocks.map {
            SetupField("targets.\(priority.rawValue).\($0)", "targets.\($0)", .span(days: false), optional: optional)
        }
    }

    static let referrals: [SetupSection] =
        [
            SetupSection(
                "referrals.clocks",
                [
                    names, SetupField("running", .choice(codes(ServiceLevelDefinition.RunningTime.self, "running"))),
                    SetupField("location", "referrals.location", .choice(.locations), optional: true),
                    SetupField("attempts", .number(.attempts)),
                ])
        ] + NeedPriority.allCases.map { SetupSection("priority.\($0.rawValue)", targets($0, optional: false)) } + [
            SetupSection(
                "referrals.lines",
                [
                    SetupField(
                        "serviceLines", "lines",
                        .rows(
                            SetupRows(
                                [SetupField("serviceLine", "lines.serviceLine", .choice(.serviceLines))]
                                    + NeedPriority.allCases.flatMap { targets($0, optional: true) },
                                summary: ["serviceLine"], folded: true, atMost: 40, blank: ["targets": [:]])))
                ])
        ]
}
