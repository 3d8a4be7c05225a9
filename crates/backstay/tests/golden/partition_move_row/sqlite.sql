-- change, answers keys, for each row
UPDATE "events"
SET "at" = ?1
WHERE ("events"."id" = ?2)
RETURNING json_array("events"."id", "events"."at");
--   ?1 Cell(0)
--   ?2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, at: Timestamp)
SELECT t1."id", t1."at"
FROM json_each(?1) AS t2
JOIN "events" AS t1 ON ((t1."id" = "->>"(t2."value", 0))
  AND (t1."at" = "->>"(t2."value", 1)))
ORDER BY t2."key";
--   ?1 Keys

