-- change table notes: add column goneAt, let code repeat

CREATE TABLE "notes_rebuilt" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "code" TEXT,
  "goneAt" TEXT
);

INSERT INTO sqlite_sequence (name, seq) SELECT 'notes_rebuilt', seq FROM sqlite_sequence WHERE name = 'notes';

INSERT INTO "notes_rebuilt" ("id", "title", "code", "goneAt") SELECT t1."id", t1."title", t1."code", NULL FROM "notes" AS t1;

DROP TABLE "notes";

ALTER TABLE "notes_rebuilt" RENAME TO "notes";

CREATE UNIQUE INDEX "notes_code_key" ON "notes" ("code") WHERE ("goneAt" IS NULL);
