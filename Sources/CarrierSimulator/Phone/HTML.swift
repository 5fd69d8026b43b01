/// HTML text. Whatever is put into it by interpolation is escaped, unless it is HTML itself, so that a name or a text
/// message cannot become markup.
///
/// Attribute values have to be written in double quotes; the escaping covers both quotes.
package struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    package let text: String

    package init(stringLiteral value: StaticString) {
        text = "\(value)"
    }

    package init(stringInterpolation interpolation: Interpolation) {
        text = interpolation.text
    }

    private init(trusted text: String) {
        self.text = text
    }

    package static let nothing: HTML = ""

    /// All of `parts`, one after the other.
    package static func all(_ parts: some Sequence<HTML>) -> HTML {
        HTML(trusted: parts.reduce(into: "") { $0 += $1.text })
    }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: StaticString) {
            text += "\(literal)"
        }

        package mutating func appendInterpolation(_ html: HTML) {
            text += html.text
        }

        package mutating func appendInterpolation(_ value: String) {
            for scalar in value.unicodeScalars {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "'": text += "&#39;"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }

        package mutating func appendInterpolation(_ number: Int) {
            text += "\(number)"
        }
    }
}
