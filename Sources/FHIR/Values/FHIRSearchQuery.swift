/// The query part of a FHIR search, as in `ifNoneExist` and in conditional references.
///
/// Names and values are percent-decoded. A plus sign stays a plus sign, since offsets and phone numbers are sent so.
package struct FHIRSearchQuery: Sendable, Hashable {
    package struct Parameter: Sendable, Hashable {
        package let name: String
        /// What follows a colon: `exact` of `name:exact`.
        package let modifier: String?
        package let value: String
    }

    /// At least one.
    package let parameters: [Parameter]

    /// `nil` if there is no parameter, one without a name or an equals sign, or an escape that is not UTF-8.
    package init?(parsing text: String) {
        var parameters: [Parameter] = []
        for part in text.drop(while: { $0 == "?" }).split(separator: "&", omittingEmptySubsequences: true) {
            guard let equals = part.firstIndex(of: "="),
                let key = Self.percentDecoded(part[..<equals]),
                let value = Self.percentDecoded(part[part.index(after: equals)...])
            else { return nil }
            let pieces = key.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pieces.first, !name.isEmpty else { return nil }
            let modifier = pieces.count > 1 ? String(pieces[1]) : nil
            parameters.append(Parameter(name: String(name), modifier: modifier, value: value))
        }
        guard !parameters.isEmpty else { return nil }
        self.parameters = parameters
    }

    /// System and value, if the query is exactly one `identifier=system|value`. A value without a bar has no system,
    /// and matches any; an empty system (`|value`) means one that has none.
    package var identifier: (system: String?, value: String)? {
        guard parameters.count == 1, let parameter = parameters.first,
            parameter.name == "identifier", parameter.modifier == nil
        else { return nil }
        return parameter.token
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}

extension FHIRSearchQuery.Parameter {
    /// The value as a token, `[system]|[code]`, where `\|`, `\,`, `\$` and `\\` stand for the character
    /// (FHIR R4 3.1.1.3.2).
    package var token: (system: String?, value: String) {
        var parts = [""]
        var isEscaped = false
        for character in value {
            if !isEscaped, character == "\\" {
                isEscaped = true
                continue
            }
            if !isEscaped, character == "|", parts.count == 1 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            isEscaped = false
        }
        return parts.count == 1 ? (nil, parts[0]) : (parts[0], parts[1])
    }
}
