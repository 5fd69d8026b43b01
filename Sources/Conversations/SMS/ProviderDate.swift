import Kernel
import TimeZones

/// Dates as the provider's API writes them: RFC 2822, `Fri, 24 May 2019 17:44:46 +0000`.
enum ProviderDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func parse(_ text: String) -> Instant? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int(parts[3]), let date = CivilDate(year: year, month: month + 1, day: day)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        let zone = parts[5]
        guard clock.count == 3, zone.count == 5, let offset = Int(zone.dropFirst()) else { return nil }
        let east = (offset / 100 * 3600 + offset % 100 * 60) * (zone.hasPrefix("-") ? -1 : 1)
        let seconds = date.daysSinceEpoch * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2] - east
        return Instant(seconds: Int64(seconds))
    }
}
