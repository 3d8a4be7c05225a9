-- create table groups
-- create table things

CREATE TABLE "groups" (
  "id" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "region" text COLLATE "C",
  CONSTRAINT "groups_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "groups_name_region_key" UNIQUE ("name", "region"),
  CONSTRAINT "groups_name_check" CHECK (((length("name") >= 1) AND (length("name") <= 20))),
  CONSTRAINT "groups_region_check" CHECK (("region" IN ('n'::text, 's'::text)))
);

CREATE TABLE "things" (
  "a" int4 NOT NULL,
  "b" text COLLATE "C" NOT NULL,
  "title" text COLLATE "C" NOT NULL,
  "code" text COLLATE "C",
  "score" int4,
  "price" numeric,
  "yes" bool,
  "mood" text COLLATE "C",
  "tags" text[] COLLATE "C",
  "cover" bytea,
  "double" int4 GENERATED ALWAYS AS (bs_mul(CAST("score" AS int8), 2::int8)) STORED,
  "groupId" text COLLATE "C",
  "deletedAt" timestamptz,
  CONSTRAINT "things_pkey" PRIMARY KEY ("a", "b"),
  CONSTRAINT "things_score_check" CHECK ((("score" >= 0) AND ("score" <= 10))),
  CONSTRAINT "things_price_check" CHECK ((CAST("price" AS float8) >= 0.5)),
  CONSTRAINT "things_mood_check" CHECK (("mood" IN ('calm', 'wild'))),
  CONSTRAINT "things_tags_check" CHECK ((cardinality("tags") <= 3)),
  CONSTRAINT "things_check1" CHECK (((("score" > 0) OR ("title" = 'zero')) IS TRUE))
);

CREATE UNIQUE INDEX "things_code_key" ON "things" ("code") WHERE ("deletedAt" IS NULL);

CREATE INDEX "things_title_score_idx" ON "things" ("title", "score" DESC);

CREATE INDEX "things_groupId_idx" ON "things" ("groupId");

CREATE INDEX "things_fts" ON "things" USING gin (to_tsvector('english', "title"));

ALTER TABLE "things" ADD CONSTRAINT "things_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "groups" ("id") ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE;
