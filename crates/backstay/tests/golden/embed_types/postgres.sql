-- read, JSON rows
SELECT json_build_object($1::text, t1."id", $2::text, (
  SELECT coalesce(json_agg(t3."c0"), '[]'::json)
  FROM (
    SELECT json_build_object($1::text, t2."id", $3::text, t2."title", $4::text, t2."blurb", $5::text, t2."genre", $6::text, t2."pages", $7::text, t2."price", $8::text, t2."rating", $9::text, t2."inPrint", $10::text, t2."published", $11::text, t2."addedAt", $12::text, t2."opens", $13::text, t2."tags", $14::text, t2."scores", $15::text, t2."info", $16::text, t2."cover", $17::text, t2."isbn", $18::text, t2."authorId", $19::text, t2."publisherId", $20::text, t2."shelfMark") AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT $21::int8
  ) AS t3
))
FROM "authors" AS t1
WHERE (t1."id" = $22::int4)
ORDER BY t1."id"
LIMIT $21::int8;
--   $1 Constant(Text("id"))
--   $2 Constant(Text("books"))
--   $3 Constant(Text("title"))
--   $4 Constant(Text("blurb"))
--   $5 Constant(Text("genre"))
--   $6 Constant(Text("pages"))
--   $7 Constant(Text("price"))
--   $8 Constant(Text("rating"))
--   $9 Constant(Text("inPrint"))
--   $10 Constant(Text("published"))
--   $11 Constant(Text("addedAt"))
--   $12 Constant(Text("opens"))
--   $13 Constant(Text("tags"))
--   $14 Constant(Text("scores"))
--   $15 Constant(Text("info"))
--   $16 Constant(Text("cover"))
--   $17 Constant(Text("isbn"))
--   $18 Constant(Text("authorId"))
--   $19 Constant(Text("publisherId"))
--   $20 Constant(Text("shelfMark"))
--   $21 Constant(Int(1000))
--   $22 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

