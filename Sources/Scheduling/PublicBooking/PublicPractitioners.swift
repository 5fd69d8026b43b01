import Kernel
import StudioAPI
import Web

// Practitioners who take no new patients.
//
// Whether somebody has been here is told to nobody who books in public, and they may be new: so nobody books there with
// somebody who takes no new patients, whoever they are. Whose link names one is told so, and whom to call, before
// anything is asked of them.

extension PublicBookingRules {
    /// Those who may do a visit type for anybody.
    static func practitioners(for type: VisitTypeDefinition, _ plan: SchedulePlan) -> [PractitionerDefinition] {
        plan.practitioners(for: type).filter(\.acceptsNew)
    }

    static func isOffered(_ type: VisitTypeDefinition, _ plan: SchedulePlan) -> Bool {
        type.isPublic && !practitioners(for: type, plan).isEmpty
    }

    /// Whether a time that is held can still be booked, whoever it is for: what is published may have changed since.
    static func isOffered(_ hold: HoldRow, _ plan: SchedulePlan) -> Bool {
        guard let type = plan.visitTypes[hold.visitType], type.isPublic else { return false }
        return practitioners(for: type, plan).contains { $0.key == hold.practitioner }
    }
}

extension PublicWish {
    /// Whom the address names, when they take no new patients.
    func takingNobodyNew(_ plan: SchedulePlan) -> PractitionerDefinition? {
        practitioner.flatMap { plan.practitioner($0) }.flatMap { $0.acceptsNew ? nil : $0 }
    }

    /// The same with anybody, or with that one.
    func with(practitioner: String?) -> PublicWish {
        var wish = self
        wish.practitioner = practitioner
        return wish
    }
}

extension Scheduling {
    /// That somebody takes no new patients, with the number of the place where they work.
    func noNewPatientsPage(
        _ request: WebRequest, _ words: SchedulingWords, _ wish: PublicWish, _ person: PractitionerDefinition
    ) throws -> WebResponse {
        let places = [wish.location].compactMap { $0 } + person.templates.map(\.location)
        let number = places.compactMap { words.plan.location($0) }.compactMap { PhoneNumber($0.phone) }.first
        var view = selfFrame(
            words, request, title: "public-booking.no-new",
            text: words.text("public-booking.no-new.text", ["who": person.name.display]))
        view["call"] = .optional(
            number.map { View(["href": .text("tel:" + $0.e164), "number": .text($0.display)]) })
        view["others"] = .text(wish.with(practitioner: nil).address)
        return .html(try request.pages.render("public-booking/no-new", view, request.language))
    }
}
