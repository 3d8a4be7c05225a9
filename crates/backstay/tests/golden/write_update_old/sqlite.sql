-- refuse if there is a row, for each row
SELECT 1
FROM "loans" AS t1
WHERE (((t1."memberId" = ?1)
  AND ((t1."returnedAt" IS NULL)
  AND (t1."memberId" = ?1)))
  AND (t1."id" = ?2)
  AND (((t1."memberId" = t1."memberId")
  AND (?3 >= t1."renewals")) IS NOT TRUE));
--   ?1 Session { session: Uid, ty: String, list: false }
--   ?2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }
--   ?3 Cell(0)

-- change, answers keys, for each row
UPDATE "loans"
SET "renewals" = ?1, "updatedAt" = ?2
WHERE ((("loans"."memberId" = ?3)
  AND (("loans"."returnedAt" IS NULL)
  AND ("loans"."memberId" = ?3)))
  AND ("loans"."id" = ?4))
RETURNING json_array("loans"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Session { session: Uid, ty: String, list: false }
--   ?4 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, bookId: Plain, memberId: Plain, renewals: Plain, returnedAt: Timestamp, createdAt: Timestamp, updatedAt: Timestamp)
SELECT t2."id", t2."bookId", t2."memberId", t2."renewals", t2."returnedAt", t2."createdAt", t2."updatedAt"
FROM json_each(?1) AS t3
JOIN "loans" AS t2 ON (t2."id" = "->>"(t3."value", 0))
WHERE ((t2."memberId" = ?2)
  AND (t2."returnedAt" IS NULL))
ORDER BY t3."key";
--   ?1 Keys
--   ?2 Session { session: Uid, ty: String, list: false }

