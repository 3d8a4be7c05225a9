-- drop table notes (loses: every row of notes)

SELECT bs_drop_references('notes');

DROP TABLE "notes";
