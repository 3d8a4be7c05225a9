-- drop index notes_title_idx

DROP INDEX "notes_title_idx";
