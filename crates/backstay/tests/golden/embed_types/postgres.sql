-- read, flat rows (id: Plain, books: Raw)
SELECT t1."id", coalesce(CAST((
  SELECT coalesce('[' || string_agg(t3."c0", ',') || ']', '[]')
  FROM (
    SELECT (($1::text || coalesce(CAST(t2."id" AS text), 'null') || $2::text || coalesce(CAST(to_json(t2."title") AS text), 'null') || $3::text || coalesce(CAST(to_json(t2."blurb") AS text), 'null') || $4::text || coalesce(CAST(to_json(t2."genre") AS text), 'null') || $5::text || coalesce(CAST(t2."pages" AS text), 'null') || $6::text || coalesce(CAST(to_json(t2."price") AS text), 'null') || $7::text || coalesce(CAST(to_json(t2."rating") AS text), 'null') || $8::text || coalesce(CAST(t2."inPrint" AS text), 'null') || $9::text || coalesce(CAST(to_json(t2."published") AS text), 'null') || $10::text || coalesce(CAST(to_json(t2."addedAt") AS text), 'null') || $11::text || coalesce(CAST(to_json(t2."opens") AS text), 'null') || $12::text || coalesce(CAST(to_json(t2."tags") AS text), 'null') || $13::text || coalesce(CAST(to_json(t2."scores") AS text), 'null') || $14::text || coalesce(CAST(t2."info" AS text), 'null') || $15::text || coalesce(CAST(to_json(t2."cover") AS text), 'null') || $16::text || coalesce('"' || CAST(t2."isbn" AS text) || '"', 'null')) || ($17::text || coalesce(CAST(t2."authorId" AS text), 'null') || $18::text || coalesce(CAST(t2."publisherId" AS text), 'null') || $19::text || coalesce(CAST(to_json(t2."shelfMark") AS text), 'null')) || '}') AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT $20::int8
  ) AS t3
) AS text), 'null')
FROM "authors" AS t1
WHERE (t1."id" = $21::int4)
ORDER BY t1."id"
LIMIT $20::int8;
--   $1 Constant(Text("{\"id\":"))
--   $2 Constant(Text(",\"title\":"))
--   $3 Constant(Text(",\"blurb\":"))
--   $4 Constant(Text(",\"genre\":"))
--   $5 Constant(Text(",\"pages\":"))
--   $6 Constant(Text(",\"price\":"))
--   $7 Constant(Text(",\"rating\":"))
--   $8 Constant(Text(",\"inPrint\":"))
--   $9 Constant(Text(",\"published\":"))
--   $10 Constant(Text(",\"addedAt\":"))
--   $11 Constant(Text(",\"opens\":"))
--   $12 Constant(Text(",\"tags\":"))
--   $13 Constant(Text(",\"scores\":"))
--   $14 Constant(Text(",\"info\":"))
--   $15 Constant(Text(",\"cover\":"))
--   $16 Constant(Text(",\"isbn\":"))
--   $17 Constant(Text(",\"authorId\":"))
--   $18 Constant(Text(",\"publisherId\":"))
--   $19 Constant(Text(",\"shelfMark\":"))
--   $20 Constant(Int(1000))
--   $21 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

