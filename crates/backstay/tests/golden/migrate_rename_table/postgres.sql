-- rename table notes to memos

ALTER TABLE "notes" RENAME TO "memos";

ALTER INDEX IF EXISTS "notes_pkey" RENAME TO "memos_pkey";
