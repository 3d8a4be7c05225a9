-- drop the full-text index of notes

DROP INDEX "notes_fts";
