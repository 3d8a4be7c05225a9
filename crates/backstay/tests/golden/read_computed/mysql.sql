-- read, JSON rows
SELECT concat(?, coalesce(t1.`id`, 'null'), ?, coalesce(elt(1 + ((t1.`pages` > ?) IS TRUE), 'false', 'true'), 'null'), ?, coalesce(json_quote(t1.`shelfMark`), 'null'), '}')
FROM `books` AS t1
WHERE (((t1.`pages` > ?) IS TRUE) IS TRUE)
ORDER BY (((t1.`pages` > ?) IS TRUE) IS NULL), ((t1.`pages` > ?) IS TRUE), t1.`id`
LIMIT ?;
--   ?1 Constant(Text("{\"id\":"))
--   ?2 Constant(Text(",\"long\":"))
--   ?3 Constant(Int(300))
--   ?4 Constant(Text(",\"shelfMark\":"))
--   ?5 Constant(Int(300))
--   ?6 Constant(Int(300))
--   ?7 Constant(Int(300))
--   ?8 Constant(Int(1000))

