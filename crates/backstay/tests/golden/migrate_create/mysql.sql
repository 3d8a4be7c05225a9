-- create table groups
-- create table things

CREATE TABLE `groups` (
  `id` varchar(760) NOT NULL,
  `name` varchar(380) NOT NULL,
  `region` varchar(380),
  CONSTRAINT `groups_pkey` PRIMARY KEY (`id`),
  CONSTRAINT `groups_name_region_key` UNIQUE (`name`, `region`),
  CONSTRAINT `groups_name_check` CHECK (((char_length(`name`) >= 1) AND (char_length(`name`) <= 20))),
  CONSTRAINT `groups_region_check` CHECK ((`region` IN ('n', 's')))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

CREATE TABLE `things` (
  `a` int NOT NULL,
  `b` varchar(760) NOT NULL,
  `title` varchar(760) NOT NULL,
  `code` varchar(760),
  `score` int,
  `price` decimal(65,30),
  `yes` tinyint(1),
  `mood` longtext,
  `tags` longtext,
  `cover` longblob,
  `double` int GENERATED ALWAYS AS ((CASE WHEN (CAST(`score` AS DECIMAL(65,0)) * 2) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN (CAST(`score` AS DECIMAL(65,0)) * 2) END)) STORED,
  `groupId` varchar(760),
  `deletedAt` datetime(6),
  CONSTRAINT `things_pkey` PRIMARY KEY (`a`, `b`),
  CONSTRAINT `things_score_check` CHECK (((`score` >= 0) AND (`score` <= 10))),
  CONSTRAINT `things_price_check` CHECK ((CAST(`price` AS DOUBLE) >= 0.5e0)),
  CONSTRAINT `things_yes_check` CHECK ((`yes` IN (0, 1))),
  CONSTRAINT `things_mood_check` CHECK ((`mood` IN ('calm', 'wild'))),
  CONSTRAINT `things_tags_check` CHECK ((json_length(`tags`) <= 3)),
  CONSTRAINT `things_check1` CHECK ((((`score` > 0) OR (`title` = 'zero')) IS TRUE))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */;

ALTER TABLE `things` ADD COLUMN `bs_only_things_code_key` tinyint GENERATED ALWAYS AS (CASE WHEN (`deletedAt` IS NULL) THEN 1 END) VIRTUAL, ADD UNIQUE INDEX `things_code_key` (`code`, `bs_only_things_code_key`);

CREATE INDEX `things_title_score_idx` ON `things` (`title`, `score` DESC);

CREATE INDEX `things_groupId_idx` ON `things` (`groupId`);

ALTER TABLE `things` ADD CONSTRAINT `things_groupId_fkey` FOREIGN KEY (`groupId`) REFERENCES `groups` (`id`) ON DELETE SET NULL ON UPDATE CASCADE;
