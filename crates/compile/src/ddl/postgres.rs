//! Functions that PostgreSQL lacks: what rules compute with (NULL instead of an error), and steps of a change of structure.
//! Names and meanings are those of [`StoreFunction`](crate::functions::StoreFunction), where it has them.

/// Makes or replaces each function.
pub(super) const PRELUDE: &[&str] = &[
    // A text that is a UUID in its usual form.
    "CREATE OR REPLACE FUNCTION bs_uuid(text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN CAST($1 AS uuid) END $$",
    "CREATE OR REPLACE FUNCTION bs_add(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN CAST($1 AS numeric) + $2 BETWEEN -9223372036854775808 AND 9223372036854775807 THEN $1 + $2 END $$",
    "CREATE OR REPLACE FUNCTION bs_sub(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN CAST($1 AS numeric) - $2 BETWEEN -9223372036854775808 AND 9223372036854775807 THEN $1 - $2 END $$",
    "CREATE OR REPLACE FUNCTION bs_mul(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN CAST($1 AS numeric) * $2 BETWEEN -9223372036854775808 AND 9223372036854775807 THEN $1 * $2 END $$",
    "CREATE OR REPLACE FUNCTION bs_div(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN $2 <> 0 AND NOT ($2 = -1 AND $1 = -9223372036854775808) THEN $1 / $2 END $$",
    "CREATE OR REPLACE FUNCTION bs_rem(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN $2 <> 0 THEN $1 % $2 END $$",
    "CREATE OR REPLACE FUNCTION bs_abs(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 <> -9223372036854775808 THEN abs($1) END $$",
    // Doubles: the server raises what does not exist.
    "CREATE OR REPLACE FUNCTION bs_float(double precision, double precision, text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT AS
$$ BEGIN
  RETURN CASE $3 WHEN '+' THEN $1 + $2 WHEN '-' THEN $1 - $2 WHEN '*' THEN $1 * $2 WHEN '/' THEN $1 / $2 END;
EXCEPTION WHEN numeric_value_out_of_range OR division_by_zero THEN RETURN NULL;
END $$",
    "CREATE OR REPLACE FUNCTION bs_add(double precision, double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$ SELECT bs_float($1, $2, '+') $$",
    "CREATE OR REPLACE FUNCTION bs_sub(double precision, double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$ SELECT bs_float($1, $2, '-') $$",
    "CREATE OR REPLACE FUNCTION bs_mul(double precision, double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$ SELECT bs_float($1, $2, '*') $$",
    "CREATE OR REPLACE FUNCTION bs_div(double precision, double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$ SELECT bs_float($1, $2, '/') $$",
    "CREATE OR REPLACE FUNCTION bs_rem(double precision, double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CAST(NULL AS double precision) $$",
    "CREATE OR REPLACE FUNCTION bs_abs(double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT abs($1) $$",
    "CREATE OR REPLACE FUNCTION bs_time_add(timestamptz, bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN extract(epoch FROM $1) * 1000000 + $2 BETWEEN -62135596800000000 AND 253402300799999999
THEN $1 + ($2 / 1000000) * interval '1 second' + ($2 % 1000000) * interval '1 microsecond' END $$",
    // A JSON value as the text of a value of a type, or of a list of them; NULL for null and for another type.
    "CREATE OR REPLACE FUNCTION bs_json_as(value jsonb, ty text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS
$$ DECLARE
  kind CONSTANT text := jsonb_typeof(value);
  plain CONSTANT text := value #>> '{}';
  item jsonb;
  found text[] := '{}';
BEGIN
  IF right(ty, 2) = '[]' THEN
    IF kind <> 'array' THEN RETURN NULL; END IF;
    FOR item IN SELECT jsonb_array_elements(value) LOOP
      found := array_append(found, bs_json_as(item, left(ty, -2)));
      IF found[cardinality(found)] IS NULL AND jsonb_typeof(item) <> 'null' THEN RETURN NULL; END IF;
    END LOOP;
    RETURN CAST(found AS text);
  END IF;
  IF ty = 'any' THEN
    RETURN CASE WHEN kind <> 'null' THEN CAST(value AS text) END;
  ELSIF ty = 'bool' AND kind = 'boolean' THEN
    RETURN plain;
  ELSIF ty = 'int' AND kind = 'number' AND plain ~ '^-?[0-9]+$' THEN
    RETURN CAST(CAST(plain AS bigint) AS text);
  ELSIF ty = 'float' AND kind = 'number' THEN
    RETURN CAST(CAST(plain AS double precision) AS text);
  ELSIF ty = 'string' AND kind = 'string' THEN
    RETURN plain;
  ELSIF ty = 'timestamp' AND kind = 'string'
    AND plain ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$' THEN
    RETURN CAST(CAST(plain AS timestamptz) AS text);
  ELSIF ty = 'date' AND kind = 'string' AND plain ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
    RETURN CAST(CAST(plain AS date) AS text);
  ELSIF ty = 'time' AND kind = 'string' AND plain ~ '^[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?$' THEN
    RETURN CAST(CAST(plain AS time) AS text);
  END IF;
  RETURN NULL;
EXCEPTION WHEN data_exception THEN RETURN NULL;
END $$",
    "CREATE OR REPLACE FUNCTION bs_json_is(jsonb, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(jsonb_typeof($1) = 'null' OR bs_json_as($1, $2) IS NOT NULL, TRUE) $$",
    // The number that is given, from which the counter of the column goes on, else the counter's next.
    "CREATE OR REPLACE FUNCTION bs_counted(of_table text, of_column text, given bigint) RETURNS bigint LANGUAGE plpgsql AS
$$ DECLARE
  counter CONSTANT regclass := pg_get_serial_sequence(quote_ident(of_table), of_column);
BEGIN
  IF given IS NULL THEN RETURN nextval(counter); END IF;
  IF given > coalesce(pg_sequence_last_value(counter), 0) THEN PERFORM setval(counter, given); END IF;
  RETURN given;
END $$",
    "CREATE OR REPLACE FUNCTION bs_set_aside(given text, aside text) RETURNS void LANGUAGE plpgsql AS
$$ DECLARE
  part name;
BEGIN
  FOR part IN SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = CAST(quote_ident(given) AS regclass)
      OR indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = CAST(quote_ident(given) AS regclass)) LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', part, 'replaced_' || md5(part));
  END LOOP;
  FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = CAST(quote_ident(given) AS regclass) LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part, 'replaced_' || md5(part));
  END LOOP;
  EXECUTE format('ALTER TABLE %I RENAME TO %I', given, aside);
END $$",
    "CREATE OR REPLACE FUNCTION bs_rename_partitions(before text, after text) RETURNS void LANGUAGE plpgsql AS
$$ DECLARE
  part name;
BEGIN
  FOR part IN SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = CAST(quote_ident(after) AS regclass) AND relname LIKE '%\\_part%' LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part, after || substr(part, char_length(before) + 1));
  END LOOP;
END $$",
    "CREATE OR REPLACE FUNCTION bs_copy_counter(from_table text, to_table text) RETURNS void LANGUAGE sql AS
$$ SELECT setval(new.objid, old.used)
FROM (SELECT max(pg_sequence_last_value(objid)) AS used FROM pg_depend
  WHERE classid = 'pg_class'::regclass AND refobjid = CAST(quote_ident($1) AS regclass) AND deptype = 'i'
    AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'S')) AS old,
  (SELECT objid FROM pg_depend
  WHERE classid = 'pg_class'::regclass AND refobjid = CAST(quote_ident($2) AS regclass) AND deptype = 'i'
    AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'S')) AS new
WHERE old.used IS NOT NULL $$",
    "CREATE OR REPLACE FUNCTION bs_drop_references(given text) RETURNS void LANGUAGE plpgsql AS
$$ DECLARE
  part record;
BEGIN
  FOR part IN SELECT conrelid, conname FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND confrelid = CAST(quote_ident(given) AS regclass) LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', CAST(part.conrelid AS regclass), part.conname);
  END LOOP;
END $$",
];
