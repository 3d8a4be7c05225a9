-- rename table notes to memos

ALTER TABLE `notes` RENAME TO `memos`;
