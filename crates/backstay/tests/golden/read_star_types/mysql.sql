-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_quote(t1.`title`), 'null'), ?, coalesce(json_quote(t1.`blurb`), 'null'), ?, coalesce(json_quote(t1.`genre`), 'null'), ?, coalesce(t1.`pages`, 'null'), ?, coalesce(trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(t1.`price` AS DECIMAL(65,30))))), 'null'), ?, coalesce(t1.`rating`, 'null'), ?, coalesce(elt(1 + t1.`inPrint`, 'false', 'true'), 'null'), ?, coalesce(concat('"', date_format(t1.`published`, '%Y-%m-%d'), '"'), 'null'), ?, coalesce(concat('"', concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(t1.`addedAt`, '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00'), '"'), 'null'), ?, coalesce(concat('"', trim(TRAILING '.' FROM trim(TRAILING '0' FROM time_format(t1.`opens`, '%H:%i:%s.%f'))), '"'), 'null'), ?, coalesce(t1.`tags`, 'null'), ?, coalesce(t1.`scores`, 'null'), ?, coalesce(t1.`info`, 'null'), ?, coalesce(concat('"\\x', lower(hex(t1.`cover`)), '"'), 'null'), ?, coalesce(json_quote(t1.`isbn`), 'null'), ?, coalesce(t1.`authorId`, 'null'), ?, coalesce(t1.`publisherId`, 'null'), ?, coalesce(json_quote(t1.`shelfMark`), 'null'), '}')
FROM `books` AS t1
WHERE (t1.`id` = ?)
ORDER BY t1.`id`
LIMIT ?;
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
--   ?20 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?21 Constant(Int(1000))

