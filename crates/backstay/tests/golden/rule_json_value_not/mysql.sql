-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (NOT CASE WHEN (NOT (((CAST(bs_json_as(json_extract(t1.`meta`, ?), ?) AS SIGNED) IS NOT NULL) OR (bs_json_is(json_extract(t1.`meta`, ?), ?) IS FALSE))
  AND (? IS NOT NULL)
  AND (bs_json_is(json_extract(t1.`meta`, ?), ?) IS FALSE))) THEN ((CAST(bs_json_as(json_extract(t1.`meta`, ?), ?) AS SIGNED) > ?) IS TRUE) END)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("$.\"level\""))
--   ?3 Constant(Text("int"))
--   ?4 Constant(Text("$.\"level\""))
--   ?5 Constant(Text("int"))
--   ?6 Constant(Int(2))
--   ?7 Constant(Text("$.\"level\""))
--   ?8 Constant(Text("int"))
--   ?9 Constant(Text("$.\"level\""))
--   ?10 Constant(Text("int"))
--   ?11 Constant(Int(2))
--   ?12 Constant(Int(1000))

