-- change table notes: change n from Int to Text

CREATE TABLE "notes_rebuilt" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "n" TEXT
);

INSERT INTO sqlite_sequence (name, seq) SELECT 'notes_rebuilt', seq FROM sqlite_sequence WHERE name = 'notes';

INSERT INTO "notes_rebuilt" ("id", "title", "n") SELECT t1."id", t1."title", bs_cast(t1."n", 'text') FROM "notes" AS t1;

DROP TABLE "notes";

ALTER TABLE "notes_rebuilt" RENAME TO "notes";
