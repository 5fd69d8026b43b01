import Foundation
package import Kernel

/// Where templates, browser files, tz data and blueprints are: in an installed tree's `share/throughline`, or in a
/// checkout beside the sources. Never resources that must exist when the program is built.
package struct Assets: Sendable {
    package let templateFolders: [String]
    package let stringFolders: [String]
    /// Our own browser files: css, js, icons.
    package let webFolder: String
    /// Pinned browser libraries.
    package let vendorFolder: String
    package let timeZoneFolder: String
    /// The list of common passwords. It may not be there: then none is refused for being on it.
    package let commonPasswords: String
    /// Centres of postcodes; it may be missing.
    package let postcodeFile: String
    package let blueprintFolder: String

    /// Looks at `given` (from `--assets`), else beside and above the executable.
    package static func find(given: String?, executable: String) throws(Fault) -> Assets {
        if let given {
            if let found = Assets(root: given) { return found }
            throw missing(given)
        }
        var folder = (executable as NSString).deletingLastPathComponent
        for _ in 0..<6 {
            for candidate in [folder, folder + "/share/throughline", folder + "/../share/throughline"] {
                if let found = Assets(root: candidate) { return found }
            }
            folder = (folder as NSString).deletingLastPathComponent
        }
        throw missing(executable)
    }

    private static func missing(_ place: String) -> Fault {
        Fault(
            .unavailable, "assets.missing", "The templates and browser files were not found.",
            remedy: "Run bin/setup in a checkout, or name the folder with --assets.", place: place)
    }

    init?(root: String) {
        let files = FileManager.default
        if files.fileExists(atPath: root + "/templates"), files.fileExists(atPath: root + "/tz/zoneinfo") {
            let areas = ((try? files.contentsOfDirectory(atPath: root + "/templates")) ?? []).sorted()  // just seen
            templateFolders = areas.map { "\(root)/templates/\($0)" }
            // None: a clear fault later.
            let strings = ((try? files.contentsOfDirectory(atPath: root + "/strings")) ?? []).sorted()
            stringFolders = strings.map { "\(root)/strings/\($0)" }
            webFolder = root + "/web"
            vendorFolder = root + "/vendor"
            timeZoneFolder = root + "/tz/zoneinfo"
            commonPasswords = root + "/passwords/common.txt"
            postcodeFile = root + "/postcodes.tsv"
            blueprintFolder = root + "/blueprints"
            return
        }
        guard files.fileExists(atPath: root + "/Package.swift"), files.fileExists(atPath: root + "/assets/web") else {
            return nil
        }
        let areas = ((try? files.contentsOfDirectory(atPath: root + "/Sources")) ?? []).sorted()  // a checkout has them
        templateFolders = areas.map { "\(root)/Sources/\($0)/Templates" }.filter(files.fileExists(atPath:))
        stringFolders = areas.map { "\(root)/Sources/\($0)/Strings" }.filter(files.fileExists(atPath:))
        webFolder = root + "/assets/web"
        vendorFolder = root + "/.assets/vendor"
        timeZoneFolder = root + "/.assets/tz/zoneinfo"
        commonPasswords = root + "/.assets/passwords/common.txt"
        postcodeFile = root + "/.assets/postcodes.tsv"
        blueprintFolder = root + "/blueprints"
    }
}
