-- What the daemon remembers. Instants are milliseconds since 1970 (UTC).

-- One row per key: the org, the fingerprint of the rules, the state of the mirror, of Okta, …
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE employee (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    facts       TEXT NOT NULL,
    memory      TEXT NOT NULL,
    okta_id     TEXT,               -- the link
    login       TEXT,               -- the login that the facts call for, folded
    revision    INTEGER NOT NULL,   -- counts the changes that a decision under way has not seen
    due_at      INTEGER,            -- when to decide again
    since       INTEGER NOT NULL,   -- when what is due came to be wanted; lag counts from here
    urgency     INTEGER NOT NULL,   -- 0 leaver, 1 joiner, 2 change, 3 repair
    attempts    INTEGER NOT NULL,   -- failed in a row, for the present wish
    waiting     TEXT,               -- what for, when it is not only for time: block, retry, mirror, observe
    access      TEXT,               -- the last decision: what should be,
    why         TEXT,               --   the rule,
    until       INTEGER,            --   the next instant at which that changes,
    block       TEXT,               --   the reason to wait, as JSON,
    contested   INTEGER NOT NULL,   --   whether it can change because of an account or somebody else,
    omitted     TEXT,               --   optional attributes left out, and why
    read_wanted INTEGER             -- when HR announced news that it did not send along
) STRICT;
CREATE UNIQUE INDEX employee_link ON employee (okta_id);
CREATE INDEX employee_login ON employee (login);
-- Who is due, the oldest wish first; and when the next one will be.
CREATE INDEX employee_wanted ON employee (urgency, since, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX employee_due ON employee (urgency, due_at) WHERE due_at IS NOT NULL;

-- The mirror of the Okta directory.
CREATE TABLE account (
    id             TEXT PRIMARY KEY,
    login          TEXT NOT NULL,
    folded         TEXT NOT NULL,      -- the login as Okta compares it
    identity       TEXT,               -- the identity attribute
    status         TEXT NOT NULL,
    created        INTEGER NOT NULL,
    status_changed INTEGER,
    last_updated   INTEGER NOT NULL,   -- a listed row counts only if it is newer
    profile        TEXT NOT NULL,
    seen_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_folded ON account (folded);
CREATE INDEX account_identity ON account (identity);

-- Every decision, append-only.
CREATE TABLE activity (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    code       TEXT NOT NULL,
    employee   TEXT,
    reason     TEXT,
    fields     TEXT,
    okta_id    TEXT,
    request_id TEXT,
    event      TEXT,
    calls      INTEGER NOT NULL,
    attempt    INTEGER,
    lag_ms     INTEGER,
    observed   INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_employee ON activity (employee, seq);

-- What operators ask of the daemon.
CREATE TABLE wish (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    verb     TEXT NOT NULL,
    employee TEXT,
    argument TEXT
) STRICT;
