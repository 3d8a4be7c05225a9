-- change table notes: let e be c

CREATE TABLE `rehearsed_notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `e` longtext,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`),
  CONSTRAINT `rehearsed_notes_e_check` CHECK ((`e` IN ('a', 'b', 'c')))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `rehearsed_notes` (`id`, `title`, `e`) SELECT t1.`id`, t1.`title`, t1.`e` FROM `notes` AS t1;

DROP TABLE `rehearsed_notes`;

CALL bs_set_aside('notes', 'replaced_notes');

CREATE TABLE `notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `e` longtext,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`),
  CONSTRAINT `notes_e_check` CHECK ((`e` IN ('a', 'b', 'c')))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `notes` (`id`, `title`, `e`) SELECT t2.`id`, t2.`title`, t2.`e` FROM `replaced_notes` AS t2;

CALL bs_copy_counter('replaced_notes', 'notes');

CALL bs_drop_references('replaced_notes');

DROP TABLE `replaced_notes`;
