-- drop the full-text index of notes

DROP TRIGGER "notes_fts_insert";

DROP TRIGGER "notes_fts_delete";

DROP TRIGGER "notes_fts_update";

DROP TABLE "notes_fts";
