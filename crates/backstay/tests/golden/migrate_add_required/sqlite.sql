-- change table notes: add column done, filled with its default, add column info, filled with its default

CREATE TABLE "notes_rebuilt" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "done" INTEGER NOT NULL,
  "info" TEXT NOT NULL,
  CONSTRAINT "notes_done_check" CHECK (("done" IN (0, 1)))
);

INSERT INTO sqlite_sequence (name, seq) SELECT 'notes_rebuilt', seq FROM sqlite_sequence WHERE name = 'notes';

INSERT INTO "notes_rebuilt" ("id", "title", "done", "info") SELECT t1."id", t1."title", 0, '{"a":1}' FROM "notes" AS t1;

DROP TABLE "notes";

ALTER TABLE "notes_rebuilt" RENAME TO "notes";
