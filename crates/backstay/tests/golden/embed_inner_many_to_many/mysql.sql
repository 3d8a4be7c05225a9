-- read, JSON rows
SELECT concat(?, coalesce(json_quote(t1.`name`), 'null'), ?, coalesce((
  SELECT coalesce(concat('[', group_concat(concat(?, coalesce(json_quote(t4.`title`), 'null'), '}') ORDER BY t4.`id` SEPARATOR ',' LIMIT ?), ']'), '[]')
  FROM `books` AS t4
  JOIN `shelf_books` AS t5 ON (t4.`id` = t5.`bookId`)
  WHERE ((t5.`shelfId` = t1.`id`)
    AND (t4.`pages` > ?))
), 'null'), '}')
FROM `shelves` AS t1
WHERE EXISTS (
  SELECT 1
  FROM `books` AS t2
  JOIN `shelf_books` AS t3 ON (t2.`id` = t3.`bookId`)
  WHERE ((t3.`shelfId` = t1.`id`)
    AND (t2.`pages` > ?))
)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"name\":"))
--   ?2 Constant(Text(",\"books\":"))
--   ?3 Constant(Text("{\"title\":"))
--   ?4 Constant(Int(1000))
--   ?5 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?6 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?7 Constant(Int(1000))

