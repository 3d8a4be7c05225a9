-- select the keys
SELECT coalesce(json_agg(json_build_array(t1."id")), '[]'::json)
FROM "publishers" AS t1
WHERE (t1."id" = $1::int4);
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t2."name", $2::text, (
  SELECT coalesce(json_agg(t5."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($3::text, t4."title") AS "c0"
    FROM "books" AS t4
    WHERE (t4."publisherId" = t2."id")
    ORDER BY t4."id"
    LIMIT $4::int8
  ) AS t5
))
FROM jsonb_array_elements($5::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "publishers" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
ORDER BY t3."key";
--   $1 Constant(Text("name"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Constant(Int(1000))
--   $5 Keys

-- change, answers nothing
DELETE
FROM "publishers"
WHERE ("publishers"."id" IN (
  SELECT CAST((t6."value" ->> 0) AS int4)
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t6(value, key)
));
--   $1 Keys

