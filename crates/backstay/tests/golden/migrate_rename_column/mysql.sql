-- rename column notes.title to name

ALTER TABLE `notes` RENAME COLUMN `title` TO `name`;
