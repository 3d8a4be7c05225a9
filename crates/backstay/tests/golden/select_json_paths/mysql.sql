-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(json_extract(t1.`info`, ?), 'null'), ?, coalesce(json_quote((json_unquote(nullif(concat(json_extract(t1.`info`, ?)), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)), 'null'), ?, coalesce(json_extract(json_extract(t1.`info`, ?), ?), 'null'), ?, coalesce(if(json_type(t1.`info`) = 'ARRAY', json_extract(t1.`info`, ?), NULL), 'null'), ?, coalesce(json_quote((json_unquote(nullif(concat(if(json_type(t1.`info`) = 'ARRAY', json_extract(t1.`info`, concat('$[', nullif(greatest(json_length(t1.`info`) + ?, -1), -1), ']')), NULL)), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)), 'null'), ?, coalesce(if(json_type(t1.`tags`) = 'ARRAY', json_extract(t1.`tags`, ?), NULL), 'null'), ?, coalesce(json_quote((json_unquote(nullif(concat(if(json_type(t1.`tags`) = 'ARRAY', json_extract(t1.`tags`, ?), NULL)), 'null')) COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */)), 'null'), '}')
FROM `books` AS t1
ORDER BY t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"format\":"))
--   ?3 Constant(Text("$.\"format\""))
--   ?4 Constant(Text(",\"format\":"))
--   ?5 Constant(Text("$.\"format\""))
--   ?6 Constant(Text(",\"size\":"))
--   ?7 Constant(Text("$.\"size\""))
--   ?8 Constant(Text("$.\"w\""))
--   ?9 Constant(Text(",\"first\":"))
--   ?10 Constant(Text("$[0]"))
--   ?11 Constant(Text(",\"last\":"))
--   ?12 Constant(Int(-1))
--   ?13 Constant(Text(",\"tag\":"))
--   ?14 Constant(Text("$[0]"))
--   ?15 Constant(Text(",\"tagText\":"))
--   ?16 Constant(Text("$[0]"))
--   ?17 Constant(Int(1000))

