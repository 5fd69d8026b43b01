-- Made by `throughline schema` on SQLite; not edited by hand.

-- The data store

CREATE TABLE access_link (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, made_by BIGINT NOT NULL,
    made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT, proxy BIGINT, CHECK (made_at < expires_at));

CREATE INDEX access_link_patient ON access_link (tenant, patient);

CREATE TABLE access_review (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL CHECK (name <> ''),
    started_by BIGINT NOT NULL, started_at BIGINT NOT NULL, due_at BIGINT NOT NULL, completed_by BIGINT,
    completed_at BIGINT,
    CHECK ((completed_by IS NULL) = (completed_at IS NULL)));

CREATE TABLE access_review_decision (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, review BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'key')), subject BIGINT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('keep', 'change', 'remove')), decided_by BIGINT NOT NULL,
    decided_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX access_review_decision_line ON access_review_decision (tenant, review, kind, subject, id);

CREATE TABLE access_review_line (
    tenant BIGINT NOT NULL, review BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('user', 'key')),
    subject BIGINT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (tenant, review, kind, subject));

CREATE TABLE api_key (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, token_hash BLOB NOT NULL,
    roles TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, revoked_at BIGINT, permissions TEXT, locations TEXT, previous_hash BLOB, previous_until BIGINT, rotated_at BIGINT, used_at BIGINT);

CREATE INDEX api_key_previous ON api_key (tenant, previous_hash);

CREATE UNIQUE INDEX api_key_token ON api_key (tenant, token_hash);

CREATE TABLE api_key_owner (
    tenant BIGINT NOT NULL, api_key BIGINT NOT NULL, user_id BIGINT NOT NULL,
    PRIMARY KEY (tenant, api_key)) WITHOUT ROWID;

CREATE INDEX api_key_owner_user ON api_key_owner (tenant, user_id);

CREATE TABLE appointment (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, need BIGINT,
    status TEXT NOT NULL
        CHECK (status IN ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow')),
    visit_type TEXT NOT NULL, practitioner TEXT NOT NULL, location TEXT NOT NULL,
    local_start TEXT NOT NULL, zone TEXT NOT NULL, tz_version TEXT NOT NULL,
    start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, minutes BIGINT NOT NULL CHECK (minutes > 0),
    placement BIGINT NOT NULL, version BIGINT NOT NULL, source TEXT NOT NULL,
    created_at BIGINT NOT NULL, booked_at BIGINT, confirmed_at BIGINT, confirmed_by TEXT, arrived_at BIGINT,
    completed_at BIGINT, missed_at BIGINT, cancelled_at BIGINT, cancel_reason TEXT,
    key_subject BIGINT, sealed BLOB, reminder_plan TEXT, reminder_version BIGINT, labels BIGINT NOT NULL DEFAULT 0, missed_reason TEXT, CHECK (start_at < end_at),
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CHECK (status NOT IN ('arrived', 'fulfilled') OR arrived_at IS NOT NULL),
    CHECK (status <> 'fulfilled' OR completed_at IS NOT NULL),
    CHECK ((sealed IS NULL) = (key_subject IS NULL)));

CREATE INDEX appointment_day ON appointment (tenant, location, start_at);

CREATE INDEX appointment_here ON appointment (tenant, start_at) WHERE status = 'arrived';

CREATE INDEX appointment_need ON appointment (tenant, need) WHERE need IS NOT NULL;

CREATE INDEX appointment_patient ON appointment (tenant, patient, start_at);

CREATE INDEX appointment_practitioner ON appointment (tenant, practitioner, start_at);

CREATE INDEX appointment_tz_version ON appointment (tenant, tz_version, start_at)
    WHERE status IN ('pending', 'booked');

CREATE TABLE appointment_notice (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, appointment BIGINT NOT NULL, patient BIGINT NOT NULL,
    placement BIGINT NOT NULL,
    kind TEXT NOT NULL
        CHECK (kind IN ('pending', 'confirmation', 'reminder', 'cancellation', 'reschedule')),
    ordinal BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'sent', 'withheld', 'cancelled')),
    due_at BIGINT NOT NULL, planned_at BIGINT NOT NULL, settled_at BIGINT, message BIGINT, reason TEXT, days_before BIGINT, unless_confirmed BOOLEAN);

CREATE UNIQUE INDEX appointment_notice_once
    ON appointment_notice (tenant, appointment, placement, kind, ordinal);

CREATE TABLE audit_block (
    tenant BIGINT NOT NULL, stream BIGINT NOT NULL, sequence BIGINT NOT NULL,
    first_id BIGINT NOT NULL, last_id BIGINT NOT NULL, count BIGINT NOT NULL,
    hash BLOB NOT NULL, chained_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, stream, sequence), CHECK (first_id <= last_id), CHECK (count > 0));

CREATE TABLE audit_record (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, stream BIGINT NOT NULL, recorded_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, action TEXT NOT NULL, purpose TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('permitted', 'denied', 'failed')), reason TEXT,
    subject_kind TEXT, subject BIGINT, subjects TEXT, correlation BIGINT NOT NULL, origin TEXT NOT NULL, remote TEXT);

CREATE INDEX audit_record_subject ON audit_record (tenant, subject, id) WHERE subject IS NOT NULL;

CREATE TABLE audit_search (tenant BIGINT NOT NULL PRIMARY KEY, through BIGINT NOT NULL);

CREATE TABLE audit_subject (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, audit BIGINT NOT NULL,
    PRIMARY KEY (tenant, patient, audit)) WITHOUT ROWID;

CREATE TABLE blob_chunk (
    tenant BIGINT NOT NULL, blob BIGINT NOT NULL, number BIGINT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (tenant, blob, number));

CREATE TABLE blob_object (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, key_subject BIGINT NOT NULL, size BIGINT NOT NULL,
    chunks BIGINT NOT NULL, media_type TEXT NOT NULL, created_at BIGINT NOT NULL, sealed BLOB NOT NULL, CHECK (size > 0), CHECK (chunks > 0));

CREATE INDEX blob_object_subject ON blob_object (tenant, key_subject);

CREATE TABLE booking_interval (
    tenant BIGINT NOT NULL, resource BIGINT NOT NULL, lane BIGINT NOT NULL,
    start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, owner BIGINT NOT NULL, patient BIGINT,
    expires_at BIGINT, place BIGINT, visit_type BIGINT, visit_at BIGINT, seat BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, resource, lane, start_at),
    CHECK (start_at < end_at), CHECK (end_at - start_at <= 86400000000)) WITHOUT ROWID;

CREATE INDEX booking_interval_lanes ON booking_interval (tenant, resource, start_at) WHERE lane > 0;

CREATE INDEX booking_interval_owner ON booking_interval (tenant, owner);

CREATE TRIGGER booking_interval_added AFTER INSERT ON booking_interval
WHEN NEW.resource < 0 AND NEW.start_at > 0 BEGIN
    INSERT INTO booking_interval_change (tenant, position, resource, week)
    SELECT NEW.tenant, coalesce(max(position), 0) + 1, NEW.resource, NEW.start_at / 604800000000
    FROM booking_interval_change WHERE tenant = NEW.tenant;
END;

CREATE TRIGGER booking_interval_changed AFTER UPDATE ON booking_interval
WHEN NEW.resource < 0 AND NEW.start_at > 0 BEGIN
    INSERT INTO booking_interval_change (tenant, position, resource, week)
    SELECT NEW.tenant, coalesce(max(position), 0) + 1, NEW.resource, NEW.start_at / 604800000000
    FROM booking_interval_change WHERE tenant = NEW.tenant;
END;

CREATE TRIGGER booking_interval_moved
BEFORE UPDATE OF tenant, resource, lane, start_at, end_at ON booking_interval BEGIN
    SELECT RAISE(ABORT, 'check: an interval is replaced, never moved');
END;

CREATE TRIGGER booking_interval_overlap BEFORE INSERT ON booking_interval BEGIN
    SELECT RAISE(ABORT, 'overlap: resource') WHERE NEW.start_at < (
        SELECT end_at FROM booking_interval
        WHERE tenant = NEW.tenant AND resource = NEW.resource AND lane = NEW.lane
            AND start_at < NEW.end_at
        ORDER BY start_at DESC LIMIT 1);
END;

CREATE TRIGGER booking_interval_removed AFTER DELETE ON booking_interval
WHEN OLD.resource < 0 AND OLD.start_at > 0 BEGIN
    INSERT INTO booking_interval_change (tenant, position, resource, week)
    SELECT OLD.tenant, coalesce(max(position), 0) + 1, OLD.resource, OLD.start_at / 604800000000
    FROM booking_interval_change WHERE tenant = OLD.tenant;
END;

CREATE TABLE booking_interval_change (
    tenant BIGINT NOT NULL, position BIGINT NOT NULL, resource BIGINT NOT NULL,
    week BIGINT NOT NULL, PRIMARY KEY (tenant, position)) WITHOUT ROWID;

CREATE TABLE break_glass (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    user_id BIGINT NOT NULL, opened_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, sealed BLOB NOT NULL, CHECK (opened_at <= ends_at));

CREATE INDEX break_glass_patient ON break_glass (tenant, patient);

CREATE TABLE break_glass_notice (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, glass BIGINT NOT NULL, patient BIGINT NOT NULL,
    user_id BIGINT NOT NULL);

CREATE INDEX break_glass_notice_patient ON break_glass_notice (tenant, patient);

CREATE TABLE break_glass_review (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('appropriate', 'follow-up')), reviewer BIGINT NOT NULL,
    reviewed_at BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX break_glass_review_patient ON break_glass_review (tenant, patient);

CREATE TABLE break_glass_scope (
    tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, patient BIGINT NOT NULL, glass BIGINT NOT NULL,
    ends_at BIGINT NOT NULL, PRIMARY KEY (tenant, user_id, patient, glass)) WITHOUT ROWID;

CREATE INDEX break_glass_scope_patient ON break_glass_scope (tenant, patient);

CREATE TABLE bump_choice (
    tenant BIGINT NOT NULL, hold BIGINT NOT NULL, visit BIGINT NOT NULL, patient BIGINT NOT NULL,
    made_at BIGINT NOT NULL, PRIMARY KEY (tenant, hold)) WITHOUT ROWID;

CREATE INDEX bump_choice_patient ON bump_choice (tenant, patient);

CREATE INDEX bump_choice_visit ON bump_choice (tenant, visit);

CREATE TABLE bump_visit (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, absence BIGINT NOT NULL, appointment BIGINT NOT NULL,
    patient BIGINT NOT NULL, labels BIGINT NOT NULL, rank BIGINT NOT NULL, start_at BIGINT NOT NULL,
    lapse_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'moved', 'cancelled', 'kept', 'over')),
    looked_at BIGINT, more BIGINT NOT NULL, asked BIGINT NOT NULL, asked_at BIGINT,
    answer_by BIGINT, answer TEXT CHECK (answer IN ('none')), answered_at BIGINT, answered_by TEXT,
    withheld TEXT, calls BIGINT NOT NULL, called_at BIGINT, settled_at BIGINT, settled_by TEXT, message BIGINT, CHECK ((state = 'waiting') = (settled_at IS NULL)),
    CHECK ((asked = 0) = (answer_by IS NULL)));

CREATE INDEX bump_visit_appointment ON bump_visit (tenant, appointment);

CREATE INDEX bump_visit_message ON bump_visit (tenant, message) WHERE message IS NOT NULL;

CREATE UNIQUE INDEX bump_visit_once ON bump_visit (tenant, absence, appointment);

CREATE INDEX bump_visit_patient ON bump_visit (tenant, patient);

CREATE TABLE calendar_feed (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, owner BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('practitioner', 'location')), source TEXT NOT NULL,
    language TEXT NOT NULL, token_hash BLOB NOT NULL, made_at BIGINT NOT NULL, read_at BIGINT,
    ended_at BIGINT);

CREATE INDEX calendar_feed_owner ON calendar_feed (tenant, owner, id) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX calendar_feed_token ON calendar_feed (tenant, token_hash);

CREATE TABLE capacity_available (
    tenant BIGINT NOT NULL, day TEXT NOT NULL, visit_type TEXT NOT NULL, location TEXT NOT NULL,
    first_days BIGINT, third_days BIGINT, taken_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, day, visit_type, location),
    CHECK (third_days IS NULL OR first_days IS NOT NULL));

CREATE TABLE care_relation (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, party TEXT NOT NULL CHECK (party <> ''),
    source TEXT NOT NULL CHECK (source <> ''), since BIGINT NOT NULL, until BIGINT NOT NULL,
    PRIMARY KEY (tenant, patient, party, source));

CREATE TABLE clinical_document (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    type TEXT NOT NULL, code TEXT, code_system TEXT, primary_at BIGINT, source TEXT NOT NULL,
    source_hash BLOB NOT NULL, content_hash BLOB NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL, labels BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, patient, id),
    FOREIGN KEY (patient) REFERENCES patient (id));

CREATE UNIQUE INDEX clinical_document_source ON clinical_document (tenant, source_hash);

CREATE INDEX clinical_document_type ON clinical_document (tenant, patient, type, primary_at);

CREATE TABLE clinical_link (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, document BLOB NOT NULL, role TEXT NOT NULL,
    place BIGINT NOT NULL, target BLOB NOT NULL, PRIMARY KEY (tenant, patient, document, role, place));

CREATE INDEX clinical_link_document ON clinical_link (tenant, document);

CREATE TABLE consent_hint (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, message BIGINT NOT NULL, language TEXT NOT NULL,
    at BIGINT NOT NULL, decision TEXT CHECK (decision IN ('stopped', 'kept')), decided_by BIGINT,
    decided_at BIGINT, CHECK ((decision IS NULL) = (decided_at IS NULL)));

CREATE UNIQUE INDEX consent_hint_message ON consent_hint (tenant, message);

CREATE TABLE contact_consent (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT, channel TEXT NOT NULL, address_hash BLOB,
    purpose TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('given', 'withdrawn')), source TEXT NOT
    NULL,
    message BIGINT, recorded_at BIGINT NOT NULL, scope TEXT NOT NULL DEFAULT '*', basis TEXT NOT NULL DEFAULT 'express', document TEXT, expires_at BIGINT, recorded_by BIGINT,
    CHECK (patient IS NOT NULL OR address_hash IS NOT NULL));

CREATE INDEX contact_consent_address ON contact_consent (tenant, address_hash, channel, purpose, id)
WHERE address_hash IS NOT NULL;

CREATE INDEX contact_consent_patient ON contact_consent (tenant, patient, channel, purpose, id)
WHERE patient IS NOT NULL;

CREATE INDEX contact_consent_withdrawn ON contact_consent (tenant, id) WHERE state = 'withdrawn';

CREATE TABLE contact_point (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('phone', 'email')), term BIGINT NOT NULL, use TEXT NOT NULL,
    rank BIGINT NOT NULL, source TEXT NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (tenant, patient, id),
    FOREIGN KEY (patient) REFERENCES patient (id));

CREATE UNIQUE INDEX contact_point_term ON contact_point (tenant, term, patient, kind);

CREATE TABLE conversation (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, channel TEXT NOT NULL CHECK (channel IN ('sms')),
    patient BIGINT, standing TEXT NOT NULL CHECK (standing IN ('known', 'unknown', 'ambiguous')),
    address_hash BLOB NOT NULL, lane BIGINT NOT NULL, opened_at BIGINT NOT NULL, last_message BIGINT,
    last_message_at BIGINT NOT NULL, last_direction TEXT, last_inbound_at BIGINT, key_subject BIGINT NOT
    NULL,
    sealed BLOB NOT NULL, labels BIGINT NOT NULL DEFAULT 0, medium TEXT NOT NULL DEFAULT 'sms' CHECK (medium IN ('sms', 'email')),
    CHECK ((standing = 'known') = (patient IS NOT NULL)));

CREATE UNIQUE INDEX conversation_party ON conversation
    (tenant, channel, address_hash, (COALESCE(patient, 0)));

CREATE INDEX conversation_patient ON conversation (tenant, patient, last_message_at)
WHERE patient IS NOT NULL;

CREATE INDEX conversation_stranger ON conversation (tenant, id) WHERE patient IS NULL;

CREATE TABLE coverage (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    payer TEXT NOT NULL, source TEXT NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (tenant, patient, id),
    FOREIGN KEY (patient) REFERENCES patient (id));

CREATE TABLE definition (
    tenant BIGINT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, version BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('published', 'retired')), document TEXT NOT NULL,
    revision BIGINT NOT NULL, published_at BIGINT NOT NULL, origin TEXT, published_by BIGINT, reason TEXT, PRIMARY KEY (tenant, kind, key, version));

CREATE UNIQUE INDEX definition_published ON definition (tenant, kind, key) WHERE state = 'published';

CREATE INDEX definition_revision ON definition (tenant, revision);

CREATE TABLE definition_head (tenant BIGINT NOT NULL PRIMARY KEY, revision BIGINT NOT NULL);

CREATE TABLE delay_notice (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, appointment BIGINT NOT NULL, patient BIGINT NOT NULL,
    said_at BIGINT NOT NULL, expected_at BIGINT NOT NULL, late_minutes BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'withheld')), said_by TEXT NOT NULL,
    message BIGINT, reason TEXT);

CREATE INDEX delay_notice_appointment ON delay_notice (tenant, appointment, said_at);

CREATE INDEX delay_notice_patient ON delay_notice (tenant, patient);

CREATE TABLE disclosure (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    basis TEXT NOT NULL, accounted BOOLEAN NOT NULL,
    door TEXT NOT NULL CHECK (door IN ('export', 'by-hand')), disclosed_on TEXT NOT NULL,
    recorded_by BIGINT NOT NULL, recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX disclosure_patient ON disclosure (tenant, patient, disclosed_on);

CREATE TABLE disputed_number (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, term BIGINT NOT NULL,
    found_at BIGINT NOT NULL, PRIMARY KEY (tenant, patient, id),
    FOREIGN KEY (patient) REFERENCES patient (id)) WITHOUT ROWID;

CREATE INDEX disputed_number_term ON disputed_number (tenant, term);

CREATE TABLE event (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, kind TEXT NOT NULL, schema_version BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL, recorded_at BIGINT NOT NULL, patient BIGINT, need BIGINT,
    actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, correlation BIGINT NOT NULL, cause BIGINT,
    body TEXT NOT NULL, labels BIGINT NOT NULL DEFAULT 0);

CREATE INDEX event_kind ON event (tenant, kind, occurred_at);

CREATE INDEX event_need ON event (tenant, need, id) WHERE need IS NOT NULL;

CREATE INDEX event_patient ON event (tenant, patient, id) WHERE patient IS NOT NULL;

CREATE TABLE event_pending (
    tenant BIGINT NOT NULL, event BIGINT NOT NULL, PRIMARY KEY (tenant, event)) WITHOUT ROWID;

CREATE TABLE event_position (
    tenant BIGINT NOT NULL, position BIGINT NOT NULL, event BIGINT NOT NULL,
    PRIMARY KEY (tenant, position)) WITHOUT ROWID;

CREATE UNIQUE INDEX event_position_event ON event_position (tenant, event);

CREATE TABLE event_subject (
    tenant BIGINT NOT NULL, kind TEXT NOT NULL, subject BIGINT NOT NULL, event BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, subject, event));

CREATE TABLE external_identifier (
    tenant BIGINT NOT NULL, identifier BLOB NOT NULL, record BLOB NOT NULL, patient BIGINT,
    is_stand_in BOOLEAN NOT NULL, PRIMARY KEY (tenant, identifier, record));

CREATE INDEX external_identifier_patient ON external_identifier (tenant, patient) WHERE patient IS NOT NULL;

CREATE INDEX external_identifier_record ON external_identifier (tenant, record);

CREATE TABLE external_resource (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, source_key BLOB NOT NULL, type TEXT NOT NULL,
    content_hash BLOB NOT NULL, name TEXT, npi TEXT, key_subject BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE UNIQUE INDEX external_resource_source ON external_resource (tenant, source_key);

CREATE INDEX external_resource_type ON external_resource (tenant, type, name);

CREATE TABLE idempotency (
    tenant BIGINT NOT NULL, caller_kind TEXT NOT NULL, caller BIGINT NOT NULL, key_hash BLOB NOT NULL,
    payload_hash BLOB NOT NULL, key_subject BIGINT NOT NULL, result_id BIGINT NOT NULL, sealed BLOB NOT NULL,
    expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, caller_kind, caller, key_hash));

CREATE INDEX idempotency_expiry ON idempotency (tenant, expires_at);

CREATE TABLE imported_patient (
    tenant BIGINT NOT NULL, source_key BLOB NOT NULL, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    content_hash BLOB NOT NULL, run BIGINT NOT NULL, coverage_at BIGINT, coverage_hash BLOB,
    PRIMARY KEY (tenant, source_key));

CREATE UNIQUE INDEX imported_patient_patient ON imported_patient (tenant, patient);

CREATE TABLE invitation (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, user_id BIGINT NOT NULL, token_hash BLOB NOT NULL,
    made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT, revoked_at BIGINT, CHECK (made_at <= expires_at));

CREATE INDEX invitation_expiry ON invitation (tenant, expires_at);

CREATE UNIQUE INDEX invitation_token ON invitation (tenant, token_hash);

CREATE INDEX invitation_user ON invitation (tenant, user_id);

CREATE TABLE lease (
    tenant BIGINT NOT NULL, name TEXT NOT NULL, holder BIGINT NOT NULL, token BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, name));

CREATE TABLE legal_hold (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    placed_by BIGINT NOT NULL, placed_at BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX legal_hold_patient ON legal_hold (tenant, patient);

CREATE TABLE legal_hold_guard (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, holds BIGINT NOT NULL CHECK (holds >= 0),
    disposing_at BIGINT, PRIMARY KEY (tenant, patient)) WITHOUT ROWID;

CREATE TABLE legal_hold_release (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    released_by BIGINT NOT NULL, released_at BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX legal_hold_release_patient ON legal_hold_release (tenant, patient);

CREATE TABLE look_alike (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, other BIGINT NOT NULL, found_at BIGINT NOT NULL,
    settled_at BIGINT, PRIMARY KEY (tenant, patient, other), CHECK (patient <> other)) WITHOUT ROWID;

CREATE INDEX look_alike_open ON look_alike (tenant, found_at) WHERE settled_at IS NULL;

CREATE TABLE message (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, conversation BIGINT NOT NULL, patient BIGINT,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    state TEXT NOT NULL CHECK (state IN ('received', 'queued', 'held', 'uncertain', 'sent', 'delivered',
        'failed', 'withdrawn')),
    sender_kind TEXT NOT NULL CHECK (sender_kind IN ('person', 'user', 'system')), sender BIGINT,
    purpose TEXT, template TEXT, language TEXT, need BIGINT, media BIGINT NOT NULL, provider_hash BLOB,
    at BIGINT NOT NULL, attempted_at BIGINT, settled_at BIGINT, error_code TEXT, key_subject BIGINT NOT
    NULL,
    sealed BLOB NOT NULL, location TEXT,
    CHECK ((direction = 'in') = (state = 'received')),
    CHECK (direction = 'in' OR purpose IS NOT NULL));

CREATE UNIQUE INDEX message_provider ON message (tenant, provider_hash) WHERE provider_hash IS NOT NULL;

CREATE INDEX message_thread ON message (tenant, conversation, id);

CREATE INDEX message_unsettled ON message (tenant, id) WHERE state = 'uncertain';

CREATE INDEX message_waiting ON message (tenant, conversation, id) WHERE state IN ('queued', 'held');

CREATE TABLE message_media (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, message BIGINT NOT NULL, number BIGINT NOT NULL, blob
    BIGINT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'stored', 'refused')), media_type TEXT, size BIGINT,
    reason TEXT, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL,
    CHECK ((state = 'stored') = (blob IS NOT NULL)));

CREATE UNIQUE INDEX message_media_place ON message_media (tenant, message, number);

CREATE TABLE message_prompt (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, message BIGINT NOT NULL, conversation BIGINT NOT NULL,
    patient BIGINT NOT NULL, address_hash BLOB NOT NULL, appointment BIGINT NOT NULL, sent_at BIGINT NOT
    NULL,
    choice BIGINT, answered_at BIGINT, answer TEXT,
    CHECK ((answered_at IS NULL) = (answer IS NULL)));

CREATE INDEX message_prompt_patient ON message_prompt (tenant, patient, id);

CREATE INDEX message_prompt_waiting ON message_prompt (tenant, address_hash, id) WHERE answered_at IS NULL;

CREATE TABLE migration (
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, position BIGINT NOT NULL);

CREATE TABLE need (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, conversation BIGINT NOT NULL, patient BIGINT,
    reason TEXT NOT NULL CHECK (reason <> ''), priority TEXT NOT NULL
        CHECK (priority IN ('routine', 'urgent', 'asap', 'stat')),
    stage TEXT NOT NULL CHECK (stage IN ('new', 'in-progress', 'waiting-patient', 'scheduled', 'closed')),
    owner BIGINT, team TEXT NOT NULL CHECK (team <> ''), next_step TEXT NOT NULL CHECK (next_step <> ''),
    due_at BIGINT NOT NULL CHECK (due_at > 0), resolve_by BIGINT NOT NULL CHECK (resolve_by > 0),
    opened_at BIGINT NOT NULL, stage_at BIGINT NOT NULL, first_response_at BIGINT, closed_at BIGINT,
    outcome TEXT, appointment BIGINT, version BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    sealed BLOB NOT NULL, labels BIGINT NOT NULL DEFAULT 0,
    CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((stage = 'closed') = (outcome IS NOT NULL)),
    CHECK (stage <> 'new' OR owner IS NULL));

CREATE INDEX need_closed ON need (tenant, closed_at, id) WHERE stage = 'closed';

CREATE INDEX need_conversation ON need (tenant, conversation, id);

CREATE INDEX need_due ON need (tenant, due_at, id) WHERE stage <> 'closed';

CREATE INDEX need_opened ON need (tenant, opened_at, id) WHERE stage <> 'closed';

CREATE INDEX need_owner ON need (tenant, owner, due_at, id) WHERE stage <> 'closed' AND owner IS NOT NULL;

CREATE INDEX need_patient ON need (tenant, patient, id) WHERE patient IS NOT NULL;

CREATE INDEX need_unowned ON need (tenant, due_at, id) WHERE stage <> 'closed' AND owner IS NULL;

CREATE INDEX need_waiting ON need (tenant, due_at, id) WHERE stage = 'waiting-patient';

CREATE TABLE need_fact (
    tenant BIGINT NOT NULL, id BIGINT NOT NULL, need BIGINT NOT NULL, code TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('message', 'agent', 'system')), source_id BIGINT,
    recorded_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant,
    id));

CREATE INDEX need_fact_need ON need_fact (tenant, need, id);

CREATE TABLE need_note (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, need BIGINT NOT NULL, conversation BIGINT NOT NULL,
    author BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('note', 'handoff', 'closing')),
    at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX need_note_conversation ON need_note (tenant, conversation, id);

CREATE TABLE need_progress (
    tenant BIGINT NOT NULL, need BIGINT NOT NULL, patient BIGINT, reason TEXT NOT NULL,
    channel TEXT NOT NULL, conversation TEXT, opened_at BIGINT NOT NULL, first_response_at BIGINT, booked_at BIGINT,
    confirmed_at BIGINT, arrived_at BIGINT, completed_at BIGINT, closed_at BIGINT, outcome TEXT, labels BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, need));

CREATE INDEX need_progress_closed ON need_progress (tenant, closed_at);

CREATE INDEX need_progress_conversation ON need_progress (tenant, conversation);

CREATE INDEX need_progress_open ON need_progress (tenant, opened_at, need) WHERE closed_at IS NULL;

CREATE INDEX need_progress_opened ON need_progress (tenant, opened_at);

CREATE INDEX need_progress_patient ON need_progress (tenant, patient) WHERE patient IS NOT NULL;

CREATE INDEX need_progress_responded ON need_progress (tenant, first_response_at);

CREATE TABLE outbox (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, kind TEXT NOT NULL, target BIGINT NOT NULL,
    lane BIGINT NOT NULL, purpose TEXT NOT NULL, consent TEXT NOT NULL, decision TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'accepted', 'refused', 'uncertain', 'dead', 'withdrawn')),
    uncertain BOOLEAN NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, claimed_until BIGINT,
    reason TEXT, created_at BIGINT NOT NULL, settled_at BIGINT);

CREATE INDEX outbox_due ON outbox (tenant, next_at) WHERE state IN ('waiting', 'sending');

CREATE UNIQUE INDEX outbox_intent ON outbox (tenant, kind, target);

CREATE INDEX outbox_lane ON outbox (tenant, lane, id) WHERE state IN ('waiting', 'sending');

CREATE INDEX outbox_stuck ON outbox (tenant, id) WHERE state IN ('uncertain', 'dead');

CREATE TABLE part2_consent (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (tenant, patient)) WITHOUT ROWID;

CREATE INDEX part2_consent_end ON part2_consent (tenant, until);

CREATE TABLE patient (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, key_subject BIGINT NOT NULL, version BIGINT NOT NULL,
    language TEXT NOT NULL, birth_year BIGINT, deceased BOOLEAN NOT NULL, zone TEXT, region TEXT,
    source TEXT NOT NULL, source_key BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
    sealed BLOB NOT NULL, CHECK (version >= 1));

CREATE UNIQUE INDEX patient_source ON patient (tenant, source_key) WHERE source_key IS NOT NULL;

CREATE TABLE patient_identifier (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    system TEXT NOT NULL, term BIGINT NOT NULL, source TEXT NOT NULL, recorded_at BIGINT NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (tenant, patient, id),
    FOREIGN KEY (patient) REFERENCES patient (id));

CREATE UNIQUE INDEX patient_identifier_mrn ON patient_identifier (tenant, term) WHERE system = 'mrn';

CREATE TABLE patient_link (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, primary_patient BIGINT NOT NULL, linked_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, patient), CHECK (patient <> primary_patient),
    FOREIGN KEY (patient) REFERENCES patient (id),
    FOREIGN KEY (primary_patient) REFERENCES patient (id)) WITHOUT ROWID;

CREATE INDEX patient_link_primary ON patient_link (tenant, primary_patient);

CREATE TABLE patient_proxy (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    person BIGINT, made_at BIGINT NOT NULL, ended_at BIGINT, told_on TEXT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX patient_proxy_patient ON patient_proxy (tenant, patient);

CREATE INDEX patient_proxy_person ON patient_proxy (tenant, person) WHERE person IS NOT NULL;

CREATE INDEX patient_proxy_told ON patient_proxy (tenant, told_on, id) WHERE ended_at IS NULL;

CREATE TABLE patient_scope (
    tenant BIGINT NOT NULL, patient BIGINT NOT NULL, location BIGINT NOT NULL,
    restricted BOOLEAN NOT NULL, labels BIGINT NOT NULL DEFAULT 0
    CHECK (restricted OR (labels & 4294967295) = 0), PRIMARY KEY (tenant, patient, location)) WITHOUT ROWID;

CREATE INDEX patient_scope_open ON patient_scope (tenant, patient, location) WHERE restricted = FALSE;

CREATE TABLE privacy_request (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT, key_subject BIGINT,
    kind TEXT NOT NULL CHECK (kind IN ('access', 'portability', 'correction', 'restriction', 'accounting',
        'erasure')),
    law TEXT NOT NULL CHECK (law IN ('hipaa', 'gdpr', 'ccpa')), channel TEXT NOT NULL,
    asker TEXT NOT NULL CHECK (asker IN ('patient', 'representative')),
    state TEXT NOT NULL CHECK (state IN ('open', 'extended', 'fulfilled', 'refused')),
    received_on TEXT NOT NULL, due_on TEXT NOT NULL, assigned BIGINT, recorded_by BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL, closed_at BIGINT, closed_by BIGINT, exported_at BIGINT,
    disposed BIGINT, version BIGINT NOT NULL, sealed BLOB, CHECK (received_on <= due_on),
    CHECK ((sealed IS NULL) = (patient IS NULL)), CHECK ((sealed IS NULL) = (key_subject IS NULL)),
    CHECK ((state IN ('fulfilled', 'refused')) = (closed_at IS NOT NULL)));

CREATE INDEX privacy_request_open ON privacy_request (tenant, due_on, id) WHERE closed_at IS NULL;

CREATE INDEX privacy_request_patient ON privacy_request (tenant, patient) WHERE patient IS NOT NULL;

CREATE TABLE privacy_restriction (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('payer', 'person', 'confidential')), request BIGINT,
    agreed_by BIGINT NOT NULL, agreed_at BIGINT NOT NULL, ended_by BIGINT, ended_at BIGINT,
    sealed BLOB NOT NULL, CHECK ((ended_at IS NULL) = (ended_by IS NULL)));

CREATE INDEX privacy_restriction_patient ON privacy_restriction (tenant, patient);

CREATE TABLE public_booking (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, hold BIGINT NOT NULL, browser BIGINT NOT NULL,
    address BIGINT NOT NULL, state TEXT NOT NULL CHECK (state IN ('held', 'asked', 'booked', 'ended')),
    phone BIGINT, code BLOB, code_at BIGINT, codes BIGINT NOT NULL, tries BIGINT NOT NULL,
    patient BIGINT, appointment BIGINT, visit_at BIGINT, created_at BIGINT NOT NULL, CHECK ((state = 'booked') = (appointment IS NOT NULL)));

CREATE INDEX public_booking_address ON public_booking (tenant, address, created_at);

CREATE INDEX public_booking_browser ON public_booking (tenant, browser) WHERE state IN ('held', 'asked');

CREATE INDEX public_booking_created ON public_booking (tenant, created_at);

CREATE INDEX public_booking_patient ON public_booking (tenant, patient) WHERE patient IS NOT NULL;

CREATE INDEX public_booking_phone ON public_booking (tenant, phone) WHERE phone IS NOT NULL;

CREATE TABLE referral (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('inbound', 'outbound', 'order', 'result')),
    category TEXT CHECK (category IN ('imaging', 'laboratory', 'procedure')),
    status TEXT NOT NULL
        CHECK (status IN ('draft', 'active', 'on-hold', 'completed', 'revoked', 'entered-in-error')),
    stage TEXT NOT NULL CHECK (stage IN
        ('received', 'accepted', 'contacting', 'scheduled', 'seen', 'reported', 'closed')),
    priority TEXT NOT NULL CHECK (priority IN ('routine', 'urgent', 'asap', 'stat')),
    service_line TEXT, visit_type TEXT, performer TEXT, requester TEXT, code TEXT, code_system TEXT,
    authorization_state TEXT NOT NULL
        CHECK (authorization_state IN ('not-needed', 'needed', 'granted', 'denied')),
    authorized_from TEXT, authorized_to TEXT, expires_on TEXT, source TEXT NOT NULL, source_hash BLOB,
    owner BIGINT, attempts BIGINT NOT NULL, vain BIGINT NOT NULL, enough BIGINT NOT NULL,
    policy TEXT, policy_version BIGINT, received_at BIGINT NOT NULL, accepted_at BIGINT,
    first_contact_at BIGINT, returned_at BIGINT, appointment BIGINT, hold BIGINT, scheduled_at BIGINT,
    seen_at BIGINT, seen_place TEXT CHECK (seen_place IN ('as-referred', 'elsewhere')),
    reported_at BIGINT, acknowledged_at BIGINT, held_until TEXT, clock TEXT, due_at BIGINT,
    overdue_at BIGINT, outcome TEXT CHECK (outcome IN ('completed', 'not-accepted', 'declined-by-patient',
        'unreachable', 'redirected', 'cancelled-by-requester', 'duplicate', 'deceased', 'entered-in-error')),
    closed_at BIGINT, version BIGINT NOT NULL, labels BIGINT NOT NULL, sealed BLOB NOT NULL,
    CHECK ((category IS NOT NULL) = (kind = 'order')),
    CHECK ((stage = 'closed') = (outcome IS NOT NULL)),
    CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((stage = 'closed') = (due_at IS NULL)),
    CHECK ((due_at IS NULL) = (clock IS NULL)),
    CHECK ((stage = 'closed') = (status IN ('completed', 'revoked', 'entered-in-error'))),
    CHECK ((status = 'completed') = (COALESCE(outcome, '') = 'completed')),
    CHECK ((status = 'on-hold') = (held_until IS NOT NULL)),
    CHECK (stage <> 'seen' OR seen_at IS NOT NULL),
    CHECK (stage <> 'reported' OR reported_at IS NOT NULL),
    CHECK (vain <= attempts), CHECK ((policy IS NULL) = (policy_version IS NULL)));

CREATE INDEX referral_appointment ON referral (tenant, appointment) WHERE appointment IS NOT NULL;

CREATE INDEX referral_closed ON referral (tenant, closed_at, id) WHERE stage = 'closed';

CREATE INDEX referral_due ON referral (tenant, due_at, id) WHERE stage <> 'closed';

CREATE INDEX referral_patient ON referral (tenant, patient);

CREATE UNIQUE INDEX referral_source ON referral (tenant, source_hash) WHERE source_hash IS NOT NULL;

CREATE TABLE referral_attempt (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, referral BIGINT NOT NULL, patient BIGINT NOT NULL,
    at BIGINT NOT NULL, by_kind TEXT NOT NULL, by_actor BIGINT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('phone', 'text', 'email', 'letter', 'in-person')),
    outcome TEXT NOT NULL CHECK (outcome IN ('reached', 'no-answer', 'message-left', 'wrong-number')),
    key_subject BIGINT, sealed BLOB,
    CHECK ((sealed IS NULL) = (key_subject IS NULL)));

CREATE INDEX referral_attempt_patient ON referral_attempt (tenant, patient);

CREATE INDEX referral_attempt_referral ON referral_attempt (tenant, referral, id);

CREATE TABLE referral_document (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, referral BIGINT NOT NULL, patient BIGINT NOT NULL,
    blob BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('request', 'report')),
    media_type TEXT NOT NULL, size BIGINT NOT NULL, added_at BIGINT NOT NULL, by_kind TEXT NOT NULL, by_actor BIGINT NOT NULL);

CREATE INDEX referral_document_patient ON referral_document (tenant, patient);

CREATE INDEX referral_document_referral ON referral_document (tenant, referral, id);

CREATE TABLE reseal_progress (
    tenant BIGINT NOT NULL, table_name TEXT NOT NULL, version BIGINT NOT NULL, place_text TEXT NOT NULL,
    place_first BIGINT NOT NULL, place_second BIGINT NOT NULL, seen BIGINT NOT NULL,
    resealed BIGINT NOT NULL, unreadable BIGINT NOT NULL, failed BIGINT NOT NULL,
    updated_at BIGINT NOT NULL, finished_at BIGINT, PRIMARY KEY (tenant, table_name));

CREATE TABLE retention_item (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('patient', 'conversation')),
    subject BIGINT NOT NULL, due_at BIGINT NOT NULL, found_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'held', 'kept', 'failed')),
    decided_by BIGINT, decided_at BIGINT, kept_until BIGINT, error TEXT,
    CHECK ((state = 'kept') = (kept_until IS NOT NULL)));

CREATE INDEX retention_item_state ON retention_item (tenant, state, due_at, id);

CREATE UNIQUE INDEX retention_item_subject ON retention_item (tenant, subject_kind, subject);

CREATE TABLE retention_scan (
    tenant BIGINT NOT NULL, data TEXT NOT NULL, place BIGINT NOT NULL, begun_at BIGINT NOT NULL,
    finished_at BIGINT, PRIMARY KEY (tenant, data));

CREATE TABLE revision (
    tenant BIGINT NOT NULL, kind TEXT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, row_id BIGINT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (tenant, kind, id, version));

CREATE TABLE right_use (
    tenant BIGINT NOT NULL, actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, action TEXT NOT NULL,
    last_at BIGINT NOT NULL, PRIMARY KEY (tenant, actor_kind, actor, action));

CREATE TABLE right_use_place (tenant BIGINT NOT NULL PRIMARY KEY, audit BIGINT NOT NULL);

CREATE TABLE schedule_absence (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('practitioner', 'resource', 'location')), key TEXT NOT NULL,
    start_at BIGINT NOT NULL, end_at BIGINT NOT NULL, zone TEXT NOT NULL, reason TEXT NOT NULL,
    offers BIGINT NOT NULL CHECK (offers IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'withdrawn')),
    made_by_kind TEXT NOT NULL, made_by BIGINT NOT NULL, created_at BIGINT NOT NULL, closed_at BIGINT, CHECK (start_at < end_at), CHECK ((state = 'open') = (closed_at IS NULL)));

CREATE INDEX schedule_absence_end ON schedule_absence (tenant, end_at);

CREATE UNIQUE INDEX schedule_absence_once ON schedule_absence (tenant, kind, key, start_at, end_at)
    WHERE state <> 'withdrawn';

CREATE TABLE scim_removed (
    tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, removed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id)) WITHOUT ROWID;

CREATE TABLE sign_in_ceremony (
    tenant BIGINT NOT NULL, hash BLOB NOT NULL, purpose TEXT NOT NULL, origin TEXT NOT NULL,
    address BLOB NOT NULL, user_id BIGINT, session BIGINT, browser BLOB, back TEXT,
    expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, hash));

CREATE INDEX sign_in_ceremony_address ON sign_in_ceremony (tenant, address);

CREATE INDEX sign_in_ceremony_age ON sign_in_ceremony (tenant, expires_at);

CREATE TABLE sign_in_wait (
    tenant BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('account', 'address')), hash BLOB NOT NULL,
    failures BIGINT NOT NULL, last_at BIGINT NOT NULL, wait_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, hash));

CREATE INDEX sign_in_wait_age ON sign_in_wait (tenant, last_at);

CREATE TABLE slot_hold (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT, need BIGINT, moving BIGINT,
    visit_type TEXT NOT NULL, practitioner TEXT NOT NULL, location TEXT NOT NULL,
    local_start TEXT NOT NULL, zone TEXT NOT NULL, start_at BIGINT NOT NULL, end_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'booked', 'released', 'expired')),
    made_by_kind TEXT NOT NULL, made_by BIGINT NOT NULL, created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, CHECK (start_at < end_at));

CREATE INDEX slot_hold_expiry ON slot_hold (tenant, expires_at) WHERE state = 'held';

CREATE INDEX slot_hold_patient ON slot_hold (tenant, patient) WHERE state = 'held';

CREATE INDEX slot_hold_person ON slot_hold (tenant, patient) WHERE patient IS NOT NULL;

CREATE TABLE snooping_round (
    tenant BIGINT NOT NULL, day BIGINT NOT NULL, ended_at BIGINT NOT NULL, PRIMARY KEY (tenant, day)) WITHOUT ROWID;

CREATE TABLE snooping_seen (
    tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, seen_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id)) WITHOUT ROWID;

CREATE TABLE snooping_standing (
    tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, points BIGINT NOT NULL,
    raised_at BIGINT NOT NULL, PRIMARY KEY (tenant, user_id)) WITHOUT ROWID;

CREATE TABLE staff_party (
    tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, party TEXT NOT NULL CHECK (party <> ''),
    PRIMARY KEY (tenant, user_id, party));

CREATE TABLE staff_tie (
    tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, patient BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('own', 'family', 'address')), noted_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id, patient));

CREATE INDEX staff_tie_patient ON staff_tie (tenant, patient);

CREATE TABLE subscriber_cursor (
    tenant BIGINT NOT NULL, name TEXT NOT NULL, position BIGINT NOT NULL, PRIMARY KEY (tenant, name));

CREATE TABLE system_run (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, purpose TEXT NOT NULL,
    started_at BIGINT NOT NULL, ended_at BIGINT, outcome TEXT, items BIGINT, started_by TEXT);

CREATE INDEX system_run_name ON system_run (tenant, name, id);

CREATE TABLE tenant (
    tenant BIGINT NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at BIGINT NOT NULL);

CREATE TABLE tenant_host (
    tenant BIGINT NOT NULL, host TEXT NOT NULL UNIQUE, PRIMARY KEY (tenant, host));

CREATE TABLE term (
    tenant INTEGER NOT NULL, id INTEGER NOT NULL, words TEXT NOT NULL,
    PRIMARY KEY (tenant, id)) WITHOUT ROWID;

CREATE VIRTUAL TABLE term_index USING fts5(
    words, content='', detail=none, columnsize=0, tokenize='ascii');

CREATE TABLE text_booking (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, need BIGINT NOT NULL,
    number BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('book', 'move', 'cancel')),
    phase TEXT NOT NULL CHECK (phase IN ('asked', 'choosing-visit', 'choosing-type', 'choosing-time',
        'confirming-cancel', 'done', 'handed-over', 'ended')),
    visit BIGINT, placement BIGINT, visit_type TEXT, round BIGINT NOT NULL,
    wish_from TEXT, wish_to TEXT, wish_days TEXT NOT NULL, wish_hours TEXT NOT NULL, named TEXT NOT NULL,
    renewed BIGINT NOT NULL CHECK (renewed IN (0, 1)), question BIGINT NOT NULL, need_version BIGINT,
    answer BIGINT, declined BIGINT NOT NULL CHECK (declined IN (0, 1)), message BIGINT, answer_by BIGINT,
    created_at BIGINT NOT NULL, ended_at BIGINT, outcome TEXT, CHECK ((visit IS NULL) = (placement IS NULL)),
    CHECK ((phase IN ('done', 'handed-over', 'ended')) = (ended_at IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (outcome IS NULL)));

CREATE INDEX text_booking_message ON text_booking (tenant, message) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX text_booking_open ON text_booking (tenant, need) WHERE ended_at IS NULL;

CREATE INDEX text_booking_patient ON text_booking (tenant, patient);

CREATE TABLE text_booking_choice (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, booking BIGINT NOT NULL, patient BIGINT NOT NULL,
    question BIGINT NOT NULL, number BIGINT NOT NULL CHECK (number BETWEEN 1 AND 9),
    what TEXT NOT NULL CHECK (what IN ('visit', 'type', 'cancel', 'another', 'time')),
    visit BIGINT, visit_type TEXT, practitioner TEXT, location TEXT, local_start TEXT, CHECK (what <> 'visit' OR visit IS NOT NULL),
    CHECK (what NOT IN ('type', 'time') OR visit_type IS NOT NULL),
    CHECK (what <> 'time' OR (practitioner IS NOT NULL AND location IS NOT NULL
        AND local_start IS NOT NULL)));

CREATE INDEX text_booking_choice_booking ON text_booking_choice (tenant, booking);

CREATE INDEX text_booking_choice_patient ON text_booking_choice (tenant, patient);

CREATE TABLE timer (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, kind TEXT NOT NULL, target BIGINT NOT NULL,
    due_at BIGINT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'fired', 'cancelled', 'failed')),
    attempts BIGINT NOT NULL, fired_at BIGINT);

CREATE INDEX timer_due ON timer (tenant, due_at) WHERE state = 'waiting';

CREATE UNIQUE INDEX timer_target ON timer (tenant, kind, target) WHERE state = 'waiting';

CREATE TABLE user_account (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, key_subject BIGINT NOT NULL, login_hash BLOB NOT NULL,
    display_name TEXT NOT NULL, roles TEXT NOT NULL, locations TEXT, state TEXT NOT NULL
        CHECK (state IN ('active', 'suspended')),
    password TEXT NOT NULL, failures BIGINT NOT NULL, locked_until BIGINT, created_at BIGINT NOT NULL,
    sealed BLOB NOT NULL, external_hash BLOB, version BIGINT, changed_at BIGINT);

CREATE INDEX user_account_external ON user_account (tenant, external_hash) WHERE external_hash IS NOT NULL;

CREATE UNIQUE INDEX user_account_login ON user_account (tenant, login_hash);

CREATE TABLE user_authenticator (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, user_id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    last_step BIGINT NOT NULL, created_at BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE UNIQUE INDEX user_authenticator_user ON user_authenticator (tenant, user_id);

CREATE TABLE user_identity (
    tenant BIGINT NOT NULL, subject_hash BLOB NOT NULL, issuer_hash BLOB NOT NULL,
    user_id BIGINT NOT NULL, created_at BIGINT NOT NULL, last_used_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject_hash));

CREATE UNIQUE INDEX user_identity_user ON user_identity (tenant, user_id, issuer_hash);

CREATE TABLE user_passkey (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, user_id BIGINT NOT NULL, key_subject BIGINT NOT NULL,
    credential_hash BLOB NOT NULL, rp_id TEXT NOT NULL, sign_count BIGINT NOT NULL,
    created_at BIGINT NOT NULL, last_used_at BIGINT, blocked_at BIGINT, sealed BLOB NOT NULL);

CREATE UNIQUE INDEX user_passkey_credential ON user_passkey (tenant, credential_hash);

CREATE INDEX user_passkey_user ON user_passkey (tenant, user_id);

CREATE TABLE user_recovery_code (
    tenant BIGINT NOT NULL, user_id BIGINT NOT NULL, hash BLOB NOT NULL, used_at BIGINT,
    PRIMARY KEY (tenant, user_id, hash));

CREATE TABLE user_session (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, user_id BIGINT NOT NULL, token_hash BLOB NOT NULL,
    created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT, confirmed_at BIGINT, second_step BOOLEAN, device TEXT, remote TEXT);

CREATE INDEX user_session_expiry ON user_session (tenant, expires_at);

CREATE UNIQUE INDEX user_session_token ON user_session (tenant, token_hash);

CREATE INDEX user_session_user ON user_session (tenant, user_id);

CREATE TABLE visit_chain (
    tenant BIGINT NOT NULL, appointment BIGINT NOT NULL, chain BIGINT NOT NULL, ordinal BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('linked', 'series')), patient BIGINT NOT NULL,
    PRIMARY KEY (tenant, appointment));

CREATE INDEX visit_chain_members ON visit_chain (tenant, chain, ordinal);

CREATE INDEX visit_chain_patient ON visit_chain (tenant, patient);

CREATE TABLE visit_check_in (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, placement BIGINT NOT NULL,
    given_at BIGINT NOT NULL, key_subject BIGINT NOT NULL, sealed BLOB NOT NULL);

CREATE INDEX visit_check_in_patient ON visit_check_in (tenant, patient);

CREATE TABLE visit_lateness (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, placement BIGINT NOT NULL,
    minutes BIGINT NOT NULL CHECK (minutes > 0), said_at BIGINT NOT NULL, source TEXT NOT NULL,
    attempts BIGINT NOT NULL);

CREATE INDEX visit_lateness_patient ON visit_lateness (tenant, patient);

CREATE TABLE visit_queue (
    tenant BIGINT NOT NULL, appointment BIGINT NOT NULL, patient BIGINT NOT NULL, location TEXT NOT NULL,
    queue_day TEXT NOT NULL, number TEXT NOT NULL, called_in_at BIGINT,
    PRIMARY KEY (tenant, appointment));

CREATE UNIQUE INDEX visit_queue_number ON visit_queue (tenant, location, queue_day, number);

CREATE INDEX visit_queue_patient ON visit_queue (tenant, patient);

CREATE TABLE waitlist_entry (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, patient BIGINT NOT NULL, need BIGINT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'booked', 'left')),
    visit_type TEXT NOT NULL, practitioners TEXT NOT NULL, locations TEXT NOT NULL, weekdays TEXT NOT NULL,
    from_minute BIGINT NOT NULL, to_minute BIGINT NOT NULL, earliest TEXT, latest TEXT,
    notice_minutes BIGINT NOT NULL, priority TEXT NOT NULL, group_code TEXT NOT NULL,
    authorized BOOLEAN NOT NULL, labels BIGINT NOT NULL, source TEXT NOT NULL, version BIGINT NOT NULL,
    joined_at BIGINT NOT NULL, ended_at BIGINT, end_reason TEXT, appointment BIGINT, CHECK (from_minute < to_minute),
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CHECK ((state = 'booked') = (appointment IS NOT NULL)));

CREATE UNIQUE INDEX waitlist_entry_once ON waitlist_entry (tenant, patient, visit_type)
    WHERE state = 'waiting';

CREATE INDEX waitlist_entry_patient ON waitlist_entry (tenant, patient);

CREATE INDEX waitlist_entry_waiting ON waitlist_entry (tenant, visit_type, joined_at)
    WHERE state = 'waiting';

CREATE TABLE waitlist_offer (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, opening BIGINT NOT NULL, entry BIGINT NOT NULL,
    patient BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('offered', 'accepted', 'declined', 'expired', 'gone', 'withheld', 'withdrawn')),
    group_code TEXT NOT NULL, wave BIGINT NOT NULL, labels BIGINT NOT NULL, offered_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, answered_at BIGINT, answered_by TEXT, message BIGINT, reason TEXT,
    appointment BIGINT, CHECK ((state = 'accepted') = (appointment IS NOT NULL)));

CREATE UNIQUE INDEX waitlist_offer_accepted ON waitlist_offer (tenant, opening) WHERE state = 'accepted';

CREATE INDEX waitlist_offer_entry ON waitlist_offer (tenant, entry);

CREATE UNIQUE INDEX waitlist_offer_live ON waitlist_offer (tenant, opening, entry) WHERE state = 'offered';

CREATE INDEX waitlist_offer_message ON waitlist_offer (tenant, message) WHERE state = 'offered';

CREATE INDEX waitlist_offer_opening ON waitlist_offer (tenant, opening);

CREATE INDEX waitlist_offer_patient ON waitlist_offer (tenant, patient, offered_at);

CREATE INDEX waitlist_offer_time ON waitlist_offer (tenant, offered_at);

CREATE TABLE waitlist_opening (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, appointment BIGINT NOT NULL, placement BIGINT NOT NULL,
    patient BIGINT NOT NULL, cause TEXT NOT NULL CHECK (cause IN ('cancelled', 'moved')),
    visit_type TEXT NOT NULL, practitioner TEXT NOT NULL, location TEXT NOT NULL,
    local_start TEXT NOT NULL, zone TEXT NOT NULL, start_at BIGINT NOT NULL, end_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'filled', 'taken', 'lapsed', 'withdrawn')),
    labels BIGINT NOT NULL, waves BIGINT NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT, CHECK (start_at < end_at),
    CHECK ((state = 'open') = (closed_at IS NULL)));

CREATE UNIQUE INDEX waitlist_opening_once ON waitlist_opening (tenant, appointment, placement, cause);

CREATE INDEX waitlist_opening_patient ON waitlist_opening (tenant, patient);

CREATE INDEX waitlist_opening_start ON waitlist_opening (tenant, start_at);

CREATE TABLE zone_change (
    tenant BIGINT NOT NULL, appointment BIGINT NOT NULL, to_version TEXT NOT NULL, patient BIGINT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('moved', 'conflict', 'unknown-zone')),
    from_version TEXT NOT NULL, from_start_at BIGINT NOT NULL, to_start_at BIGINT NOT NULL,
    found_at BIGINT NOT NULL, told_at BIGINT, told_by_kind TEXT, told_by BIGINT,
    PRIMARY KEY (tenant, appointment, to_version), CHECK ((told_at IS NULL) = (told_by IS NULL)));

CREATE INDEX zone_change_patient ON zone_change (tenant, patient);

CREATE INDEX zone_change_untold ON zone_change (tenant, to_start_at, appointment) WHERE told_at IS NULL;

-- The key store

CREATE TABLE disposal (
    tenant BIGINT NOT NULL, id INTEGER NOT NULL PRIMARY KEY, subject_kind TEXT NOT NULL, subject BIGINT NOT NULL,
    reason TEXT NOT NULL, actor_kind TEXT NOT NULL, actor BIGINT NOT NULL, requested_at BIGINT NOT NULL,
    certificate TEXT, signature BLOB,
    CHECK ((certificate IS NULL) = (signature IS NULL)));

CREATE UNIQUE INDEX disposal_subject ON disposal (tenant, subject_kind, subject);

CREATE INDEX disposal_unfinished ON disposal (tenant, id) WHERE certificate IS NULL;

CREATE TABLE disposal_part (
    tenant BIGINT NOT NULL, disposal BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('patient', 'key')),
    part BIGINT NOT NULL, PRIMARY KEY (tenant, disposal, kind, part));

CREATE TABLE disposal_row (
    tenant BIGINT NOT NULL, disposal BIGINT NOT NULL, table_name TEXT NOT NULL, count BIGINT NOT NULL,
    PRIMARY KEY (tenant, disposal, table_name));

CREATE TABLE key_generation (tenant BIGINT NOT NULL PRIMARY KEY, generation BIGINT NOT NULL);

CREATE TABLE migration (
    id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, position BIGINT NOT NULL);

CREATE TABLE subject_key (
    tenant BIGINT NOT NULL, subject BIGINT NOT NULL,
    wrapped BLOB, created_at BIGINT NOT NULL, disposed_at BIGINT, disposal_generation BIGINT, wrapping BIGINT NOT NULL DEFAULT 0, previous BLOB,
    PRIMARY KEY (tenant, subject),
    CHECK ((wrapped IS NULL) = (disposed_at IS NOT NULL)));

CREATE INDEX subject_key_disposal ON subject_key (tenant, disposal_generation)
WHERE disposal_generation IS NOT NULL;

CREATE INDEX subject_key_rotating ON subject_key (tenant, subject) WHERE previous IS NOT NULL;

CREATE TABLE tenant_key (
    tenant BIGINT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL, created_at BIGINT NOT NULL, wrapping BIGINT NOT NULL DEFAULT 0);

CREATE TABLE wrapping_key (
    tenant BIGINT NOT NULL, version BIGINT NOT NULL, wrapped BLOB, created_at BIGINT NOT NULL,
    retired_at BIGINT, PRIMARY KEY (tenant, version));
