import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones
import Web

/// What somebody looks for, as the page's address says it. What names nothing is as if it were not there.
struct PublicWish: Sendable {
    var visitType: String?
    /// The place that the address itself names: it stays.
    let place: String?
    var location: String?
    var practitioner: String?
    var from: CivilDate?
    var part: BookingWish.Part?

    init(_ fields: FormFields, place: String?, words: SchedulingWords) {
        let kept = place ?? fields["place"].flatMap { words.plan.location($0) == nil ? nil : $0 }
        self.place = kept
        visitType = (fields["type"] ?? fields["visit_type"]).flatMap { words.plan.visitTypes[$0] == nil ? nil : $0 }
        location = kept ?? fields["location"].flatMap { words.plan.location($0) == nil ? nil : $0 }
        practitioner = fields["practitioner"].flatMap { words.plan.practitioner($0) == nil ? nil : $0 }
        from = fields["from"].flatMap { CivilDate(iso: $0) }
        part = fields["part"].flatMap(BookingWish.Part.init(rawValue:))
    }

    func from(notBefore today: CivilDate) -> CivilDate {
        guard let from, (0...400).contains(today.days(until: from)) else { return today }
        return from
    }

    /// Whether a visit type can be had of whom and where the address names.
    func suits(_ type: VisitTypeDefinition, _ plan: SchedulePlan) -> Bool {
        guard location.map(type.mayBe(at:)) ?? true else { return false }
        guard let practitioner else { return true }
        return PublicBookingRules.practitioners(for: type, plan).contains { $0.key == practitioner }
    }

    func with(visitType: String) -> PublicWish {
        var wish = self
        wish.visitType = visitType
        return wish
    }

    var path: String { place.map { "/book/" + FormFields.encode($0) } ?? "/book" }
    var address: String { address(adding: nil) }

    func address(adding more: (String, String)?) -> String {
        var pairs: [(String, String?)] = [
            ("type", visitType), ("location", place == nil ? location : nil), ("practitioner", practitioner),
            ("from", from?.iso), ("part", part?.rawValue),
        ]
        if let more { pairs.append((more.0, more.1)) }
        let said = pairs.compactMap { name, value in value.map { "\(name)=\(FormFields.encode($0))" } }
        return said.isEmpty ? path : path + "?" + said.joined(separator: "&")
    }
}

/// The view of the choice of a time in `public-booking/when`.
struct PublicTimesView {
    let words: SchedulingWords
    let type: VisitTypeDefinition
    let wish: PublicWish
    let from: CivilDate
    let today: CivilDate
    let best: [RankedSlot]
    let all: [OpenSlot]
    let why: String?

    private func option(_ value: String, _ label: String, _ chosen: Bool) -> View {
        View(["value": .text(value), "label": .text(label), "chosen": .flag(chosen)])
    }

    var view: View {
        let places = words.plan.locations.filter { type.mayBe(at: $0.key) }.sorted { $0.name < $1.name }
        let people = PublicBookingRules.practitioners(for: type, words.plan)
            .sorted { $0.name.display < $1.name.display }
        let times = TimesView(words: words, slots: all, today: today)
        let further = times.last.map { last -> PublicWish in
            var wish = wish
            wish.from = last.adding(days: 1)
            return wish
        }
        return View([
            "action": .text(wish.path), "type": .text(type.key), "place": .optional(wish.place),
            "fixed": .optional(wish.place.flatMap { words.plan.location($0)?.name }),
            "locations": .views(
                [option("", words.text("public-booking.anywhere"), wish.location == nil)]
                    + places.map { option($0.key, $0.name, wish.location == $0.key) }),
            "practitioners": .views(
                [option("", words.text("public-booking.anyone"), wish.practitioner == nil)]
                    + people.map { option($0.key, $0.name.display, wish.practitioner == $0.key) }),
            "parts": .views(
                [option("", words.text("public-booking.any-hour"), wish.part == nil)]
                    + BookingWish.Part.allCases.map {
                        option($0.rawValue, words.text("public-booking.part.\($0.rawValue)"), wish.part == $0)
                    }),
            "from": .text(from.iso), "first": .text(today.iso),
            "best": .optional(
                all.count > 3
                    ? TimesView(
                        words: words, slots: best.map(\.slot), today: today,
                        merits: Dictionary(best.map { ($0.slot, $0.merits) }, uniquingKeysWith: { first, _ in first })
                    ).view : nil),
            "times": .view(times.view), "why": .optional(why), "more": .optional(further?.address),
            "location": .text(wish.location ?? ""), "practitioner": .text(wish.practitioner ?? ""),
            "part": .text(wish.part?.rawValue ?? ""),
        ])
    }
}

/// Who somebody says they are, read once, with everything that is wrong with it.
struct PublicPersonForm {
    private(set) var person: PublicPerson?
    /// Keys of texts, by field.
    var problems: [String: String] = [:]
    private(set) var typed: [String: String] = [:]

    init() {}

    init(_ fields: FormFields, words: SchedulingWords) {
        if fields["person"] != nil { return }
        for name in ["given", "family", "birthDate", "phone", "agree"] { typed[name] = fields.trimmed(name) ?? "" }
        let given = name("given"), family = name("family")
        let birthDate = typed["birthDate"].flatMap { CivilDate(iso: $0) }
        let today = CivilDate(daysSinceEpoch: Int(words.now.seconds / 86_400))
        if birthDate.map({ !(0...47_500).contains($0.days(until: today)) }) ?? true {
            problems["birthDate"] = "self-form.date"
        }
        let phone = typed["phone"].flatMap { PhoneNumber($0) }
        if phone == nil { problems["phone"] = "self-form.phone" }
        if typed["agree"] != "yes" { problems["agree"] = "self-form.agree" }
        if problems.isEmpty, let given, let family, let birthDate, let phone {
            person = PublicPerson(
                given: given, family: family, birthDate: birthDate, phone: phone, language: words.language)
        }
    }

    private mutating func name(_ field: String) -> String? {
        guard let text = typed[field], !text.isEmpty else {
            problems[field] = "self-form.needed"
            return nil
        }
        guard text.count <= 100, text.allSatisfy(CheckInForm.isVisible), text.contains(where: \.isLetter) else {
            problems[field] = "self-form.long"
            return nil
        }
        return text
    }

    func view(_ words: SchedulingWords) -> View {
        func field(_ name: String, type: String, complete: String) -> View {
            View([
                "name": .text(name), "type": .text(type), "label": .text(words.text("public-booking.\(name)")),
                "value": .text(typed[name] ?? ""), "complete": .text(complete),
                "hint": .optional(name == "phone" ? words.text("public-booking.phone.hint") : nil),
                "wrong": .optional(problems[name].map { words.text($0) }),
            ])
        }
        return View([
            "isWrong": .flag(!problems.isEmpty),
            "fields": .views([
                field("given", type: "text", complete: "given-name"),
                field("family", type: "text", complete: "family-name"),
                field("birthDate", type: "date", complete: "bday"), field("phone", type: "tel", complete: "tel"),
            ]),
            "agreed": .flag(typed["agree"] == "yes"),
            "agreeWrong": .optional(problems["agree"].map { words.text($0) }),
        ])
    }
}
