import Store
import Web

enum CapacitySchema {
    /// How many days ahead the first and the third time were, once a day. `day` is the organization's; empty: nothing
    /// within the horizon.
    static let available = Migration(
        "2026-11-27.scheduling.capacity-available",
        [
            """
            CREATE TABLE capacity_available (
                tenant BIGINT NOT NULL, day TEXT NOT NULL, visit_type TEXT NOT NULL, location TEXT NOT NULL,
                first_days BIGINT, third_days BIGINT, taken_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, day, visit_type, location),
                CHECK (third_days IS NULL OR first_days IS NOT NULL))
            """
        ])

    static let rules = [
        TableRule("capacity_available", .none(reason: "counts of days ahead, of visit types and places; no person"))
    ]
}
