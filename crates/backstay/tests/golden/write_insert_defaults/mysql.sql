-- insert, answers keys, for each row
INSERT INTO `books` (`title`, `tags`, `info`, `price`, `cover`, `id`, `inPrint`)
VALUES (?, ?, ?, bs_decimal(?), ?, ?, ?);
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)
--   ?5 Cell(4)
--   ?6 Cell(5)
--   ?7 Cell(6)

-- read what was inserted, for each row
SELECT concat('[', coalesce(t1.`id`, 'null'), ']')
FROM `books` AS t1
WHERE (t1.`id` = coalesce(?, last_insert_id()));
--   ?1 Cell(5)

-- read, JSON rows
SELECT concat(?, coalesce(t2.`id`, 'null'), ?, coalesce(json_quote(t2.`title`), 'null'), ?, coalesce(json_quote(t2.`blurb`), 'null'), ?, coalesce(json_quote(t2.`genre`), 'null'), ?, coalesce(t2.`pages`, 'null'), ?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(t2.`price` AS DECIMAL(65,30))))), 'null'), ?, coalesce(t2.`rating`, 'null'), ?, coalesce(elt(1 + t2.`inPrint`, 'false', 'true'), 'null'), ?, coalesce(concat('"', date_format(t2.`published`, '%Y-%m-%d'), '"'), 'null'), ?, coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t2.`addedAt`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), ?, coalesce(concat('"', trim(TRAILING '.' FROM trim(TRAILING '0' FROM time_format(t2.`opens`, '%H:%i:%s.%f'))), '"'), 'null'), ?, coalesce(t2.`tags`, 'null'), ?, coalesce(t2.`scores`, 'null'), ?, coalesce(t2.`info`, 'null'), ?, coalesce(concat('"\\x', lower(hex(t2.`cover`)), '"'), 'null'), ?, coalesce(json_quote(t2.`isbn`), 'null'), ?, coalesce(t2.`authorId`, 'null'), ?, coalesce(t2.`publisherId`, 'null'), ?, coalesce(json_quote(t2.`shelfMark`), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3
JOIN `books` AS t2 ON (t2.`id` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED))
ORDER BY t3.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"title\":"))
--   ?3 Constant(Text(",\"blurb\":"))
--   ?4 Constant(Text(",\"genre\":"))
--   ?5 Constant(Text(",\"pages\":"))
--   ?6 Constant(Text(",\"price\":"))
--   ?7 Constant(Text(",\"rating\":"))
--   ?8 Constant(Text(",\"inPrint\":"))
--   ?9 Constant(Text(",\"published\":"))
--   ?10 Constant(Text(",\"addedAt\":"))
--   ?11 Constant(Text(",\"opens\":"))
--   ?12 Constant(Text(",\"tags\":"))
--   ?13 Constant(Text(",\"scores\":"))
--   ?14 Constant(Text(",\"info\":"))
--   ?15 Constant(Text(",\"cover\":"))
--   ?16 Constant(Text(",\"isbn\":"))
--   ?17 Constant(Text(",\"authorId\":"))
--   ?18 Constant(Text(",\"publisherId\":"))
--   ?19 Constant(Text(",\"shelfMark\":"))
--   ?20 Keys

