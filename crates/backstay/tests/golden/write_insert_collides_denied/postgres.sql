-- refuse a collision if there is a row, for each row
SELECT 1
WHERE (($1::text = $2::text) IS NOT TRUE);
--   $1 Cell(2)
--   $2 Session { session: Uid, ty: String, list: false }

-- insert, answers the check, for each row
INSERT INTO "loans" ("id", "bookId", "memberId", "renewals", "createdAt", "updatedAt")
VALUES ($1::int4, $2::int4, $3::text, $4::int4, $5::timestamptz, $6::timestamptz)
RETURNING ("loans"."memberId" = $7::text);
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Cell(2)
--   $4 Cell(3)
--   $5 Cell(4)
--   $6 Cell(5)
--   $7 Session { session: Uid, ty: String, list: false }

