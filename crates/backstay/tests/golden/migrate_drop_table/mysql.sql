-- drop table notes (loses: every row of notes)

CALL bs_drop_references('notes');

DROP TABLE `notes`;
