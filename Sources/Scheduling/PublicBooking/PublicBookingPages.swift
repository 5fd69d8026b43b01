import HTTPTypes
import Kernel
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

extension Scheduling {
    func publicBookingRoutes(_ doors: SelfServiceDoors) -> [Route] {
        let reason = "anybody may book what the practice offers to the public; nothing of anybody is shown"
        func shows(_ path: String, _ body: @escaping @Sendable (WebRequest) async throws -> WebResponse) -> Route {
            .get(path, heavy: true, .open(reason: reason) { try await framed($0, body) })
        }
        func acts(_ path: String, _ body: @escaping @Sendable (WebRequest) async throws -> WebResponse) -> Route {
            .post(
                path, largestBody: 32 << 10,
                .open(reason: reason) {
                    try refuseForeign($0)
                    return try await framed($0, body)
                })
        }
        return [
            shows("/book") { try await showPublic($0, place: nil) },
            shows("/book/{place}") { try await showPublic($0, place: $0.parameters["place"]) },
            acts("/book/holds") { try await holdInPublic($0) },
            shows("/book/steps/{token}") { try await showStep($0) },
            acts("/book/steps/{token}/person") { try await takePerson($0, doors) },
            acts("/book/steps/{token}/code") { try await takeCode($0, doors) },
            acts("/book/steps/{token}/release") { try await releaseInPublic($0) },
        ]
    }

    /// The answer with who may show it in a frame.
    private func framed(
        _ request: WebRequest, _ body: @Sendable (WebRequest) async throws -> WebResponse
    ) async throws -> WebResponse {
        let sites = try desk.plans.configuration(of: request.tenant).organization?.value.bookingFrames ?? []
        var response = try await body(request)
        let policy = SecurityHeaders.contentPolicy(framedBy: sites.filter(OrganizationDefinition.isOrigin))
        response.headers[.contentSecurityPolicy] = policy
        if sites.isEmpty, let name = HTTPField.Name("X-Frame-Options") { response.headers[name] = "DENY" }
        return response
    }

    // MARK: What and when

    /// Who looks for a time without a name: nobody's data is within reach of it.
    private func nobody(_ request: WebRequest) -> Caller {
        let id = request.spine.ids.nextRaw()
        return Caller(
            tenant: request.tenant, actor: .system(ID(raw: id)), permissions: [.appointmentRead],
            purpose: .patientRequest, correlation: id, origin: "public", remote: request.remote)
    }

    private func showPublic(_ request: WebRequest, place: String?) async throws -> WebResponse {
        let words = try words(request)
        let types = PublicBookingRules.types(words.plan)
        let wish = PublicWish(request.query, place: place, words: words)
        if let place, words.plan.location(place) == nil { throw Fault.notFound("page") }
        if let person = wish.takingNobodyNew(words.plan) {
            return try noNewPatientsPage(request, words, wish, person)
        }
        guard let type = types.first(where: { $0.key == wish.visitType }) else {
            return try whatPage(request, words, types.filter { wish.suits($0, words.plan) }, wish)
        }
        return try await whenPage(request, words, type, wish, taken: request.query["said"] == "taken")
    }

    private func whatPage(
        _ request: WebRequest, _ words: SchedulingWords, _ types: [VisitTypeDefinition], _ wish: PublicWish
    ) throws -> WebResponse {
        var view = selfFrame(words, request, title: "public-booking.what", text: words.text("public-booking.what.text"))
        view["types"] = .views(
            types.map { type in
                View([
                    "href": .text(wish.with(visitType: type.key).address), "name": .text(type.names[words.language]),
                    "minutes": .text(words.count("appointment.minutes", type.minutes)),
                    "modality": .text(words.text("appointment.modality.\(type.modality.rawValue)")),
                ])
            })
        view["none"] = .optional(types.isEmpty ? words.empty("public-booking.none", icon: "calendar") : nil)
        return .html(try request.pages.render("public-booking/what", view, request.language))
    }

    private func whenPage(
        _ request: WebRequest, _ words: SchedulingWords, _ type: VisitTypeDefinition, _ wish: PublicWish, taken: Bool
    ) async throws -> WebResponse {
        let zone = words.plan.zone(ofLocation: wish.location ?? "") ?? words.plan.zones.first
        let today =
            zone?.civil(at: words.now.microseconds).date
            ?? CivilDate(daysSinceEpoch: Int(words.now.seconds / 86_400))
        let from = wish.from(notBefore: today)
        let offered = Set(PublicBookingRules.practitioners(for: type, words.plan).map(\.key))
        var search = SlotWish(
            visitType: type.key, from: from, to: from.adding(days: 60),
            practitioners: wish.practitioner.map { [$0] } ?? offered, locations: wish.location.map { [$0] },
            limit: TimesView.most)
        search.language = words.language.rawValue
        search.hours = wish.part.flatMap(\.hours).map { [$0] } ?? []
        let caller = nobody(request)
        let ranked = try await request.spine.ask(FindBestSlots(search, now: words.now, desk: desk), as: caller)
        let asked = AskedTime(request.query, on: from)
        let whole = SlotRequest(
            visitType: type.key, from: from, to: search.to, practitioners: search.practitioners,
            locations: search.locations)
        let told = try await answer(
            to: asked, whole, among: ranked.map(\.slot), moving: nil, now: words.now, request, as: caller
        ) { try await request.spine.ask(FindSlots($0, now: words.now, desk: desk), as: caller) }
        var why: String?
        if ranked.isEmpty, asked.local == nil, let practitioner = wish.practitioner,
            let local = words.plan.firstStart(
                of: type, with: practitioner, at: wish.location, from: from, to: search.to, now: words.now)
        {
            let question = AskWhyNobody(
                visitType: type.key, practitioners: [practitioner], locations: wish.location.map { [$0] },
                localStart: local, patient: nil, now: words.now, desk: desk)
            why = try await request.spine.ask(question, as: caller).map { words.text("booking.told.\($0.told)") }
        }
        let page = PublicTimesView(
            words: words, type: type, wish: wish, from: from, today: today,
            best: Array(ranked.prefix(3)), all: ranked.map(\.slot), why: why)
        var view = selfFrame(
            words, request, title: "public-booking.when",
            text: words.text("public-booking.when.text", ["what": type.names[words.language]]))
        view["taken"] = .flag(taken)
        view["at"] = .view(asked.field(words))
        view["asked"] = .optional(asked.view(told, words, today: today))
        view["page"] = .view(page.view)
        return .html(try request.pages.render("public-booking/when", view, request.language))
    }

    // MARK: Holding

    private static let browserCookie = "throughline-book"

    private func browserName(_ request: WebRequest) -> String {
        (request.hasSecureCookies ? "__Host-" : "") + Self.browserCookie
    }

    private func holdInPublic(_ request: WebRequest) async throws -> WebResponse {
        let form = try request.form()
        let words = try words(request)
        let wish = PublicWish(form, place: nil, words: words)
        guard let question = BookingWish.question(token: form["slot"] ?? "") else { return .seeOther(wish.address) }
        let vault = try await request.spine.vault(request.tenant)
        let known: ID<PublicBooking>? = request.cookies[browserName(request)].flatMap {
            SignedLink.id($0, for: "public-browser", vault: vault)
        }
        let command = HoldInPublic(
            question: question, browser: known?.raw ?? 0, address: Self.address(request, vault), desk: desk)
        do {
            let id = try await inPublic(request, [.appointmentWrite]) {
                try await request.spine.perform(command, as: $0)
            }
            let token = try SignedLink.token(ID<PublicBooking>(raw: id), for: Self.stepLabel, vault: vault)
            var response = WebResponse.seeOther("/book/steps/\(token)")
            if known == nil {
                // From the next time on this browser holds one time at once. Its first hold is in its cookie's name too.
                let browser = try SignedLink.token(ID<PublicBooking>(raw: id), for: "public-browser", vault: vault)
                response.headers.append(browserField(browser, request))
                try await claim(id, request)
            }
            return response
        } catch let fault as Fault where fault.code == PublicBookingRules.noNewPatients.code {
            return .seeOther(wish.with(practitioner: question.practitioner).address)
        } catch let fault as Fault where fault.category == .conflict || fault.category == .invalid {
            return .seeOther(wish.with(visitType: question.visitType).address(adding: ("said", "taken")))
        } catch let fault as Fault where fault.category == .tooMany {
            return try tooOften(request)
        }
    }

    /// The first hold of a browser is its own, by the number that is now in its cookie.
    private func claim(_ id: Int64, _ request: WebRequest) async throws {
        try await request.spine.database.write(request.tenant) { transaction in
            try PublicBookingStore.claim(ID(raw: id), browser: id, in: transaction)
        }
    }

    private func browserField(_ value: String, _ request: WebRequest) -> HTTPField {
        HTTPField(
            name: .setCookie,
            value: "\(browserName(request))=\(value); Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"
                + (request.hasSecureCookies ? "; Secure" : ""))
    }

    static let stepLabel = "public-booking"

    /// A keyed hash of the address that somebody comes from; of IPv6 its network.
    private static func address(_ request: WebRequest, _ vault: TenantVault) -> Int64 {
        let remote = request.remote
        let network = IPAddress.subscriber(of: remote)?.description ?? remote
        return SendBookingCode.number(vault.keyedHash(Array(network.utf8), label: "public-booking/address"))
    }

    /// Does something as a recorded run of the public booking page.
    private func inPublic<Value: Sendable>(
        _ request: WebRequest, _ permissions: Set<Permission>, _ body: (Caller) async throws -> Value
    ) async throws -> Value {
        try await request.spine.run(
            "public-booking", tenant: request.tenant, purpose: .patientRequest, permissions: permissions,
            origin: "public", remote: request.remote
        ) { (try await body($0), 1) }
    }

    func tooOften(_ request: WebRequest) throws -> WebResponse {
        request.note(.tooMany, route: "/book")
        let words = try words(request)
        let view = selfFrame(
            words, request, title: "public-booking.too-often", text: words.text("public-booking.too-often.text"))
        return .html(try request.pages.render("visit-link/gone", view, request.language), status: .tooManyRequests)
    }

    // MARK: Steps

    private struct Step: Sendable {
        let row: PublicBookingRow
        let hold: HoldRow
        /// `/book/steps/…`
        let path: String
    }

    private func step(_ request: WebRequest) async throws -> Step? {
        let vault = try await request.spine.vault(request.tenant)
        let token = request.parameters["token"] ?? ""
        guard let id: ID<PublicBooking> = SignedLink.id(token, for: Self.stepLabel, vault: vault) else { return nil }
        return try await request.spine.database.read(request.tenant) { transaction in
            guard let row = try PublicBookingStore.find(id, in: transaction),
                let hold = try HoldStore.find(row.hold, in: transaction)
            else { return nil }
            return Step(row: row, hold: hold, path: "/book/steps/\(token)")
        }
    }

    private func showStep(_ request: WebRequest) async throws -> WebResponse {
        guard let step = try await step(request) else { return try overPage(request, status: .notFound) }
        return try await stepPage(request, step, PublicPersonForm())
    }

    private func overPage(_ request: WebRequest, status: HTTPResponse.Status = .ok) throws -> WebResponse {
        let words = try words(request)
        var view = selfFrame(words, request, title: "public-booking.over", text: words.text("public-booking.over.text"))
        view["href"] = "/book"
        return .html(try request.pages.render("public-booking/over", view, request.language), status: status)
    }

    /// Where somebody stands: who they are, the code, or that it is booked. `asked`: the sealed person that a code was sent
    /// for, and whether the last one typed was wrong.
    private func stepPage(
        _ request: WebRequest, _ step: Step, _ form: PublicPersonForm,
        asked: (who: String, isWrong: Bool)? = nil
    ) async throws -> WebResponse {
        let words = try words(request)
        let isBooked = step.row.state == .booked
        let isLive =
            (step.row.state == .held || step.row.state == .asked) && step.hold.state == "held"
            && step.hold.expiresAt > words.now && PublicBookingRules.isOffered(step.hold, words.plan)
        guard isBooked || isLive else { return try overPage(request) }
        let zone = try desk.plans.timeZones.zone(step.hold.zone)
        let visit = VisitWording(
            Placement(
                visitType: step.hold.visitType, practitioner: step.hold.practitioner, location: step.hold.location,
                localStart: step.hold.localStart, zone: step.hold.zone, timeZoneVersion: words.plan.timeZoneVersion,
                span: step.hold.span),
            configuration: words.configuration, language: words.language, zone: zone, now: words.now)
        let title = isBooked ? "booked" : asked == nil ? "who" : "code"
        var view = selfFrame(
            words, request, title: "public-booking.\(title)", text: words.text("public-booking.\(title).text"))
        view["visit"] = .view(VisitLinkView.visit(visit, isShared: false))
        view["until"] = .optional(
            isBooked
                ? nil
                : words.text(
                    "visit-link.held",
                    ["time": words.dates.time(zone.civil(at: step.hold.expiresAt.microseconds).time)]))
        // Of the type alone: nothing is looked up of whoever booked.
        view["belonging"] = .optional(isBooked ? OwnBelongingView(words, of: visit.place, zone).view : nil)
        view["path"] = .text(step.path)
        view["who"] = .optional(!isBooked && asked == nil ? form.view(words) : nil)
        view["code"] = .optional(
            isBooked
                ? nil
                : asked.map { asked in
                    View(["who": .text(asked.who), "isWrong": .flag(asked.isWrong)])
                })
        view["another"] = .flag(!isBooked)
        let vault = try await request.spine.vault(request.tenant)
        view["link"] = .optional(step.row.appointment.map { VisitLinks.path($0, vault) })
        let isWrong = !form.problems.isEmpty || asked?.isWrong == true
        return .html(
            try request.pages.render("public-booking/step", view, request.language),
            status: isWrong ? .unprocessableContent : .ok)
    }

    private func takePerson(_ request: WebRequest, _ doors: SelfServiceDoors) async throws -> WebResponse {
        guard let step = try await step(request) else { return try overPage(request, status: .notFound) }
        if step.row.state == .booked { return .seeOther(step.path) }
        let words = try words(request)
        guard PublicBookingRules.isOffered(step.hold, words.plan) else { return try overPage(request) }
        let vault = try await request.spine.vault(request.tenant)
        let fields = try request.form()
        var form = PublicPersonForm(fields, words: words)
        // "Send it again" carries the person that was typed before.
        let person =
            fields["person"].flatMap { PublicPerson.open($0, for: step.row.id, vault: vault) } ?? form.person
        if let person, form.typed.isEmpty || form.problems.isEmpty {
            form.problems = [:]
            if let refusal = try refusal(person, step.hold, words) {
                form.problems["birthDate"] = "booking.told.\(refusal.told)"
            }
        }
        guard let person, form.problems.isEmpty else { return try await stepPage(request, step, form) }
        let command = SendBookingCode(
            id: step.row.id, phone: person.phone, language: person.language, address: Self.address(request, vault),
            code: doors.code(), doors: doors)
        do {
            let isHeld = try await inPublic(request, [.messageSend]) {
                try await request.spine.perform(command, as: $0)
            }
            guard isHeld, let now = try await self.step(request) else { return try overPage(request) }
            let sealed = try person.sealed(for: step.row.id, vault: vault)
            return try await stepPage(request, now, PublicPersonForm(), asked: (sealed, false))
        } catch let fault as Fault where fault.category == .tooMany {
            return try tooOften(request)
        }
    }

    /// What the visit type's rules say of the age that was typed, whoever it is.
    private func refusal(_ person: PublicPerson, _ hold: HoldRow, _ words: SchedulingWords) throws -> SlotRefusal? {
        guard let local = CivilDateTime(iso: hold.localStart) else { return nil }
        let question = SlotFinder.Question(
            visitType: hold.visitType, practitioner: hold.practitioner, location: hold.location, localStart: local)
        return try SlotFinder(words.plan).refusal(of: SlotVisitor(birthDate: person.birthDate), question)
    }

    private func takeCode(_ request: WebRequest, _ doors: SelfServiceDoors) async throws -> WebResponse {
        let began = ContinuousClock.now
        guard let step = try await step(request) else { return try overPage(request, status: .notFound) }
        let vault = try await request.spine.vault(request.tenant)
        let fields = try request.form()
        let sealed = fields["person"] ?? ""
        guard let person = PublicPerson.open(sealed, for: step.row.id, vault: vault) else {
            return .seeOther(step.path)
        }
        let code = (fields["code"] ?? "").filter(\.isNumber)
        let command = BookInPublic(id: step.row.id, person: person, code: code, doors: doors, desk: desk)
        do {
            let outcome = try await inPublic(
                request, [.appointmentWrite, .appointmentRead, .patientRead, .patientSearch]
            ) { try await request.spine.perform(command, as: $0) }
            // Whoever typed it waits as long, whether a record was found or made.
            try await Task.sleep(until: began + PublicBookingRules.answerTime)
            switch outcome {
            case .booked, .over: return .seeOther(step.path)
            case .wrong:
                guard let now = try await self.step(request), now.row.tries < PublicBookingRules.mostTries else {
                    return try overPage(request)
                }
                return try await stepPage(request, now, PublicPersonForm(), asked: (sealed, true))
            }
        } catch let fault as Fault where fault.category == .tooMany {
            return try tooOften(request)
        } catch let fault as Fault where fault.category == .conflict || fault.category == .gone {
            try await Task.sleep(until: began + PublicBookingRules.answerTime)
            return try overPage(request)
        }
    }

    private func releaseInPublic(_ request: WebRequest) async throws -> WebResponse {
        guard let step = try await step(request) else { return .seeOther("/book") }
        _ = try await inPublic(request, [.appointmentWrite]) {
            try await request.spine.perform(ReleaseInPublic(id: step.row.id), as: $0)
        }
        return .seeOther("/book?type=\(FormFields.encode(step.hold.visitType))")
    }
}
