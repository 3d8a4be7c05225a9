-- read, one value
SELECT coalesce(CAST(to_json((
  SELECT $1::text::text
  WHERE $2::timestamptz > '2000-01-01'

)) AS text), 'null');
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Now

