-- Made by `throughline schema` on PostgreSQL; not edited by hand.

-- The data store

CREATE DOMAIN blob AS bytea;

CREATE TABLE access_link (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    made_by bigint NOT NULL,
    made_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    proxy bigint,
    CONSTRAINT access_link_check CHECK ((made_at < expires_at)),
    CONSTRAINT access_link_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX access_link_patient ON access_link USING btree (tenant, patient);

CREATE TABLE access_review (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    started_by bigint NOT NULL,
    started_at bigint NOT NULL,
    due_at bigint NOT NULL,
    completed_by bigint,
    completed_at bigint,
    CONSTRAINT access_review_check CHECK (((completed_by IS NULL) = (completed_at IS NULL))),
    CONSTRAINT access_review_name_check CHECK ((name <> ''::text)),
    CONSTRAINT access_review_pkey PRIMARY KEY (tenant, id)
);

CREATE TABLE access_review_decision (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    review bigint NOT NULL,
    kind text NOT NULL,
    subject bigint NOT NULL,
    decision text NOT NULL,
    decided_by bigint NOT NULL,
    decided_at bigint NOT NULL,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT access_review_decision_decision_check CHECK ((decision = ANY (ARRAY['keep'::text, 'change'::text, 'remove'::text]))),
    CONSTRAINT access_review_decision_kind_check CHECK ((kind = ANY (ARRAY['user'::text, 'key'::text]))),
    CONSTRAINT access_review_decision_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX access_review_decision_line ON access_review_decision USING btree (tenant, review, kind, subject, id);

CREATE TABLE access_review_line (
    tenant bigint NOT NULL,
    review bigint NOT NULL,
    kind text NOT NULL,
    subject bigint NOT NULL,
    facts text NOT NULL,
    CONSTRAINT access_review_line_kind_check CHECK ((kind = ANY (ARRAY['user'::text, 'key'::text]))),
    CONSTRAINT access_review_line_pkey PRIMARY KEY (tenant, review, kind, subject)
);

CREATE TABLE api_key (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    token_hash blob NOT NULL,
    roles text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    permissions text,
    locations text,
    previous_hash blob,
    previous_until bigint,
    rotated_at bigint,
    used_at bigint,
    CONSTRAINT api_key_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX api_key_previous ON api_key USING btree (tenant, previous_hash);

CREATE UNIQUE INDEX api_key_token ON api_key USING btree (tenant, token_hash);

CREATE TABLE api_key_owner (
    tenant bigint NOT NULL,
    api_key bigint NOT NULL,
    user_id bigint NOT NULL,
    CONSTRAINT api_key_owner_pkey PRIMARY KEY (tenant, api_key)
);

CREATE INDEX api_key_owner_user ON api_key_owner USING btree (tenant, user_id);

CREATE TABLE appointment (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    need bigint,
    status text NOT NULL,
    visit_type text NOT NULL,
    practitioner text NOT NULL,
    location text NOT NULL,
    local_start text NOT NULL,
    zone text NOT NULL,
    tz_version text NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL,
    minutes bigint NOT NULL,
    placement bigint NOT NULL,
    version bigint NOT NULL,
    source text NOT NULL,
    created_at bigint NOT NULL,
    booked_at bigint,
    confirmed_at bigint,
    confirmed_by text,
    arrived_at bigint,
    completed_at bigint,
    missed_at bigint,
    cancelled_at bigint,
    cancel_reason text,
    key_subject bigint,
    sealed blob,
    reminder_plan text,
    reminder_version bigint,
    labels bigint NOT NULL DEFAULT 0,
    missed_reason text,
    CONSTRAINT appointment_check CHECK ((start_at < end_at)),
    CONSTRAINT appointment_check1 CHECK (((status = 'cancelled'::text) = (cancelled_at IS NOT NULL))),
    CONSTRAINT appointment_check2 CHECK (((status <> ALL (ARRAY['arrived'::text, 'fulfilled'::text])) OR (arrived_at IS NOT NULL))),
    CONSTRAINT appointment_check3 CHECK (((status <> 'fulfilled'::text) OR (completed_at IS NOT NULL))),
    CONSTRAINT appointment_check4 CHECK (((sealed IS NULL) = (key_subject IS NULL))),
    CONSTRAINT appointment_minutes_check CHECK ((minutes > 0)),
    CONSTRAINT appointment_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT appointment_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'booked'::text, 'arrived'::text, 'fulfilled'::text, 'cancelled'::text, 'noshow'::text])))
);

CREATE INDEX appointment_day ON appointment USING btree (tenant, location, start_at);

CREATE INDEX appointment_here ON appointment USING btree (tenant, start_at) WHERE (status = 'arrived'::text);

CREATE INDEX appointment_need ON appointment USING btree (tenant, need) WHERE (need IS NOT NULL);

CREATE INDEX appointment_patient ON appointment USING btree (tenant, patient, start_at);

CREATE INDEX appointment_practitioner ON appointment USING btree (tenant, practitioner, start_at);

CREATE INDEX appointment_tz_version ON appointment USING btree (tenant, tz_version, start_at) WHERE (status = ANY (ARRAY['pending'::text, 'booked'::text]));

CREATE TABLE appointment_notice (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    appointment bigint NOT NULL,
    patient bigint NOT NULL,
    placement bigint NOT NULL,
    kind text NOT NULL,
    ordinal bigint NOT NULL,
    state text NOT NULL,
    due_at bigint NOT NULL,
    planned_at bigint NOT NULL,
    settled_at bigint,
    message bigint,
    reason text,
    days_before bigint,
    unless_confirmed boolean,
    CONSTRAINT appointment_notice_kind_check CHECK ((kind = ANY (ARRAY['pending'::text, 'confirmation'::text, 'reminder'::text, 'cancellation'::text, 'reschedule'::text]))),
    CONSTRAINT appointment_notice_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT appointment_notice_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'sent'::text, 'withheld'::text, 'cancelled'::text])))
);

CREATE UNIQUE INDEX appointment_notice_once ON appointment_notice USING btree (tenant, appointment, placement, kind, ordinal);

CREATE TABLE audit_block (
    tenant bigint NOT NULL,
    stream bigint NOT NULL,
    sequence bigint NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    count bigint NOT NULL,
    hash blob NOT NULL,
    chained_at bigint NOT NULL,
    CONSTRAINT audit_block_check CHECK ((first_id <= last_id)),
    CONSTRAINT audit_block_count_check CHECK ((count > 0)),
    CONSTRAINT audit_block_pkey PRIMARY KEY (tenant, stream, sequence)
);

CREATE TABLE audit_record (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    stream bigint NOT NULL,
    recorded_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor bigint NOT NULL,
    action text NOT NULL,
    purpose text NOT NULL,
    outcome text NOT NULL,
    reason text,
    subject_kind text,
    subject bigint,
    subjects text,
    correlation bigint NOT NULL,
    origin text NOT NULL,
    remote text,
    CONSTRAINT audit_record_outcome_check CHECK ((outcome = ANY (ARRAY['permitted'::text, 'denied'::text, 'failed'::text]))),
    CONSTRAINT audit_record_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX audit_record_subject ON audit_record USING btree (tenant, subject, id) WHERE (subject IS NOT NULL);

CREATE TABLE audit_search (
    tenant bigint NOT NULL,
    through bigint NOT NULL,
    CONSTRAINT audit_search_pkey PRIMARY KEY (tenant)
);

CREATE TABLE audit_subject (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    audit bigint NOT NULL,
    CONSTRAINT audit_subject_pkey PRIMARY KEY (tenant, patient, audit)
);

CREATE TABLE blob_chunk (
    tenant bigint NOT NULL,
    blob bigint NOT NULL,
    number bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT blob_chunk_pkey PRIMARY KEY (tenant, blob, number)
);

CREATE TABLE blob_object (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    key_subject bigint NOT NULL,
    size bigint NOT NULL,
    chunks bigint NOT NULL,
    media_type text NOT NULL,
    created_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT blob_object_chunks_check CHECK ((chunks > 0)),
    CONSTRAINT blob_object_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT blob_object_size_check CHECK ((size > 0))
);

CREATE INDEX blob_object_subject ON blob_object USING btree (tenant, key_subject);

CREATE TABLE booking_interval (
    tenant bigint NOT NULL,
    resource bigint NOT NULL,
    lane bigint NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL,
    owner bigint NOT NULL,
    patient bigint,
    expires_at bigint,
    place bigint,
    visit_type bigint,
    visit_at bigint,
    seat bigint NOT NULL DEFAULT 0,
    CONSTRAINT booking_interval_check CHECK ((start_at < end_at)),
    CONSTRAINT booking_interval_check1 CHECK (((end_at - start_at) <= '86400000000'::bigint)),
    CONSTRAINT booking_interval_overlap EXCLUDE USING gist (tenant WITH =, resource WITH =, lane WITH =, int8range(start_at, end_at) WITH &&),
    CONSTRAINT booking_interval_pkey PRIMARY KEY (tenant, resource, lane, start_at)
);

CREATE INDEX booking_interval_lanes ON booking_interval USING btree (tenant, resource, start_at) WHERE (lane > 0);

CREATE INDEX booking_interval_owner ON booking_interval USING btree (tenant, owner);

CREATE TRIGGER booking_interval_changed AFTER INSERT OR UPDATE ON booking_interval FOR EACH ROW WHEN (((new.resource < 0) AND (new.start_at > 0))) EXECUTE FUNCTION booking_interval_changed();

CREATE TRIGGER booking_interval_removed AFTER DELETE ON booking_interval FOR EACH ROW WHEN (((old.resource < 0) AND (old.start_at > 0))) EXECUTE FUNCTION booking_interval_changed();

CREATE TABLE booking_interval_change (
    tenant bigint NOT NULL,
    position bigint NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    resource bigint NOT NULL,
    week bigint NOT NULL,
    CONSTRAINT booking_interval_change_pkey PRIMARY KEY (tenant, "position", resource, week)
);

CREATE TABLE break_glass (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    user_id bigint NOT NULL,
    opened_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT break_glass_check CHECK ((opened_at <= ends_at)),
    CONSTRAINT break_glass_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX break_glass_patient ON break_glass USING btree (tenant, patient);

CREATE TABLE break_glass_notice (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    glass bigint NOT NULL,
    patient bigint NOT NULL,
    user_id bigint NOT NULL,
    CONSTRAINT break_glass_notice_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX break_glass_notice_patient ON break_glass_notice USING btree (tenant, patient);

CREATE TABLE break_glass_review (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    outcome text NOT NULL,
    reviewer bigint NOT NULL,
    reviewed_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT break_glass_review_outcome_check CHECK ((outcome = ANY (ARRAY['appropriate'::text, 'follow-up'::text]))),
    CONSTRAINT break_glass_review_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX break_glass_review_patient ON break_glass_review USING btree (tenant, patient);

CREATE TABLE break_glass_scope (
    tenant bigint NOT NULL,
    user_id bigint NOT NULL,
    patient bigint NOT NULL,
    glass bigint NOT NULL,
    ends_at bigint NOT NULL,
    CONSTRAINT break_glass_scope_pkey PRIMARY KEY (tenant, user_id, patient, glass)
);

CREATE INDEX break_glass_scope_patient ON break_glass_scope USING btree (tenant, patient);

CREATE TABLE bump_choice (
    tenant bigint NOT NULL,
    hold bigint NOT NULL,
    visit bigint NOT NULL,
    patient bigint NOT NULL,
    made_at bigint NOT NULL,
    CONSTRAINT bump_choice_pkey PRIMARY KEY (tenant, hold)
);

CREATE INDEX bump_choice_patient ON bump_choice USING btree (tenant, patient);

CREATE INDEX bump_choice_visit ON bump_choice USING btree (tenant, visit);

CREATE TABLE bump_visit (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    absence bigint NOT NULL,
    appointment bigint NOT NULL,
    patient bigint NOT NULL,
    labels bigint NOT NULL,
    rank bigint NOT NULL,
    start_at bigint NOT NULL,
    lapse_at bigint NOT NULL,
    state text NOT NULL,
    looked_at bigint,
    more bigint NOT NULL,
    asked bigint NOT NULL,
    asked_at bigint,
    answer_by bigint,
    answer text,
    answered_at bigint,
    answered_by text,
    withheld text,
    calls bigint NOT NULL,
    called_at bigint,
    settled_at bigint,
    settled_by text,
    message bigint,
    CONSTRAINT bump_visit_answer_check CHECK ((answer = 'none'::text)),
    CONSTRAINT bump_visit_check CHECK (((state = 'waiting'::text) = (settled_at IS NULL))),
    CONSTRAINT bump_visit_check1 CHECK (((asked = 0) = (answer_by IS NULL))),
    CONSTRAINT bump_visit_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT bump_visit_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'moved'::text, 'cancelled'::text, 'kept'::text, 'over'::text])))
);

CREATE INDEX bump_visit_appointment ON bump_visit USING btree (tenant, appointment);

CREATE INDEX bump_visit_message ON bump_visit USING btree (tenant, message) WHERE (message IS NOT NULL);

CREATE UNIQUE INDEX bump_visit_once ON bump_visit USING btree (tenant, absence, appointment);

CREATE INDEX bump_visit_patient ON bump_visit USING btree (tenant, patient);

CREATE TABLE calendar_feed (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    owner bigint NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    language text NOT NULL,
    token_hash blob NOT NULL,
    made_at bigint NOT NULL,
    read_at bigint,
    ended_at bigint,
    CONSTRAINT calendar_feed_kind_check CHECK ((kind = ANY (ARRAY['practitioner'::text, 'location'::text]))),
    CONSTRAINT calendar_feed_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX calendar_feed_owner ON calendar_feed USING btree (tenant, owner, id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX calendar_feed_token ON calendar_feed USING btree (tenant, token_hash);

CREATE TABLE capacity_available (
    tenant bigint NOT NULL,
    day text NOT NULL,
    visit_type text NOT NULL,
    location text NOT NULL,
    first_days bigint,
    third_days bigint,
    taken_at bigint NOT NULL,
    CONSTRAINT capacity_available_check CHECK (((third_days IS NULL) OR (first_days IS NOT NULL))),
    CONSTRAINT capacity_available_pkey PRIMARY KEY (tenant, day, visit_type, location)
);

CREATE TABLE care_relation (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    party text NOT NULL,
    source text NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL,
    CONSTRAINT care_relation_party_check CHECK ((party <> ''::text)),
    CONSTRAINT care_relation_pkey PRIMARY KEY (tenant, patient, party, source),
    CONSTRAINT care_relation_source_check CHECK ((source <> ''::text))
);

CREATE TABLE clinical_document (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    id bigint NOT NULL,
    key_subject bigint NOT NULL,
    type text NOT NULL,
    code text,
    code_system text,
    primary_at bigint,
    source text NOT NULL,
    source_hash blob NOT NULL,
    content_hash blob NOT NULL,
    recorded_at bigint NOT NULL,
    sealed blob NOT NULL,
    labels bigint NOT NULL DEFAULT 0,
    CONSTRAINT clinical_document_pkey PRIMARY KEY (tenant, patient, id),
    CONSTRAINT clinical_document_tenant_patient_fkey FOREIGN KEY (tenant, patient) REFERENCES patient(tenant, id)
);

CREATE UNIQUE INDEX clinical_document_source ON clinical_document USING btree (tenant, source_hash);

CREATE INDEX clinical_document_type ON clinical_document USING btree (tenant, patient, type, primary_at);

CREATE TABLE clinical_link (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    document blob NOT NULL,
    role text NOT NULL,
    place bigint NOT NULL,
    target blob NOT NULL,
    CONSTRAINT clinical_link_pkey PRIMARY KEY (tenant, patient, document, role, place)
);

CREATE INDEX clinical_link_document ON clinical_link USING btree (tenant, document);

CREATE TABLE consent_hint (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    message bigint NOT NULL,
    language text NOT NULL,
    at bigint NOT NULL,
    decision text,
    decided_by bigint,
    decided_at bigint,
    CONSTRAINT consent_hint_check CHECK (((decision IS NULL) = (decided_at IS NULL))),
    CONSTRAINT consent_hint_decision_check CHECK ((decision = ANY (ARRAY['stopped'::text, 'kept'::text]))),
    CONSTRAINT consent_hint_pkey PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX consent_hint_message ON consent_hint USING btree (tenant, message);

CREATE TABLE contact_consent (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint,
    channel text NOT NULL,
    address_hash blob,
    purpose text NOT NULL,
    state text NOT NULL,
    source text NOT NULL,
    message bigint,
    recorded_at bigint NOT NULL,
    scope text NOT NULL DEFAULT '*'::text,
    basis text NOT NULL DEFAULT 'express'::text,
    document text,
    expires_at bigint,
    recorded_by bigint,
    CONSTRAINT contact_consent_check CHECK (((patient IS NOT NULL) OR (address_hash IS NOT NULL))),
    CONSTRAINT contact_consent_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT contact_consent_state_check CHECK ((state = ANY (ARRAY['given'::text, 'withdrawn'::text])))
);

CREATE INDEX contact_consent_address ON contact_consent USING btree (tenant, address_hash, channel, purpose, id) WHERE (address_hash IS NOT NULL);

CREATE INDEX contact_consent_patient ON contact_consent USING btree (tenant, patient, channel, purpose, id) WHERE (patient IS NOT NULL);

CREATE INDEX contact_consent_withdrawn ON contact_consent USING btree (tenant, id) WHERE (state = 'withdrawn'::text);

CREATE TABLE contact_point (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    id bigint NOT NULL,
    key_subject bigint NOT NULL,
    kind text NOT NULL,
    term bigint NOT NULL,
    use text NOT NULL,
    rank bigint NOT NULL,
    source text NOT NULL,
    recorded_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT contact_point_kind_check CHECK ((kind = ANY (ARRAY['phone'::text, 'email'::text]))),
    CONSTRAINT contact_point_pkey PRIMARY KEY (tenant, patient, id),
    CONSTRAINT contact_point_tenant_patient_fkey FOREIGN KEY (tenant, patient) REFERENCES patient(tenant, id)
);

CREATE UNIQUE INDEX contact_point_term ON contact_point USING btree (tenant, term, patient, kind);

CREATE TABLE conversation (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    channel text NOT NULL,
    patient bigint,
    standing text NOT NULL,
    address_hash blob NOT NULL,
    lane bigint NOT NULL,
    opened_at bigint NOT NULL,
    last_message bigint,
    last_message_at bigint NOT NULL,
    last_direction text,
    last_inbound_at bigint,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    labels bigint NOT NULL DEFAULT 0,
    medium text NOT NULL DEFAULT 'sms'::text,
    CONSTRAINT conversation_channel_check CHECK ((channel = 'sms'::text)),
    CONSTRAINT conversation_check CHECK (((standing = 'known'::text) = (patient IS NOT NULL))),
    CONSTRAINT conversation_medium_check CHECK ((medium = ANY (ARRAY['sms'::text, 'email'::text]))),
    CONSTRAINT conversation_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT conversation_standing_check CHECK ((standing = ANY (ARRAY['known'::text, 'unknown'::text, 'ambiguous'::text])))
);

CREATE UNIQUE INDEX conversation_party ON conversation USING btree (tenant, channel, address_hash, COALESCE(patient, (0)::bigint));

CREATE INDEX conversation_patient ON conversation USING btree (tenant, patient, last_message_at) WHERE (patient IS NOT NULL);

CREATE INDEX conversation_stranger ON conversation USING btree (tenant, id) WHERE (patient IS NULL);

CREATE TABLE coverage (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    id bigint NOT NULL,
    key_subject bigint NOT NULL,
    payer text NOT NULL,
    source text NOT NULL,
    recorded_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT coverage_pkey PRIMARY KEY (tenant, patient, id),
    CONSTRAINT coverage_tenant_patient_fkey FOREIGN KEY (tenant, patient) REFERENCES patient(tenant, id)
);

CREATE TABLE definition (
    tenant bigint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    document text NOT NULL,
    revision bigint NOT NULL,
    published_at bigint NOT NULL,
    origin text,
    published_by bigint,
    reason text,
    CONSTRAINT definition_pkey PRIMARY KEY (tenant, kind, key, version),
    CONSTRAINT definition_state_check CHECK ((state = ANY (ARRAY['published'::text, 'retired'::text])))
);

CREATE UNIQUE INDEX definition_published ON definition USING btree (tenant, kind, key) WHERE (state = 'published'::text);

CREATE INDEX definition_revision ON definition USING btree (tenant, revision);

CREATE TABLE definition_head (
    tenant bigint NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT definition_head_pkey PRIMARY KEY (tenant)
);

CREATE TABLE delay_notice (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    appointment bigint NOT NULL,
    patient bigint NOT NULL,
    said_at bigint NOT NULL,
    expected_at bigint NOT NULL,
    late_minutes bigint NOT NULL,
    state text NOT NULL,
    said_by text NOT NULL,
    message bigint,
    reason text,
    CONSTRAINT delay_notice_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT delay_notice_state_check CHECK ((state = ANY (ARRAY['sent'::text, 'withheld'::text])))
);

CREATE INDEX delay_notice_appointment ON delay_notice USING btree (tenant, appointment, said_at);

CREATE INDEX delay_notice_patient ON delay_notice USING btree (tenant, patient);

CREATE TABLE disclosure (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    basis text NOT NULL,
    accounted boolean NOT NULL,
    door text NOT NULL,
    disclosed_on text NOT NULL,
    recorded_by bigint NOT NULL,
    recorded_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT disclosure_door_check CHECK ((door = ANY (ARRAY['export'::text, 'by-hand'::text]))),
    CONSTRAINT disclosure_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX disclosure_patient ON disclosure USING btree (tenant, patient, disclosed_on);

CREATE TABLE disputed_number (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    id bigint NOT NULL,
    term bigint NOT NULL,
    found_at bigint NOT NULL,
    CONSTRAINT disputed_number_pkey PRIMARY KEY (tenant, patient, id),
    CONSTRAINT disputed_number_tenant_patient_fkey FOREIGN KEY (tenant, patient) REFERENCES patient(tenant, id)
);

CREATE INDEX disputed_number_term ON disputed_number USING btree (tenant, term);

CREATE TABLE event (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    schema_version bigint NOT NULL,
    occurred_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    patient bigint,
    need bigint,
    actor_kind text NOT NULL,
    actor bigint NOT NULL,
    correlation bigint NOT NULL,
    cause bigint,
    body text NOT NULL,
    labels bigint NOT NULL DEFAULT 0,
    CONSTRAINT event_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX event_kind ON event USING btree (tenant, kind, occurred_at);

CREATE INDEX event_need ON event USING btree (tenant, need, id) WHERE (need IS NOT NULL);

CREATE INDEX event_patient ON event USING btree (tenant, patient, id) WHERE (patient IS NOT NULL);

CREATE TABLE event_pending (
    tenant bigint NOT NULL,
    event bigint NOT NULL,
    CONSTRAINT event_pending_pkey PRIMARY KEY (tenant, event)
);

CREATE TABLE event_position (
    tenant bigint NOT NULL,
    position bigint NOT NULL,
    event bigint NOT NULL,
    CONSTRAINT event_position_pkey PRIMARY KEY (tenant, "position")
);

CREATE UNIQUE INDEX event_position_event ON event_position USING btree (tenant, event);

CREATE TABLE event_subject (
    tenant bigint NOT NULL,
    kind text NOT NULL,
    subject bigint NOT NULL,
    event bigint NOT NULL,
    CONSTRAINT event_subject_pkey PRIMARY KEY (tenant, kind, subject, event)
);

CREATE TABLE external_identifier (
    tenant bigint NOT NULL,
    identifier blob NOT NULL,
    record blob NOT NULL,
    patient bigint,
    is_stand_in boolean NOT NULL,
    CONSTRAINT external_identifier_pkey PRIMARY KEY (tenant, identifier, record)
);

CREATE INDEX external_identifier_patient ON external_identifier USING btree (tenant, patient) WHERE (patient IS NOT NULL);

CREATE INDEX external_identifier_record ON external_identifier USING btree (tenant, record);

CREATE TABLE external_resource (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    source_key blob NOT NULL,
    type text NOT NULL,
    content_hash blob NOT NULL,
    name text,
    npi text,
    key_subject bigint NOT NULL,
    recorded_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT external_resource_pkey PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX external_resource_source ON external_resource USING btree (tenant, source_key);

CREATE INDEX external_resource_type ON external_resource USING btree (tenant, type, name);

CREATE TABLE idempotency (
    tenant bigint NOT NULL,
    caller_kind text NOT NULL,
    caller bigint NOT NULL,
    key_hash blob NOT NULL,
    payload_hash blob NOT NULL,
    key_subject bigint NOT NULL,
    result_id bigint NOT NULL,
    sealed blob NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (tenant, caller_kind, caller, key_hash)
);

CREATE INDEX idempotency_expiry ON idempotency USING btree (tenant, expires_at);

CREATE TABLE imported_patient (
    tenant bigint NOT NULL,
    source_key blob NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    content_hash blob NOT NULL,
    run bigint NOT NULL,
    coverage_at bigint,
    coverage_hash blob,
    CONSTRAINT imported_patient_pkey PRIMARY KEY (tenant, source_key)
);

CREATE UNIQUE INDEX imported_patient_patient ON imported_patient USING btree (tenant, patient);

CREATE TABLE invitation (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    token_hash blob NOT NULL,
    made_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    revoked_at bigint,
    CONSTRAINT invitation_check CHECK ((made_at <= expires_at)),
    CONSTRAINT invitation_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX invitation_expiry ON invitation USING btree (tenant, expires_at);

CREATE UNIQUE INDEX invitation_token ON invitation USING btree (tenant, token_hash);

CREATE INDEX invitation_user ON invitation USING btree (tenant, user_id);

CREATE TABLE lease (
    tenant bigint NOT NULL,
    name text NOT NULL,
    holder bigint NOT NULL,
    token bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT lease_pkey PRIMARY KEY (tenant, name)
);

CREATE TABLE legal_hold (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    placed_by bigint NOT NULL,
    placed_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT legal_hold_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX legal_hold_patient ON legal_hold USING btree (tenant, patient);

CREATE TABLE legal_hold_guard (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    holds bigint NOT NULL,
    disposing_at bigint,
    CONSTRAINT legal_hold_guard_holds_check CHECK ((holds >= 0)),
    CONSTRAINT legal_hold_guard_pkey PRIMARY KEY (tenant, patient)
);

CREATE TABLE legal_hold_release (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    released_by bigint NOT NULL,
    released_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT legal_hold_release_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX legal_hold_release_patient ON legal_hold_release USING btree (tenant, patient);

CREATE TABLE look_alike (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    other bigint NOT NULL,
    found_at bigint NOT NULL,
    settled_at bigint,
    CONSTRAINT look_alike_check CHECK ((patient <> other)),
    CONSTRAINT look_alike_pkey PRIMARY KEY (tenant, patient, other)
);

CREATE INDEX look_alike_open ON look_alike USING btree (tenant, found_at) WHERE (settled_at IS NULL);

CREATE TABLE message (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    conversation bigint NOT NULL,
    patient bigint,
    direction text NOT NULL,
    state text NOT NULL,
    sender_kind text NOT NULL,
    sender bigint,
    purpose text,
    template text,
    language text,
    need bigint,
    media bigint NOT NULL,
    provider_hash blob,
    at bigint NOT NULL,
    attempted_at bigint,
    settled_at bigint,
    error_code text,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    location text,
    CONSTRAINT message_check CHECK (((direction = 'in'::text) = (state = 'received'::text))),
    CONSTRAINT message_check1 CHECK (((direction = 'in'::text) OR (purpose IS NOT NULL))),
    CONSTRAINT message_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text]))),
    CONSTRAINT message_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT message_sender_kind_check CHECK ((sender_kind = ANY (ARRAY['person'::text, 'user'::text, 'system'::text]))),
    CONSTRAINT message_state_check CHECK ((state = ANY (ARRAY['received'::text, 'queued'::text, 'held'::text, 'uncertain'::text, 'sent'::text, 'delivered'::text, 'failed'::text, 'withdrawn'::text])))
);

CREATE UNIQUE INDEX message_provider ON message USING btree (tenant, provider_hash) WHERE (provider_hash IS NOT NULL);

CREATE INDEX message_thread ON message USING btree (tenant, conversation, id);

CREATE INDEX message_unsettled ON message USING btree (tenant, id) WHERE (state = 'uncertain'::text);

CREATE INDEX message_waiting ON message USING btree (tenant, conversation, id) WHERE (state = ANY (ARRAY['queued'::text, 'held'::text]));

CREATE TABLE message_media (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    message bigint NOT NULL,
    number bigint NOT NULL,
    blob bigint,
    state text NOT NULL,
    media_type text,
    size bigint,
    reason text,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT message_media_check CHECK (((state = 'stored'::text) = (blob IS NOT NULL))),
    CONSTRAINT message_media_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT message_media_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'stored'::text, 'refused'::text])))
);

CREATE UNIQUE INDEX message_media_place ON message_media USING btree (tenant, message, number);

CREATE TABLE message_prompt (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    message bigint NOT NULL,
    conversation bigint NOT NULL,
    patient bigint NOT NULL,
    address_hash blob NOT NULL,
    appointment bigint NOT NULL,
    sent_at bigint NOT NULL,
    choice bigint,
    answered_at bigint,
    answer text,
    CONSTRAINT message_prompt_check CHECK (((answered_at IS NULL) = (answer IS NULL))),
    CONSTRAINT message_prompt_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX message_prompt_patient ON message_prompt USING btree (tenant, patient, id);

CREATE INDEX message_prompt_waiting ON message_prompt USING btree (tenant, address_hash, id) WHERE (answered_at IS NULL);

CREATE TABLE migration (
    id text NOT NULL,
    fingerprint text NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT migration_pkey PRIMARY KEY (id)
);

CREATE TABLE need (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    conversation bigint NOT NULL,
    patient bigint,
    reason text NOT NULL,
    priority text NOT NULL,
    stage text NOT NULL,
    owner bigint,
    team text NOT NULL,
    next_step text NOT NULL,
    due_at bigint NOT NULL,
    resolve_by bigint NOT NULL,
    opened_at bigint NOT NULL,
    stage_at bigint NOT NULL,
    first_response_at bigint,
    closed_at bigint,
    outcome text,
    appointment bigint,
    version bigint NOT NULL,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    labels bigint NOT NULL DEFAULT 0,
    CONSTRAINT need_check CHECK (((stage = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT need_check1 CHECK (((stage = 'closed'::text) = (outcome IS NOT NULL))),
    CONSTRAINT need_check2 CHECK (((stage <> 'new'::text) OR (owner IS NULL))),
    CONSTRAINT need_due_at_check CHECK ((due_at > 0)),
    CONSTRAINT need_next_step_check CHECK ((next_step <> ''::text)),
    CONSTRAINT need_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT need_priority_check CHECK ((priority = ANY (ARRAY['routine'::text, 'urgent'::text, 'asap'::text, 'stat'::text]))),
    CONSTRAINT need_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT need_resolve_by_check CHECK ((resolve_by > 0)),
    CONSTRAINT need_stage_check CHECK ((stage = ANY (ARRAY['new'::text, 'in-progress'::text, 'waiting-patient'::text, 'scheduled'::text, 'closed'::text]))),
    CONSTRAINT need_team_check CHECK ((team <> ''::text))
);

CREATE INDEX need_closed ON need USING btree (tenant, closed_at, id) WHERE (stage = 'closed'::text);

CREATE INDEX need_conversation ON need USING btree (tenant, conversation, id);

CREATE INDEX need_due ON need USING btree (tenant, due_at, id) WHERE (stage <> 'closed'::text);

CREATE INDEX need_opened ON need USING btree (tenant, opened_at, id) WHERE (stage <> 'closed'::text);

CREATE INDEX need_owner ON need USING btree (tenant, owner, due_at, id) WHERE ((stage <> 'closed'::text) AND (owner IS NOT NULL));

CREATE INDEX need_patient ON need USING btree (tenant, patient, id) WHERE (patient IS NOT NULL);

CREATE INDEX need_unowned ON need USING btree (tenant, due_at, id) WHERE ((stage <> 'closed'::text) AND (owner IS NULL));

CREATE INDEX need_waiting ON need USING btree (tenant, due_at, id) WHERE (stage = 'waiting-patient'::text);

CREATE TABLE need_fact (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    need bigint NOT NULL,
    code text NOT NULL,
    source text NOT NULL,
    source_id bigint,
    recorded_at bigint NOT NULL,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT need_fact_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT need_fact_source_check CHECK ((source = ANY (ARRAY['message'::text, 'agent'::text, 'system'::text])))
);

CREATE INDEX need_fact_need ON need_fact USING btree (tenant, need, id);

CREATE TABLE need_note (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    need bigint NOT NULL,
    conversation bigint NOT NULL,
    author bigint NOT NULL,
    kind text NOT NULL,
    at bigint NOT NULL,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT need_note_kind_check CHECK ((kind = ANY (ARRAY['note'::text, 'handoff'::text, 'closing'::text]))),
    CONSTRAINT need_note_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX need_note_conversation ON need_note USING btree (tenant, conversation, id);

CREATE TABLE need_progress (
    tenant bigint NOT NULL,
    need bigint NOT NULL,
    patient bigint,
    reason text NOT NULL,
    channel text NOT NULL,
    conversation text,
    opened_at bigint NOT NULL,
    first_response_at bigint,
    booked_at bigint,
    confirmed_at bigint,
    arrived_at bigint,
    completed_at bigint,
    closed_at bigint,
    outcome text,
    labels bigint NOT NULL DEFAULT 0,
    CONSTRAINT need_progress_pkey PRIMARY KEY (tenant, need)
);

CREATE INDEX need_progress_closed ON need_progress USING btree (tenant, closed_at);

CREATE INDEX need_progress_conversation ON need_progress USING btree (tenant, conversation);

CREATE INDEX need_progress_open ON need_progress USING btree (tenant, opened_at, need) WHERE (closed_at IS NULL);

CREATE INDEX need_progress_opened ON need_progress USING btree (tenant, opened_at);

CREATE INDEX need_progress_patient ON need_progress USING btree (tenant, patient) WHERE (patient IS NOT NULL);

CREATE INDEX need_progress_responded ON need_progress USING btree (tenant, first_response_at);

CREATE TABLE outbox (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    target bigint NOT NULL,
    lane bigint NOT NULL,
    purpose text NOT NULL,
    consent text NOT NULL,
    decision text NOT NULL,
    state text NOT NULL,
    uncertain boolean NOT NULL,
    attempts bigint NOT NULL,
    next_at bigint NOT NULL,
    claimed_until bigint,
    reason text,
    created_at bigint NOT NULL,
    settled_at bigint,
    CONSTRAINT outbox_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'accepted'::text, 'refused'::text, 'uncertain'::text, 'dead'::text, 'withdrawn'::text])))
);

CREATE INDEX outbox_due ON outbox USING btree (tenant, next_at) WHERE (state = ANY (ARRAY['waiting'::text, 'sending'::text]));

CREATE UNIQUE INDEX outbox_intent ON outbox USING btree (tenant, kind, target);

CREATE INDEX outbox_lane ON outbox USING btree (tenant, lane, id) WHERE (state = ANY (ARRAY['waiting'::text, 'sending'::text]));

CREATE INDEX outbox_stuck ON outbox USING btree (tenant, id) WHERE (state = ANY (ARRAY['uncertain'::text, 'dead'::text]));

CREATE TABLE part2_consent (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    until bigint NOT NULL,
    CONSTRAINT part2_consent_pkey PRIMARY KEY (tenant, patient)
);

CREATE INDEX part2_consent_end ON part2_consent USING btree (tenant, until);

CREATE TABLE patient (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    key_subject bigint NOT NULL,
    version bigint NOT NULL,
    language text NOT NULL,
    birth_year bigint,
    deceased boolean NOT NULL,
    zone text,
    region text,
    source text NOT NULL,
    source_key bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT patient_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT patient_version_check CHECK ((version >= 1))
);

CREATE UNIQUE INDEX patient_source ON patient USING btree (tenant, source_key) WHERE (source_key IS NOT NULL);

CREATE TABLE patient_identifier (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    id bigint NOT NULL,
    key_subject bigint NOT NULL,
    system text NOT NULL,
    term bigint NOT NULL,
    source text NOT NULL,
    recorded_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT patient_identifier_pkey PRIMARY KEY (tenant, patient, id),
    CONSTRAINT patient_identifier_tenant_patient_fkey FOREIGN KEY (tenant, patient) REFERENCES patient(tenant, id)
);

CREATE UNIQUE INDEX patient_identifier_mrn ON patient_identifier USING btree (tenant, term) WHERE (system = 'mrn'::text);

CREATE TABLE patient_link (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    primary_patient bigint NOT NULL,
    linked_at bigint NOT NULL,
    CONSTRAINT patient_link_check CHECK ((patient <> primary_patient)),
    CONSTRAINT patient_link_pkey PRIMARY KEY (tenant, patient),
    CONSTRAINT patient_link_tenant_patient_fkey FOREIGN KEY (tenant, patient) REFERENCES patient(tenant, id),
    CONSTRAINT patient_link_tenant_primary_patient_fkey FOREIGN KEY (tenant, primary_patient) REFERENCES patient(tenant, id)
);

CREATE INDEX patient_link_primary ON patient_link USING btree (tenant, primary_patient);

CREATE TABLE patient_proxy (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    person bigint,
    made_at bigint NOT NULL,
    ended_at bigint,
    told_on text NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT patient_proxy_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX patient_proxy_patient ON patient_proxy USING btree (tenant, patient);

CREATE INDEX patient_proxy_person ON patient_proxy USING btree (tenant, person) WHERE (person IS NOT NULL);

CREATE INDEX patient_proxy_told ON patient_proxy USING btree (tenant, told_on, id) WHERE (ended_at IS NULL);

CREATE TABLE patient_scope (
    tenant bigint NOT NULL,
    patient bigint NOT NULL,
    location bigint NOT NULL,
    restricted boolean NOT NULL,
    labels bigint NOT NULL DEFAULT 0,
    CONSTRAINT patient_scope_check CHECK ((restricted OR ((labels & '4294967295'::bigint) = 0))),
    CONSTRAINT patient_scope_pkey PRIMARY KEY (tenant, patient, location)
);

CREATE INDEX patient_scope_open ON patient_scope USING btree (tenant, patient, location) WHERE (restricted = false);

CREATE TABLE privacy_request (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint,
    key_subject bigint,
    kind text NOT NULL,
    law text NOT NULL,
    channel text NOT NULL,
    asker text NOT NULL,
    state text NOT NULL,
    received_on text NOT NULL,
    due_on text NOT NULL,
    assigned bigint,
    recorded_by bigint NOT NULL,
    recorded_at bigint NOT NULL,
    closed_at bigint,
    closed_by bigint,
    exported_at bigint,
    disposed bigint,
    version bigint NOT NULL,
    sealed blob,
    CONSTRAINT privacy_request_asker_check CHECK ((asker = ANY (ARRAY['patient'::text, 'representative'::text]))),
    CONSTRAINT privacy_request_check CHECK ((received_on <= due_on)),
    CONSTRAINT privacy_request_check1 CHECK (((sealed IS NULL) = (patient IS NULL))),
    CONSTRAINT privacy_request_check2 CHECK (((sealed IS NULL) = (key_subject IS NULL))),
    CONSTRAINT privacy_request_check3 CHECK (((state = ANY (ARRAY['fulfilled'::text, 'refused'::text])) = (closed_at IS NOT NULL))),
    CONSTRAINT privacy_request_kind_check CHECK ((kind = ANY (ARRAY['access'::text, 'portability'::text, 'correction'::text, 'restriction'::text, 'accounting'::text, 'erasure'::text]))),
    CONSTRAINT privacy_request_law_check CHECK ((law = ANY (ARRAY['hipaa'::text, 'gdpr'::text, 'ccpa'::text]))),
    CONSTRAINT privacy_request_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT privacy_request_state_check CHECK ((state = ANY (ARRAY['open'::text, 'extended'::text, 'fulfilled'::text, 'refused'::text])))
);

CREATE INDEX privacy_request_open ON privacy_request USING btree (tenant, due_on, id) WHERE (closed_at IS NULL);

CREATE INDEX privacy_request_patient ON privacy_request USING btree (tenant, patient) WHERE (patient IS NOT NULL);

CREATE TABLE privacy_restriction (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    kind text NOT NULL,
    request bigint,
    agreed_by bigint NOT NULL,
    agreed_at bigint NOT NULL,
    ended_by bigint,
    ended_at bigint,
    sealed blob NOT NULL,
    CONSTRAINT privacy_restriction_check CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
    CONSTRAINT privacy_restriction_kind_check CHECK ((kind = ANY (ARRAY['payer'::text, 'person'::text, 'confidential'::text]))),
    CONSTRAINT privacy_restriction_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX privacy_restriction_patient ON privacy_restriction USING btree (tenant, patient);

CREATE TABLE public_booking (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    hold bigint NOT NULL,
    browser bigint NOT NULL,
    address bigint NOT NULL,
    state text NOT NULL,
    phone bigint,
    code blob,
    code_at bigint,
    codes bigint NOT NULL,
    tries bigint NOT NULL,
    patient bigint,
    appointment bigint,
    visit_at bigint,
    created_at bigint NOT NULL,
    CONSTRAINT public_booking_check CHECK (((state = 'booked'::text) = (appointment IS NOT NULL))),
    CONSTRAINT public_booking_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT public_booking_state_check CHECK ((state = ANY (ARRAY['held'::text, 'asked'::text, 'booked'::text, 'ended'::text])))
);

CREATE INDEX public_booking_address ON public_booking USING btree (tenant, address, created_at);

CREATE INDEX public_booking_browser ON public_booking USING btree (tenant, browser) WHERE (state = ANY (ARRAY['held'::text, 'asked'::text]));

CREATE INDEX public_booking_created ON public_booking USING btree (tenant, created_at);

CREATE INDEX public_booking_patient ON public_booking USING btree (tenant, patient) WHERE (patient IS NOT NULL);

CREATE INDEX public_booking_phone ON public_booking USING btree (tenant, phone) WHERE (phone IS NOT NULL);

CREATE TABLE referral (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    key_subject bigint NOT NULL,
    kind text NOT NULL,
    category text,
    status text NOT NULL,
    stage text NOT NULL,
    priority text NOT NULL,
    service_line text,
    visit_type text,
    performer text,
    requester text,
    code text,
    code_system text,
    authorization_state text NOT NULL,
    authorized_from text,
    authorized_to text,
    expires_on text,
    source text NOT NULL,
    source_hash blob,
    owner bigint,
    attempts bigint NOT NULL,
    vain bigint NOT NULL,
    enough bigint NOT NULL,
    policy text,
    policy_version bigint,
    received_at bigint NOT NULL,
    accepted_at bigint,
    first_contact_at bigint,
    returned_at bigint,
    appointment bigint,
    hold bigint,
    scheduled_at bigint,
    seen_at bigint,
    seen_place text,
    reported_at bigint,
    acknowledged_at bigint,
    held_until text,
    clock text,
    due_at bigint,
    overdue_at bigint,
    outcome text,
    closed_at bigint,
    version bigint NOT NULL,
    labels bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT referral_authorization_state_check CHECK ((authorization_state = ANY (ARRAY['not-needed'::text, 'needed'::text, 'granted'::text, 'denied'::text]))),
    CONSTRAINT referral_category_check CHECK ((category = ANY (ARRAY['imaging'::text, 'laboratory'::text, 'procedure'::text]))),
    CONSTRAINT referral_check CHECK (((category IS NOT NULL) = (kind = 'order'::text))),
    CONSTRAINT referral_check1 CHECK (((stage = 'closed'::text) = (outcome IS NOT NULL))),
    CONSTRAINT referral_check10 CHECK ((vain <= attempts)),
    CONSTRAINT referral_check11 CHECK (((policy IS NULL) = (policy_version IS NULL))),
    CONSTRAINT referral_check2 CHECK (((stage = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT referral_check3 CHECK (((stage = 'closed'::text) = (due_at IS NULL))),
    CONSTRAINT referral_check4 CHECK (((due_at IS NULL) = (clock IS NULL))),
    CONSTRAINT referral_check5 CHECK (((stage = 'closed'::text) = (status = ANY (ARRAY['completed'::text, 'revoked'::text, 'entered-in-error'::text])))),
    CONSTRAINT referral_check6 CHECK (((status = 'completed'::text) = (COALESCE(outcome, ''::text) = 'completed'::text))),
    CONSTRAINT referral_check7 CHECK (((status = 'on-hold'::text) = (held_until IS NOT NULL))),
    CONSTRAINT referral_check8 CHECK (((stage <> 'seen'::text) OR (seen_at IS NOT NULL))),
    CONSTRAINT referral_check9 CHECK (((stage <> 'reported'::text) OR (reported_at IS NOT NULL))),
    CONSTRAINT referral_kind_check CHECK ((kind = ANY (ARRAY['inbound'::text, 'outbound'::text, 'order'::text, 'result'::text]))),
    CONSTRAINT referral_outcome_check CHECK ((outcome = ANY (ARRAY['completed'::text, 'not-accepted'::text, 'declined-by-patient'::text, 'unreachable'::text, 'redirected'::text, 'cancelled-by-requester'::text, 'duplicate'::text, 'deceased'::text, 'entered-in-error'::text]))),
    CONSTRAINT referral_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT referral_priority_check CHECK ((priority = ANY (ARRAY['routine'::text, 'urgent'::text, 'asap'::text, 'stat'::text]))),
    CONSTRAINT referral_seen_place_check CHECK ((seen_place = ANY (ARRAY['as-referred'::text, 'elsewhere'::text]))),
    CONSTRAINT referral_stage_check CHECK ((stage = ANY (ARRAY['received'::text, 'accepted'::text, 'contacting'::text, 'scheduled'::text, 'seen'::text, 'reported'::text, 'closed'::text]))),
    CONSTRAINT referral_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'on-hold'::text, 'completed'::text, 'revoked'::text, 'entered-in-error'::text])))
);

CREATE INDEX referral_appointment ON referral USING btree (tenant, appointment) WHERE (appointment IS NOT NULL);

CREATE INDEX referral_closed ON referral USING btree (tenant, closed_at, id) WHERE (stage = 'closed'::text);

CREATE INDEX referral_due ON referral USING btree (tenant, due_at, id) WHERE (stage <> 'closed'::text);

CREATE INDEX referral_patient ON referral USING btree (tenant, patient);

CREATE UNIQUE INDEX referral_source ON referral USING btree (tenant, source_hash) WHERE (source_hash IS NOT NULL);

CREATE TABLE referral_attempt (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    referral bigint NOT NULL,
    patient bigint NOT NULL,
    at bigint NOT NULL,
    by_kind text NOT NULL,
    by_actor bigint NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL,
    key_subject bigint,
    sealed blob,
    CONSTRAINT referral_attempt_channel_check CHECK ((channel = ANY (ARRAY['phone'::text, 'text'::text, 'email'::text, 'letter'::text, 'in-person'::text]))),
    CONSTRAINT referral_attempt_check CHECK (((sealed IS NULL) = (key_subject IS NULL))),
    CONSTRAINT referral_attempt_outcome_check CHECK ((outcome = ANY (ARRAY['reached'::text, 'no-answer'::text, 'message-left'::text, 'wrong-number'::text]))),
    CONSTRAINT referral_attempt_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX referral_attempt_patient ON referral_attempt USING btree (tenant, patient);

CREATE INDEX referral_attempt_referral ON referral_attempt USING btree (tenant, referral, id);

CREATE TABLE referral_document (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    referral bigint NOT NULL,
    patient bigint NOT NULL,
    blob bigint NOT NULL,
    kind text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    added_at bigint NOT NULL,
    by_kind text NOT NULL,
    by_actor bigint NOT NULL,
    CONSTRAINT referral_document_kind_check CHECK ((kind = ANY (ARRAY['request'::text, 'report'::text]))),
    CONSTRAINT referral_document_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX referral_document_patient ON referral_document USING btree (tenant, patient);

CREATE INDEX referral_document_referral ON referral_document USING btree (tenant, referral, id);

CREATE TABLE reseal_progress (
    tenant bigint NOT NULL,
    table_name text NOT NULL,
    version bigint NOT NULL,
    place_text text NOT NULL,
    place_first bigint NOT NULL,
    place_second bigint NOT NULL,
    seen bigint NOT NULL,
    resealed bigint NOT NULL,
    unreadable bigint NOT NULL,
    failed bigint NOT NULL,
    updated_at bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT reseal_progress_pkey PRIMARY KEY (tenant, table_name)
);

CREATE TABLE retention_item (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    subject_kind text NOT NULL,
    subject bigint NOT NULL,
    due_at bigint NOT NULL,
    found_at bigint NOT NULL,
    state text NOT NULL,
    decided_by bigint,
    decided_at bigint,
    kept_until bigint,
    error text,
    CONSTRAINT retention_item_check CHECK (((state = 'kept'::text) = (kept_until IS NOT NULL))),
    CONSTRAINT retention_item_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT retention_item_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'approved'::text, 'held'::text, 'kept'::text, 'failed'::text]))),
    CONSTRAINT retention_item_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['patient'::text, 'conversation'::text])))
);

CREATE INDEX retention_item_state ON retention_item USING btree (tenant, state, due_at, id);

CREATE UNIQUE INDEX retention_item_subject ON retention_item USING btree (tenant, subject_kind, subject);

CREATE TABLE retention_scan (
    tenant bigint NOT NULL,
    data text NOT NULL,
    place bigint NOT NULL,
    begun_at bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT retention_scan_pkey PRIMARY KEY (tenant, data)
);

CREATE TABLE revision (
    tenant bigint NOT NULL,
    kind text NOT NULL,
    id bigint NOT NULL,
    version bigint NOT NULL,
    recorded_at bigint NOT NULL,
    key_subject bigint NOT NULL,
    row_id bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT revision_pkey PRIMARY KEY (tenant, kind, id, version)
);

CREATE TABLE right_use (
    tenant bigint NOT NULL,
    actor_kind text NOT NULL,
    actor bigint NOT NULL,
    action text NOT NULL,
    last_at bigint NOT NULL,
    CONSTRAINT right_use_pkey PRIMARY KEY (tenant, actor_kind, actor, action)
);

CREATE TABLE right_use_place (
    tenant bigint NOT NULL,
    audit bigint NOT NULL,
    CONSTRAINT right_use_place_pkey PRIMARY KEY (tenant)
);

CREATE TABLE schedule_absence (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL,
    zone text NOT NULL,
    reason text NOT NULL,
    offers bigint NOT NULL,
    state text NOT NULL,
    made_by_kind text NOT NULL,
    made_by bigint NOT NULL,
    created_at bigint NOT NULL,
    closed_at bigint,
    CONSTRAINT schedule_absence_check CHECK ((start_at < end_at)),
    CONSTRAINT schedule_absence_check1 CHECK (((state = 'open'::text) = (closed_at IS NULL))),
    CONSTRAINT schedule_absence_kind_check CHECK ((kind = ANY (ARRAY['practitioner'::text, 'resource'::text, 'location'::text]))),
    CONSTRAINT schedule_absence_offers_check CHECK ((offers = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT schedule_absence_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT schedule_absence_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text, 'withdrawn'::text])))
);

CREATE INDEX schedule_absence_end ON schedule_absence USING btree (tenant, end_at);

CREATE UNIQUE INDEX schedule_absence_once ON schedule_absence USING btree (tenant, kind, key, start_at, end_at) WHERE (state <> 'withdrawn'::text);

CREATE TABLE scim_removed (
    tenant bigint NOT NULL,
    user_id bigint NOT NULL,
    removed_at bigint NOT NULL,
    CONSTRAINT scim_removed_pkey PRIMARY KEY (tenant, user_id)
);

CREATE TABLE sign_in_ceremony (
    tenant bigint NOT NULL,
    hash blob NOT NULL,
    purpose text NOT NULL,
    origin text NOT NULL,
    address blob NOT NULL,
    user_id bigint,
    session bigint,
    browser blob,
    back text,
    expires_at bigint NOT NULL,
    CONSTRAINT sign_in_ceremony_pkey PRIMARY KEY (tenant, hash)
);

CREATE INDEX sign_in_ceremony_address ON sign_in_ceremony USING btree (tenant, address);

CREATE INDEX sign_in_ceremony_age ON sign_in_ceremony USING btree (tenant, expires_at);

CREATE TABLE sign_in_wait (
    tenant bigint NOT NULL,
    kind text NOT NULL,
    hash blob NOT NULL,
    failures bigint NOT NULL,
    last_at bigint NOT NULL,
    wait_until bigint NOT NULL,
    CONSTRAINT sign_in_wait_kind_check CHECK ((kind = ANY (ARRAY['account'::text, 'address'::text]))),
    CONSTRAINT sign_in_wait_pkey PRIMARY KEY (tenant, kind, hash)
);

CREATE INDEX sign_in_wait_age ON sign_in_wait USING btree (tenant, last_at);

CREATE TABLE slot_hold (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint,
    need bigint,
    moving bigint,
    visit_type text NOT NULL,
    practitioner text NOT NULL,
    location text NOT NULL,
    local_start text NOT NULL,
    zone text NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL,
    state text NOT NULL,
    made_by_kind text NOT NULL,
    made_by bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT slot_hold_check CHECK ((start_at < end_at)),
    CONSTRAINT slot_hold_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT slot_hold_state_check CHECK ((state = ANY (ARRAY['held'::text, 'booked'::text, 'released'::text, 'expired'::text])))
);

CREATE INDEX slot_hold_expiry ON slot_hold USING btree (tenant, expires_at) WHERE (state = 'held'::text);

CREATE INDEX slot_hold_patient ON slot_hold USING btree (tenant, patient) WHERE (state = 'held'::text);

CREATE INDEX slot_hold_person ON slot_hold USING btree (tenant, patient) WHERE (patient IS NOT NULL);

CREATE TABLE snooping_round (
    tenant bigint NOT NULL,
    day bigint NOT NULL,
    ended_at bigint NOT NULL,
    CONSTRAINT snooping_round_pkey PRIMARY KEY (tenant, day)
);

CREATE TABLE snooping_seen (
    tenant bigint NOT NULL,
    user_id bigint NOT NULL,
    seen_at bigint NOT NULL,
    CONSTRAINT snooping_seen_pkey PRIMARY KEY (tenant, user_id)
);

CREATE TABLE snooping_standing (
    tenant bigint NOT NULL,
    user_id bigint NOT NULL,
    points bigint NOT NULL,
    raised_at bigint NOT NULL,
    CONSTRAINT snooping_standing_pkey PRIMARY KEY (tenant, user_id)
);

CREATE TABLE staff_party (
    tenant bigint NOT NULL,
    user_id bigint NOT NULL,
    party text NOT NULL,
    CONSTRAINT staff_party_party_check CHECK ((party <> ''::text)),
    CONSTRAINT staff_party_pkey PRIMARY KEY (tenant, user_id, party)
);

CREATE TABLE staff_tie (
    tenant bigint NOT NULL,
    user_id bigint NOT NULL,
    patient bigint NOT NULL,
    kind text NOT NULL,
    noted_at bigint NOT NULL,
    CONSTRAINT staff_tie_kind_check CHECK ((kind = ANY (ARRAY['own'::text, 'family'::text, 'address'::text]))),
    CONSTRAINT staff_tie_pkey PRIMARY KEY (tenant, user_id, patient)
);

CREATE INDEX staff_tie_patient ON staff_tie USING btree (tenant, patient);

CREATE TABLE subscriber_cursor (
    tenant bigint NOT NULL,
    name text NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT subscriber_cursor_pkey PRIMARY KEY (tenant, name)
);

CREATE TABLE system_run (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    purpose text NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint,
    outcome text,
    items bigint,
    started_by text,
    CONSTRAINT system_run_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX system_run_name ON system_run USING btree (tenant, name, id);

CREATE TABLE tenant (
    tenant bigint NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT tenant_key_key UNIQUE (key),
    CONSTRAINT tenant_pkey PRIMARY KEY (tenant)
);

CREATE TABLE tenant_host (
    tenant bigint NOT NULL,
    host text NOT NULL,
    CONSTRAINT tenant_host_host_key UNIQUE (host),
    CONSTRAINT tenant_host_pkey PRIMARY KEY (tenant, host)
);

CREATE TABLE term (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    terms bigint[] NOT NULL,
    CONSTRAINT term_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX term_index ON term USING gin (terms) WITH (fastupdate=off);

CREATE TABLE text_booking (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    need bigint NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL,
    phase text NOT NULL,
    visit bigint,
    placement bigint,
    visit_type text,
    round bigint NOT NULL,
    wish_from text,
    wish_to text,
    wish_days text NOT NULL,
    wish_hours text NOT NULL,
    named text NOT NULL,
    renewed bigint NOT NULL,
    question bigint NOT NULL,
    need_version bigint,
    answer bigint,
    declined bigint NOT NULL,
    message bigint,
    answer_by bigint,
    created_at bigint NOT NULL,
    ended_at bigint,
    outcome text,
    CONSTRAINT text_booking_check CHECK (((visit IS NULL) = (placement IS NULL))),
    CONSTRAINT text_booking_check1 CHECK (((phase = ANY (ARRAY['done'::text, 'handed-over'::text, 'ended'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT text_booking_check2 CHECK (((ended_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT text_booking_declined_check CHECK ((declined = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT text_booking_kind_check CHECK ((kind = ANY (ARRAY['book'::text, 'move'::text, 'cancel'::text]))),
    CONSTRAINT text_booking_phase_check CHECK ((phase = ANY (ARRAY['asked'::text, 'choosing-visit'::text, 'choosing-type'::text, 'choosing-time'::text, 'confirming-cancel'::text, 'done'::text, 'handed-over'::text, 'ended'::text]))),
    CONSTRAINT text_booking_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT text_booking_renewed_check CHECK ((renewed = ANY (ARRAY[(0)::bigint, (1)::bigint])))
);

CREATE INDEX text_booking_message ON text_booking USING btree (tenant, message) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX text_booking_open ON text_booking USING btree (tenant, need) WHERE (ended_at IS NULL);

CREATE INDEX text_booking_patient ON text_booking USING btree (tenant, patient);

CREATE TABLE text_booking_choice (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    booking bigint NOT NULL,
    patient bigint NOT NULL,
    question bigint NOT NULL,
    number bigint NOT NULL,
    what text NOT NULL,
    visit bigint,
    visit_type text,
    practitioner text,
    location text,
    local_start text,
    CONSTRAINT text_booking_choice_check CHECK (((what <> 'visit'::text) OR (visit IS NOT NULL))),
    CONSTRAINT text_booking_choice_check1 CHECK (((what <> ALL (ARRAY['type'::text, 'time'::text])) OR (visit_type IS NOT NULL))),
    CONSTRAINT text_booking_choice_check2 CHECK (((what <> 'time'::text) OR ((practitioner IS NOT NULL) AND (location IS NOT NULL) AND (local_start IS NOT NULL)))),
    CONSTRAINT text_booking_choice_number_check CHECK (((number >= 1) AND (number <= 9))),
    CONSTRAINT text_booking_choice_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT text_booking_choice_what_check CHECK ((what = ANY (ARRAY['visit'::text, 'type'::text, 'cancel'::text, 'another'::text, 'time'::text])))
);

CREATE INDEX text_booking_choice_booking ON text_booking_choice USING btree (tenant, booking);

CREATE INDEX text_booking_choice_patient ON text_booking_choice USING btree (tenant, patient);

CREATE TABLE timer (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    target bigint NOT NULL,
    due_at bigint NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    fired_at bigint,
    CONSTRAINT timer_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT timer_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'fired'::text, 'cancelled'::text, 'failed'::text])))
);

CREATE INDEX timer_due ON timer USING btree (tenant, due_at) WHERE (state = 'waiting'::text);

CREATE UNIQUE INDEX timer_target ON timer USING btree (tenant, kind, target) WHERE (state = 'waiting'::text);

CREATE TABLE user_account (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    key_subject bigint NOT NULL,
    login_hash blob NOT NULL,
    display_name text NOT NULL,
    roles text NOT NULL,
    locations text,
    state text NOT NULL,
    password text NOT NULL,
    failures bigint NOT NULL,
    locked_until bigint,
    created_at bigint NOT NULL,
    sealed blob NOT NULL,
    external_hash blob,
    version bigint,
    changed_at bigint,
    CONSTRAINT user_account_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT user_account_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text])))
);

CREATE INDEX user_account_external ON user_account USING btree (tenant, external_hash) WHERE (external_hash IS NOT NULL);

CREATE UNIQUE INDEX user_account_login ON user_account USING btree (tenant, login_hash);

CREATE TABLE user_authenticator (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    key_subject bigint NOT NULL,
    last_step bigint NOT NULL,
    created_at bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT user_authenticator_pkey PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX user_authenticator_user ON user_authenticator USING btree (tenant, user_id);

CREATE TABLE user_identity (
    tenant bigint NOT NULL,
    subject_hash blob NOT NULL,
    issuer_hash blob NOT NULL,
    user_id bigint NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    CONSTRAINT user_identity_pkey PRIMARY KEY (tenant, subject_hash)
);

CREATE UNIQUE INDEX user_identity_user ON user_identity USING btree (tenant, user_id, issuer_hash);

CREATE TABLE user_passkey (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    key_subject bigint NOT NULL,
    credential_hash blob NOT NULL,
    rp_id text NOT NULL,
    sign_count bigint NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    blocked_at bigint,
    sealed blob NOT NULL,
    CONSTRAINT user_passkey_pkey PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX user_passkey_credential ON user_passkey USING btree (tenant, credential_hash);

CREATE INDEX user_passkey_user ON user_passkey USING btree (tenant, user_id);

CREATE TABLE user_recovery_code (
    tenant bigint NOT NULL,
    user_id bigint NOT NULL,
    hash blob NOT NULL,
    used_at bigint,
    CONSTRAINT user_recovery_code_pkey PRIMARY KEY (tenant, user_id, hash)
);

CREATE TABLE user_session (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    token_hash blob NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint,
    confirmed_at bigint,
    second_step boolean,
    device text,
    remote text,
    CONSTRAINT user_session_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX user_session_expiry ON user_session USING btree (tenant, expires_at);

CREATE UNIQUE INDEX user_session_token ON user_session USING btree (tenant, token_hash);

CREATE INDEX user_session_user ON user_session USING btree (tenant, user_id);

CREATE TABLE visit_chain (
    tenant bigint NOT NULL,
    appointment bigint NOT NULL,
    chain bigint NOT NULL,
    ordinal bigint NOT NULL,
    kind text NOT NULL,
    patient bigint NOT NULL,
    CONSTRAINT visit_chain_kind_check CHECK ((kind = ANY (ARRAY['linked'::text, 'series'::text]))),
    CONSTRAINT visit_chain_pkey PRIMARY KEY (tenant, appointment)
);

CREATE INDEX visit_chain_members ON visit_chain USING btree (tenant, chain, ordinal);

CREATE INDEX visit_chain_patient ON visit_chain USING btree (tenant, patient);

CREATE TABLE visit_check_in (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    placement bigint NOT NULL,
    given_at bigint NOT NULL,
    key_subject bigint NOT NULL,
    sealed blob NOT NULL,
    CONSTRAINT visit_check_in_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX visit_check_in_patient ON visit_check_in USING btree (tenant, patient);

CREATE TABLE visit_lateness (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    placement bigint NOT NULL,
    minutes bigint NOT NULL,
    said_at bigint NOT NULL,
    source text NOT NULL,
    attempts bigint NOT NULL,
    CONSTRAINT visit_lateness_minutes_check CHECK ((minutes > 0)),
    CONSTRAINT visit_lateness_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX visit_lateness_patient ON visit_lateness USING btree (tenant, patient);

CREATE TABLE visit_queue (
    tenant bigint NOT NULL,
    appointment bigint NOT NULL,
    patient bigint NOT NULL,
    location text NOT NULL,
    queue_day text NOT NULL,
    number text NOT NULL,
    called_in_at bigint,
    CONSTRAINT visit_queue_pkey PRIMARY KEY (tenant, appointment)
);

CREATE UNIQUE INDEX visit_queue_number ON visit_queue USING btree (tenant, location, queue_day, number);

CREATE INDEX visit_queue_patient ON visit_queue USING btree (tenant, patient);

CREATE TABLE waitlist_entry (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    patient bigint NOT NULL,
    need bigint,
    state text NOT NULL,
    visit_type text NOT NULL,
    practitioners text NOT NULL,
    locations text NOT NULL,
    weekdays text NOT NULL,
    from_minute bigint NOT NULL,
    to_minute bigint NOT NULL,
    earliest text,
    latest text,
    notice_minutes bigint NOT NULL,
    priority text NOT NULL,
    group_code text NOT NULL,
    authorized boolean NOT NULL,
    labels bigint NOT NULL,
    source text NOT NULL,
    version bigint NOT NULL,
    joined_at bigint NOT NULL,
    ended_at bigint,
    end_reason text,
    appointment bigint,
    CONSTRAINT waitlist_entry_check CHECK ((from_minute < to_minute)),
    CONSTRAINT waitlist_entry_check1 CHECK (((state = 'waiting'::text) = (ended_at IS NULL))),
    CONSTRAINT waitlist_entry_check2 CHECK (((state = 'booked'::text) = (appointment IS NOT NULL))),
    CONSTRAINT waitlist_entry_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT waitlist_entry_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'booked'::text, 'left'::text])))
);

CREATE UNIQUE INDEX waitlist_entry_once ON waitlist_entry USING btree (tenant, patient, visit_type) WHERE (state = 'waiting'::text);

CREATE INDEX waitlist_entry_patient ON waitlist_entry USING btree (tenant, patient);

CREATE INDEX waitlist_entry_waiting ON waitlist_entry USING btree (tenant, visit_type, joined_at) WHERE (state = 'waiting'::text);

CREATE TABLE waitlist_offer (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    opening bigint NOT NULL,
    entry bigint NOT NULL,
    patient bigint NOT NULL,
    state text NOT NULL,
    group_code text NOT NULL,
    wave bigint NOT NULL,
    labels bigint NOT NULL,
    offered_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    answered_at bigint,
    answered_by text,
    message bigint,
    reason text,
    appointment bigint,
    CONSTRAINT waitlist_offer_check CHECK (((state = 'accepted'::text) = (appointment IS NOT NULL))),
    CONSTRAINT waitlist_offer_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT waitlist_offer_state_check CHECK ((state = ANY (ARRAY['offered'::text, 'accepted'::text, 'declined'::text, 'expired'::text, 'gone'::text, 'withheld'::text, 'withdrawn'::text])))
);

CREATE UNIQUE INDEX waitlist_offer_accepted ON waitlist_offer USING btree (tenant, opening) WHERE (state = 'accepted'::text);

CREATE INDEX waitlist_offer_entry ON waitlist_offer USING btree (tenant, entry);

CREATE UNIQUE INDEX waitlist_offer_live ON waitlist_offer USING btree (tenant, opening, entry) WHERE (state = 'offered'::text);

CREATE INDEX waitlist_offer_message ON waitlist_offer USING btree (tenant, message) WHERE (state = 'offered'::text);

CREATE INDEX waitlist_offer_opening ON waitlist_offer USING btree (tenant, opening);

CREATE INDEX waitlist_offer_patient ON waitlist_offer USING btree (tenant, patient, offered_at);

CREATE INDEX waitlist_offer_time ON waitlist_offer USING btree (tenant, offered_at);

CREATE TABLE waitlist_opening (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    appointment bigint NOT NULL,
    placement bigint NOT NULL,
    patient bigint NOT NULL,
    cause text NOT NULL,
    visit_type text NOT NULL,
    practitioner text NOT NULL,
    location text NOT NULL,
    local_start text NOT NULL,
    zone text NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL,
    state text NOT NULL,
    labels bigint NOT NULL,
    waves bigint NOT NULL,
    opened_at bigint NOT NULL,
    closed_at bigint,
    CONSTRAINT waitlist_opening_cause_check CHECK ((cause = ANY (ARRAY['cancelled'::text, 'moved'::text]))),
    CONSTRAINT waitlist_opening_check CHECK ((start_at < end_at)),
    CONSTRAINT waitlist_opening_check1 CHECK (((state = 'open'::text) = (closed_at IS NULL))),
    CONSTRAINT waitlist_opening_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT waitlist_opening_state_check CHECK ((state = ANY (ARRAY['open'::text, 'filled'::text, 'taken'::text, 'lapsed'::text, 'withdrawn'::text])))
);

CREATE UNIQUE INDEX waitlist_opening_once ON waitlist_opening USING btree (tenant, appointment, placement, cause);

CREATE INDEX waitlist_opening_patient ON waitlist_opening USING btree (tenant, patient);

CREATE INDEX waitlist_opening_start ON waitlist_opening USING btree (tenant, start_at);

CREATE TABLE zone_change (
    tenant bigint NOT NULL,
    appointment bigint NOT NULL,
    to_version text NOT NULL,
    patient bigint NOT NULL,
    outcome text NOT NULL,
    from_version text NOT NULL,
    from_start_at bigint NOT NULL,
    to_start_at bigint NOT NULL,
    found_at bigint NOT NULL,
    told_at bigint,
    told_by_kind text,
    told_by bigint,
    CONSTRAINT zone_change_check CHECK (((told_at IS NULL) = (told_by IS NULL))),
    CONSTRAINT zone_change_outcome_check CHECK ((outcome = ANY (ARRAY['moved'::text, 'conflict'::text, 'unknown-zone'::text]))),
    CONSTRAINT zone_change_pkey PRIMARY KEY (tenant, appointment, to_version)
);

CREATE INDEX zone_change_patient ON zone_change USING btree (tenant, patient);

CREATE INDEX zone_change_untold ON zone_change USING btree (tenant, to_start_at, appointment) WHERE (told_at IS NULL);

-- The key store

CREATE DOMAIN blob AS bytea;

CREATE TABLE disposal (
    tenant bigint NOT NULL,
    id bigint NOT NULL,
    subject_kind text NOT NULL,
    subject bigint NOT NULL,
    reason text NOT NULL,
    actor_kind text NOT NULL,
    actor bigint NOT NULL,
    requested_at bigint NOT NULL,
    certificate text,
    signature blob,
    CONSTRAINT disposal_check CHECK (((certificate IS NULL) = (signature IS NULL))),
    CONSTRAINT disposal_pkey PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX disposal_subject ON disposal USING btree (tenant, subject_kind, subject);

CREATE INDEX disposal_unfinished ON disposal USING btree (tenant, id) WHERE (certificate IS NULL);

CREATE TABLE disposal_part (
    tenant bigint NOT NULL,
    disposal bigint NOT NULL,
    kind text NOT NULL,
    part bigint NOT NULL,
    CONSTRAINT disposal_part_kind_check CHECK ((kind = ANY (ARRAY['patient'::text, 'key'::text]))),
    CONSTRAINT disposal_part_pkey PRIMARY KEY (tenant, disposal, kind, part)
);

CREATE TABLE disposal_row (
    tenant bigint NOT NULL,
    disposal bigint NOT NULL,
    table_name text NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT disposal_row_pkey PRIMARY KEY (tenant, disposal, table_name)
);

CREATE TABLE key_generation (
    tenant bigint NOT NULL,
    generation bigint NOT NULL,
    CONSTRAINT key_generation_pkey PRIMARY KEY (tenant)
);

CREATE TABLE migration (
    id text NOT NULL,
    fingerprint text NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT migration_pkey PRIMARY KEY (id)
);

CREATE TABLE subject_key (
    tenant bigint NOT NULL,
    subject bigint NOT NULL,
    wrapped blob,
    created_at bigint NOT NULL,
    disposed_at bigint,
    disposal_generation bigint,
    wrapping bigint NOT NULL DEFAULT 0,
    previous blob,
    CONSTRAINT subject_key_check CHECK (((wrapped IS NULL) = (disposed_at IS NOT NULL))),
    CONSTRAINT subject_key_pkey PRIMARY KEY (tenant, subject)
) WITH (autovacuum_vacuum_threshold=0, autovacuum_vacuum_scale_factor=0);

CREATE INDEX subject_key_disposal ON subject_key USING btree (tenant, disposal_generation) WHERE (disposal_generation IS NOT NULL);

CREATE INDEX subject_key_rotating ON subject_key USING btree (tenant, subject) WHERE (previous IS NOT NULL);

CREATE TABLE tenant_key (
    tenant bigint NOT NULL,
    wrapped blob NOT NULL,
    created_at bigint NOT NULL,
    wrapping bigint NOT NULL DEFAULT 0,
    CONSTRAINT tenant_key_pkey PRIMARY KEY (tenant)
);

CREATE TABLE wrapping_key (
    tenant bigint NOT NULL,
    version bigint NOT NULL,
    wrapped blob,
    created_at bigint NOT NULL,
    retired_at bigint,
    CONSTRAINT wrapping_key_pkey PRIMARY KEY (tenant, version)
);
