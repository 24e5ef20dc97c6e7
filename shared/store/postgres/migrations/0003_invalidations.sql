-- migrate:up

-- One row. Whoever turns a yes into a no takes the next version here in the same transaction; the row's lock makes the
-- order of commits and the order of versions the same, which a sequence would not.
CREATE TABLE store_version (
    singleton boolean PRIMARY KEY CHECK (singleton),
    version bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO store_version (singleton, version) VALUES (true, 0);

-- What ceased to hold, by version. The stamp is random: a follower that finds another one where it left off knows that
-- history was rewritten by a restore or a failover.
CREATE TABLE invalidations (
    version bigint NOT NULL,
    tag text COLLATE "C" NOT NULL,
    stamp uuid NOT NULL DEFAULT gen_random_uuid(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (version, tag)
);

-- migrate:down

DROP TABLE invalidations;

DROP TABLE store_version;
