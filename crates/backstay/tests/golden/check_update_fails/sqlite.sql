-- change, answers keys, for each row
UPDATE "notes"
SET "tags" = ?1
WHERE ("notes"."id" = ?2)
RETURNING json_array("notes"."id", "notes"."serial");
--   ?1 Cell(0)
--   ?2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- refuse if there is a row
SELECT 1
FROM "notes" AS t3
WHERE (((t3."id", t3."serial") IN (
  SELECT "->>"(t4."value", 0), "->>"(t4."value", 1)
  FROM json_each(?1) AS t4
))
  AND (((t3."tags" IS NOT NULL)
  AND (NOT EXISTS (
  SELECT 1
  FROM json_each(t3."tags") AS t5
  WHERE (((t5."value" = ?2) IS NOT TRUE) IS NOT TRUE)
))) IS NOT TRUE));
--   ?1 Keys
--   ?2 Constant(Text(""))

