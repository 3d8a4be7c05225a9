-- select the keys
SELECT json_group_array(json_array(t1."key", t1."scope"))
FROM "settings" AS t1
WHERE (t1."scope" = ?1);
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: String, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t2."key", t2."scope", t2."value", t2."revision"
FROM json_each(?1) AS t3
JOIN "settings" AS t2 ON ((t2."key" = "->>"(t3."value", 0))
  AND (t2."scope" = "->>"(t3."value", 1)))
ORDER BY t3."key";
--   ?1 Keys

-- change, answers nothing
DELETE
FROM "settings"
WHERE (("settings"."key", "settings"."scope") IN (
  SELECT "->>"(t4."value", 0), "->>"(t4."value", 1)
  FROM json_each(?1) AS t4
));
--   ?1 Keys

