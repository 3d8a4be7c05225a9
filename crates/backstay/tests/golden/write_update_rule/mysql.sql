-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `reviews` AS t1
WHERE (((t1.`userId` = ?)
  AND ((t1.`hidden` = FALSE) OR (t1.`userId` = ?)))
  AND (t1.`stars` > ?)) FOR UPDATE;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- change, answers nothing, for each row
UPDATE `reviews`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t2 ON (`reviews`.`id` = CAST(json_unquote(nullif(concat(json_extract(t2.`json`, '$[0]')), 'null')) AS SIGNED))
SET `reviews`.`stars` = ?;
--   ?1 Keys
--   ?2 Cell(0)

-- refuse if there is a row
SELECT 1
FROM `reviews` AS t3
WHERE ((t3.`id` IN (
  SELECT CAST(json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) AS SIGNED)
  FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4
))
  AND ((t3.`userId` = ?) IS NOT TRUE));
--   ?1 Keys
--   ?2 Session { session: Uid, ty: String, list: false }

-- read, JSON rows
SELECT concat(?, coalesce(t5.`id`, 'null'), ?, coalesce(t5.`bookId`, 'null'), ?, coalesce(json_quote(t5.`userId`), 'null'), ?, coalesce(t5.`stars`, 'null'), ?, coalesce(json_quote(t5.`body`), 'null'), ?, coalesce(elt(1 + t5.`hidden`, 'false', 'true'), 'null'), ?, coalesce(json_quote(CASE WHEN (t5.`userId` = ?) THEN t5.`note` END), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t6
JOIN `reviews` AS t5 ON (t5.`id` = CAST(json_unquote(nullif(concat(json_extract(t6.`json`, '$[0]')), 'null')) AS SIGNED))
WHERE ((t5.`hidden` = FALSE) OR (t5.`userId` = ?))
ORDER BY t6.`key`;
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

