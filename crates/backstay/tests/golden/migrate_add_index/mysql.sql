-- create index notes_title_idx on notes

CREATE INDEX `notes_title_idx` ON `notes` (`title` DESC);
