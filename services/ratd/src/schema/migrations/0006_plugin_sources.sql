-- Plugins come from several places, each of which registers its own, and not every plugin fills a slot.
ALTER TABLE plugins ADD COLUMN source text NOT NULL DEFAULT 'config';
ALTER TABLE plugins ALTER COLUMN slot DROP NOT NULL;
