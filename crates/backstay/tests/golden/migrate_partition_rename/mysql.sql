-- rename table events to happenings

ALTER TABLE `events` RENAME TO `happenings`;
