//! The SQL functions that the SQLite store registers on every connection: their names, arities and meaning.
//! `compile` emits them, the store implements each one; nothing else may be called by statements.

/// A function, aggregate or collation of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreFunction {
    /// `bs_like(value, pattern)`
    Like,
    /// `bs_ilike(value, pattern)`
    Ilike,
    /// `bs_regex(value, pattern)`
    Regex,
    /// `bs_regex_i(value, pattern)`
    RegexIgnoreCase,
    /// `bs_json_contains(a, b)`
    JsonContains,
    /// `bs_json_overlaps(a, b)`
    JsonOverlaps,
    /// `bs_json_cmp(a, b)`
    JsonCompare,
    /// `bs_json_get(json, key)`
    JsonGet,
    /// `bs_json_text(json, key)`
    JsonText,
    /// `bs_json_key(json)`
    JsonSortKey,
    /// `bs_json_as(json, type)`
    JsonAs,
    /// `bs_json_is(json, type)`
    JsonIs,
    /// `bs_cast(value, type)`
    Cast,
    /// `bs_bytes(blob)`
    Bytes,
    /// `bs_float(real)`
    Float,
    /// `bs_timestamptz(text)`
    Timestamp,
    /// `bs_trim(text)`
    Trim,
    /// `bs_lower(text)`
    Lower,
    /// `bs_starts_with(text, prefix)`
    StartsWith,
    /// `bs_ends_with(text, suffix)`
    EndsWith,
    /// `bs_contains(text, part)`
    Contains,
    /// `bs_add(a, b)`
    Add,
    /// `bs_sub(a, b)`
    Subtract,
    /// `bs_mul(a, b)`
    Multiply,
    /// `bs_div(a, b)`
    Divide,
    /// `bs_rem(a, b)`
    Remainder,
    /// `bs_abs(a)`
    Abs,
    /// `bs_decimal_add(a, b)`
    DecimalAdd,
    /// `bs_time_add(time, micros)`
    TimeAdd,
    /// `bs_micros(time)`
    Micros,
    /// `bs_cursor(json)`
    Cursor,
    /// `bs_json_has_all(json, keys)`
    JsonHasAll,
    /// `bs_json_has_any(json, keys)`
    JsonHasAny,
    /// `bs_json_concat(a, b)`
    JsonConcat,
    /// `bs_json_delete_key(json, key)`
    JsonDeleteKey,
    /// `bs_json_delete_at(json, position)`
    JsonDeleteAt,
    /// `bs_json_delete_path(json, path)`
    JsonDeletePath,
}

/// Aggregates of the store: `decimal_sum(text)` and `decimal_avg(text)`, NULL over nothing.
pub const AGGREGATES: [&str; 2] = [DECIMAL_SUM, DECIMAL_AVG];
/// Exact sum of decimals, as decimal text.
pub const DECIMAL_SUM: &str = "decimal_sum";
/// Mean of decimals, as decimal text.
pub const DECIMAL_AVG: &str = "decimal_avg";
/// Collation that orders decimal text as numbers.
pub const DECIMAL_COLLATION: &str = "decimal";

impl StoreFunction {
    /// Every function.
    pub const ALL: [StoreFunction; 37] = [
        StoreFunction::Like,
        StoreFunction::Ilike,
        StoreFunction::Regex,
        StoreFunction::RegexIgnoreCase,
        StoreFunction::JsonContains,
        StoreFunction::JsonOverlaps,
        StoreFunction::JsonCompare,
        StoreFunction::JsonGet,
        StoreFunction::JsonText,
        StoreFunction::JsonSortKey,
        StoreFunction::JsonAs,
        StoreFunction::JsonIs,
        StoreFunction::Cast,
        StoreFunction::Bytes,
        StoreFunction::Float,
        StoreFunction::Timestamp,
        StoreFunction::Trim,
        StoreFunction::Lower,
        StoreFunction::StartsWith,
        StoreFunction::EndsWith,
        StoreFunction::Contains,
        StoreFunction::Add,
        StoreFunction::Subtract,
        StoreFunction::Multiply,
        StoreFunction::Divide,
        StoreFunction::Remainder,
        StoreFunction::Abs,
        StoreFunction::DecimalAdd,
        StoreFunction::TimeAdd,
        StoreFunction::Micros,
        StoreFunction::Cursor,
        StoreFunction::JsonHasAll,
        StoreFunction::JsonHasAny,
        StoreFunction::JsonConcat,
        StoreFunction::JsonDeleteKey,
        StoreFunction::JsonDeleteAt,
        StoreFunction::JsonDeletePath,
    ];

    /// Name in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().0
    }

    /// Number of arguments.
    #[must_use]
    pub fn arity(self) -> u8 {
        self.spec().1
    }

    /// What it answers. Every function answers NULL when an argument is NULL, unless it says otherwise, and is deterministic.
    #[must_use]
    pub fn doc(self) -> &'static str {
        self.spec().2
    }

    fn spec(self) -> (&'static str, u8, &'static str) {
        match self {
            StoreFunction::Like => ("bs_like", 2, "case-sensitive LIKE with `%`, `_` and `\\`: 1 or 0"),
            StoreFunction::Ilike => ("bs_ilike", 2, "LIKE with Unicode case folding: 1 or 0"),
            StoreFunction::Regex => {
                ("bs_regex", 2, "whether a linear-time regular expression matches anywhere: 1 or 0")
            }
            StoreFunction::RegexIgnoreCase => ("bs_regex_i", 2, "`bs_regex` without regard to case"),
            StoreFunction::JsonContains => ("bs_json_contains", 2, "PostgreSQL's jsonb `@>`: 1 or 0"),
            StoreFunction::JsonOverlaps => ("bs_json_overlaps", 2, "whether two arrays share an element: 1 or 0"),
            StoreFunction::JsonCompare => ("bs_json_cmp", 2, "-1, 0 or 1 in jsonb order; arrays item by item"),
            StoreFunction::JsonGet => (
                "bs_json_get",
                2,
                "member (text key) or item (integer key, from the end when negative) as JSON text, or NULL",
            ),
            StoreFunction::JsonText => (
                "bs_json_text",
                2,
                "like `bs_json_get`, as PostgreSQL's `->>`: a string without quotes, JSON null as NULL",
            ),
            StoreFunction::JsonSortKey => ("bs_json_key", 1, "blob that sorts bytewise in the order of `bs_json_cmp`"),
            StoreFunction::JsonAs => (
                "bs_json_as",
                2,
                "a JSON value as a rule computes with it (`bool`, `int`, `float`, `string`, `timestamp`, `date`, `time`, `any`, or a list of one such as `int[]`); NULL for null and for another type",
            ),
            StoreFunction::JsonIs => (
                "bs_json_is",
                2,
                "whether a JSON value is null or of that type, so that `bs_json_as` is no error: 1 or 0; 1 for NULL",
            ),
            StoreFunction::Cast => {
                ("bs_cast", 2, "a value cast to a PostgreSQL type by name; fails with `SQLSTATE:message`")
            }
            StoreFunction::Bytes => ("bs_bytes", 1, "bytes as `\\x` and hex digits"),
            StoreFunction::Float => ("bs_float", 1, "shortest JSON text of a double"),
            StoreFunction::Timestamp => ("bs_timestamptz", 1, "a stored instant as it goes on the wire"),
            StoreFunction::Trim => ("bs_trim", 1, "without white space at both ends"),
            StoreFunction::Lower => ("bs_lower", 1, "lower case of every script"),
            StoreFunction::StartsWith => ("bs_starts_with", 2, "1 or 0"),
            StoreFunction::EndsWith => ("bs_ends_with", 2, "1 or 0"),
            StoreFunction::Contains => ("bs_contains", 2, "1 or 0"),
            StoreFunction::Add => {
                ("bs_add", 2, "sum of integers or of doubles, NULL when it leaves 64 bits or is not finite")
            }
            StoreFunction::Subtract => ("bs_sub", 2, "difference, else like `bs_add`"),
            StoreFunction::Multiply => ("bs_mul", 2, "product, else like `bs_add`"),
            StoreFunction::Divide => {
                ("bs_div", 2, "quotient, of integers towards zero, else like `bs_add`; NULL for a zero divisor")
            }
            StoreFunction::Remainder => ("bs_rem", 2, "remainder of integers, NULL for a zero divisor and for doubles"),
            StoreFunction::Abs => ("bs_abs", 1, "64-bit or double absolute value, NULL on overflow"),
            StoreFunction::DecimalAdd => ("bs_decimal_add", 2, "exact sum of decimal texts; fails out of range"),
            StoreFunction::TimeAdd => ("bs_time_add", 2, "a stored instant plus microseconds, NULL out of range"),
            StoreFunction::Micros => ("bs_micros", 1, "microseconds of a stored instant since 1970"),
            StoreFunction::Cursor => ("bs_cursor", 1, "the text in base64url, without padding"),
            StoreFunction::JsonHasAll => (
                "bs_json_has_all",
                2,
                "whether each text of a JSON array is a member of an object, a text of an array or the text: 1 or 0",
            ),
            StoreFunction::JsonConcat => (
                "bs_json_concat",
                2,
                "PostgreSQL's jsonb `||`: members of both objects, else items of both as one array",
            ),
            StoreFunction::JsonDeleteKey => ("bs_json_delete_key", 2, "PostgreSQL's jsonb `-` with a text"),
            StoreFunction::JsonDeleteAt => ("bs_json_delete_at", 2, "PostgreSQL's jsonb `-` with a position"),
            StoreFunction::JsonDeletePath => ("bs_json_delete_path", 2, "PostgreSQL's jsonb `#-`"),
            StoreFunction::JsonHasAny => ("bs_json_has_any", 2, "whether one is, else like `bs_json_has_all`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StoreFunction;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct() {
        let names: BTreeSet<_> = StoreFunction::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(names.len(), StoreFunction::ALL.len());
        assert!(StoreFunction::ALL.iter().all(|f| !f.doc().is_empty() && f.arity() > 0));
    }
}
