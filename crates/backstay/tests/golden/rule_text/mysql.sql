-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `docs` AS t1
WHERE ((locate(?, (bs_lower_ascii(t1.`title`) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)) > 0)
  AND (char_length((bs_trim(t1.`title`) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)) > ?)
  AND (((right(t1.`body`, char_length(?)) = ?) IS TRUE) = FALSE))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text("a"))
--   ?3 Constant(Int(4))
--   ?4 Constant(Text("b"))
--   ?5 Constant(Text("b"))
--   ?6 Constant(Int(1000))

