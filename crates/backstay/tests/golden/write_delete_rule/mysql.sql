-- select the keys
SELECT coalesce(concat('[', group_concat(concat('[', coalesce(t1.`id`, 'null'), ']') SEPARATOR ','), ']'), '[]')
FROM `reviews` AS t1
WHERE (((t1.`userId` = ?)
  AND ((t1.`hidden` = FALSE) OR (t1.`userId` = ?)))
  AND (t1.`stars` > ?)) FOR UPDATE;
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Session { session: Uid, ty: String, list: false }
--   ?3 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT concat(?, coalesce(t2.`id`, 'null'), ?, coalesce(t2.`bookId`, 'null'), ?, coalesce(json_quote(t2.`userId`), 'null'), ?, coalesce(t2.`stars`, 'null'), ?, coalesce(json_quote(t2.`body`), 'null'), ?, coalesce(elt(1 + t2.`hidden`, 'false', 'true'), 'null'), ?, coalesce(json_quote(CASE WHEN (t2.`userId` = ?) THEN t2.`note` END), 'null'), '}')
FROM JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t3
JOIN `reviews` AS t2 ON (t2.`id` = CAST(json_unquote(nullif(concat(json_extract(t3.`json`, '$[0]')), 'null')) AS SIGNED))
WHERE ((t2.`hidden` = FALSE) OR (t2.`userId` = ?))
ORDER BY t3.`key`;
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

-- change, answers nothing
DELETE `reviews`
FROM `reviews`
JOIN JSON_TABLE(?, '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$')) AS t4 ON (`reviews`.`id` = CAST(json_unquote(nullif(concat(json_extract(t4.`json`, '$[0]')), 'null')) AS SIGNED));
--   ?1 Keys

