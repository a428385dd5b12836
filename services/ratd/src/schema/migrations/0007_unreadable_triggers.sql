-- Whether what is stored of a trigger cannot be understood: it fires nothing until it is changed, and keeps no other
-- trigger from firing. last_error says why.
ALTER TABLE triggers ADD COLUMN unreadable boolean NOT NULL DEFAULT false;
CREATE INDEX triggers_unreadable ON triggers (id) WHERE unreadable;
