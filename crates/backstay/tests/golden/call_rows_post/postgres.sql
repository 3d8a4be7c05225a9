-- read, flat rows (id: Raw, title: Raw, blurb: Raw, genre: Raw, pages: Raw, price: Raw, rating: Raw, inPrint: Raw, published: Raw, addedAt: Raw, opens: Raw, tags: Raw, scores: Raw, info: Raw, cover: Raw, isbn: Raw, authorId: Raw, publisherId: Raw, shelfMark: Raw)
SELECT coalesce(CAST(to_json(t1."id") AS text), 'null'), coalesce(CAST(to_json(t1."title") AS text), 'null'), coalesce(CAST(to_json(t1."blurb") AS text), 'null'), coalesce(CAST(to_json(t1."genre") AS text), 'null'), coalesce(CAST(to_json(t1."pages") AS text), 'null'), coalesce(CAST(to_json(t1."price") AS text), 'null'), coalesce(CAST(to_json(t1."rating") AS text), 'null'), coalesce(CAST(to_json(t1."inPrint") AS text), 'null'), coalesce(CAST(to_json(t1."published") AS text), 'null'), coalesce(CAST(to_json(t1."addedAt") AS text), 'null'), coalesce(CAST(to_json(t1."opens") AS text), 'null'), coalesce(CAST(to_json(t1."tags") AS text), 'null'), coalesce(CAST(to_json(t1."scores") AS text), 'null'), coalesce(CAST(to_json(t1."info") AS text), 'null'), coalesce(CAST(to_json(t1."cover") AS text), 'null'), coalesce(CAST(to_json(t1."isbn") AS text), 'null'), coalesce(CAST(to_json(t1."authorId") AS text), 'null'), coalesce(CAST(to_json(t1."publisherId") AS text), 'null'), coalesce(CAST(to_json(t1."shelfMark") AS text), 'null')
FROM (
  SELECT *
  FROM books
  WHERE pages >= $1::int4 AND genre = $2::text

) AS t1
LIMIT $3::int8;
--   $1 Input { slot: Slot(0), cast: Argument { ty: FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }, default: None } }
--   $2 Input { slot: Slot(1), cast: Argument { ty: FieldType { scalar: String, list: false, nullable: true, items_nullable: false }, default: Some("\"novel\"") } }
--   $3 Constant(Int(1000))

