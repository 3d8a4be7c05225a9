-- add column notes.otherId
-- create index notes_otherId_idx on notes

ALTER TABLE `notes` ADD COLUMN `otherId` int;

CREATE INDEX `notes_otherId_idx` ON `notes` (`otherId`);

ALTER TABLE `notes` ADD CONSTRAINT `notes_otherId_fkey` FOREIGN KEY (`otherId`) REFERENCES `others` (`id`) ON DELETE CASCADE;
