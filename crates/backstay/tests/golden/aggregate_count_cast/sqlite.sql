-- read, flat rows (count: Plain)
SELECT bs_cast(count(*), ?1)
FROM "books" AS t1
LIMIT ?2;
--   ?1 Constant(Text("text"))
--   ?2 Constant(Int(1000))

