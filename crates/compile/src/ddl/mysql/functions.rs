//! The text of the functions and procedures. A line that one of the two servers alone can read stands in a comment for it.

/// Makes or replaces each function.
pub(in crate::ddl) const PRELUDE: &[&str] = &[
    // Integers: NULL where the server would raise an error.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_add(a bigint, b bigint) RETURNS bigint DETERMINISTIC NO SQL
RETURN CASE WHEN CAST(a AS DECIMAL(65,0)) + b BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(a AS DECIMAL(65,0)) + b END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_sub(a bigint, b bigint) RETURNS bigint DETERMINISTIC NO SQL
RETURN CASE WHEN CAST(a AS DECIMAL(65,0)) - b BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(a AS DECIMAL(65,0)) - b END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_mul(a bigint, b bigint) RETURNS bigint DETERMINISTIC NO SQL
RETURN CASE WHEN CAST(a AS DECIMAL(65,0)) * b BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(a AS DECIMAL(65,0)) * b END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_div(a bigint, b bigint) RETURNS bigint DETERMINISTIC NO SQL
RETURN CASE WHEN b <> 0 AND NOT (b = -1 AND a = -9223372036854775808) THEN a DIV b END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_rem(a bigint, b bigint) RETURNS bigint DETERMINISTIC NO SQL
RETURN CASE WHEN b = -1 AND a IS NOT NULL THEN 0 WHEN b <> 0 THEN a % b END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_abs(a bigint) RETURNS bigint DETERMINISTIC NO SQL
RETURN CASE WHEN a <> -9223372036854775808 THEN abs(a) END"#,
    // Doubles.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_add_double(a double, b double) RETURNS double DETERMINISTIC NO SQL
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN NULL;
  RETURN a + b;
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_sub_double(a double, b double) RETURNS double DETERMINISTIC NO SQL
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN NULL;
  RETURN a - b;
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_mul_double(a double, b double) RETURNS double DETERMINISTIC NO SQL
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN NULL;
  RETURN a * b;
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_div_double(a double, b double) RETURNS double DETERMINISTIC NO SQL
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN NULL;
  RETURN CASE WHEN b <> 0 THEN a / b END;
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_rem_double(a double, b double) RETURNS double DETERMINISTIC NO SQL
RETURN NULL"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_abs_double(a double) RETURNS double DETERMINISTIC NO SQL
RETURN abs(a)"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_time_add(at datetime(6), micros bigint) RETURNS datetime(6) DETERMINISTIC NO SQL
BEGIN
  DECLARE moved decimal(65,0) DEFAULT timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', at);
  SET moved = moved + micros;
  RETURN CASE WHEN moved BETWEEN -62135596800000000 AND 253402300799999999 THEN
    at + INTERVAL micros DIV 1000000 SECOND + INTERVAL micros % 1000000 MICROSECOND END;
END"#,
    // White space of every script at both ends.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_trim(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
RETURN regexp_replace(value, '\A[\x{9}-\x{D} \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+|[\x{9}-\x{D} \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+\z', '')"#,
    // Letters of ASCII alone.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_lower_ascii(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE letter int DEFAULT 65;
  WHILE letter <= 90 DO
    SET value = replace(value, char(letter + 0 USING utf8mb4), char(letter + 32 USING utf8mb4));
    SET letter = letter + 1;
  END WHILE;
  RETURN value;
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_upper_ascii(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE letter int DEFAULT 65;
  WHILE letter <= 90 DO
    SET value = replace(value, char(letter + 32 USING utf8mb4), char(letter + 0 USING utf8mb4));
    SET letter = letter + 1;
  END WHILE;
  RETURN value;
END"#,
    // A text that is an instant, of UTC where it names no other zone; NULL when it is none.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_instant(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS datetime(6) DETERMINISTIC NO SQL
BEGIN
  DECLARE local datetime(6);
  DECLARE zone varchar(6) CHARACTER SET utf8mb4 DEFAULT regexp_substr(value, '([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$');
  DECLARE minutes int DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN NULL;
  IF value NOT REGEXP '^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?$'
  THEN RETURN NULL; END IF;
  IF value REGEXP '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN RETURN CAST(value AS DATETIME(6)); END IF;
  SET local = CAST(left(value, char_length(value) - char_length(zone)) AS DATETIME(6));
  IF char_length(zone) > 1 THEN
    SET minutes = CAST(substr(zone, 2, 2) AS SIGNED) * 60;
    SET minutes = minutes + CAST(coalesce(nullif(replace(substr(zone, 4), ':', ''), ''), '0') AS SIGNED);
  END IF;
  RETURN local - INTERVAL if(left(zone, 1) = '-', -minutes, minutes) MINUTE;
END"#,
    // A JSON value as the text of a value of a type; NULL for null and for another type.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_item_as(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ty varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE kind varchar(20) CHARACTER SET utf8mb4 DEFAULT json_type(value);
  DECLARE plain longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT json_unquote(value);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN NULL;
  IF value IS NULL OR kind = 'NULL' THEN RETURN NULL; END IF;
  CASE
    WHEN ty = 'any' THEN RETURN value;
    WHEN ty = 'bool' AND kind = 'BOOLEAN' THEN RETURN plain;
    WHEN ty IN ('int', 'duration') AND kind IN ('INTEGER', 'DOUBLE') AND plain REGEXP '^-?[0-9]{1,40}$' THEN
      RETURN CASE WHEN CAST(plain AS DECIMAL(65,0)) BETWEEN -9223372036854775808 AND 9223372036854775807
        THEN CAST(plain AS SIGNED) END;
    WHEN ty = 'float' AND kind IN ('INTEGER', 'DOUBLE') THEN RETURN CAST(plain AS DOUBLE);
    WHEN ty = 'string' AND kind = 'STRING' THEN RETURN plain;
    WHEN ty = 'timestamp' AND kind = 'STRING'
      AND plain REGEXP '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$'
      THEN RETURN bs_instant(plain);
    WHEN ty = 'date' AND kind = 'STRING' AND plain REGEXP '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN RETURN CAST(plain AS DATE);
    WHEN ty = 'time' AND kind = 'STRING' AND plain REGEXP '^[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?$'
      THEN RETURN CAST(plain AS TIME(6));
    ELSE RETURN NULL;
  END CASE;
END"#,
    // The same, and lists of such values as JSON arrays.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_as(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ty varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE at, items int DEFAULT 0;
  DECLARE item, one longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE found longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '[';
  DECLARE item_type varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT left(ty, char_length(ty) - 2);
  IF right(ty, 2) <> '[]' THEN RETURN bs_json_item_as(value, ty); END IF;
  IF coalesce(json_type(value), '') <> 'ARRAY' THEN RETURN NULL; END IF;
  SET items = json_length(value);
  WHILE at < items DO
    SET item = json_extract(value, concat('$[', at, ']'));
    SET one = bs_json_item_as(item, item_type);
    IF one IS NULL AND json_type(item) <> 'NULL' THEN RETURN NULL; END IF;
    IF one IS NULL THEN SET one = 'null';
    ELSEIF item_type IN ('string', 'timestamp', 'date', 'time', 'bytes') THEN SET one = json_quote(one); END IF;
    SET found = concat(found, if(at = 0, '', ','), one);
    SET at = at + 1;
  END WHILE;
  RETURN concat(found, ']');
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_is(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ty varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS boolean DETERMINISTIC NO SQL
RETURN coalesce(json_type(value) = 'NULL' OR bs_json_as(value, ty) IS NOT NULL, TRUE)"#,
    // A text that sorts as the JSON value does: nulls, texts, numbers, truth values, arrays item by item, objects by their size.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_item_key(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
RETURN CASE json_type(value)
  WHEN 'NULL' THEN '0'
  WHEN 'STRING' THEN concat('1', hex(json_unquote(value)), '!')
  WHEN 'INTEGER' THEN concat('2', lpad(CAST(value AS DECIMAL(65,30)) + 10000000000000000000000000000000000, 66, '0'))
  WHEN 'DOUBLE' THEN concat('2', lpad(CAST(value AS DECIMAL(65,30)) + 10000000000000000000000000000000000, 66, '0'))
  WHEN 'BOOLEAN' THEN concat('3', value = 'true')
  WHEN 'ARRAY' THEN concat('4', hex(/*M! json_normalize(value) */ /*!80017 CAST(CAST(value AS JSON) AS CHAR) */), '!')
  WHEN 'OBJECT' THEN
    concat('5', lpad(json_length(value), 8, '0'), hex(/*M! json_normalize(value) */ /*!80017 CAST(CAST(value AS JSON) AS CHAR) */), '!')
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_key(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE at, items int DEFAULT 0;
  DECLARE found longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '4';
  IF coalesce(json_type(value), '') <> 'ARRAY' THEN RETURN bs_json_item_key(value); END IF;
  SET items = json_length(value);
  WHILE at < items DO
    SET found = concat(found, bs_json_item_key(json_extract(value, concat('$[', at, ']'))));
    SET at = at + 1;
  END WHILE;
  RETURN concat(found, '!');
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_cmp(a longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, b longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS int DETERMINISTIC NO SQL
BEGIN
  DECLARE one longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT bs_json_key(a);
  DECLARE other longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT bs_json_key(b);
  RETURN CASE WHEN one < other THEN -1 WHEN one > other THEN 1 WHEN one = other THEN 0 END;
END"#,
    // Refuses the statement.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_refused(state int, message longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS int DETERMINISTIC NO SQL
BEGIN
  SET message = left(message, 120);
  CASE state
    WHEN 1 THEN SIGNAL SQLSTATE '22P02' SET MESSAGE_TEXT = message;
    WHEN 2 THEN SIGNAL SQLSTATE '22003' SET MESSAGE_TEXT = message;
    WHEN 3 THEN SIGNAL SQLSTATE '22007' SET MESSAGE_TEXT = message;
    ELSE SIGNAL SQLSTATE '22023' SET MESSAGE_TEXT = message;
  END CASE;
  RETURN 0;
END"#,
    // A decimal that is written: one that would lose digits is refused.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_decimal(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS decimal(65,30) DETERMINISTIC NO SQL
BEGIN
  DECLARE refused int;
  IF value NOT REGEXP '^-?0*[0-9]{1,35}([.][0-9]{0,30}0*)?$' THEN
    SET refused = bs_refused(2, 'numeric field overflow: 35 digits before the point and 30 after it are kept');
  END IF;
  RETURN CAST(value AS DECIMAL(65,30));
END"#,
    // Text as the text of a value of a type.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_cast(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ty varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE plain longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT trim(value);
  DECLARE number decimal(65,30);
  DECLARE refused int;
  IF value IS NULL OR ty = 'text' THEN RETURN value; END IF;
  IF ty IN ('integer', 'bigint', 'double precision', 'numeric') THEN
    IF plain IN ('true', 'false') THEN RETURN if(plain = 'true', '1', '0'); END IF;
    IF plain NOT REGEXP '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$' THEN
      SET refused = bs_refused(1, concat('invalid input syntax for type ', ty, ': "', value, '"'));
    END IF;
    IF ty IN ('double precision', 'numeric') THEN RETURN plain; END IF;
    SET number = round(CAST(plain AS DECIMAL(65,30)));
    IF ty = 'integer' AND number NOT BETWEEN -2147483648 AND 2147483647
      OR number NOT BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
      SET refused = bs_refused(2, concat(ty, ' out of range'));
    END IF;
    RETURN CAST(number AS SIGNED);
  END IF;
  CASE ty
    WHEN 'boolean' THEN
      IF plain REGEXP '^-?[0-9]+$' THEN RETURN if(CAST(plain AS SIGNED) <> 0, 'true', 'false'); END IF;
      IF lower(plain) IN ('t', 'true', 'y', 'yes', 'on') THEN RETURN 'true'; END IF;
      IF lower(plain) IN ('f', 'false', 'n', 'no', 'off') THEN RETURN 'false'; END IF;
    WHEN 'uuid' THEN
      IF plain REGEXP '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' THEN RETURN lower(plain); END IF;
    WHEN 'json' THEN
      IF json_valid(value) THEN RETURN value; END IF;
    WHEN 'bytea' THEN
      RETURN if(value REGEXP '^[\\]x([0-9a-fA-F]{2})*$', lower(value), concat('\x', lower(hex(value))));
    WHEN 'timestamp with time zone' THEN
      IF bs_instant(plain) IS NOT NULL THEN RETURN bs_instant(plain); END IF;
      SET refused = bs_refused(3, concat('invalid input syntax for type ', ty, ': "', value, '"'));
    WHEN 'date' THEN
      IF bs_instant(left(plain, 10)) IS NOT NULL THEN RETURN left(plain, 10); END IF;
      SET refused = bs_refused(3, concat('invalid input syntax for type ', ty, ': "', value, '"'));
    WHEN 'time' THEN
      IF bs_instant(concat('2000-01-01 ', regexp_substr(plain, '[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?'))) IS NOT NULL THEN
        RETURN regexp_substr(plain, '[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?');
      END IF;
      SET refused = bs_refused(3, concat('invalid input syntax for type ', ty, ': "', value, '"'));
    ELSE RETURN value;
  END CASE;
  SET refused = bs_refused(1, concat('invalid input syntax for type ', ty, ': "', value, '"'));
  RETURN NULL;
END"#,
    // Names in an object, texts in an array, or the text itself.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_has_any(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, named longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS boolean DETERMINISTIC NO SQL
RETURN CASE json_type(value)
  WHEN 'OBJECT' THEN json_overlaps(json_keys(value), named)
  WHEN 'ARRAY' THEN json_overlaps(value, named)
  WHEN 'STRING' THEN json_contains(named, value)
  ELSE if(value IS NULL, NULL, FALSE) END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_has_all(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, named longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS boolean DETERMINISTIC NO SQL
RETURN CASE json_type(value)
  WHEN 'OBJECT' THEN json_contains(json_keys(value), named)
  WHEN 'ARRAY' THEN json_contains(value, named)
  WHEN 'STRING' THEN json_contains(concat('[', value, ']'), named)
  ELSE if(value IS NULL, NULL, json_length(named) = 0) END"#,
    // JSON without blanks.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_tight(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
RETURN /*M! json_compact(value) */ /*!80017 CAST(value AS JSON) */"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_items(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
RETURN if(json_type(value) = 'ARRAY', substr(bs_json_tight(value), 2, char_length(bs_json_tight(value)) - 2), bs_json_tight(value))"#,
    // PostgreSQL's operators on JSON.
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_concat(a longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, b longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE at, items int DEFAULT 0;
  DECLARE path longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  IF a IS NULL OR b IS NULL THEN RETURN NULL; END IF;
  IF json_type(a) = 'OBJECT' AND json_type(b) = 'OBJECT' THEN
    SET items = json_length(b);
    WHILE at < items DO
      SET path = concat('$.', json_extract(json_keys(b), concat('$[', at, ']')));
      SET a = json_set(a, path, json_extract(b, path));
      SET at = at + 1;
    END WHILE;
    RETURN bs_json_tight(a);
  END IF;
  RETURN concat('[', concat_ws(',', nullif(bs_json_items(a), ''), nullif(bs_json_items(b), '')), ']');
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_delete_key(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, name longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE at int DEFAULT json_length(value) - 1;
  DECLARE refused int;
  IF value IS NULL OR name IS NULL THEN RETURN NULL; END IF;
  IF json_type(value) = 'OBJECT' THEN RETURN bs_json_tight(json_remove(value, concat('$.', json_quote(name)))); END IF;
  IF json_type(value) <> 'ARRAY' THEN SET refused = bs_refused(4, 'cannot delete from scalar'); END IF;
  WHILE at >= 0 DO
    IF concat(json_extract(value, concat('$[', at, ']'))) = json_quote(name) THEN
      SET value = json_remove(value, concat('$[', at, ']'));
    END IF;
    SET at = at - 1;
  END WHILE;
  RETURN bs_json_tight(value);
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_delete_at(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, position bigint) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE refused int;
  IF value IS NULL OR position IS NULL THEN RETURN NULL; END IF;
  IF json_type(value) = 'OBJECT' THEN
    SET refused = bs_refused(4, 'cannot delete from object using integer index');
  ELSEIF json_type(value) <> 'ARRAY' THEN
    SET refused = bs_refused(4, 'cannot delete from scalar');
  END IF;
  IF position < 0 THEN SET position = json_length(value) + position; END IF;
  IF position < 0 OR position >= json_length(value) THEN RETURN value; END IF;
  RETURN bs_json_tight(json_remove(value, concat('$[', position, ']')));
END"#,
    r#"CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ bs_json_delete_path(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, steps longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL
BEGIN
  DECLARE at, items, position int DEFAULT 0;
  DECLARE path longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '$';
  DECLARE step, inner_value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE refused int;
  IF value IS NULL OR steps IS NULL THEN RETURN NULL; END IF;
  IF json_type(value) NOT IN ('OBJECT', 'ARRAY') THEN SET refused = bs_refused(4, 'cannot delete path in scalar'); END IF;
  SET items = json_length(steps);
  IF items = 0 THEN RETURN value; END IF;
  WHILE at < items DO
    SET step = json_unquote(json_extract(steps, concat('$[', at, ']')));
    SET inner_value = json_extract(value, path);
    IF coalesce(json_type(inner_value), '') = 'OBJECT' THEN
      SET path = concat(path, '.', json_quote(step));
    ELSEIF coalesce(json_type(inner_value), '') = 'ARRAY' AND step REGEXP '^-?[0-9]{1,9}$' THEN
      SET position = CAST(step AS SIGNED);
      IF position < 0 THEN SET position = json_length(inner_value) + position; END IF;
      IF position < 0 THEN RETURN value; END IF;
      SET path = concat(path, '[', position, ']');
    ELSEIF coalesce(json_type(inner_value), '') = 'ARRAY' THEN
      SET refused = bs_refused(1, concat('path element at position ', at + 1, ' is not an integer: "', step, '"'));
    ELSE
      RETURN value;
    END IF;
    SET at = at + 1;
  END WHILE;
  RETURN if(json_extract(value, path) IS NULL, value, bs_json_tight(json_remove(value, path)));
END"#,
    // Steps of a change of structure. Each may be run again when it was broken off.
    r#"CREATE /*M! OR REPLACE */ PROCEDURE /*!80029 IF NOT EXISTS */ bs_set_aside(given varchar(64) CHARACTER SET utf8mb4, aside varchar(64) CHARACTER SET utf8mb4)
BEGIN
  IF (SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = given) = 1
    AND (SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = aside) = 0 THEN
    SET @bs_text = concat('RENAME TABLE ', concat('`', replace(given, '`', '``'), '`'), ' TO ', concat('`', replace(aside, '`', '``'), '`'));
    PREPARE bs_statement FROM @bs_text;
    EXECUTE bs_statement;
    DEALLOCATE PREPARE bs_statement;
  END IF;
END"#,
    r#"CREATE /*M! OR REPLACE */ PROCEDURE /*!80029 IF NOT EXISTS */ bs_copy_counter(from_table varchar(64) CHARACTER SET utf8mb4, to_table varchar(64) CHARACTER SET utf8mb4)
BEGIN
  DECLARE counter bigint unsigned;
  SELECT max(auto_increment) INTO counter FROM information_schema.tables
    WHERE table_schema = database() AND table_name = from_table;
  IF counter IS NOT NULL THEN
    SET @bs_text = concat('ALTER TABLE ', concat('`', replace(to_table, '`', '``'), '`'), ' AUTO_INCREMENT = ', counter);
    PREPARE bs_statement FROM @bs_text;
    EXECUTE bs_statement;
    DEALLOCATE PREPARE bs_statement;
  END IF;
END"#,
    r#"CREATE /*M! OR REPLACE */ PROCEDURE /*!80029 IF NOT EXISTS */ bs_drop_references(given varchar(64) CHARACTER SET utf8mb4)
BEGIN
  DECLARE of_table, of_name varchar(64) CHARACTER SET utf8mb4;
  DECLARE ended boolean DEFAULT FALSE;
  DECLARE found CURSOR FOR SELECT table_name, constraint_name FROM information_schema.referential_constraints
    WHERE constraint_schema = database() AND referenced_table_name = given;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET ended = TRUE;
  OPEN found;
  FETCH found INTO of_table, of_name;
  WHILE NOT ended DO
    SET @bs_text = concat('ALTER TABLE ', concat('`', replace(of_table, '`', '``'), '`'), ' DROP FOREIGN KEY ', concat('`', replace(of_name, '`', '``'), '`'));
    PREPARE bs_statement FROM @bs_text;
    EXECUTE bs_statement;
    DEALLOCATE PREPARE bs_statement;
    FETCH found INTO of_table, of_name;
  END WHILE;
  CLOSE found;
END"#,
    r#"CREATE /*M! OR REPLACE */ PROCEDURE /*!80029 IF NOT EXISTS */ bs_drop_index(given varchar(64) CHARACTER SET utf8mb4)
BEGIN
  DECLARE of_table, of_name varchar(64) CHARACTER SET utf8mb4;
  DECLARE ended boolean DEFAULT FALSE;
  DECLARE found CURSOR FOR SELECT DISTINCT table_name, concat('bs_only_', given) FROM information_schema.statistics
    WHERE table_schema = database() AND index_name = given;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET ended = TRUE;
  OPEN found;
  FETCH found INTO of_table, of_name;
  WHILE NOT ended DO
    SET @bs_text = concat('ALTER TABLE ', concat('`', replace(of_table, '`', '``'), '`'), ' DROP INDEX ', concat('`', replace(given, '`', '``'), '`'),
      if((SELECT count(*) FROM information_schema.columns WHERE table_schema = database() AND table_name = of_table
        AND column_name = of_name) = 1, concat(', DROP COLUMN ', concat('`', replace(of_name, '`', '``'), '`')), ''));
    PREPARE bs_statement FROM @bs_text;
    EXECUTE bs_statement;
    DEALLOCATE PREPARE bs_statement;
    FETCH found INTO of_table, of_name;
  END WHILE;
  CLOSE found;
END"#,
];
