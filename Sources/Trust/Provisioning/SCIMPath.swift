import JSON
import Kernel

/// The name of an attribute, as filters and `attributes` write it: `name.familyName`, with or without its schema in
/// front. Names are compared without regard to case (RFC 7643, 2.1).
struct SCIMName: Sendable, Hashable, CustomStringConvertible {
    /// In lower case, without the schema of users or groups. Another schema stays in front.
    let name: String
    let sub: String?

    init(name: String, sub: String? = nil) {
        self.name = name.lowercased()
        self.sub = sub?.lowercased()
    }

    /// Nil: no name of an attribute.
    init?(_ text: some StringProtocol) {
        let allowed = text.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                || [0x24, 0x2D, 0x2E, 0x3A, 0x5F].contains(byte)
        }
        guard allowed, (1...200).contains(text.utf8.count) else { return nil }
        var plain = text.lowercased()
        for schema in [Provisioning.userSchema, Provisioning.groupSchema]
        where plain.hasPrefix(schema.lowercased() + ":") {
            plain = String(plain.dropFirst(schema.utf8.count + 1))
        }
        // The dots of another schema's number are no path.
        let colon = plain.lastIndex(of: ":").map { plain.index(after: $0) } ?? plain.startIndex
        let parts = plain[colon...].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts.contains(""), plain.first != ":" else { return nil }
        name = String(plain[..<colon]) + parts[0]
        sub = parts.count == 2 ? String(parts[1]) : nil
    }

    var description: String { sub.map { name + "." + $0 } ?? name }
}

extension JSONObject {
    /// The member of this name, whatever its case.
    func member(_ name: String) -> JSONValue? {
        members.first { $0.key.lowercased() == name.lowercased() }?.value
    }

    /// Sets or removes the member of this name, whatever its case.
    mutating func setMember(_ name: String, _ value: JSONValue?) {
        self[members.first { $0.key.lowercased() == name.lowercased() }?.key ?? name] = value
    }
}

/// Where a PATCH acts (RFC 7644, figure 7): an attribute, a part of it, or those of its values that a filter chooses.
struct SCIMPath: Sendable, Equatable {
    let name: SCIMName
    /// What stands in brackets.
    let filter: SCIMFilter?
    /// `value` in `emails[type eq "work"].value`.
    let sub: String?

    init(_ text: String) throws(Fault) {
        guard text.utf8.count <= SCIMFilter.longest else { throw Self.invalid(text) }
        guard let open = text.firstIndex(of: "[") else {
            guard let name = SCIMName(text) else { throw Self.invalid(text) }
            self.name = SCIMName(name: name.name)
            filter = nil
            sub = name.sub
            return
        }
        guard let close = text.lastIndex(of: "]"), open < close, let name = SCIMName(text[..<open]), name.sub == nil
        else { throw Self.invalid(text) }
        let rest = text[text.index(after: close)...]
        self.name = name
        do {
            filter = try SCIMFilter(String(text[text.index(after: open)..<close]))
        } catch {
            throw Self.invalid(text)
        }
        if rest.isEmpty {
            sub = nil
        } else {
            guard rest.first == ".", let name = SCIMName(rest.dropFirst()), name.sub == nil else {
                throw Self.invalid(text)
            }
            sub = name.name
        }
    }

    static func invalid(_ text: String) -> Fault {
        SCIMError.fault("invalidPath", "“\(text.prefix(80))” is no path of an attribute.")
    }
}
