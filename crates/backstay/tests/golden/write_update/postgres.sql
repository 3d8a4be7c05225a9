-- change, answers nothing, for each row
UPDATE "books"
SET "pages" = $1::int4
WHERE ("books"."id" = $2::int4);
--   $1 Cell(0)
--   $2 Input { slot: Slot(1), cast: Field(FieldType { scalar: Int, list: false, nullable: false, items_nullable: false }) }

