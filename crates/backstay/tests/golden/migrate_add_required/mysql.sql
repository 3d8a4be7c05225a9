-- change table notes: add column done, filled with its default, add column info, filled with its default

CREATE TABLE `rehearsed_notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `done` tinyint(1) NOT NULL,
  `info` longtext NOT NULL,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`),
  CONSTRAINT `rehearsed_notes_done_check` CHECK ((`done` IN (0, 1)))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `rehearsed_notes` (`id`, `title`, `done`, `info`) SELECT t1.`id`, t1.`title`, FALSE, '{"a":1}' FROM `notes` AS t1;

DROP TABLE `rehearsed_notes`;

CALL bs_set_aside('notes', 'replaced_notes');

CREATE TABLE `notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `done` tinyint(1) NOT NULL,
  `info` longtext NOT NULL,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`),
  CONSTRAINT `notes_done_check` CHECK ((`done` IN (0, 1)))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `notes` (`id`, `title`, `done`, `info`) SELECT t2.`id`, t2.`title`, FALSE, '{"a":1}' FROM `replaced_notes` AS t2;

CALL bs_copy_counter('replaced_notes', 'notes');

CALL bs_drop_references('replaced_notes');

DROP TABLE `replaced_notes`;
