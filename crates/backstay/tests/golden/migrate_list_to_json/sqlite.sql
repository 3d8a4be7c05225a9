-- change table notes: change n from [Int] to Json

CREATE TABLE "notes_rebuilt" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "n" TEXT
);

INSERT INTO sqlite_sequence (name, seq) SELECT 'notes_rebuilt', seq FROM sqlite_sequence WHERE name = 'notes';

INSERT INTO "notes_rebuilt" ("id", "title", "n") SELECT t1."id", t1."title", t1."n" FROM "notes" AS t1;

DROP TABLE "notes";

ALTER TABLE "notes_rebuilt" RENAME TO "notes";
