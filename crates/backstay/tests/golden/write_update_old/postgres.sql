-- refuse if there is a row, for each row
SELECT 1
FROM "loans" AS t1
WHERE (((t1."memberId" = $1::text)
  AND ((t1."returnedAt" IS NULL)
  AND (t1."memberId" = $1::text)))
  AND (t1."id" = $2::int4)
  AND (((t1."memberId" = t1."memberId")
  AND ($3::int4 >= t1."renewals")) IS NOT TRUE));
--   $1 Session { session: Uid, ty: String, list: false }
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   $3 Cell(0)

-- change, answers keys, for each row
UPDATE "loans"
SET "renewals" = $1::int4, "updatedAt" = $2::timestamptz
WHERE ((("loans"."memberId" = $3::text)
  AND (("loans"."returnedAt" IS NULL)
  AND ("loans"."memberId" = $3::text)))
  AND ("loans"."id" = $4::int4))
RETURNING json_build_array("loans"."id");
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t2."id", $2::text, t2."bookId", $3::text, t2."memberId", $4::text, t2."renewals", $5::text, t2."returnedAt", $6::text, t2."createdAt", $7::text, t2."updatedAt")
FROM jsonb_array_elements($8::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "loans" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
WHERE ((t2."memberId" = $9::text)
  AND (t2."returnedAt" IS NULL))
ORDER BY t3."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("bookId"))
--   $3 Constant(Text("memberId"))
--   $4 Constant(Text("renewals"))
--   $5 Constant(Text("returnedAt"))
--   $6 Constant(Text("createdAt"))
--   $7 Constant(Text("updatedAt"))
--   $8 Keys
--   $9 Session { session: Uid, ty: String, list: false }

