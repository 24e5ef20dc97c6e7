-- migrate:up transaction:false

-- Look-up of a refresh token by its hash alone. Nothing that serves needs these two indexes: a token names its family.
-- They make each rotation write every index of the table; docs/sql.md has the figures, and says when to leave them out.
-- An index whose building was cut short stays behind, invalid; it goes first, so that this can be repeated.
DROP INDEX CONCURRENTLY IF EXISTS idx_tokens_active;

CREATE INDEX CONCURRENTLY idx_tokens_active ON refresh_tokens (token_hash) WHERE revoked_at IS NULL;

DROP INDEX CONCURRENTLY IF EXISTS idx_tokens_hash_active;

CREATE INDEX CONCURRENTLY idx_tokens_hash_active ON refresh_tokens (token_hash, revoked_at);

-- migrate:down transaction:false

DROP INDEX CONCURRENTLY IF EXISTS idx_tokens_hash_active;

DROP INDEX CONCURRENTLY IF EXISTS idx_tokens_active;
