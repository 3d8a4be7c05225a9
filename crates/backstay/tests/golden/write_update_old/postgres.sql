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
RETURNING (('[' || coalesce(CAST("loans"."id" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Cell(1)
--   $3 Session { session: Uid, ty: String, list: false }
--   $4 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, memberId: Plain, renewals: Plain, returnedAt: Raw, createdAt: Raw, updatedAt: Raw)
SELECT t2."id", t2."bookId", t2."memberId", t2."renewals", coalesce(CAST(to_json(t2."returnedAt") AS text), 'null'), coalesce(CAST(to_json(t2."createdAt") AS text), 'null'), coalesce(CAST(to_json(t2."updatedAt") AS text), 'null')
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "loans" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
WHERE ((t2."memberId" = $2::text)
  AND (t2."returnedAt" IS NULL))
ORDER BY t3."key";
--   $1 Keys
--   $2 Session { session: Uid, ty: String, list: false }

