-- change table notes: change n from [Int] to [Text] (loses: values of notes.n that do not convert)

CREATE TABLE "notes_rebuilt" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "n" TEXT
);

INSERT INTO sqlite_sequence (name, seq) SELECT 'notes_rebuilt', seq FROM sqlite_sequence WHERE name = 'notes';

INSERT INTO "notes_rebuilt" ("id", "title", "n") SELECT t1."id", t1."title", CASE WHEN (t1."n" IS NOT NULL) THEN (SELECT json_group_array(bs_cast(t2."value", 'text')) FROM json_each(t1."n") AS t2) END FROM "notes" AS t1;

DROP TABLE "notes";

ALTER TABLE "notes_rebuilt" RENAME TO "notes";
