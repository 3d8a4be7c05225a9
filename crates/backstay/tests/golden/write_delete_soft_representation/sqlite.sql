-- select the keys
SELECT json_group_array(json_array(t1."id"))
FROM "loans" AS t1
WHERE ((t1."returnedAt" IS NULL)
  AND (t1."id" > ?1)
  AND (t1."returnedAt" IS NULL));
--   ?1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, memberId: Plain)
SELECT t2."id", t2."memberId"
FROM json_each(?1) AS t3
JOIN "loans" AS t2 ON (t2."id" = "->>"(t3."value", 0))
WHERE (t2."returnedAt" IS NULL)
ORDER BY t3."key";
--   ?1 Keys

-- change, answers nothing
UPDATE "loans"
SET "returnedAt" = ?1, "updatedAt" = ?1
WHERE (("loans"."id" IN (
  SELECT "->>"(t4."value", 0)
  FROM json_each(?2) AS t4
))
  AND ("loans"."returnedAt" IS NULL));
--   ?1 Now
--   ?2 Keys

