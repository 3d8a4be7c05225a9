-- change table notes: drop column extra (loses: the values of notes.extra)

CREATE TABLE "notes_rebuilt" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL
);

INSERT INTO sqlite_sequence (name, seq) SELECT 'notes_rebuilt', seq FROM sqlite_sequence WHERE name = 'notes';

INSERT INTO "notes_rebuilt" ("id", "title") SELECT t1."id", t1."title" FROM "notes" AS t1;

DROP TABLE "notes";

ALTER TABLE "notes_rebuilt" RENAME TO "notes";
