package import Kernel
package import Store

// The policy in SQL. Lists cannot ask row by row, and leaving rows out afterwards would tell by the size of a page that
// something is hidden. A property test holds these conditions equal to `decide` on random worlds.
extension Policy {
    /// The rule as a condition over `patient_scope`, for the patient in `column`.
    package static func scope(_ caller: Caller, _ action: Permission, patient column: SQL) -> SQL {
        guard caller.permissions.contains(action), caller.purpose(for: action) != nil else { return "FALSE" }
        let usual = usual(caller, action, column)
        guard !caller.opened.isEmpty else { return usual }
        // With one more way in the partial index is of no use; few callers have it, and for hours.
        let exists = row(column, "" as SQL)
        return "((\(column) IN \(list: caller.opened.keys.sorted()) AND \(exists)) OR \(usual))"
    }

    /// The rule for one thing about the patient in `column`, which carries `labels`. With `strangers` also those that
    /// are about nobody known yet, and to whom they are open, those about people who were disposed of.
    package static func scope(
        _ caller: Caller, _ action: Permission, patient column: SQL, labels: SQL, strangers: Bool = false
    ) -> SQL {
        let person = scope(caller, action, patient: column)
        var known = person
        if strangers, caller.may(action) {
            let nobody: SQL = "\(column) IS NULL"
            let open = seesDisposed(caller) ? nobody : nobody + " AND (\(labels) & \(Labels.disposed.rawValue)) = 0"
            known = "(\(open) OR \(person))"
        }
        return "(\(known) AND \(seen(caller, action, patient: column, labels: labels)))"
    }

    /// The second half of it, for things about patients whom the caller is known to see: no label hides it.
    package static func seen(_ caller: Caller, _ action: Permission, patient column: SQL, labels: SQL) -> SQL {
        let needsConsent = needsPart2Consent(caller, action)
        guard !caller.hidden.isEmpty || needsConsent else { return "TRUE" }
        var open: SQL = "(\(labels) & \(caller.hidden.rawValue)) = 0"
        if needsConsent, !caller.hidden.contains(.substanceUse) {
            let consent = row(column, " AND (scope_of.labels & \(Labels.part2Consent.rawValue)) <> 0")
            open = "(\(open) AND ((\(labels) & \(Labels.substanceUse.rawValue)) = 0 OR \(consent)))"
        }
        // Most things carry none: the rest of the condition is then not looked at.
        var seen: SQL = "(\(labels) = 0 OR \(open)"
        if !caller.opened.isEmpty {
            seen = seen + " OR (\(column) IS NOT NULL AND \(column) IN \(list: caller.opened.keys.sorted()))"
        }
        return seen + ")"
    }

    // The names of the inner tables are nobody else's: a column `r.patient` of a query is not to mean one of ours.
    private static func row(_ column: SQL, _ condition: SQL) -> SQL {
        """
        EXISTS (SELECT 1 FROM patient_scope scope_of WHERE scope_of.tenant = \(.tenant)
            AND scope_of.patient = \(column)\(condition)\(SQL.rowByRow))
        """
    }

    /// Without what was opened in an emergency.
    private static func usual(_ caller: Caller, _ action: Permission, _ column: SQL) -> SQL {
        var reach: SQL = ""
        if case .only(let locations) = caller.locations {
            reach = " AND (scope_of.location = 0 OR scope_of.location IN \(list: locations.sorted()))"
        }
        var condition: SQL
        if caller.hidden.isEmpty, !needsPart2Consent(caller, action) {
            condition = row(column, reach)
        } else {
            // Nearly every row is open, and found in the partial index alone.
            condition = row(column, reach + " AND scope_of.restricted = FALSE")
            if caller.hidden != .hiding {
                condition = "(\(condition) OR \(row(column, reach + labelled(caller, action))))"
            }
        }
        if case .needed(let parties, let now) = caller.relationship {
            condition = "(\(condition) AND \(related(column, parties, now)))"
        }
        if !caller.own.isEmpty {
            condition = "(\(column) NOT IN \(list: caller.own.sorted()) AND \(condition))"
        }
        return condition
    }

    /// A row with labels, none of which hides it.
    private static func labelled(_ caller: Caller, _ action: Permission) -> SQL {
        var condition: SQL = " AND scope_of.restricted = TRUE AND (scope_of.labels & \(caller.hidden.rawValue)) = 0"
        // The release before labels wrote no more than that a record is restricted.
        if caller.hidden.contains(.restricted) { condition = condition + " AND (scope_of.labels & 4294967295) <> 0" }
        if needsPart2Consent(caller, action), !caller.hidden.contains(.substanceUse) {
            condition =
                condition
                + " AND ((scope_of.labels & \(Labels.substanceUse.rawValue)) = 0 OR (scope_of.labels & \(Labels.part2Consent.rawValue)) <> 0)"
        }
        return condition
    }

    private static func related(_ column: SQL, _ parties: Set<String>, _ now: Instant) -> SQL {
        """
        EXISTS (SELECT 1 FROM care_relation care_of WHERE care_of.tenant = \(.tenant) AND care_of.patient = \(column)
            AND care_of.party IN \(list: parties.sorted()) AND care_of.since <= \(now) AND care_of.until > \(now)\(SQL.rowByRow))
        """
    }

    /// The scope rows of patients, by patient, with what they are to this caller.
    package static func scopeRows(
        of patients: [ID<Patient>], for caller: Caller, in transaction: any Transaction
    ) throws -> [ID<Patient>: [PatientScopeRow]] {
        var scopes: [ID<Patient>: [PatientScopeRow]] = [:]
        var relation: SQL = "FALSE"
        if case .needed(let parties, let now) = caller.relationship { relation = related("s.patient", parties, now) }
        let rows = try transaction.rows(
            """
            SELECT s.patient, s.location, s.restricted, s.labels, \(relation) AS related FROM patient_scope s
            WHERE s.tenant = \(.tenant) AND s.patient IN \(list: patients)
            """)
        for row in rows {
            let location: Int64 = try row["location"]
            let patient: ID<Patient> = try row["patient"]
            scopes[patient, default: []].append(
                PatientScopeRow(
                    location: location == 0 ? nil : ID(raw: location),
                    labels: labels(try row["labels"], restricted: try row["restricted"]), patient: patient,
                    isRelated: try row["related"]))
        }
        return scopes
    }

    /// What a row says: one that is restricted without a label was written by the release before labels.
    private static func labels(_ raw: Int64, restricted: Bool) -> Labels {
        let labels = Labels(rawValue: raw)
        return restricted && labels.isDisjoint(with: .hiding) ? labels.union(.restricted) : labels
    }

    /// The labels of some patients, what hides and what they have allowed.
    package static func labels(
        of patients: [ID<Patient>], in transaction: any Transaction
    ) throws -> Asked<[ID<Patient>: Labels]> {
        try transaction.ask(
            """
            SELECT s.patient, s.restricted, s.labels FROM patient_scope s
            WHERE s.tenant = \(.tenant) AND s.patient IN \(list: patients)
            """
        ).map { rows in
            var found: [ID<Patient>: Labels] = [:]
            for row in rows {
                found[try row["patient"], default: []].formUnion(
                    labels(try row["labels"], restricted: try row["restricted"]))
            }
            return found
        }
    }

    /// Writes the labels of a patient's record: all there are from now on.
    package static func setLabels(
        _ labels: Labels, of patient: ID<Patient>, in transaction: any Transaction
    ) throws {
        try transaction.send(
            """
            UPDATE patient_scope SET labels = \(labels.rawValue), restricted = \(!labels.isDisjoint(with: .hiding))
            WHERE tenant = \(.tenant) AND patient = \(patient)
            """)
    }

    /// What the policy keeps, in order.
    package static let migrations: [Migration] = [
        Migration(
            "2026-11-22.vault.patient-scope",
            [
                """
                CREATE TABLE patient_scope (
                    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, location BIGINT NOT NULL,
                    restricted BOOLEAN NOT NULL, PRIMARY KEY (tenant, patient, location))
                """
            ]),
        // Lists ask of each row whether its patient is in the caller's scope: answered from this index alone.
        Migration(
            "2026-11-22.vault.patient-scope-open",
            ["CREATE INDEX patient_scope_open ON patient_scope (tenant, patient, location) WHERE restricted = FALSE"]),
        // `restricted` stays true of every record with a label that hides, so that the index stays what it is. The lower
        // half of `labels` are those.
        Migration(
            "2026-11-25.vault.labels",
            [
                """
                ALTER TABLE patient_scope ADD COLUMN labels BIGINT NOT NULL DEFAULT 0
                    CHECK (restricted OR (labels & 4294967295) = 0)
                """,
                "UPDATE patient_scope SET labels = 1 WHERE restricted = TRUE",
            ]),
        // Who has a part in whose care: derived from visits and needs, or set by hand.
        Migration(
            "2026-11-25.vault.care-relation",
            [
                """
                CREATE TABLE care_relation (
                    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, party TEXT NOT NULL CHECK (party <> ''),
                    source TEXT NOT NULL CHECK (source <> ''), since BIGINT NOT NULL, until BIGINT NOT NULL,
                    PRIMARY KEY (tenant, patient, party, source))
                """
            ]),
    ]
}
