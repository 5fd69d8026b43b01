import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault
import Web

/// What a patient sees who opens their link.
extension Trust {
    private struct Read: Sendable {
        let link: AccessLinkStore.Link
        let lines: [AuditTrailStore.Line]
        let members: [ID<User>: AccessLinkStore.Member]
    }

    private static let perPage = 400

    func whoLooked(_ request: WebRequest) async throws -> WebResponse {
        let vault = try await request.spine.vault(request.tenant)
        guard let id = AccessReport.link(request.parameters["token"] ?? "", vault: vault),
            let read = try await read(id, request, vault)
        else {
            request.note(.deadLink, route: "/who-looked/{token}")
            return try gone(request)
        }
        let zone = try zone(request.tenant)
        let configuration = try definitions.configuration(of: request.tenant)
        let shown = Array(read.lines.prefix(Self.perPage))
        let wording = OwnAccessWords(
            words: TrustWords(request: request, zone: zone), configuration: configuration, members: read.members)
        let now = request.spine.clock.now()
        let today = zone.civil(at: now.microseconds).date
        let end = wording.date(zone.civil(at: read.link.expiresAt.microseconds).date, today: today)
        var view = page(request, title: "trust.own.title")
        view["practice"] = .text(configuration.organization?.name ?? "")
        view["hasDays"] = .flag(!shown.isEmpty)
        view["days"] = .views(wording.days(AccessLook.grouped(shown, in: zone), today: today))
        view["ends"] = .text(wording.words.text("trust.own.ends", ["when": end]))
        if let phone = configuration.organization?.value.phone, let number = PhoneNumber(phone) {
            view["ask"] = .view(View(["href": .text("tel:" + number.e164), "number": .text(number.display)]))
        }
        if read.lines.count > Self.perPage, let last = shown.last {
            let cursor = try Cursor(last.id).text(for: Self.list(id), vault: vault)
            view["next"] = .text("\(request.path)?before=\(cursor)")
        }
        return .html(try request.pages.render("access-report/own", view, request.language))
    }

    private static func list(_ link: ID<AccessLink>) -> String { "own-access/" + link.text }

    /// Nil: there is no such link any more.
    private func read(_ id: ID<AccessLink>, _ request: WebRequest, _ vault: TenantVault) async throws -> Read? {
        let spine = request.spine
        let now = spine.clock.now()
        let found = try await spine.database.read(request.tenant) { try AccessLinkStore.find(id, in: $0) }
        guard let link = found, link.holds(at: now) else { return nil }
        let below = try request.query["before"].map {
            try Cursor($0, for: Self.list(id), vault: vault).values.first ?? 0
        }
        let caller = Caller(
            tenant: request.tenant, actor: .patient(link.patient),
            permissions: Labels.permissions.union([.ownAccessRead]),
            purpose: .patientRequest, correlation: spine.ids.nextRaw(), origin: "link",
            remote: request.remote)
        let from: ID<AuditRecord> = .lowest(at: now - AccessReport.reach)
        let directory = directory
        let proxies = proxies
        return try await spine.read(.ownAccessRead, as: caller) { transaction, access in
            access.noteCommand(Permission.ownAccessRead.rawValue, subject: .patient(link.patient))
            let set = try directory.set(of: link.patient, in: transaction)
            if let proxy = link.proxy {
                let scope = try Policy.scopeRows(of: set.members, for: access.caller, in: transaction).values.flatMap {
                    $0
                }
                let grant = try access.grant(.ownAccessRead, for: set, scope: scope)
                guard try proxies.maySeeAccesses(proxy, of: link.patient, grant: grant, at: now, in: transaction)
                else { return nil }
            }
            let lines = try AuditTrailStore.permitted(
                about: set.members, from: from.raw, below: below, limit: Self.perPage + 1, in: transaction)
            return Read(
                link: link, lines: lines,
                members: try AccessLinkStore.members(Array(Set(lines.compactMap(\.user))), in: transaction))
        }
    }

    private func page(_ request: WebRequest, title: String) -> View {
        View(["shell": .view(sessions.bare(request, request.pages.text(title, request.language))), "csrf": ""])
    }

    /// The same for a link that has run out, was revoked or never was.
    private func gone(_ request: WebRequest) throws -> WebResponse {
        .html(
            try request.pages.render(
                "access-report/gone", page(request, title: "trust.own.gone.title"), request.language),
            status: .notFound)
    }
}

/// What one actor did for one purpose on one day.
struct AccessLook: Equatable {
    let day: CivilDate
    let actor: Actor
    let purpose: String
    /// Kinds of act, in the order in which they first happened.
    var kinds: [String]
    var count: Int
    var first: CivilTime
    var last: CivilTime

    /// Lines are newest first; so are the days, and within a day those who were there last.
    static func grouped(_ lines: [AuditTrailStore.Line], in zone: Zone) -> [AccessLook] {
        var looks: [AccessLook] = []
        var places: [String: Int] = [:]
        for line in lines {
            let local = zone.civil(at: line.recordedAt.microseconds)
            let kind = kind(of: line.action)
            // The system's runs are many; to a patient they are one.
            let who = line.actor.kind == "system" ? "system" : "\(line.actor.kind) \(line.actor.raw)"
            let key = "\(local.date.iso) \(who) \(line.purpose)"
            if let place = places[key] {
                looks[place].kinds.removeAll { $0 == kind }
                looks[place].kinds.insert(kind, at: 0)
                looks[place].count += 1
                looks[place].first = local.time
            } else {
                places[key] = looks.count
                looks.append(
                    AccessLook(
                        day: local.date, actor: line.actor, purpose: line.purpose, kinds: [kind], count: 1,
                        first: local.time, last: local.time))
            }
        }
        return looks
    }

    /// What an action is to a patient.
    static func kind(of action: String) -> String {
        switch action {
        case "patient.read": "record"
        case "patient.search": "search"
        case "message.read", "StoreMedia": "messages"
        case "message.send", "SendReply": "wrote"
        case "appointment.read", "schedule.read": "visits"
        case "appointment.write", "HoldSlot", "ReleaseHold", "MarkNoShow": "booking"
        case "waitlist.read", "bump.read": "visits"
        case "waitlist.write", "JoinWaitlist", "ChangeEntry", "LeaveWaitlist", "AcceptOffer", "DeclineOffer",
            "OfferOpening", "WithdrawOpening", "bump.write", "PlaceBumped", "CancelBumped", "MarkCalled",
            "ChooseBumped", "DeclineBumped":
            "booking"
        case "audit.list", "audit.export", "audit.share", "ShareAccessReport", "RevokeAccessLink": "audit"
        case "patient.import", "TakePatient", "TakeRecords": "import"
        case "record.export": "copy"
        case "privacy.manage", "RecordPrivacyRequest", "StepPrivacyRequest", "AgreeRestriction", "EndRestriction",
            "RecordDisclosure":
            "privacy"
        case "dashboard.read", "event.read", "capacity.read": "figures"
        case "patient.write", "AddContactPoint": "change"
        default:
            if action.hasSuffix("Appointment") {
                "booking"
            } else if action.hasPrefix("need.") || action.hasSuffix("Need") || action == "RecordFact" {
                "need"
            } else if action.hasPrefix("message.") || action.hasSuffix("Message") {
                "received"
            } else if action.hasSuffix("Patient") || action.hasSuffix("Patients") || action.hasSuffix("Preference") {
                "change"
            } else {
                "other"
            }
        }
    }
}

/// The words of a patient's page.
struct OwnAccessWords {
    let words: TrustWords
    let configuration: Configuration
    let members: [ID<User>: AccessLinkStore.Member]

    private var wording: DateWording { DateWording(words.request.language == .spanish ? .spanish : .english) }

    func date(_ date: CivilDate, today: CivilDate) -> String { wording.date(date, today: today) }

    func days(_ looks: [AccessLook], today: CivilDate) -> [View] {
        var days: [View] = []
        var rest = looks[...]
        while let first = rest.first {
            let same = rest.prefix { $0.day == first.day }
            rest = rest.dropFirst(same.count)
            let name = wording.relativeDate(first.day, today: today)
            days.append(
                View([
                    "day": .text(name.prefix(1).uppercased() + name.dropFirst()), "stamp": .text(first.day.iso),
                    "looks": .views(same.map(view)),
                ]))
        }
        return days
    }

    private func view(_ look: AccessLook) -> View {
        let (who, place, icon) = person(look.actor)
        let did = look.kinds.map { words.text("trust.own.did.\($0)") }.joined(separator: "; ")
        let first = wording.time(look.first)
        let last = wording.time(look.last)
        return View([
            "who": .text(who), "place": .text(place), "icon": .text(icon),
            "did": .text(did.prefix(1).uppercased() + did.dropFirst() + "."),
            "why": .text(words.text("trust.own.why.\(look.purpose)")),
            "when": .text(
                first == last ? first : words.text("trust.own.between", ["first": first, "last": last])),
        ])
    }

    /// Who it was, where they work, and a picture.
    private func person(_ actor: Actor) -> (String, String, String) {
        switch actor {
        case .system: return (words.text("trust.own.system"), "", "database")
        case .apiKey: return (words.text("trust.own.program"), "", "bolt")
        case .patient: return (words.text("trust.own.you"), "", "person")
        case .user(let id):
            guard let member = members[id], !member.roles.isEmpty else {
                return (words.text("trust.own.former"), "", "person")
            }
            let language = words.request.language
            let role = member.roles.map { key in
                configuration.roles[key]?.value.names[language] ?? words.text("trust.own.staff")
            }.joined(separator: ", ")
            let everywhere = member.roles.contains { configuration.roles[$0]?.value.locationScope == .everywhere }
            let places = member.locations.map { configuration.known(location: $0)?.name ?? "" }.filter { !$0.isEmpty }
            let place = everywhere || places.isEmpty ? words.text("trust.everywhere") : places.joined(separator: ", ")
            let isNamed = configuration.organization?.value.namesStaffToPatients ?? false
            return (isNamed ? "\(member.name), \(role)" : role, place, "person")
        }
    }
}
