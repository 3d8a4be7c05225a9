-- read, flat rows (name: Plain, pupils: Raw)
SELECT t1."name", (
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, t2."name") AS "c0"
    FROM "authors" AS t2
    WHERE (t2."mentorId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?2
  ) AS t3
)
FROM "authors" AS t1
ORDER BY t1."id"
LIMIT ?2;
--   ?1 Constant(Text("name"))
--   ?2 Constant(Int(1000))

