import Kernel
import Store

/// What rotation adds to the key store.
///
/// `tenant_key.wrapped` is the tenant's root, from which index keys and keyed hashes are derived: it never changes. The
/// keys that wrap subjects' keys stand in `wrapping_key`, each with its version; `tenant_key.wrapping` is the one in use.
/// Version 0 is the root itself: what tenants that are older than rotation began with.
enum RotationSchema {
    static let migration = Migration(
        "2026-11-23.vault.keys-rotation",
        [
            "ALTER TABLE tenant_key ADD COLUMN wrapping BIGINT NOT NULL DEFAULT 0",
            """
            CREATE TABLE wrapping_key (
                tenant BIGINT NOT NULL, version BIGINT NOT NULL, wrapped BLOB, created_at BIGINT NOT NULL,
                retired_at BIGINT, PRIMARY KEY (tenant, version))
            """,
            // Under which version a subject's key is wrapped, its earlier key too while that is being replaced.
            "ALTER TABLE subject_key ADD COLUMN wrapping BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE subject_key ADD COLUMN previous BLOB",
            "CREATE INDEX subject_key_rotating ON subject_key (tenant, subject) WHERE previous IS NOT NULL",
        ])
}
