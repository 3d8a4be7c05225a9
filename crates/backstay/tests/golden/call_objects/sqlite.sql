-- read, one value
SELECT coalesce((
  SELECT json_group_array(json_object(?1, t1."books", ?2, json(t1."cheapest")))
  FROM (
    SELECT count(*) AS books, NULL AS cheapest
    FROM books

  ) AS t1
), ?3);
--   ?1 Constant(Text("books"))
--   ?2 Constant(Text("cheapest"))
--   ?3 Constant(Text("null"))

