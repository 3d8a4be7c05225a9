-- change, answers keys, for each row
UPDATE "books"
SET "pages" = $1::int4
WHERE ("books"."id" = $2::int4)
RETURNING json_build_array("books"."id");
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, t1."pages")
FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS t2(value, key)
JOIN "books" AS t1 ON (t1."id" = CAST((t2."value" ->> 0) AS int4))
ORDER BY t2."key";
--   $1 Constant(Text("id"))
--   $2 Constant(Text("pages"))
--   $3 Keys

