// TimeZones: civil time by our own tz database.
//
// The rules of this module:
// - An instant is `Int64` microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
// - An offset is `Int` seconds to add to UTC to get what the wall clock shows; east is positive.
// - A civil value (`CivilDate`, `CivilTime`, `CivilDateTime`) knows no zone; only a `Zone` turns it into an instant.
// - A wall clock may skip a reading (gap) or show it twice (overlap). What is done then is decided in one place,
//   `Zone+Resolution.swift`; everything else in the module asks there.
// - The zone data is what `TimeZoneDatabase(folder:)` was given, never the operating system's.
// - Nothing here asks what time it is.

/// What can go wrong with the tz database. Every case says what to do about it in its `description`.
package enum TimeZoneError: Error, Hashable, Sendable {
    /// The folder is absent or cannot be listed, or no zone is in it.
    case folderMissing(String)
    /// Neither `version` nor the first line of `tzdata.zi` names the release.
    case versionMissing(folder: String)
    /// Not the shape of a zone name; the text is shortened and made printable.
    case invalidName(String)
    /// A proper name which this release of the database does not have.
    case unknownZone(String, version: String)
    /// The zone's file is there and cannot be read.
    case unreadable(zone: String, reason: String)
    /// The zone's file breaks RFC 9636 at this byte.
    case malformed(zone: String, reason: String, byte: Int)
}

extension TimeZoneError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .folderMissing(let folder):
            "No tz database at \(folder). Run bin/setup, or point the assets folder at one that has tz/zoneinfo."
        case .versionMissing(let folder):
            "The tz database at \(folder) does not say its release. Run bin/setup to fetch it anew."
        case .invalidName(let name):
            "“\(name)” is not a time zone name. Write an IANA name such as America/Denver."
        case .unknownZone(let name, let version):
            "The tz database \(version) has no zone \(name). Check the spelling; names look like America/Denver."
        case .unreadable(let zone, let reason):
            "The file of time zone \(zone) cannot be read: \(reason). Check its permissions or run bin/setup."
        case .malformed(let zone, let reason, let byte):
            "The file of time zone \(zone) is damaged at byte \(byte): \(reason). Run bin/setup to fetch it anew."
        }
    }
}
