import Foundation
package import StudioAPI
import Synchronization

/// A point on the earth, in degrees.
package struct GeoPoint: Hashable, Sendable {
    package let latitude: Double
    package let longitude: Double

    package init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }

    /// Along a great circle of a sphere of 6,371 km.
    package func kilometres(to other: GeoPoint) -> Double {
        func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
        func half(_ angle: Double) -> Double {
            let sine = sin(angle / 2)
            return sine * sine
        }
        let chord =
            half(radians(other.latitude - latitude))
            + cos(radians(latitude)) * cos(radians(other.latitude)) * half(radians(other.longitude - longitude))
        return 2 * 6_371 * asin(min(1, chord.squareRoot()))
    }
}

/// The centres of US postcodes, from the file that bin/setup fetches; read when somebody first asks. Distances are as good
/// as that: between the middles of two areas.
package final class Postcodes: Sendable {
    private let file: String?
    private let centres = Mutex<[String: GeoPoint]?>(nil)

    /// Nil, or a file that is missing: no centre is known, and nothing is near anything.
    package init(file: String?) {
        self.file = file
    }

    package func centre(of postcode: String) -> GeoPoint? {
        let code = String(postcode.prefix(5))
        return centres.withLock { known in
            let table = known ?? read()
            known = table
            return table[code]
        }
    }

    package func centre(of location: LocationDefinition) -> GeoPoint? {
        location.address.country == "US" ? centre(of: location.address.postalCode) : nil
    }

    private func read() -> [String: GeoPoint] {
        guard let file, let data = FileManager.default.contents(atPath: file) else { return [:] }
        var table: [String: GeoPoint] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t")
            guard fields.count == 3, let latitude = Double(fields[1]), let longitude = Double(fields[2]) else {
                continue
            }
            table[String(fields[0])] = GeoPoint(latitude: latitude, longitude: longitude)
        }
        return table
    }
}
