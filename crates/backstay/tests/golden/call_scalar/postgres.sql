-- read, one value
SELECT coalesce(CAST(to_json((
  SELECT count(*)
  FROM books

)) AS text), 'null');

