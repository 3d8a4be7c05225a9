-- read, one value
SELECT coalesce(to_json((
  SELECT count(*)
  FROM books

)), 'null'::json);

