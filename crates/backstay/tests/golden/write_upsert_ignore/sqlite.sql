-- insert, answers keys, for each row
INSERT INTO "settings" ("key", "scope", "value", "revision")
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT ("key", "scope") DO NOTHING
RETURNING json_array("settings"."key", "settings"."scope");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t1."key", t1."scope", t1."value", t1."revision"
FROM json_each(?1) AS t2
JOIN "settings" AS t1 ON ((t1."key" = "->>"(t2."value", 0))
  AND (t1."scope" = "->>"(t2."value", 1)))
ORDER BY t2."key";
--   ?1 Keys

