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
    PRIMARY KEY (kind, employee)
) STRICT, WITHOUT ROWID;
CREATE INDEX effect_at ON effect (kind, at);

-- What is paused: everything, one kind of step, or one person.
CREATE TABLE pause (
    scope    TEXT PRIMARY KEY,    -- all, step:NAME, employee:ID
    at       INTEGER NOT NULL,
    operator TEXT,
    why      TEXT
) STRICT, WITHOUT ROWID;
