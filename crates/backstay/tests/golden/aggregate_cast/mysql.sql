-- read, JSON rows
SELECT concat(?, coalesce(json_quote(concat(sum(CAST(bs_cast((json_unquote(nullif(concat(json_extract(json_extract(t1.`info`, ?), ?)), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */), 'integer') AS SIGNED)))), 'null'), '}')
FROM `books` AS t1
LIMIT ?;
--   ?1 Constant(Text("{\"sum\":"))
--   ?2 Constant(Text("$.\"size\""))
--   ?3 Constant(Text("$.\"w\""))
--   ?4 Constant(Int(1000))

