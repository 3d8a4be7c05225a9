-- read, one value
SELECT json_quote((
  SELECT ?1
  WHERE ?2 > '2000-01-01'

));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Now

