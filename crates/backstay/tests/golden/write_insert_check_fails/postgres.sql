-- refuse a collision if there is a row, for each row
SELECT 1
WHERE (($1::text = $2::text) IS NOT TRUE);
--   $1 Cell(1)
--   $2 Session { session: Uid, ty: String, list: false }

-- insert, answers the check, for each row
INSERT INTO "reviews" ("bookId", "userId", "stars", "id", "hidden")
VALUES ($1::int4, $2::text, $3::int4, bs_counted($4::text, $5::text, $6::int4), $7::bool)
RETURNING ("reviews"."userId" = $8::text);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Constant(Text("reviews"))
--   $5 Constant(Text("id"))
--   $6 Cell(3)
--   $7 Cell(4)
--   $8 Session { session: Uid, ty: String, list: false }

