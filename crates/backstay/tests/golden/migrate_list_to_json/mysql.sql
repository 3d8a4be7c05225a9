-- change table notes: change n from [Int] to Json

CREATE TABLE `rehearsed_notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `n` longtext,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `rehearsed_notes` (`id`, `title`, `n`) SELECT t1.`id`, t1.`title`, t1.`n` FROM `notes` AS t1;

DROP TABLE `rehearsed_notes`;

CALL bs_set_aside('notes', 'replaced_notes');

CREATE TABLE `notes` (
  `id` int AUTO_INCREMENT,
  `title` longtext NOT NULL,
  `n` longtext,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `notes` (`id`, `title`, `n`) SELECT t3.`id`, t3.`title`, t3.`n` FROM `replaced_notes` AS t3;

CALL bs_copy_counter('replaced_notes', 'notes');

CALL bs_drop_references('replaced_notes');

DROP TABLE `replaced_notes`;
