-- drop table notes (loses: every row of notes)

DROP TABLE "notes";
