-- drop the full-text index of notes
-- change table notes: change the checks of n

DROP TRIGGER "notes_fts_insert";

DROP TRIGGER "notes_fts_delete";

DROP TRIGGER "notes_fts_update";

DROP TABLE "notes_fts";

CREATE TABLE "notes_rebuilt" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "n" INTEGER,
  CONSTRAINT "notes_n_check" CHECK (("n" >= 1))
);

INSERT INTO sqlite_sequence (name, seq) SELECT 'notes_rebuilt', seq FROM sqlite_sequence WHERE name = 'notes';

INSERT INTO "notes_rebuilt" ("id", "title", "n") SELECT t1."id", t1."title", t1."n" FROM "notes" AS t1;

DROP TABLE "notes";

ALTER TABLE "notes_rebuilt" RENAME TO "notes";

CREATE VIRTUAL TABLE "notes_fts" USING fts5 ("title", content="notes", tokenize='porter unicode61');

CREATE TRIGGER "notes_fts_insert" AFTER INSERT ON "notes" BEGIN INSERT INTO "notes_fts" (rowid, "title") VALUES (new.rowid, new."title"); END;

CREATE TRIGGER "notes_fts_delete" AFTER DELETE ON "notes" BEGIN INSERT INTO "notes_fts" ("notes_fts", rowid, "title") VALUES ('delete', old.rowid, old."title"); END;

CREATE TRIGGER "notes_fts_update" AFTER UPDATE ON "notes" BEGIN INSERT INTO "notes_fts" ("notes_fts", rowid, "title") VALUES ('delete', old.rowid, old."title"); INSERT INTO "notes_fts" (rowid, "title") VALUES (new.rowid, new."title"); END;

INSERT INTO "notes_fts" ("notes_fts") VALUES ('rebuild');
