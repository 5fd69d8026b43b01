import Vault
import Web

/// What a caller may learn of people they may not see: this, for these reasons, and nothing else.
enum Declassified {
    /// Facts about hidden people that answers may depend on. `PairStory.declare` and `WorldPair.mirrorTimes` hold them
    /// equal in both worlds, told by other people in each, so that all the rest of an answer is still compared.
    static let facts = [
        "which times of a practitioner are taken":
            "nobody may be booked twice; a time says neither who has it nor why",
        "how many ids a server gave out within one millisecond":
            "an id is made of its moment and a sequence; who makes many things at one moment cannot be told from it",
        "that a telephone number is somebody else's too":
            "a text to a shared number must not speak of one person's health, so whoever writes has to know",
    ]

    /// Rights over the whole practice, with the beginnings of the routes that show it. Nobody else sees anything there:
    /// their refusals are compared as everything is.
    static let practiceWide: [Permission: (routes: [String], reason: String)] = [
        .auditRead: (
            ["GET /audit", "GET /audit/export"],
            "who watches the trail must see all of it; it holds ids and acts, and opens no record"
        ),
        Permission("snooping.review"): (
            ["GET /audit/signals", "POST /audit/signals/ties", "POST /audit/signals/ties/removal"],
            "who looks for snooping must see what was done to every record; ids only"
        ),
        .definitionWrite: (
            ["visit-types", "practitioners", "resources", "locations"].flatMap { kind in
                ["GET", "POST"].map { "\($0) /setup/\(kind)/{key}/retirement" }
            },
            "a rule is not taken away while anything stands under it, whoever may see that; four numbers, no person"
        ),
        .policyExplain: (
            ["GET /patients/{id}/why"],
            "telling why a record is not shown is what the right is for; each question is on the trail"
        ),
        .patientBreakGlass: (
            ["POST /break-glass"],
            "opening a record out of reach is what the right is for; each use is on the trail and reviewed"
        ),
    ]

    /// Routes that are not compared, and why.
    static let apart: [String: String] = [
        "GET /live": "compared as a stream, by a test of its own",
        "POST /scim/v2/Users": provisioned, "PUT /scim/v2/Users/{id}": provisioned,
        "PATCH /scim/v2/Users/{id}": provisioned, "DELETE /scim/v2/Users/{id}": provisioned,
        "POST /scim/v2/.search": provisioned, "POST /scim/v2/Groups": provisioned,
        "PUT /scim/v2/Groups/{id}": provisioned,
        "PATCH /scim/v2/Groups/{id}": provisioned, "DELETE /scim/v2/Groups/{id}": provisioned,
        "GET /metrics": "figures of the whole process for its operator, told on the machine itself alone; no person",
    ]

    private static let provisioned =
        "changes accounts and roles and answers with them; what somebody leaves behind goes to their team, untold"

    /// Routes whose answers hold a secret made by chance: their status and headers are compared.
    static let secrets: [String: String] = [
        "GET /account/second-step": "the secret of an authenticator app that is to be set up",
        "POST /account/second-step/confirmation": "the same",
        "POST /account/second-step/codes": "recovery codes",
        "POST /keys": "a new key, shown once",
        "GET /.well-known/throughline-signing-keys.json": "the public half of a key that each installation makes",
        "POST /users": "a link for one use, shown once",
        "POST /session/second-step": "a token that carries the first step",
        "POST /session": "a session's cookie",
        "POST /session/passkey/challenge": "a random challenge, and the cookie of the browser that asks for it",
        "GET /account/second-step/passkeys": "a random challenge for a new passkey",
        "POST /account/second-step/passkeys": "the same",
        "POST /account/second-step/passkeys/confirmation": "the same",
        "POST /schedule/feeds": "a calendar link, shown once",
        "POST /keys/{id}/rotation": "a key's new text, shown once",
        "POST /users/{id}/invitation": "a link for one use",
    ]

    /// What says which kinds of things happened with a person, of every area, to whoever may read that person. Not compared
    /// where two worlds differ in what happened with somebody visible.
    static let timelines: Set<String> = [
        "GET /patients/{id}", "GET /patients/{id}/panel", "GET /api/v1/patients/{id}/timeline",
    ]

    static func exempts(_ route: String, _ part: Part) -> Bool {
        if part.shownOtherwise.contains(route) { return true }
        return practiceWide.contains { right, wide in wide.routes.contains(route) && part.permissions.contains(right) }
    }
}
