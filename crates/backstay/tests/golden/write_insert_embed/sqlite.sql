-- insert, answers keys, for each row
INSERT INTO "books" ("title", "authorId", "id", "inPrint")
VALUES (?1, ?2, ?3, ?4)
RETURNING json_array("books"."id");
--   ?1 Cell(0)
--   ?2 Cell(1)
--   ?3 Cell(2)
--   ?4 Cell(3)

-- read, flat rows (title: Plain, author: Raw)
SELECT t1."title", (
  SELECT json_object(?1, t3."name")
  FROM "authors" AS t3
  WHERE (t3."id" = t1."authorId")
)
FROM json_each(?2) AS t2
JOIN "books" AS t1 ON (t1."id" = "->>"(t2."value", 0))
ORDER BY t2."key";
--   ?1 Constant(Text("name"))
--   ?2 Keys

