-- change, answers keys, for each row
UPDATE "books"
SET "pages" = ?1
WHERE ("books"."id" = ?2)
RETURNING json_array("books"."id");
--   ?1 Cell(0)
--   ?2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, pages: Plain)
SELECT t1."id", t1."pages"
FROM json_each(?1) AS t2
JOIN "books" AS t1 ON (t1."id" = "->>"(t2."value", 0))
ORDER BY t2."key";
--   ?1 Keys

