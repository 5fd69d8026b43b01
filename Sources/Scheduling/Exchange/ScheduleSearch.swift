import FHIR
import Kernel
import TimeZones
import Web

/// A stretch of time of a FHIR search: `start=2026-03-05`, or `start=ge2026-03-05&start=lt2026-03-12T12:00:00Z`.
///
/// Prefixes eq (none), ge, gt, le and lt; of a day without a time the place's own midnight counts.
struct SearchedTime {
    /// Microseconds; `to` is not included.
    private(set) var from: Int64?
    private(set) var to: Int64?

    init(_ name: String, _ query: FormFields, zone: Zone) throws(Fault) {
        for text in query.all(name) where !text.isEmpty {
            let prefix = text.prefix(2)
            let isPrefixed = ["eq", "ge", "gt", "le", "lt"].contains(prefix)
            let (begin, end) = try Self.stretch(isPrefixed ? String(text.dropFirst(2)) : text, name, zone)
            switch isPrefixed ? prefix : "eq" {
            case "ge": from = max(from ?? begin, begin)
            case "gt": from = max(from ?? end, end)
            case "lt": to = min(to ?? begin, begin)
            case "le": to = min(to ?? end, end)
            default:
                from = max(from ?? begin, begin)
                to = min(to ?? end, end)
            }
        }
    }

    private static func stretch(_ text: String, _ name: String, _ zone: Zone) throws(Fault) -> (Int64, Int64) {
        if let date = CivilDate(iso: text), (1970...2200).contains(date.year) {
            return (zone.startOfDay(date), zone.startOfDay(date.adding(days: 1)))
        }
        guard let time = FHIRDateTime(parsing: text), let micros = time.micros, (1970...2200).contains(time.year) else {
            throw Fault.invalid(name, "A date such as ge2026-11-30, or a date and time with its offset.")
        }
        return (micros, micros + 1_000_000)
    }
}
