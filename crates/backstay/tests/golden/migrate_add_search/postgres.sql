-- create the full-text index of notes

CREATE INDEX "notes_fts" ON "notes" USING gin (to_tsvector('english', "title"));
