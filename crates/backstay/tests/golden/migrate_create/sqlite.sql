-- create table groups
-- create table things

CREATE TABLE "groups" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "region" TEXT,
  CONSTRAINT "groups_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "groups_name_region_key" UNIQUE ("name", "region"),
  CONSTRAINT "groups_name_check" CHECK (((length("name") >= 1) AND (length("name") <= 20))),
  CONSTRAINT "groups_region_check" CHECK (("region" IN ('n', 's')))
);

CREATE TABLE "things" (
  "a" INTEGER NOT NULL,
  "b" TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "code" TEXT,
  "score" INTEGER,
  "price" TEXT COLLATE decimal,
  "yes" INTEGER,
  "mood" TEXT,
  "tags" TEXT,
  "cover" BLOB,
  "double" INTEGER GENERATED ALWAYS AS (bs_mul("score", 2)) STORED,
  "groupId" TEXT,
  "deletedAt" TEXT,
  CONSTRAINT "things_pkey" PRIMARY KEY ("a", "b"),
  CONSTRAINT "things_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "groups" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT "things_score_check" CHECK ((("score" >= 0) AND ("score" <= 10))),
  CONSTRAINT "things_price_check" CHECK ((CAST("price" AS REAL) >= 0.5)),
  CONSTRAINT "things_yes_check" CHECK (("yes" IN (0, 1))),
  CONSTRAINT "things_mood_check" CHECK (("mood" IN ('calm', 'wild'))),
  CONSTRAINT "things_tags_check" CHECK ((json_array_length("tags") <= 3)),
  CONSTRAINT "things_check1" CHECK (((("score" > 0) OR ("title" = 'zero')) IS TRUE))
);

CREATE UNIQUE INDEX "things_code_key" ON "things" ("code") WHERE ("deletedAt" IS NULL);

CREATE INDEX "things_title_score_idx" ON "things" ("title", "score" DESC);

CREATE INDEX "things_groupId_idx" ON "things" ("groupId");

CREATE VIRTUAL TABLE "things_fts" USING fts5 ("title", content="things", tokenize='porter unicode61');

CREATE TRIGGER "things_fts_insert" AFTER INSERT ON "things" BEGIN INSERT INTO "things_fts" (rowid, "title") VALUES (new.rowid, new."title"); END;

CREATE TRIGGER "things_fts_delete" AFTER DELETE ON "things" BEGIN INSERT INTO "things_fts" ("things_fts", rowid, "title") VALUES ('delete', old.rowid, old."title"); END;

CREATE TRIGGER "things_fts_update" AFTER UPDATE ON "things" BEGIN INSERT INTO "things_fts" ("things_fts", rowid, "title") VALUES ('delete', old.rowid, old."title"); INSERT INTO "things_fts" (rowid, "title") VALUES (new.rowid, new."title"); END;
