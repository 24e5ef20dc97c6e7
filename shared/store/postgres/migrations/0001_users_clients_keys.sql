-- migrate:up

-- Text is compared by code point ("C"), so that no upgrade of the operating system's locales can spoil an index. What
-- has to be found in any case is stored in lower case as Python makes it, which goes beyond ASCII.
CREATE TABLE users (
    user_id text COLLATE "C" PRIMARY KEY,
    username text COLLATE "C" NOT NULL,
    username_lower text COLLATE "C" NOT NULL,
    email text COLLATE "C",
    password_hash text NOT NULL,
    claims jsonb NOT NULL,
    disabled boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX idx_users_username_lower ON users (username_lower);

CREATE UNIQUE INDEX idx_users_email_lower ON users (lower(email));

CREATE TABLE clients (
    client_id text COLLATE "C" PRIMARY KEY,
    secret_hash text NOT NULL,
    metadata jsonb NOT NULL,
    disabled boolean NOT NULL,
    epoch integer NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE consents (
    user_id text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL,
    scopes text[] NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, client_id)
);

CREATE TABLE signing_keys (
    kid text COLLATE "C" PRIMARY KEY,
    alg text NOT NULL,
    sealed text NOT NULL,
    created_at timestamptz NOT NULL,
    activates_at timestamptz NOT NULL,
    retires_at timestamptz NOT NULL
);

-- migrate:down

DROP TABLE signing_keys;

DROP TABLE consents;

DROP TABLE clients;

DROP TABLE users;
