-- count conflicts, for each row
SELECT count(*)
FROM "publishers" AS t1
WHERE (t1."name" = ?1);
--   ?1 Cell(1)

-- insert, answers keys, for each row
INSERT INTO "publishers" ("id", "name", "city")
VALUES (?1, ?2, ?3)
ON CONFLICT ("name") DO UPDATE
SET "id" = excluded."id", "city" = excluded."city"
RETURNING json_array("publishers"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)

-- read, flat rows (id: Plain, name: Plain, city: Plain)
SELECT t2."id", t2."name", t2."city"
FROM json_each(?1) AS t3
JOIN "publishers" AS t2 ON (t2."id" = "->>"(t3."value", 0))
ORDER BY t3."key";
--   ?1 Keys

