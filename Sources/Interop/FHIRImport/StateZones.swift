/// The IANA zone in which most people of a US state or territory live; for states with two zones the larger part.
///
/// Source: 49 CFR part 71 (boundaries of the US time zones), zone names of the IANA tz database.
enum StateZones {
    /// By USPS code or by name, in any case; nil for anything else.
    static func zone(of state: String) -> String? {
        let wanted = state.uppercased()
        return table.first { $0.code == wanted || $0.name.uppercased() == wanted }?.zone
    }

    private typealias Entry = (code: String, name: String, zone: String)

    private static let table: [Entry] = eastern + central + mountain + pacific + islands

    private static let eastern: [Entry] = [
        ("CT", "Connecticut", "America/New_York"), ("DC", "District of Columbia", "America/New_York"),
        ("DE", "Delaware", "America/New_York"), ("FL", "Florida", "America/New_York"),
        ("GA", "Georgia", "America/New_York"), ("IN", "Indiana", "America/Indiana/Indianapolis"),
        ("KY", "Kentucky", "America/New_York"), ("MA", "Massachusetts", "America/New_York"),
        ("MD", "Maryland", "America/New_York"), ("ME", "Maine", "America/New_York"),
        ("MI", "Michigan", "America/Detroit"), ("NC", "North Carolina", "America/New_York"),
        ("NH", "New Hampshire", "America/New_York"), ("NJ", "New Jersey", "America/New_York"),
        ("NY", "New York", "America/New_York"), ("OH", "Ohio", "America/New_York"),
        ("PA", "Pennsylvania", "America/New_York"), ("RI", "Rhode Island", "America/New_York"),
        ("SC", "South Carolina", "America/New_York"), ("VA", "Virginia", "America/New_York"),
        ("VT", "Vermont", "America/New_York"), ("WV", "West Virginia", "America/New_York"),
    ]

    private static let central: [Entry] = [
        ("AL", "Alabama", "America/Chicago"), ("AR", "Arkansas", "America/Chicago"),
        ("IA", "Iowa", "America/Chicago"), ("IL", "Illinois", "America/Chicago"),
        ("KS", "Kansas", "America/Chicago"), ("LA", "Louisiana", "America/Chicago"),
        ("MN", "Minnesota", "America/Chicago"), ("MO", "Missouri", "America/Chicago"),
        ("MS", "Mississippi", "America/Chicago"), ("ND", "North Dakota", "America/Chicago"),
        ("NE", "Nebraska", "America/Chicago"), ("OK", "Oklahoma", "America/Chicago"),
        ("SD", "South Dakota", "America/Chicago"), ("TN", "Tennessee", "America/Chicago"),
        ("TX", "Texas", "America/Chicago"), ("WI", "Wisconsin", "America/Chicago"),
    ]

    private static let mountain: [Entry] = [
        ("AZ", "Arizona", "America/Phoenix"), ("CO", "Colorado", "America/Denver"), ("ID", "Idaho", "America/Boise"),
        ("MT", "Montana", "America/Denver"), ("NM", "New Mexico", "America/Denver"), ("UT", "Utah", "America/Denver"),
        ("WY", "Wyoming", "America/Denver"),
    ]

    private static let pacific: [Entry] = [
        ("AK", "Alaska", "America/Anchorage"), ("CA", "California", "America/Los_Angeles"),
        ("NV", "Nevada", "America/Los_Angeles"), ("OR", "Oregon", "America/Los_Angeles"),
        ("WA", "Washington", "America/Los_Angeles"),
    ]

    private static let islands: [Entry] = [
        ("AS", "American Samoa", "Pacific/Pago_Pago"), ("GU", "Guam", "Pacific/Guam"),
        ("HI", "Hawaii", "Pacific/Honolulu"), ("MP", "Northern Mariana Islands", "Pacific/Saipan"),
        ("PR", "Puerto Rico", "America/Puerto_Rico"), ("VI", "U.S. Virgin Islands", "America/St_Thomas"),
    ]
}
