-- refuse a collision if there is a row, for each row
SELECT 1
WHERE (($1::text = $2::text) IS NOT TRUE);
--   $1 Cell(1)
--   $2 Session { session: Uid, ty: String, list: false }

-- insert, answers the check, for each row
INSERT INTO "reviews" ("bookId", "userId", "stars", "hidden")
VALUES ($1::int4, $2::text, $3::int4, $4::bool)
RETURNING ("reviews"."userId" = $5::text);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(4)
--   $5 Session { session: Uid, ty: String, list: false }

