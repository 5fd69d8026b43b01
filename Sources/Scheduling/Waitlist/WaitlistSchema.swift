import Store
import Vault
import Web

enum WaitlistSchema {
    /// Who waits, what came free, and what was offered to whom. Lists of keys are joined by spaces. The schema sees to it
    /// that one person waits once for a visit type, that an opening has one acceptance, and that nobody has two live
    /// offers of it. `appointment` of an opening is the visit that left, of an entry and an offer the one that came of it.
    static let tables = Migration(
        "2026-11-26.scheduling.waitlist",
        [
            """
            CREATE TABLE waitlist_entry (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, patient BIGINT NOT NULL, need BIGINT,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'booked', 'left')),
                visit_type TEXT NOT NULL, practitioners TEXT NOT NULL, locations TEXT NOT NULL, weekdays TEXT NOT NULL,
                from_minute BIGINT NOT NULL, to_minute BIGINT NOT NULL, earliest TEXT, latest TEXT,
                notice_minutes BIGINT NOT NULL, priority TEXT NOT NULL, group_code TEXT NOT NULL,
                authorized BOOLEAN NOT NULL, labels BIGINT NOT NULL, source TEXT NOT NULL, version BIGINT NOT NULL,
                joined_at BIGINT NOT NULL, ended_at BIGINT, end_reason TEXT, appointment BIGINT,
                PRIMARY KEY (tenant, id), CHECK (from_minute < to_minute),
                CHECK ((state = 'waiting') = (ended_at IS NULL)),
                CHECK ((state = 'booked') = (appointment IS NOT NULL)))
            """,
            """
            CREATE UNIQUE INDEX waitlist_entry_once ON waitlist_entry (tenant, patient, visit_type)
                WHERE state = 'waiting'
            """,
            """
            CREATE INDEX waitlist_entry_waiting ON waitlist_entry (tenant, visit_type, joined_at)
                WHERE state = 'waiting'
            """,
            "CREATE INDEX waitlist_entry_patient ON waitlist_entry (tenant, patient)",
            """
            CREATE TABLE waitlist_opening (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, appointment BIGINT NOT NULL, placement BIGINT NOT NULL,
                patient BIGINT NOT NULL, cause TEXT NOT NULL CHECK (cause IN ('cancelled', 'moved')),
                visit_type TEXT NOT NULL, practitioner TEXT NOT NULL, location TEXT NOT NULL,
                local_start TEXT NOT NULL, zone TEXT NOT NULL, start_at BIGINT NOT NULL, end_at BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('open', 'filled', 'taken', 'lapsed', 'withdrawn')),
                labels BIGINT NOT NULL, waves BIGINT NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT,
                PRIMARY KEY (tenant, id), CHECK (start_at < end_at),
                CHECK ((state = 'open') = (closed_at IS NULL)))
            """,
            """
            CREATE UNIQUE INDEX waitlist_opening_once ON waitlist_opening (tenant, appointment, placement, cause)
            """,
            "CREATE INDEX waitlist_opening_start ON waitlist_opening (tenant, start_at)",
            "CREATE INDEX waitlist_opening_patient ON waitlist_opening (tenant, patient)",
            """
            CREATE TABLE waitlist_offer (
                tenant BIGINT NOT NULL, id BIGINT NOT NULL, opening BIGINT NOT NULL, entry BIGINT NOT NULL,
                patient BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN
                    ('offered', 'accepted', 'declined', 'expired', 'gone', 'withheld', 'withdrawn')),
                group_code TEXT NOT NULL, wave BIGINT NOT NULL, labels BIGINT NOT NULL, offered_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL, answered_at BIGINT, answered_by TEXT, message BIGINT, reason TEXT,
                appointment BIGINT,
                PRIMARY KEY (tenant, id), CHECK ((state = 'accepted') = (appointment IS NOT NULL)))
            """,
            """
            CREATE UNIQUE INDEX waitlist_offer_accepted ON waitlist_offer (tenant, opening) WHERE state = 'accepted'
            """,
            """
            CREATE UNIQUE INDEX waitlist_offer_live ON waitlist_offer (tenant, opening, entry) WHERE state = 'offered'
            """,
            "CREATE INDEX waitlist_offer_opening ON waitlist_offer (tenant, opening)",
            "CREATE INDEX waitlist_offer_entry ON waitlist_offer (tenant, entry)",
            "CREATE INDEX waitlist_offer_patient ON waitlist_offer (tenant, patient, offered_at)",
            "CREATE INDEX waitlist_offer_time ON waitlist_offer (tenant, offered_at)",
        ])

    /// Which offers a message carried that did not arrive.
    static let messages = Migration(
        "2026-11-29.scheduling.offer-messages",
        ["CREATE INDEX waitlist_offer_message ON waitlist_offer (tenant, message) WHERE state = 'offered'"])

    /// All are of one patient, and go with them. Somebody else's offer of an opening that went leads to a page that says
    /// that the time is gone.
    static let rules = [
        TableRule("waitlist_entry", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
        TableRule("waitlist_opening", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
        TableRule("waitlist_offer", .patient(column: "patient"), export: .plain(.visits), merge: .follows),
    ]
}
