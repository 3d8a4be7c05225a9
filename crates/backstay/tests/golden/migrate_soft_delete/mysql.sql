-- change table notes: add column goneAt, let code repeat

CREATE TABLE `rehearsed_notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `code` varchar(760),
  `goneAt` datetime(6),
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `rehearsed_notes` (`id`, `title`, `code`, `goneAt`) SELECT t1.`id`, t1.`title`, t1.`code`, NULL FROM `notes` AS t1;

DROP TABLE `rehearsed_notes`;

CALL bs_set_aside('notes', 'replaced_notes');

CREATE TABLE `notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `code` varchar(760),
  `goneAt` datetime(6),
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `notes` (`id`, `title`, `code`, `goneAt`) SELECT t2.`id`, t2.`title`, t2.`code`, NULL FROM `replaced_notes` AS t2;

CALL bs_copy_counter('replaced_notes', 'notes');

CALL bs_drop_references('replaced_notes');

DROP TABLE `replaced_notes`;

ALTER TABLE `notes` ADD COLUMN `bs_only_notes_code_key` tinyint GENERATED ALWAYS AS (CASE WHEN (`goneAt` IS NULL) THEN 1 END) VIRTUAL, ADD UNIQUE INDEX `notes_code_key` (`code`, `bs_only_notes_code_key`);
