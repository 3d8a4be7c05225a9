-- rename table events to happenings

ALTER TABLE "events" RENAME TO "happenings";

ALTER INDEX IF EXISTS "events_pkey" RENAME TO "happenings_pkey";

SELECT bs_rename_partitions('events', 'happenings');
