import Kernel
import StudioAPI
import TimeZones
import Web

/// What somebody would like of a time besides the rules of the dialog. With any of it, or when the best are asked for, times
/// come in the order of what speaks for them, each with its reasons; otherwise in the order of the clock.
struct SlotPreferences: Sendable, Equatable {
    /// Empty: any.
    var weekdays: Set<Weekday> = []
    var sex: AdministrativeGender?
    /// Spoken by the practitioner, if it can be; nil: the patient's own.
    var language: String?
    var accessibility: Set<Accessibility> = []
    /// From which distance is measured.
    var postcode: String?
    /// Kilometres.
    var radius: Int?
    var isBest = false

    static let radii = [10, 25, 50, 100]
    static let sexes: [AdministrativeGender] = [.female, .male, .other]

    init() {}

    init(_ fields: FormFields) {
        weekdays = Set(fields.all("weekday").compactMap(Weekday.init(rawValue:)))
        language = fields.trimmed("language").flatMap { $0.isEmpty || $0.count > 35 ? nil : $0 }
        sex = fields["sex"].flatMap(AdministrativeGender.init(rawValue:)).flatMap { Self.sexes.contains($0) ? $0 : nil }
        accessibility = Set(fields.all("access").compactMap(Accessibility.init(rawValue:)))
        postcode = fields.trimmed("postcode").flatMap { $0.isEmpty || $0.count > 10 ? nil : $0 }
        radius = fields["radius"].flatMap { Int($0) }.flatMap { Self.radii.contains($0) ? $0 : nil }
        isBest = fields["best"] == "yes"
    }

    /// Whether times are ranked. A radius alone says nothing: it needs a middle.
    var ranks: Bool {
        isBest || !weekdays.isEmpty || sex != nil || language != nil || !accessibility.isEmpty || postcode != nil
    }

    var pairs: [(String, String?)] {
        let single: [(String, String?)] = [
            ("sex", sex?.rawValue), ("language", language), ("postcode", postcode), ("radius", radius.map(String.init)),
            ("best", isBest ? "yes" : nil),
        ]
        let days = Weekday.allCases.filter(weekdays.contains).map { ("weekday", Optional($0.rawValue)) }
        let access = Accessibility.allCases.filter(accessibility.contains).map { ("access", Optional($0.rawValue)) }
        return single + days + access
    }

    func view(_ words: SchedulingWords, postcodes: Postcodes) -> View {
        func choice(_ value: String, _ label: String, _ chosen: Bool) -> View {
            View(["value": .text(value), "label": .text(label), "chosen": .flag(chosen)])
        }
        let isUnknown = postcode.map { postcodes.centre(of: $0) == nil } ?? false
        return View([
            "open": .flag(ranks), "postcode": .text(postcode ?? ""), "best": .flag(isBest),
            "unknown": .optional(isUnknown ? words.text("booking.wishes.postcode.unknown") : nil),
            "sexes": .views(
                [choice("", words.text("booking.wishes.any"), sex == nil)]
                    + Self.sexes.map { choice($0.rawValue, words.text("booking.wishes.sex.\($0.rawValue)"), sex == $0) }
            ),
            "languages": .views(
                [choice("", words.text("booking.wishes.any"), language == nil)]
                    + words.spokenLanguages.map { tag in
                        choice(
                            tag, words.languageName(tag), language.map { SlotVisitor.isSame($0, tag) } ?? false)
                    }),
            "weekdays": .views(
                Weekday.allCases.map { day in
                    choice(day.rawValue, words.text("schedule.weekday.\(day.number)"), weekdays.contains(day))
                }),
            "radii": .views(
                [choice("", words.text("booking.wishes.any"), radius == nil)]
                    + Self.radii.map {
                        choice(String($0), words.text("booking.wishes.km", ["n": String($0)]), radius == $0)
                    }),
            "access": .views(
                Accessibility.allCases.map {
                    choice(
                        $0.rawValue, words.text("studio.code.access.\($0.rawValue)"), accessibility.contains($0))
                }),
        ])
    }
}

extension ChooseView {
    /// The same search for what somebody would like.
    func ranking(_ search: SlotRequest, _ postcodes: Postcodes) -> SlotWish {
        let asked = wish.preferences
        return SlotWish(
            visitType: search.visitType, from: search.from, to: search.to, weekdays: asked.weekdays,
            hours: wish.part.flatMap(\.hours).map { [$0] } ?? [],
            practitioners: search.practitioners, locations: search.locations, sex: asked.sex,
            accessibility: asked.accessibility, near: asked.postcode.flatMap { postcodes.centre(of: $0) },
            radius: asked.radius.map(Double.init), language: asked.language, limit: Self.mostShown)
    }
}

extension SchedulingWords {
    /// The languages that practitioners speak, whatever the country, by name.
    fileprivate var spokenLanguages: [String] {
        let spoken = plan.practitioners.flatMap(\.languages).map { $0.prefix { $0 != "-" && $0 != "_" }.lowercased() }
        return Set(spoken).sorted { (languageName($0), $0) < (languageName($1), $1) }
    }

    /// What speaks for or against a time; nil: nothing that anybody has to be told.
    func merit(_ merit: SlotMerit) -> View? {
        switch merit {
        case .soonest: badge(text("booking.merit.soonest"), "green", "bolt")
        case .later(let days): badge(count("booking.merit.later", days), "grey", "clock")
        case .continuity: badge(text("booking.reason.known"), "green", "person-check")
        case .language(let tag): tag.hasPrefix("en") ? nil : badge(languageName(tag), "violet", "language")
        case .near(let kilometres): badge(text("booking.wishes.km", ["n": String(kilometres)]), "grey", "pin")
        case .early(let minute): minute < 600 ? badge(text("booking.merit.early"), "grey", "clock") : nil
        }
    }

    /// The same of a time on the public page, in one line; nobody is known there.
    func publicMerits(_ merits: [SlotMerit]) -> String? {
        let said = merits.compactMap { merit -> String? in
            switch merit {
            case .soonest: text("booking.merit.soonest")
            case .later(let days): count("booking.merit.later", days)
            case .language(let tag): tag.hasPrefix("en") ? nil : languageName(tag)
            case .early(let minute): minute < 600 ? text("booking.merit.early") : nil
            case .continuity, .near: nil
            }
        }
        return said.isEmpty ? nil : said.joined(separator: ", ")
    }
}
