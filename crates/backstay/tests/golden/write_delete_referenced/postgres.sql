-- change, answers nothing
DELETE
FROM "authors"
WHERE ("authors"."id" = $1::int4);
--   $1 Input { slot: Slot(0), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

