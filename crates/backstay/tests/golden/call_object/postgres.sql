-- read, one value
SELECT coalesce((
  SELECT (($1::text || coalesce(CAST(to_json(t1."books") AS text), 'null') || $2::text || coalesce(CAST(to_json(t1."cheapest") AS text), 'null')) || '}')
  FROM (
    SELECT count(*) AS books, min(price) AS cheapest
    FROM books

  ) AS t1
  LIMIT 1
), $3::text);
--   $1 Constant(Text("{\"books\":"))
--   $2 Constant(Text(",\"cheapest\":"))
--   $3 Constant(Text("null"))

