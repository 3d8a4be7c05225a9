-- read, JSON rows
SELECT json_object(?1, t1."id", ?2, json((
  SELECT json_group_array(json(t3."c0"))
  FROM (
    SELECT json_object(?1, t2."id", ?3, t2."title", ?4, t2."blurb", ?5, t2."genre", ?6, t2."pages", ?7, json(t2."price"), ?8, json(bs_float(t2."rating")), ?9, json(CASE WHEN (t2."inPrint" IS TRUE) THEN ?10 WHEN (t2."inPrint" IS FALSE) THEN ?11 END), ?12, t2."published", ?13, bs_timestamptz(t2."addedAt"), ?14, t2."opens", ?15, json(t2."tags"), ?16, json(t2."scores"), ?17, json(t2."info"), ?18, bs_bytes(t2."cover"), ?19, t2."isbn", ?20, t2."authorId", ?21, t2."publisherId", ?22, t2."shelfMark") AS "c0"
    FROM "books" AS t2
    WHERE (t2."authorId" = t1."id")
    ORDER BY t2."id"
    LIMIT ?23
  ) AS t3
)))
FROM "authors" AS t1
WHERE (t1."id" = ?24)
ORDER BY t1."id"
LIMIT ?23;
--   ?1 Constant(Text("id"))
--   ?2 Constant(Text("books"))
--   ?3 Constant(Text("title"))
--   ?4 Constant(Text("blurb"))
--   ?5 Constant(Text("genre"))
--   ?6 Constant(Text("pages"))
--   ?7 Constant(Text("price"))
--   ?8 Constant(Text("rating"))
--   ?9 Constant(Text("inPrint"))
--   ?10 Constant(Text("true"))
--   ?11 Constant(Text("false"))
--   ?12 Constant(Text("published"))
--   ?13 Constant(Text("addedAt"))
--   ?14 Constant(Text("opens"))
--   ?15 Constant(Text("tags"))
--   ?16 Constant(Text("scores"))
--   ?17 Constant(Text("info"))
--   ?18 Constant(Text("cover"))
--   ?19 Constant(Text("isbn"))
--   ?20 Constant(Text("authorId"))
--   ?21 Constant(Text("publisherId"))
--   ?22 Constant(Text("shelfMark"))
--   ?23 Constant(Int(1000))
--   ?24 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

