-- change, answers keys, for each row
UPDATE "books"
SET "pages" = $1::int4
WHERE ("books"."id" = $2::int4)
RETURNING (('[' || coalesce(CAST("books"."id" AS text), 'null')) || ']');
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, flat rows (id: Plain, pages: Plain)
SELECT t1."id", t1."pages"
FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "books" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Keys

