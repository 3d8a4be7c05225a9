-- change, answers keys, for each row
UPDATE "settings"
SET "scope" = ?1
WHERE (("settings"."key" = ?2)
  AND ("settings"."scope" = ?3))
RETURNING json_array("settings"."key", "settings"."scope");
--   ?1 Cell(0)
--   ?2 Input { slot: Slot(1), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }
--   ?3 Input { slot: Slot(2), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t1."key", t1."scope", t1."value", t1."revision"
FROM json_each(?1) AS t2
JOIN "settings" AS t1 ON ((t1."key" = "->>"(t2."value", 0))
  AND (t1."scope" = "->>"(t2."value", 1)))
ORDER BY t2."key";
--   ?1 Keys

