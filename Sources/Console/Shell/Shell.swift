import ConversationsAPI
import Logging
import Kernel
import Spine
package import StudioAPI
import Synchronization
package import Vault
package import Web

/// What waits for somebody, for the numbers beside the links.
package struct ShellCounts: Sendable {
    /// Open needs to look at.
    package var needs = 0
    /// Emergencies of others that nobody has reviewed.
    package var reviews = 0
    /// Members of the staff whose looks stand out, whom this person has not seen yet.
    package var signals = 0

    package init() {}
}

/// What stands round every page: navigation, place, account, languages, theme, and the messages that follow a redirect.
package final class Shell: Sendable {
    private struct Count: Sendable {
        let value: ShellCounts
        let at: Instant
    }

    private let definitions: any DefinitionReading
    private let count: @Sendable (Caller) async throws -> ShellCounts
    private let counts = Mutex<[ID<User>: Count]>([:])
    private let asking = Mutex<Set<ID<User>>>([])

    /// `count`: what waits for a caller, asked of what they may see alone.
    package init(definitions: any DefinitionReading, count: @escaping @Sendable (Caller) async throws -> ShellCounts) {
        self.definitions = definitions
        self.count = count
    }

    /// The `shell` view of a page. `section` is the navigation entry: today, inbox, schedule, referrals, patients, dashboard, users,
    /// audit, privacy, consent, waitlist, bump, capacity, setup, styleguide.
    package func view(_ request: WebRequest, _ signedIn: SignedIn, title: String, section: String) -> View {
        let configuration = Self.configuration(definitions, request)
        let language = request.language
        let organization = configuration.organization?.name ?? "Throughline"
        var shell = bare(request, title: title)
        shell["tenant"] = .text(organization)
        let (places, place) = self.places(request, signedIn, configuration)
        shell["places"] = .views(places)
        shell["place"] = .text(place)
        let role = signedIn.caller.roles.first.flatMap { configuration.roles[$0]?.names[language] } ?? ""
        shell["user"] = .view(
            View([
                "name": .text(signedIn.displayName), "initials": .text(signedIn.initials),
                "tone": .number(Self.tone(signedIn.user.raw)), "role": .text(role),
            ]))
        shell["at"] = .view(View([:]).setting(section, true))
        let counts = counts(request, signedIn)
        shell["inbox"] = .optional(badge(request, counts.needs, "inbox-count"))
        shell["reviews"] = .optional(badge(request, counts.reviews, "reviews-count"))
        shell["signals"] = .optional(badge(request, counts.signals, "signals-count"))
        shell["glass"] = .views(glass(request, signedIn))
        let users = signedIn.may(.userManage)
        let audit = signedIn.may(.auditRead)
        let reviews = signedIn.may(Permission("break-glass.review"))
        let consent = signedIn.may(.consentRead)
        let holds = signedIn.may(Permission("legal-hold.manage"))
        let retention = signedIn.may(Permission("retention.review"))
        let privacy = signedIn.may(Permission("privacy.manage"))
        let roles = signedIn.may(Permission("role.manage"))
        let access = signedIn.may(Permission("access-review.run"))
        shell["may"] = .view(
            View([
                "administer": .flag(
                    users || roles || access || audit || reviews || consent || holds || retention || privacy
                        || signedIn.may(.definitionWrite)),
                "setup": .flag(signedIn.may(.definitionWrite)),
                "roles": .flag(roles), "accessReview": .flag(access), "users": .flag(users), "audit": .flag(audit),
                "reviews": .flag(reviews), "consent": .flag(consent), "holds": .flag(holds),
                "retention": .flag(retention), "privacy": .flag(privacy),
                "styleguide": .flag(signedIn.may(.definitionWrite)),
                "referrals": .flag(signedIn.may(Permission("referral.read"))),
                "waitlist": .flag(signedIn.may(Permission("waitlist.read"))),
                "bump": .flag(signedIn.may(Permission("bump.read"))),
                "capacity": .flag(signedIn.may(Permission("capacity.read"))),
            ]))
        return shell
    }

    /// What the caller has opened in an emergency: every page says so while it lasts.
    private func glass(_ request: WebRequest, _ signedIn: SignedIn) -> [View] {
        let now = request.spine.clock.now()
        return signedIn.caller.opened.sorted { $0.key < $1.key }.map { patient, end in
            let minutes = Int(max(0, (end - now).microseconds + 59_999_999) / 60_000_000)
            let left =
                minutes >= 120
                ? request.pages.catalogue.count("console.glass.hours", request.language, minutes / 60)
                : request.pages.catalogue.count("console.glass.minutes", request.language, minutes)
            return View([
                "patient": .text(patient.text), "href": .text("/patients/" + patient.text),
                "text": .text(
                    request.pages.text(
                        "console.glass.text", request.language, ["id": patient.text, "left": left])),
            ])
        }
    }

    /// The tenant's configuration; an empty one, told in the log, when it cannot be read: the page still shows.
    private static func configuration(_ definitions: any DefinitionReading, _ request: WebRequest) -> Configuration {
        do {
            return try definitions.configuration(of: request.tenant)
        } catch {
            request.spine.logger.error("the configuration could not be read", metadata: ["error": "\(error)"])
            return Configuration(revision: 0, [])
        }
    }

    /// The shell of a page without a person: sign-in, errors before it.
    package func bare(_ request: WebRequest, title: String) -> View {
        let language = request.language
        return View([
            "title": .text(title + " · Throughline"), "lang": .text(language.rawValue), "dir": "ltr",
            "theme": .text(request.theme), "path": .text(request.path),
            "languages": .views(
                Language.allCases.map { other in
                    View([
                        "code": .text(other.rawValue), "name": .text(other == .english ? "English" : "Español"),
                        "current": .flag(other == language),
                    ])
                }),
            "flash": .views(flash(request)),
        ])
    }

    /// One of eight avatar tones, 0 to 7, the same for a person everywhere.
    package static func tone(_ raw: Int64) -> Int {
        Int(UInt64(bitPattern: raw &* 0x2545_F491_4F6C_DD1D) >> 32 % 8)
    }

    private func places(_ request: WebRequest, _ signedIn: SignedIn, _ configuration: Configuration) -> ([View], String)
    {
        let chosen = request.choice(.place)
        let all = request.pages.text("console.place.all", request.language)
        var views = [
            View([
                "id": "all", "name": .text(all), "icon": "building", "current": .flag(chosen == nil || chosen == "all"),
            ])
        ]
        var current = all
        for location in configuration.sortedLocations {
            if case .only(let allowed) = signedIn.caller.locations, !allowed.contains(LocationKeys.id(location.key)) {
                continue
            }
            let isCurrent = chosen == location.key
            if isCurrent { current = location.name }
            views.append(
                View([
                    "id": .text(location.key), "name": .text(location.name), "icon": "pin", "current": .flag(isCurrent),
                ]))
        }
        return (views, current)
    }

    /// Rights that have something to count.
    private static let counted: [Permission] = [
        .needRead, Permission("break-glass.review"), Permission("snooping.review"),
    ]

    /// Counts that are at most a few seconds old; stale ones are asked for again beside the page.
    private func counts(_ request: WebRequest, _ signedIn: SignedIn) -> ShellCounts {
        guard Self.counted.contains(where: signedIn.may) else { return ShellCounts() }
        let now = request.spine.clock.now()
        let user = signedIn.user
        let known = counts.withLock { $0[user] }
        if known == nil || now - (known?.at ?? now) > .seconds(2), asking.withLock({ $0.insert(user).inserted }) {
            let caller = signedIn.caller
            let logger = request.spine.logger
            Task {
                do {
                    let value = try await count(caller)
                    counts.withLock { counts in
                        if counts.count > 10_000 { counts.removeAll() }
                        counts[user] = Count(value: value, at: now)
                    }
                } catch {
                    logger.warning("what waits could not be counted", metadata: ["error": "\(error)"])
                }
                _ = asking.withLock { $0.remove(user) }
            }
        }
        return known?.value ?? ShellCounts()
    }

    /// Nil: nothing waits.
    private func badge(_ request: WebRequest, _ count: Int, _ key: String) -> View? {
        guard count > 0 else { return nil }
        let label = request.pages.catalogue.count("console.nav.\(key)", request.language, count)
        return View(["text": .text(String(count)), "label": .text(label), "urgent": false])
    }

    /// A message carried over a redirect in the query: `?done=appointment.booked`. Only keys of the catalogue are shown.
    private func flash(_ request: WebRequest) -> [View] {
        guard let key = request.query["done"], request.pages.catalogue.has("console.done.\(key)") else { return [] }
        return [View(["good": true, "text": .text(request.pages.text("console.done.\(key)", request.language))])]
    }
}

extension View {
    /// A copy with one more name.
    package func setting(_ name: String, _ value: Value) -> View {
        var copy = self
        copy[name] = value
        return copy
    }
}
