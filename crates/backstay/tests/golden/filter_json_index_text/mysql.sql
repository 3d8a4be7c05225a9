-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), '}')
FROM `books` AS t1
WHERE (NOT ((json_unquote(nullif(concat(if(json_type(t1.`info`) = 'ARRAY', json_extract(t1.`info`, concat('$[', nullif(greatest(json_length(t1.`info`) + ?, -1), -1), ']')), NULL)), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */) IS NULL))
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Int(-1))
--   ?3 Constant(Int(1000))

