import Store
import Vault
import Web

enum TextBookingSchema {
    /// `number` is a keyed hash of the number it was written from; `wish_…` is what was said of when, days and hours
    /// joined by spaces; `named` are keys of visit types that the words name. `question` counts the questions, and a
    /// choice belongs to one of them. `need_version` is the need's since the last question: any other says that
    /// somebody has done something about it. `placement` is the visit's when it was chosen.
    static let tables = Migration(
        "2026-11-23.scheduling.text-booking",
        [
            """
            CREATE TABLE text_booking (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, need BIGINT NOT NULL,
                number BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('book', 'move', 'cancel')),
                phase TEXT NOT NULL CHECK (phase IN ('asked', 'choosing-visit', 'choosing-type', 'choosing-time',
                    'confirming-cancel', 'done', 'handed-over', 'ended')),
                visit BIGINT, placement BIGINT, visit_type TEXT, round BIGINT NOT NULL,
                wish_from TEXT, wish_to TEXT, wish_days TEXT NOT NULL, wish_hours TEXT NOT NULL, named TEXT NOT NULL,
                renewed BIGINT NOT NULL CHECK (renewed IN (0, 1)), question BIGINT NOT NULL, need_version BIGINT,
                answer BIGINT, declined BIGINT NOT NULL CHECK (declined IN (0, 1)), message BIGINT, answer_by BIGINT,
                created_at BIGINT NOT NULL, ended_at BIGINT, outcome TEXT,
                PRIMARY KEY (tenant, id), CHECK ((visit IS NULL) = (placement IS NULL)),
                CHECK ((phase IN ('done', 'handed-over', 'ended')) = (ended_at IS NOT NULL)),
                CHECK ((ended_at IS NULL) = (outcome IS NULL)))
            """,
            "CREATE UNIQUE INDEX text_booking_open ON text_booking (tenant, need) WHERE ended_at IS NULL",
            "CREATE INDEX text_booking_message ON text_booking (tenant, message) WHERE ended_at IS NULL",
            "CREATE INDEX text_booking_patient ON text_booking (tenant, patient)",
            """
            CREATE TABLE text_booking_choice (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, booking BIGINT NOT NULL, patient BIGINT NOT NULL,
                question BIGINT NOT NULL, number BIGINT NOT NULL CHECK (number BETWEEN 1 AND 9),
                what TEXT NOT NULL CHECK (what IN ('visit', 'type', 'cancel', 'another', 'time')),
                visit BIGINT, visit_type TEXT, practitioner TEXT, location TEXT, local_start TEXT,
                PRIMARY KEY (tenant, id), CHECK (what <> 'visit' OR visit IS NOT NULL),
                CHECK (what NOT IN ('type', 'time') OR visit_type IS NOT NULL),
                CHECK (what <> 'time' OR (practitioner IS NOT NULL AND location IS NOT NULL
                    AND local_start IS NOT NULL)))
            """,
            "CREATE INDEX text_booking_choice_booking ON text_booking_choice (tenant, booking)",
            "CREATE INDEX text_booking_choice_patient ON text_booking_choice (tenant, patient)",
        ])

    static let rules = [
        TableRule(
            "text_booking", .patient(column: "patient"),
            export: .notExported(
                reason: "how far rules came with a text; the texts, and the visit that came of them, are given out"),
            merge: .follows),
        TableRule(
            "text_booking_choice", .patient(column: "patient"),
            export: .notExported(reason: "what the numbers of a text stood for; the text is given out"),
            merge: .follows),
    ]
}
