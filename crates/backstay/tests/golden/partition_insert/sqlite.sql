-- insert, answers keys, for each row
INSERT INTO "members" ("name", "id")
VALUES (?1, ?2)
RETURNING json_array("members"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)

-- read, flat rows (id: Plain, name: Plain)
SELECT t1."id", t1."name"
FROM json_each(?1) AS t2
JOIN "members" AS t1 ON (t1."id" = "->>"(t2."value", 0))
ORDER BY t2."key";
--   ?1 Keys

