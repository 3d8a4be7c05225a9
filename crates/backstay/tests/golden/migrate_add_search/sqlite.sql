-- create the full-text index of notes

CREATE VIRTUAL TABLE "notes_fts" USING fts5 ("title", content="notes", tokenize='porter unicode61');

CREATE TRIGGER "notes_fts_insert" AFTER INSERT ON "notes" BEGIN INSERT INTO "notes_fts" (rowid, "title") VALUES (new.rowid, new."title"); END;

CREATE TRIGGER "notes_fts_delete" AFTER DELETE ON "notes" BEGIN INSERT INTO "notes_fts" ("notes_fts", rowid, "title") VALUES ('delete', old.rowid, old."title"); END;

CREATE TRIGGER "notes_fts_update" AFTER UPDATE ON "notes" BEGIN INSERT INTO "notes_fts" ("notes_fts", rowid, "title") VALUES ('delete', old.rowid, old."title"); INSERT INTO "notes_fts" (rowid, "title") VALUES (new.rowid, new."title"); END;

INSERT INTO "notes_fts" ("notes_fts") VALUES ('rebuild');
