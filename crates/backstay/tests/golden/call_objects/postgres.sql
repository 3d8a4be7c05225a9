-- read, one value
SELECT coalesce(to_json((
  SELECT coalesce(json_agg(json_build_object($1::text, t1."books", $2::text, t1."cheapest")), '[]'::json)
  FROM (
    SELECT count(*) AS books, NULL AS cheapest
    FROM books

  ) AS t1
  LIMIT 1
)), 'null'::json);
--   $1 Constant(Text("books"))
--   $2 Constant(Text("cheapest"))

