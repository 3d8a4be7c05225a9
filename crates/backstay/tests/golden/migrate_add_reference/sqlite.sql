-- add column notes.otherId
-- create index notes_otherId_idx on notes

ALTER TABLE "notes" ADD COLUMN "otherId" INTEGER CONSTRAINT "notes_otherId_fkey" REFERENCES "others" ("id") ON DELETE CASCADE;

CREATE INDEX "notes_otherId_idx" ON "notes" ("otherId");
