-- read, one value
SELECT json_quote((
  SELECT count(*)
  FROM books

));

