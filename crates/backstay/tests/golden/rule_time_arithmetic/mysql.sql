-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((bs_sub(timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', t1.`dueAt`), timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', CAST(replace(?, '+00:00', '') AS DATETIME(6)))) < ?)
  AND (bs_time_add(t1.`dueAt`, ?) > CAST(replace(?, '+00:00', '') AS DATETIME(6))))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Now
--   ?3 Constant(Int(2678400000000))
--   ?4 Constant(Int(3600000000))
--   ?5 Constant(Text("2024-06-01T00:00:00.000000+00:00"))
--   ?6 Constant(Int(1000))

