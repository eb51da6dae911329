-- Reading people from HR. From here on read_wanted is when the first news came that no read has settled yet.
ALTER TABLE employee ADD COLUMN news_at INTEGER;   -- when the latest of these came
ALTER TABLE employee ADD COLUMN read_at INTEGER;   -- when HR was last asked for the person and answered

UPDATE employee SET news_at = read_wanted;

CREATE INDEX employee_news ON employee (read_wanted) WHERE read_wanted IS NOT NULL;
CREATE INDEX employee_unverified ON employee (since) WHERE waiting = 'hr';
