-- drop index members_name_idx
-- change table events: put its partitions together
-- change table members: put its partitions together

CALL bs_drop_index('members_name_idx');

CREATE TABLE `rehearsed_events` (
  `id` int NOT NULL,
  `at` date NOT NULL,
  `name` varchar(760) NOT NULL,
  CONSTRAINT `events_pkey` PRIMARY KEY (`id`, `at`),
  CONSTRAINT `events_name_at_key` UNIQUE (`name`, `at`),
  CONSTRAINT `rehearsed_events_name_check` CHECK ((char_length(`name`) <= 20))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `rehearsed_events` (`id`, `at`, `name`) SELECT t1.`id`, t1.`at`, t1.`name` FROM `events` AS t1;

DROP TABLE `rehearsed_events`;

CALL bs_set_aside('events', 'replaced_events');

CREATE TABLE `events` (
  `id` int NOT NULL,
  `at` date NOT NULL,
  `name` varchar(760) NOT NULL,
  CONSTRAINT `events_pkey` PRIMARY KEY (`id`, `at`),
  CONSTRAINT `events_name_at_key` UNIQUE (`name`, `at`),
  CONSTRAINT `events_name_check` CHECK ((char_length(`name`) <= 20))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `events` (`id`, `at`, `name`) SELECT t2.`id`, t2.`at`, t2.`name` FROM `replaced_events` AS t2;

CALL bs_drop_references('replaced_events');

DROP TABLE `replaced_events`;

CREATE TABLE `rehearsed_members` (
  `id` int AUTO_INCREMENT,
  `name` varchar(760) NOT NULL,
  CONSTRAINT `members_pkey` PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `rehearsed_members` (`id`, `name`) SELECT t1.`id`, t1.`name` FROM `members` AS t1;

DROP TABLE `rehearsed_members`;

CALL bs_set_aside('members', 'replaced_members');

CREATE TABLE `members` (
  `id` int AUTO_INCREMENT,
  `name` varchar(760) NOT NULL,
  CONSTRAINT `members_pkey` PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

INSERT INTO `members` (`id`, `name`) SELECT t2.`id`, t2.`name` FROM `replaced_members` AS t2;

CALL bs_copy_counter('replaced_members', 'members');

CALL bs_drop_references('replaced_members');

DROP TABLE `replaced_members`;

CREATE INDEX `members_name_idx` ON `members` (`name`);
