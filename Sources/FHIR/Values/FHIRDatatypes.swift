/// The element type `Coding`: one code of one code system.
package struct FHIRCoding: Sendable, Hashable {
    package let system: String?
    package let code: String?
    package let display: String?
    package let userSelected: Bool

    init(_ element: FHIRElement) throws(FHIRElementError) {
        system = try element.string("system")
        code = try element.string("code")
        display = try element.string("display")
        userSelected = try element.bool("userSelected") ?? false
    }
}

/// The element type `CodeableConcept`: a meaning in words and in any number of code systems.
package struct FHIRConcept: Sendable, Hashable {
    package let codings: [FHIRCoding]
    package let text: String?

    init(_ element: FHIRElement) throws(FHIRElementError) {
        codings = try element.list("coding", FHIRCoding.init)
        text = try element.string("text")
    }

    /// A code without more.
    init(coding: FHIRCoding) {
        codings = [coding]
        text = nil
    }

    /// The coding that the user chose, else the first with a code.
    package var primary: FHIRCoding? {
        codings.first { $0.userSelected && $0.code != nil } ?? codings.first { $0.code != nil } ?? codings.first
    }

    /// What to show a person.
    package var display: String? { text ?? primary?.display ?? primary?.code }

    package func hasCode(_ code: String) -> Bool { codings.contains { $0.code == code } }
}

/// The element type `Period`. Either end may be open.
package struct FHIRPeriod: Sendable, Hashable {
    package let start: FHIRDateTime?
    package let end: FHIRDateTime?

    init(_ element: FHIRElement) throws(FHIRElementError) {
        start = try element.dateTime("start")
        end = try element.dateTime("end")
    }
}

/// The element type `Identifier`.
package struct FHIRIdentifier: Sendable, Hashable {
    package enum Use: String, Sendable {
        case usual, official, temp, secondary, old
    }

    package let use: Use?
    package let type: FHIRConcept?
    package let system: String?
    package let value: String?
    package let period: FHIRPeriod?

    init(_ element: FHIRElement) throws(FHIRElementError) {
        use = try element.code("use")
        type = try element.one("type", FHIRConcept.init)
        system = try element.string("system")
        value = try element.string("value")
        period = try element.one("period", FHIRPeriod.init)
    }
}

/// The element type `HumanName`.
package struct FHIRHumanName: Sendable, Hashable {
    package enum Use: String, Sendable {
        case usual, official, temp, nickname, anonymous, old, maiden
    }

    package let use: Use?
    package let text: String?
    package let family: String?
    package let given: [String]
    package let prefix: [String]
    package let suffix: [String]
    package let period: FHIRPeriod?

    init(_ element: FHIRElement) throws(FHIRElementError) {
        use = try element.code("use")
        text = try element.string("text")
        family = try element.string("family")
        given = try element.strings("given")
        prefix = try element.strings("prefix")
        suffix = try element.strings("suffix")
        period = try element.one("period", FHIRPeriod.init)
    }
}

/// The element type `ContactPoint`.
package struct FHIRContactPoint: Sendable, Hashable {
    package enum System: String, Sendable {
        case phone, fax, email, pager, url, sms, other
    }

    package enum Use: String, Sendable {
        case home, work, temp, old, mobile
    }

    package let system: System?
    package let value: String?
    package let use: Use?
    /// From 1, the preferred first.
    package let rank: Int?
    package let period: FHIRPeriod?

    init(_ element: FHIRElement) throws(FHIRElementError) {
        system = try element.code("system")
        value = try element.string("value")
        use = try element.code("use")
        rank = try element.integer("rank")
        period = try element.one("period", FHIRPeriod.init)
    }
}

/// A point on the globe in degrees (WGS 84).
package struct FHIRPosition: Sendable, Hashable {
    package let latitude: Double
    package let longitude: Double

    package init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }
}

/// The element type `Address`.
package struct FHIRAddress: Sendable, Hashable {
    package enum Use: String, Sendable {
        case home, work, temp, old, billing
    }

    package let use: Use?
    package let text: String?
    package let line: [String]
    package let city: String?
    package let district: String?
    package let state: String?
    package let postalCode: String?
    package let country: String?
    package let period: FHIRPeriod?
    /// Of the extension `geolocation`.
    package let position: FHIRPosition?

    init(_ element: FHIRElement) throws(FHIRElementError) {
        use = try element.code("use")
        text = try element.string("text")
        line = try element.strings("line")
        city = try element.string("city")
        district = try element.string("district")
        state = try element.string("state")
        postalCode = try element.string("postalCode")
        country = try element.string("country")
        period = try element.one("period", FHIRPeriod.init)
        let geolocation = try element.extensionElement("http://hl7.org/fhir/StructureDefinition/geolocation")
        if let latitude = try geolocation?.extensionElement("latitude")?.decimal("valueDecimal"),
            let longitude = try geolocation?.extensionElement("longitude")?.decimal("valueDecimal")
        {
            position = FHIRPosition(latitude: latitude, longitude: longitude)
        } else {
            position = nil
        }
    }
}

package enum FHIRGender: String, Sendable {
    case male, female, other, unknown
}
