-- read, flat rows (id: Plain, books: Raw)
SELECT t1."id", (
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, t2."id", ?2, t2."title", ?3, t2."blurb", ?4, t2."genre", ?5, t2."pages", ?6, json(t2."price"), ?7, json(bs_float(t2."rating")), ?8, json(CASE WHEN (t2."inPrint" IS TRUE) THEN ?9 WHEN (t2."inPrint" IS FALSE) THEN ?10 END), ?11, t2."published", ?12, bs_timestamptz(t2."addedAt"), ?13, t2."opens", ?14, json(t2."tags"), ?15, json(t2."scores"), ?16, json(t2."info"), ?17, bs_bytes(t2."cover"), ?18, t2."isbn", ?19, t2."authorId", ?20, t2."publisherId", ?21, t2."shelfMark") AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?22
  ) AS t3
)
FROM "authors" AS t1
WHERE (t1."id" = ?23)
ORDER BY t1."id"
LIMIT ?22;
--   ?1 Constant(Text("id"))
--   ?2 Constant(Text("title"))
--   ?3 Constant(Text("blurb"))
--   ?4 Constant(Text("genre"))
--   ?5 Constant(Text("pages"))
--   ?6 Constant(Text("price"))
--   ?7 Constant(Text("rating"))
--   ?8 Constant(Text("inPrint"))
--   ?9 Constant(Text("true"))
--   ?10 Constant(Text("false"))
--   ?11 Constant(Text("published"))
--   ?12 Constant(Text("addedAt"))
--   ?13 Constant(Text("opens"))
--   ?14 Constant(Text("tags"))
--   ?15 Constant(Text("scores"))
--   ?16 Constant(Text("info"))
--   ?17 Constant(Text("cover"))
--   ?18 Constant(Text("isbn"))
--   ?19 Constant(Text("authorId"))
--   ?20 Constant(Text("publisherId"))
--   ?21 Constant(Text("shelfMark"))
--   ?22 Constant(Int(1000))
--   ?23 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

