-- change table notes: make unique: title (loses: nothing, unless rows of notes are equal in title: then it is refused)

CREATE TABLE `rehearsed_notes` (
  `id` int AUTO_INCREMENT,
  `title` varchar(760) NOT NULL,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`),
  CONSTRAINT `notes_title_key` UNIQUE (`title`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `rehearsed_notes` (`id`, `title`) SELECT t1.`id`, t1.`title` FROM `notes` AS t1;

DROP TABLE `rehearsed_notes`;

CALL bs_set_aside('notes', 'replaced_notes');

CREATE TABLE `notes` (
  `id` int AUTO_INCREMENT,
  `title` varchar(760) NOT NULL,
  CONSTRAINT `notes_pkey` PRIMARY KEY (`id`),
  CONSTRAINT `notes_title_key` UNIQUE (`title`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `notes` (`id`, `title`) SELECT t2.`id`, t2.`title` FROM `replaced_notes` AS t2;

CALL bs_copy_counter('replaced_notes', 'notes');

CALL bs_drop_references('replaced_notes');

DROP TABLE `replaced_notes`;
