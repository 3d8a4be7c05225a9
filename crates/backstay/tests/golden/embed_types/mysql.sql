-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(t2.`id`, 'null'), ?, coalesce(json_quote(t2.`title`), 'null'), ?, coalesce(json_quote(t2.`blurb`), 'null'), ?, coalesce(json_quote(t2.`genre`), 'null'), ?, coalesce(t2.`pages`, 'null'), ?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(t2.`price` AS DECIMAL(65,30))))), 'null'), ?, coalesce(t2.`rating`, 'null'), ?, coalesce(elt(1 + t2.`inPrint`, 'false', 'true'), 'null'), ?, coalesce(concat('"', date_format(t2.`published`, '%Y-%m-%d'), '"'), 'null'), ?, coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t2.`addedAt`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), ?, coalesce(concat('"', trim(TRAILING '.' FROM trim(TRAILING '0' FROM time_format(t2.`opens`, '%H:%i:%s.%f'))), '"'), 'null'), ?, coalesce(t2.`tags`, 'null'), ?, coalesce(t2.`scores`, 'null'), ?, coalesce(t2.`info`, 'null'), ?, coalesce(concat('"\\x', lower(hex(t2.`cover`)), '"'), 'null'), ?, coalesce(json_quote(t2.`isbn`), 'null'), ?, coalesce(t2.`authorId`, 'null'), ?, coalesce(t2.`publisherId`, 'null'), ?, coalesce(json_quote(t2.`shelfMark`), 'null'), '}') ORDER BY t2.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t2
  WHERE (t2.`authorId` = t1.`id`)
), 'null'), '}')
FROM `authors` AS t1
WHERE (t1.`id` = ?)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"id\":"))
--   ?4 Constant(Text(",\"title\":"))
--   ?5 Constant(Text(",\"blurb\":"))
--   ?6 Constant(Text(",\"genre\":"))
--   ?7 Constant(Text(",\"pages\":"))
--   ?8 Constant(Text(",\"price\":"))
--   ?9 Constant(Text(",\"rating\":"))
--   ?10 Constant(Text(",\"inPrint\":"))
--   ?11 Constant(Text(",\"published\":"))
--   ?12 Constant(Text(",\"addedAt\":"))
--   ?13 Constant(Text(",\"opens\":"))
--   ?14 Constant(Text(",\"tags\":"))
--   ?15 Constant(Text(",\"scores\":"))
--   ?16 Constant(Text(",\"info\":"))
--   ?17 Constant(Text(",\"cover\":"))
--   ?18 Constant(Text(",\"isbn\":"))
--   ?19 Constant(Text(",\"authorId\":"))
--   ?20 Constant(Text(",\"publisherId\":"))
--   ?21 Constant(Text(",\"shelfMark\":"))
--   ?22 Constant(Int(1000))
--   ?23 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?24 Constant(Int(1000))

