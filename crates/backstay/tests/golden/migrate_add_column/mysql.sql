-- add column notes.extra

ALTER TABLE `notes` ADD COLUMN `extra` longtext, ADD CONSTRAINT `notes_extra_check` CHECK ((char_length(`extra`) <= 5));
