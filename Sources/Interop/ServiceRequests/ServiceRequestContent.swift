import FHIR
import JSON
import Kernel
import SchedulingAPI
import Vault

/// What we work with of a FHIR R4 ServiceRequest. Everything else stays in the document it came as.
///
/// Kinds: SNOMED CT categories for laboratory (108252007), imaging (363679005) and surgical procedures (387713003) make
/// an order; a category or code of referral (3457005, 306206005, and the text "referral") a referral to us; anything
/// else the order of a procedure.
struct ServiceRequestContent: Sendable {
    let kind: String
    let category: String?
    let status: String
    let priority: String
    let code: String?
    let codeSystem: String?
    let text: String?
    let reason: String?
    let requesterName: String?
    let performerName: String?
    let identifier: (system: String, value: String)?
    let authoredAt: Instant?
    let expiresOn: String?
    let labels: Labels

    /// Nil: it has no status of FHIR R4.
    init?(_ resource: JSONValue, authoredAt: Instant?) {
        let status = resource["status"]?.string ?? ""
        guard ["draft", "active", "on-hold", "revoked", "completed", "entered-in-error"].contains(status) else {
            return nil
        }
        // Nobody has put it on hold here, and it has no day on which to look at it again.
        self.status = status == "on-hold" ? "active" : status
        let priority = resource["priority"]?.string ?? ""
        self.priority = ["routine", "urgent", "asap", "stat"].contains(priority) ? priority : "routine"
        let categories = (resource["category"]?.array ?? []).prefix(10)
        let codes = categories.flatMap { ($0["coding"]?.array ?? []).prefix(10).compactMap { $0["code"]?.string } }
        let words = categories.compactMap { $0["text"]?.string?.lowercased() }
        let concept = resource["code"]
        let coding = concept?["coding"]?.array?.first
        let named = codes + [coding?["code"]?.string].compactMap { $0 }
        let isReferral = !Self.referrals.isDisjoint(with: named) || words.contains { $0.contains("referral") }
        kind = isReferral ? "inbound" : "order"
        let order =
            codes.contains("108252007") ? "laboratory" : codes.contains("363679005") ? "imaging" : "procedure"
        category = isReferral ? nil : order
        let code = coding?["code"]?.string
        self.code = code.flatMap(Self.plain)
        codeSystem = self.code == nil ? nil : coding?["system"]?.string.flatMap(Self.plain)
        text = concept?["text"]?.string ?? coding?["display"]?.string
        let reasons = (resource["reasonCode"]?.array ?? []).prefix(10).compactMap { reason in
            reason["text"]?.string ?? reason["coding"]?.array?.first?["display"]?.string
        }
        let notes = (resource["note"]?.array ?? []).prefix(10).compactMap { $0["text"]?.string }
        let said = (reasons + notes).joined(separator: "\n")
        reason = said.isEmpty ? nil : said
        requesterName = resource["requester"]?["display"]?.string
        performerName = resource["performer"]?.array?.first?["display"]?.string
        let own = (resource["identifier"]?.array ?? []).first { $0["value"]?.string?.isEmpty == false }
        identifier = own?["value"]?.string.flatMap { value in
            value.utf8.count <= 200 ? (own?["system"]?.string ?? "", value) : nil
        }
        self.authoredAt = authoredAt
        let end = resource["occurrencePeriod"]?["end"]?.string.map { String($0.prefix(10)) }
        expiresOn = end.flatMap { $0.utf8.count == 10 && Self.isDay($0) ? $0 : nil }
        labels = SecurityLabels.labels(of: resource["meta"])
    }

    private static let referrals: Set<String> = ["3457005", "306206005", "103696004", "referral"]

    /// What stands plain must look like a code.
    private static func plain(_ text: String) -> String? {
        text.utf8.count <= 200 && text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ? text : nil
    }

    /// `2026-11-30`; whether there is such a day is asked where it is used.
    private static func isDay(_ text: String) -> Bool {
        text.utf8.enumerated().allSatisfy { place, byte in
            place == 4 || place == 7 ? byte == UInt8(ascii: "-") : (48...57).contains(byte)
        }
    }

    func received(
        for patient: ID<Patient>, identifier fallback: (system: String, value: String), source: String
    ) -> ReceivedReferral {
        ReceivedReferral(
            patient: patient, kind: kind, category: category, status: status, priority: priority, code: code,
            codeSystem: codeSystem, codeText: text, reason: reason, requesterName: requesterName,
            performerName: performerName, identifier: identifier ?? fallback, authoredAt: authoredAt,
            expiresOn: expiresOn, source: source, labels: labels)
    }
}
