package import Kernel
import PeopleAPI
package import Spine
package import Store
package import TimeZones
package import Vault

/// One patient that fits a query, opened.
package struct SearchHit: Sendable {
    let stored: PatientsStore.Stored
    package let record: PatientRecord
    package let mrn: String?
    /// Why the row fits: name, sounds-like, phone, birth-date, identifier, email; none in a list without a query.
    package let reasons: [String]

    package var id: ID<Patient> { stored.plain.id }
    package var soundsLike: Bool { reasons.contains("sounds-like") }
}

/// A page of hits and the place of the next one.
package struct SearchResult: Sendable {
    package let hits: [SearchHit]
    package let next: Cursor?
    /// The grant that opened exactly these rows, for what a page shows beside them.
    package let grant: Grant
}

/// Finds patients by what is typed into one box.
package struct FindPatients: Query {
    package static let permission = Permission.patientSearch
    package static let cursorList = "patients"
    package static let largestPage = 20

    private let query: SearchQuery?
    private let after: Cursor?
    private let limit: Int
    private let indexes: TenantIndexes

    /// - Parameters:
    ///   - text: what was typed; nil or blank lists the newest patients.
    ///   - after: where the page before ended.
    ///   - limit: 1…20.
    package init(_ text: String?, after: Cursor? = nil, limit: Int, today: CivilDate, indexes: TenantIndexes) {
        let isBlank = text?.allSatisfy(\.isWhitespace) ?? true
        query = isBlank ? nil : text.map { SearchQuery($0, today: today) }
        self.after = after
        self.limit = min(max(1, limit), Self.largestPage)
        self.indexes = indexes
    }

    /// How well a row fits; the groups of a result, best first.
    enum Tier: Int64, CaseIterable { case words, beginnings, sounds }

    /// One statement to run: a reading at a tier.
    struct Lookup: Equatable {
        let tier: Tier
        let reading: Int
        let terms: [Int64]
        let birthYear: Int?
    }

    package func run(_ transaction: any Transaction, _ access: Access) throws -> SearchResult {
        guard let query = query?.for(access.caller) else { return try newest(transaction, access) }
        let lookups = Self.lookups(query, index: indexes.index(access.vault))
        var found: [(row: SearchStore.Row, lookup: Int)] = []
        var seen: Set<ID<Patient>> = []
        let (start, bound) = Self.place(after, count: lookups.count)
        search: for number in start..<max(start, lookups.count) {
            let lookup = lookups[number]
            let rows = try SearchStore.hits(
                terms: lookup.terms, birthYear: lookup.birthYear, below: number == start ? bound : .max,
                limit: limit + 1 + seen.count, caller: access.caller, in: transaction)
            for row in rows where seen.insert(row.stored.plain.id).inserted {
                found.append((row, number))
                if found.count > limit { break search }
            }
        }
        let shown = found.prefix(limit)
        let next = found.count > limit ? shown.last.map { Cursor(Int64($0.lookup), $0.row.hit) } : nil
        let (grant, records) = try open(shown.map(\.row), transaction, access)
        let hits = shown.compactMap { row, number -> SearchHit? in
            guard let (record, mrn) = records[row.stored.plain.id] else { return nil }
            let lookup = lookups[number]
            // A later page cannot know the ids of the better groups; it tells by the name itself.
            if after != nil, Self.fitsBetter(record, lookup, of: query) { return nil }
            return SearchHit(
                stored: row.stored, record: record, mrn: mrn, reasons: Self.reasons(lookup, of: query))
        }
        return SearchResult(hits: hits, next: next, grant: grant)
    }

    private func newest(_ transaction: any Transaction, _ access: Access) throws -> SearchResult {
        let (_, bound) = Self.place(after, count: 1)
        let rows = try SearchStore.newest(below: bound, limit: limit + 1, caller: access.caller, in: transaction)
        var seen: Set<ID<Patient>> = []
        let shown = rows.prefix(limit).filter { seen.insert($0.stored.plain.id).inserted }
        let (grant, records) = try open(shown, transaction, access)
        let hits = shown.compactMap { row in
            records[row.stored.plain.id].map { SearchHit(stored: row.stored, record: $0.0, mrn: $0.1, reasons: []) }
        }
        return SearchResult(
            hits: hits, next: rows.count > limit ? shown.last.map { Cursor(0, $0.hit) } : nil, grant: grant)
    }

    /// Opens exactly the rows that are shown, under one record of the trail.
    private func open(
        _ rows: [SearchStore.Row], _ transaction: any Transaction, _ access: Access
    ) throws -> (Grant, [ID<Patient>: (PatientRecord, String?)]) {
        let ids = rows.map(\.stored.plain.id)
        let scopes: [ID<Patient>: [PatientScopeRow]]
        if Policy.seesEveryone(access.caller) {
            // The decision cannot depend on where a record belongs; the statement is saved, as in the list's condition.
            scopes = Dictionary(
                uniqueKeysWithValues: ids.map { ($0, [PatientScopeRow(location: nil, restricted: true)]) })
        } else {
            scopes = try Policy.scopeRows(of: ids, for: access.caller, in: transaction)
        }
        let grant = try access.grant(.patientSearch, forList: ids.map { ($0, scopes[$0] ?? []) })
        // Who asks for names and numbers that are out of their reach is on the trail too.
        if !ids.contains(where: { grant.covers(.patient($0)) }) { access.noteNothingShown(.patientSearch) }
        var records: [ID<Patient>: (PatientRecord, String?)] = [:]
        for row in rows where grant.covers(.patient(row.stored.plain.id)) {
            let plain = row.stored.plain
            // Without the right to numbers the row does not show one either.
            let shown = access.caller.may(.identifierRead) ? row.mrn : nil
            let mrn = try shown.map {
                try $0.sealed.open(grant, of: .patient(plain.id), id: $0.id, subject: plain.keySubject).value
            }
            records[plain.id] = (try row.stored.open(grant), mrn)
        }
        return (grant, records)
    }

    private static func place(_ cursor: Cursor?, count: Int) -> (start: Int, bound: Int64) {
        guard let cursor, cursor.values.count == 2 else { return (0, .max) }
        return (Int(clamping: min(max(0, cursor.values[0]), Int64(count))), cursor.values[1])
    }
}

extension FindPatients {
    /// The statements of a query in order: all readings by whole words, then by beginnings, then by sound. A lookup
    /// that asks for the same as an earlier one is left out.
    static func lookups(_ query: SearchQuery, index: BlindIndex) -> [Lookup] {
        var lookups: [Lookup] = []
        for tier in Tier.allCases {
            for (number, reading) in query.readings.enumerated() {
                // A name sounds in one or two ways: as English and as Spanish ears hear it.
                for ear in 0..<(tier == .sounds ? 2 : 1) {
                    guard let lookup = lookup(reading, number: number, tier: tier, ear: ear, index: index) else {
                        continue
                    }
                    let isNew = !lookups.contains { $0.terms == lookup.terms && $0.birthYear == lookup.birthYear }
                    if isNew { lookups.append(lookup) }
                }
            }
        }
        return lookups
    }

    private static func lookup(
        _ reading: [SearchPart], number: Int, tier: Tier, ear: Int, index: BlindIndex
    ) -> Lookup? {
        var terms: [Int64] = []
        var birthYear: Int?
        var hasSound = false
        for part in reading {
            switch part {
            case .name(let word):
                let sounds = tier == .sounds ? NameSound.codes(of: word) : []
                if let sound = sounds.isEmpty ? nil : sounds[min(ear, sounds.count - 1)] {
                    hasSound = true
                    terms.append(index.term(.nameSound, sound))
                } else if tier == .words {
                    terms.append(index.term(.nameWord, word))
                } else if word.count >= 2 {
                    terms.append(index.term(.namePrefix, word.prefix(SearchTerms.longestPrefix)))
                }
            case .phone(let digits): terms.append(index.term(.phone, digits))
            case .phoneEnd(let digits): terms.append(index.term(.phoneEnd, digits))
            case .birthDate(let date): terms.append(index.term(.birthDate, date.iso))
            case .birthYear(let year): birthYear = year
            case .identifier(let text): terms.append(index.term(.identifier, text))
            case .email(let text): terms.append(index.term(.email, text))
            }
        }
        // Beginnings of one letter are not in the index: such a word then counts only as a whole word.
        if terms.isEmpty || tier == .sounds && !hasSound { return nil }
        return Lookup(tier: tier, reading: number, terms: terms, birthYear: birthYear)
    }

    private static func reasons(_ lookup: Lookup, of query: SearchQuery) -> [String] {
        var reasons: [String] = []
        for part in query.readings[lookup.reading] {
            let reason = lookup.tier == .sounds && part.reason == "name" ? "sounds-like" : part.reason
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons
    }

    /// Whether a better tier has already shown this record: its names fit by whole words, or by beginnings.
    private static func fitsBetter(_ record: PatientRecord, _ lookup: Lookup, of query: SearchQuery) -> Bool {
        if lookup.tier == .words { return false }
        let words = Set(
            (record.given + [record.family, record.preferredName].compactMap { $0 }).flatMap(Folding.words))
        return query.readings[lookup.reading].allSatisfy { part in
            guard case .name(let asked) = part else { return true }
            if words.contains(asked) { return true }
            return lookup.tier == .sounds && words.contains { $0.hasPrefix(asked) }
        }
    }
}
