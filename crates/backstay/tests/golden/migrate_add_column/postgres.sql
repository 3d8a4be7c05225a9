-- add column notes.extra

ALTER TABLE "notes" ADD COLUMN "extra" text COLLATE "C" CONSTRAINT "notes_extra_check" CHECK ((length("extra") <= 5));
