package import Foundation

extension Handset {
    private struct Entry: Codable {
        var number: String
        var name: String
        var hint: String?
    }

    /// Why a list of handsets cannot be used.
    package struct ListFailure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Most handsets a list may have.
    package static let listLimit = 500

    /// Reads `[{"number": "+13035550101", "name": "…", "hint": "…"}]`; `hint` may be left out.
    package static func list(json: Data) throws(ListFailure) -> [Handset] {
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: json)
        } catch {
            throw ListFailure(
                description: "the list of handsets is not JSON of the form [{\"number\", \"name\", \"hint\"}]")
        }
        guard entries.count <= listLimit else { throw ListFailure(description: "more than \(listLimit) handsets") }
        var handsets: [Handset] = []
        for entry in entries {
            guard let number = PhoneNumber(e164: entry.number) else {
                throw ListFailure(description: "\(entry.number) is not a telephone number in E.164 form")
            }
            handsets.append(Handset(number: number, name: entry.name, hint: entry.hint ?? ""))
        }
        return handsets
    }
}
