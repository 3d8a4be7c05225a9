-- count conflicts, for each row
SELECT count(*)
FROM "settings" AS t1
WHERE ((t1."key" = ?1)
  AND (t1."scope" = ?2));
--   ?1 Cell(0)
--   ?2 Cell(1)

-- insert, answers keys, for each row
INSERT INTO "settings" ("key", "scope", "value", "revision")
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT ("key", "scope") DO UPDATE
SET "value" = excluded."value"
RETURNING json_array("settings"."key", "settings"."scope");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)

-- read, flat rows (key: Plain, scope: Plain, value: Plain, revision: Plain)
SELECT t2."key", t2."scope", t2."value", t2."revision"
FROM json_each(?1) AS t3
JOIN "settings" AS t2 ON ((t2."key" = "->>"(t3."value", 0))
  AND (t2."scope" = "->>"(t3."value", 1)))
ORDER BY t3."key";
--   ?1 Keys

