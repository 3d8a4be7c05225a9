-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE (NOT CASE WHEN (NOT (((bs_sub(timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', t1.`dueAt`), timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', CAST(replace(?, '+00:00', '') AS DATETIME(6)))) IS NOT NULL) OR ((t1.`dueAt` IS NOT NULL)
  AND (CAST(replace(?, '+00:00', '') AS DATETIME(6)) IS NOT NULL)
  AND (bs_sub(timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', t1.`dueAt`), timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', CAST(replace(?, '+00:00', '') AS DATETIME(6)))) IS NULL)))
  AND (? IS NOT NULL)
  AND ((t1.`dueAt` IS NOT NULL)
  AND (CAST(replace(?, '+00:00', '') AS DATETIME(6)) IS NOT NULL)
  AND (bs_sub(timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', t1.`dueAt`), timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', CAST(replace(?, '+00:00', '') AS DATETIME(6)))) IS NULL)))) THEN ((bs_sub(timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', t1.`dueAt`), timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', CAST(replace(?, '+00:00', '') AS DATETIME(6)))) > ?) IS TRUE) END)
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Now
--   ?3 Now
--   ?4 Now
--   ?5 Constant(Int(0))
--   ?6 Now
--   ?7 Now
--   ?8 Now
--   ?9 Constant(Int(0))
--   ?10 Constant(Int(1000))

