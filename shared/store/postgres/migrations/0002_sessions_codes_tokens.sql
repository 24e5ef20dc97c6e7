-- migrate:up

-- The tables that requests write to. Their keys are SHA-256 digests of random handles: no sequence, no foreign key and no
-- trigger ties two rows together, so each table can be partitioned or distributed by its key.

-- The primary key covers all that a session's check needs, so the check never visits the table.
CREATE TABLE sessions (
    session_id bytea NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('active', 'ended')),
    auth_time timestamptz NOT NULL,
    acr text NOT NULL,
    amr text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT idx_sessions_covering PRIMARY KEY (session_id) INCLUDE (user_id, expires_at, status)
);

CREATE INDEX idx_sessions_user_status ON sessions (user_id, status);

CREATE INDEX idx_sessions_expires ON sessions (expires_at);

CREATE TABLE auth_codes (
    code bytea NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    client_epoch integer NOT NULL,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    session_id bytea NOT NULL,
    scopes text[] NOT NULL,
    nonce text NOT NULL,
    requested_claims jsonb NOT NULL,
    auth_time timestamptz NOT NULL,
    acr text NOT NULL,
    amr text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    family_id bytea,
    CONSTRAINT idx_codes_code_expires PRIMARY KEY (code, expires_at)
);

CREATE INDEX idx_codes_expires ON auth_codes (expires_at);

-- A row is a family with its live token. Rotation changes no column that is indexed here and finds room on the page, so
-- that it writes no index at all (a HOT update).
CREATE TABLE refresh_tokens (
    family_id bytea PRIMARY KEY,
    client_id text COLLATE "C" NOT NULL,
    client_epoch integer NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    session_id bytea NOT NULL,
    scopes text[] NOT NULL,
    nonce text NOT NULL,
    requested_claims jsonb NOT NULL,
    auth_time timestamptz NOT NULL,
    acr text NOT NULL,
    amr text[] NOT NULL,
    token_hash bytea NOT NULL,
    generation integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    previous_token_hash bytea,
    rotated_at timestamptz,
    revoked_at timestamptz
) WITH (fillfactor = 80);

CREATE INDEX idx_tokens_user_session ON refresh_tokens (user_id, session_id);

CREATE INDEX idx_tokens_expires ON refresh_tokens (expires_at);

CREATE TABLE revoked_access_tokens (
    jti text COLLATE "C" PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE INDEX idx_revoked_access_tokens_expires ON revoked_access_tokens (expires_at);

CREATE TABLE used_assertions (
    assertion bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE INDEX idx_used_assertions_expires ON used_assertions (expires_at);

-- migrate:down

DROP TABLE used_assertions;

DROP TABLE revoked_access_tokens;

DROP TABLE refresh_tokens;

DROP TABLE auth_codes;

DROP TABLE sessions;
