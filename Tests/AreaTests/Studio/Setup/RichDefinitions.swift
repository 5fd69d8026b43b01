import Foundation
import StudioAPI

/// Definitions in which every field says something.
enum RichDefinitions {
    private static func decode(_ json: String) throws -> AnyDefinition {
        try JSONDecoder().decode(AnyDefinition.self, from: Data(json.utf8))
    }

    static func all() throws -> [AnyDefinition] {
        [try visitType(), try practitioner(), try resource(), try location(), try referrals()]
    }

    static func visitType() throws -> AnyDefinition {
        try decode(
            #"""
            {"kind": "visit-type", "key": "rich", "names": {"en": "Rich", "es": "Rica"}, "minutes": 30,
             "bufferBefore": 5, "bufferAfter": 10, "startEvery": 20, "modality": "video", "serviceLine": "care",
             "practitioners": ["b", "a"], "locations": ["main"], "leadMinutes": 90, "horizonDays": 60,
             "patients": "established", "appointmentType": "FOLLOWUP", "reminderPlan": "standard", "labels": ["minor"],
             "prep": {"en": "Bring:\n  your card\n", "es": "Traiga:\n  su tarjeta\n"},
             "rules": {
               "durations": [{"practitioners": ["b"], "patients": "new", "minutes": 45}],
               "eligibility": {"ages": {"from": 18, "under": 65}, "sexes": ["male", "female"], "payers": ["acme, inc", "x"],
                 "referral": true, "authorization": {"payers": ["x"]}, "facts": ["symptoms"]},
               "resources": [{"type": "equipment", "features": ["ultrasound"], "before": 5, "after": 15}],
               "limits": {"perPractitioner": 6, "perLocation": 9},
               "linked": [{"visitType": "labs", "order": "before", "minGapMinutes": 61, "maxGapMinutes": 20160,
                 "sameDay": false, "sameLocation": true, "samePractitioner": true}],
               "groupSize": 8, "startsWithin": "07:00-10:00", "fasting": true,
               "selfService": {"book": true, "move": false, "cancel": true, "untilMinutes": 120},
               "lateCancelMinutes": 2880,
               "checkIn": {"leadMinutes": 90,
                 "questions": [
                   {"key": "way", "text": {"en": "How do you come? ", "es": "¿Cómo viene?"}, "answer": "choice",
                    "choices": [{"key": "2-bus", "names": {"en": "Bus", "es": "Autobús"}},
                      {"key": "car", "names": {"en": "Car"}}], "required": true},
                   {"key": "changes", "text": {"en": "Changes?"}, "answer": "yes-no", "choices": [],
                    "required": false}],
                 "documents": [{"key": "texts", "version": 3, "names": {"en": "Texts", "es": "Mensajes"},
                   "body": {"en": "We text.\n\nReply STOP.\n", "es": "Enviamos mensajes."},
                   "purpose": "care-outreach", "required": true}]}}}
            """#)
    }

    static func practitioner() throws -> AnyDefinition {
        try decode(
            #"""
            {"kind": "practitioner", "key": "rich", "name": {"prefix": "Dr.", "given": "Rita", "family": "Rich", "suffix": "MD"},
             "npi": "9000000106", "gender": "other", "languages": ["en", "fr"], "serviceLines": ["care", "other"],
             "acceptsNew": false, "ages": {"from": 3, "under": 18}, "dailyLimit": 12,
             "templates": [{"location": "main", "weekdays": ["wed", "mon"], "from": "20:00", "to": "24:00",
               "visitTypes": ["b", "a"], "releaseMinutes": 1500, "validFrom": "2026-01-01", "validTo": "2026-12-31",
               "everyWeeks": 3, "anchor": "2026-01-05", "overbook": 2}],
             "exceptions": [
               {"effect": "extra", "firstDay": "2026-05-01", "lastDay": "2026-05-02", "hours": "08:00-12:00",
                "location": "main", "visitTypes": ["a"], "reason": " two  spaces "},
               {"effect": "away", "firstDay": "2026-06-01", "lastDay": "2026-06-09", "visitTypes": []}]}
            """#)
    }

    static func resource() throws -> AnyDefinition {
        try decode(
            #"""
            {"kind": "resource", "key": "rich", "names": {"en": "Rich"}, "type": "interpreter", "locations": ["main"],
             "features": ["quiet"], "languages": ["es", "nv"], "capacity": 3,
             "hours": {"mon": ["08:00-12:00", "13:00-17:00"], "sun": ["00:00-24:00"], "tue": []},
             "exceptions": [{"effect": "away", "firstDay": "2026-06-01", "lastDay": "2026-06-09", "hours": "08:00-09:00",
               "location": "main", "visitTypes": [], "reason": "Repair"}]}
            """#)
    }

    static func location() throws -> AnyDefinition {
        try decode(
            #"""
            {"kind": "location", "key": "rich", "name": "Rich", "zone": "America/Denver", "phone": "+13035550100",
             "address": {"lines": ["1 Oak Street", "Suite 2"], "city": "Denver", "state": "CO", "postalCode": "80205",
               "country": "US"},
             "openingHours": {"mon": ["08:00-12:00"], "tue": []},
             "holidays": [{"date": "2026-12-24", "name": {"en": "Eve", "es": "Nochebuena"}, "hours": ["08:00-12:00"]}],
             "directions": {"en": "Left\n\nthen right", "es": "Izquierda"}, "parking": {"en": "Behind", "es": "Detrás"},
             "calendarOwner": "ehr", "calendarSystem": "Chart", "accessibility": ["quiet-room", "step-free"],
             "travel": [{"location": "other", "minutes": 0}]}
            """#)
    }

    static func referrals() throws -> AnyDefinition {
        let full = #""firstContactMinutes": 61, "scheduleMinutes": 1440, "seenMinutes": 2880, "closeLoopMinutes": 90"#
        return try decode(
            """
            {"kind": "referral-policy", "key": "rich", "names": {"en": "Rich"}, "running": "opening-hours",
             "location": "main", "attempts": 4,
             "targets": {"routine": {\(full), "acknowledgeMinutes": 7}, "urgent": {\(full), "acknowledgeMinutes": 7},
               "asap": {\(full), "acknowledgeMinutes": 7}, "stat": {\(full), "acknowledgeMinutes": 7}},
             "serviceLines": [{"serviceLine": "labs", "targets": {"urgent": {"seenMinutes": 60}, "stat": {}}}]}
            """)
    }
}
