-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (NOT (
  SELECT CASE WHEN (max(CASE WHEN (t3.`id` IS NOT NULL) THEN CASE WHEN (NOT (((bs_add(t3.`level`, ?) IS NOT NULL) OR ((t3.`level` IS NOT NULL)
    AND (? IS NOT NULL)
    AND (bs_add(t3.`level`, ?) IS NULL)))
    AND (? IS NOT NULL)
    AND ((t3.`level` IS NOT NULL)
    AND (? IS NOT NULL)
    AND (bs_add(t3.`level`, ?) IS NULL)))) THEN ((bs_add(t3.`level`, ?) > ?) IS TRUE) END END) = TRUE) THEN TRUE WHEN (count(*) = count(CASE WHEN (t3.`id` IS NOT NULL) THEN CASE WHEN (NOT (((bs_add(t3.`level`, ?) IS NOT NULL) OR ((t3.`level` IS NOT NULL)
    AND (? IS NOT NULL)
    AND (bs_add(t3.`level`, ?) IS NULL)))
    AND (? IS NOT NULL)
    AND ((t3.`level` IS NOT NULL)
    AND (? IS NOT NULL)
    AND (bs_add(t3.`level`, ?) IS NULL)))) THEN ((bs_add(t3.`level`, ?) > ?) IS TRUE) END END)) THEN FALSE END
  FROM `projects` AS t2
  JOIN `members` AS t3 ON ((t3.`projectId` = t2.`id`)
    AND (t3.`leftAt` IS NULL))
  WHERE (t2.`id` = t1.`projectId`)
))
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
--   ?10 Constant(Int(9223372036854775807))
--   ?11 Constant(Int(9223372036854775807))
--   ?12 Constant(Int(9223372036854775807))
--   ?13 Constant(Int(0))
--   ?14 Constant(Int(9223372036854775807))
--   ?15 Constant(Int(9223372036854775807))
--   ?16 Constant(Int(9223372036854775807))
--   ?17 Constant(Int(0))
--   ?18 Constant(Int(1000))

