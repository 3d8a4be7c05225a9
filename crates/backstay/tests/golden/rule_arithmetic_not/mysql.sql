-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (NOT CASE WHEN (NOT (((bs_mul(t1.`score`, ?) IS NOT NULL) OR ((t1.`score` IS NOT NULL)
  AND (? IS NOT NULL)
  AND (bs_mul(t1.`score`, ?) IS NULL)))
  AND (? IS NOT NULL)
  AND ((t1.`score` IS NOT NULL)
  AND (? IS NOT NULL)
  AND (bs_mul(t1.`score`, ?) IS NULL)))) THEN ((bs_mul(t1.`score`, ?) > ?) IS TRUE) END)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(9223372036854775807))
--   ?3 Constant(Int(9223372036854775807))
--   ?4 Constant(Int(9223372036854775807))
--   ?5 Constant(Int(0))
--   ?6 Constant(Int(9223372036854775807))
--   ?7 Constant(Int(9223372036854775807))
--   ?8 Constant(Int(9223372036854775807))
--   ?9 Constant(Int(0))
--   ?10 Constant(Int(1000))

