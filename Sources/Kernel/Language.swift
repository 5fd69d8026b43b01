/// A language the product itself speaks. A patient's own language may be any BCP-47 tag; this is what we answer in.
package enum Language: String, Sendable, CaseIterable, Codable {
    case english = "en"
    case spanish = "es"

    /// The product language nearest to a BCP-47 tag such as `es-MX`; English when there is none.
    package init(tag: some StringProtocol) {
        let primary = tag.prefix { $0 != "-" && $0 != "_" }.lowercased()
        self = Language(rawValue: primary) ?? .english
    }
}
