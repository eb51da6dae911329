-- What operators decide, what a limit counts, and a record that cannot be rewritten unseen.
ALTER TABLE activity ADD COLUMN source TEXT;     -- the system that the event's id is unique in
ALTER TABLE activity ADD COLUMN operator TEXT;   -- on whose word, where a person gave it
ALTER TABLE activity ADD COLUMN hash TEXT;       -- SHA-256, hex, over this row and the hash of the one before
ALTER TABLE wish ADD COLUMN operator TEXT;       -- who asks

-- Whose account was cut or rewritten when: the last time for each kind, from just before the call.
CREATE TABLE effect (
    kind     TEXT NOT NULL,
    employee TEXT NOT NULL,
    at       INTEGER NOT NULL,
    former   INTEGER,                -- and the time before that
    value    TEXT,                   -- of the field by which people are counted, as it was then
    PRIMARY KEY (kind, employee)
) STRICT, WITHOUT ROWID;
CREATE INDEX effect_at ON effect (kind, at);
CREATE INDEX effect_value ON effect (kind, value, at);

-- What would have passed a limit and waits for an operator's word, or has it.
CREATE TABLE hold (
    employee TEXT PRIMARY KEY,
    kind     TEXT NOT NULL,
    wish     TEXT NOT NULL,          -- what called for it: a word is about this and nothing else
    bound    TEXT NOT NULL,          -- whose batch is open for others: the limit; empty once it is closed
    batch    INTEGER NOT NULL,
    block    TEXT NOT NULL,          -- the reason to wait, as JSON
    state    TEXT NOT NULL,          -- held, rejected, approved
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_bound ON hold (bound, at);

-- What is paused: everything, one kind of step, or one person.
CREATE TABLE pause (
    scope    TEXT PRIMARY KEY,    -- all, step:NAME, employee:ID
    at       INTEGER NOT NULL,
    operator TEXT,
    why      TEXT
) STRICT, WITHOUT ROWID;

-- How things stand, in numbers, without a look at anybody's facts.
CREATE INDEX employee_standing ON employee (waiting, access, urgency, due_at, since);

-- What in the org is not as we left it, until it is over.
CREATE TABLE drift (
    subject    TEXT NOT NULL,        -- the person, or else the account
    kind       TEXT NOT NULL,
    employee   TEXT,
    okta_id    TEXT,
    fields     TEXT NOT NULL,        -- names of attributes, as JSON
    reason     TEXT NOT NULL,
    repairable INTEGER NOT NULL,     -- whether a turn of the person puts it right
    repairing  INTEGER NOT NULL,     -- whether somebody has asked for that
    found_at   INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (subject, kind)
) STRICT, WITHOUT ROWID;
