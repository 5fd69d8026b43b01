package import JSON
package import Vault

/// `meta.security` of a FHIR resource as labels.
///
/// Sources: HL7 v3 ActCode (information sensitivity policy), v3 Confidentiality, and the profile of FHIR Data Segmentation
/// for Privacy. A code that no label says better makes the thing restricted; codes that say nothing of sensitivity (`N`,
/// obligations, integrity) make nothing.
package enum SecurityLabels {
    package static func labels(of meta: JSONValue?) -> Labels {
        (meta?["security"]?.array ?? []).prefix(50).reduce(into: Labels()) { labels, coding in
            guard let code = coding["code"]?.string else { return }
            let system = coding["system"]?.string ?? ""
            if system.hasSuffix("v3-Confidentiality") {
                if code == "R" || code == "V" { labels.insert(.restricted) }
            } else if system.isEmpty || system.hasSuffix("v3-ActCode") {
                labels.formUnion(known[code] ?? [])
            }
        }
    }

    private static let known: [String: Labels] = [
        "PSY": .behaviouralHealth, "PSYTHPN": .behaviouralHealth, "BH": .behaviouralHealth, "MH": .behaviouralHealth,
        "COGN": .behaviouralHealth, "DVD": .behaviouralHealth, "EMOTDIS": .behaviouralHealth,
        "ETH": .substanceUse, "ETHUD": .substanceUse, "SUD": .substanceUse, "OPIOIDUD": .substanceUse,
        "ALC": .substanceUse, "42CFRPart2": .substanceUse,
        "SEX": .reproductive, "STD": .reproductive, "SRH": .reproductive, "PREGNANT": .reproductive,
        "ADOL": .minor, "VIP": .vip, "CEL": .vip, "EMP": .employee,
        "HIV": .restricted, "SDV": .restricted, "TBOO": .restricted, "GDIS": .restricted, "SICKLE": .restricted,
        "DEMO": [], "PHY": [],
    ]
}
