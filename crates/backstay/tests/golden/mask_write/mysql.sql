-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `reviews` AS t1
WHERE (((t1.`userId` = ?)
  AND ((t1.`hidden` = FALSE) OR (t1.`userId` = ?)))
  AND (t1.`id` = ?)) FOR UPDATE;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- refuse if there is a row
SELECT 1
FROM `reviews` AS t3
WHERE (((t3.`userId` = ?)
  AND ((t3.`hidden` = FALSE) OR (t3.`userId` = ?)))
  AND (t3.`id` = ?)
  AND (((t3.`userId` = ?)
  AND (t3.`userId` = ?)) IS NOT TRUE));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?4 Session { session: Uid, ty: String, list: false }
--   ?5 Session { session: Uid, ty: String, list: false }

-- change, answers nothing, for each row
UPDATE `reviews`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON (`reviews`.`id` = CAST(json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) AS SIGNED))
SET `reviews`.`note` = ?;
--   ?1 Keys
--   ?2 Cell(0)

-- read, JSON rows
SELECT concat(?, coalesce(t4.`id`, 'null'), ?, coalesce(t4.`bookId`, 'null'), ?, coalesce(json_quote(t4.`userId`), 'null'), ?, coalesce(t4.`stars`, 'null'), ?, coalesce(json_quote(t4.`body`), 'null'), ?, coalesce(elt(1 + t4.`hidden`, 'false', 'true'), 'null'), ?, coalesce(json_quote(CASE WHEN (t4.`userId` = ?) THEN t4.`note` END), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t5
JOIN `reviews` AS t4 ON (t4.`id` = CAST(json_unquote(nullif(concat(json_extract(t5.`json`, '$[0]')), 'null')) AS SIGNED))
WHERE ((t4.`hidden` = FALSE) OR (t4.`userId` = ?))
ORDER BY t5.`key`;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"bookId\":"))
--   ?3 Constant(Text(",\"userId\":"))
--   ?4 Constant(Text(",\"stars\":"))
--   ?5 Constant(Text(",\"body\":"))
--   ?6 Constant(Text(",\"hidden\":"))
--   ?7 Constant(Text(",\"note\":"))
--   ?8 Session { session: Uid, ty: String, list: false }
--   ?9 Keys
--   ?10 Session { session: Uid, ty: String, list: false }

