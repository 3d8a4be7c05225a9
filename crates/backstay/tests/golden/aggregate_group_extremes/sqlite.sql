-- read, flat rows (genre: Plain, max: Plain, min: Plain)
SELECT t1."genre", max(t1."pages"), min(t1."pages")
FROM "books" AS t1
WHERE (t1."pages" IS NOT ?1)
GROUP BY t1."genre"
ORDER BY t1."genre"
LIMIT ?2;
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: true, items_nullable: false }) }
--   ?2 Constant(Int(1000))

