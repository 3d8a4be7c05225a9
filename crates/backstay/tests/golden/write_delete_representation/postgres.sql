-- select the keys
SELECT coalesce('[' || string_agg((('[' || coalesce(CAST(t1."id" AS text), 'null')) || ']'), ',') || ']', '[]')
FROM "publishers" AS t1
WHERE (t1."id" = $1::int4);
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (name: Plain, books: Raw)
SELECT t2."name", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t5."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(to_json(t4."title") AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t4
    WHERE (t4."publisherId" = t2."id")
    ORDER BY t4."id"
    LIMIT $2::int8
  ) AS t5
) AS text), 'null')
FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t3(value, key)
JOIN "publishers" AS t2 ON (t2."id" = CAST((t3."value" ->> 0) AS int4))
ORDER BY t3."key";
--   $1 Constant(Text("{\"title\":"))
--   $2 Constant(Int(1000))
--   $3 Keys

-- change, answers nothing
DELETE
FROM "publishers"
WHERE ("publishers"."id" IN (
  SELECT CAST((t6."value" ->> 0) AS int4)
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t6(value, key)
));
--   $1 Keys

