-- read, flat rows (max: Plain, count: Plain), the total first
SELECT count(*), NULL
FROM (
  SELECT 1 AS "one"
  FROM "books" AS t2
) AS t3
UNION ALL SELECT t4."c0", t4."c1"
FROM (
  SELECT bs_cast(max(t1."id"), ?1) AS "c0", count(*) AS "c1"
  FROM "books" AS t1
  LIMIT ?2
) AS t4;
--   ?1 Constant(Text("text"))
--   ?2 Constant(Int(1000))

