-- insert, answers keys, for each row
INSERT INTO "notes" ("id", "serial", "tags", "at")
VALUES (?1, ?2, ?3, ?4)
RETURNING json_array("notes"."id", "notes"."serial");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)

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

