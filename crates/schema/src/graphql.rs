//! Names of the GraphQL API that a schema implies. In: a relation's name. Out: the names of its root fields and types.
//! Knows no roles: what a caller may not use is left out later, under the same names.

use crate::model::{Model, Scalar, Schema, Unique};
use std::borrow::Cow;

/// Root fields that a model gives, for reading and for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// `posts(where, order_by, …)`: rows.
    Select,
    /// `posts_by_pk(id)`: one row.
    ByPk,
    /// `posts_aggregate(where, …)`: counts and sums, and the rows they are about.
    Aggregate,
    /// `posts_connection(first, after, …)`: rows by cursor.
    Connection,
    /// `insert_posts(objects)`
    Insert,
    /// `insert_posts_one(object)`
    InsertOne,
    /// `update_posts(where, _set, …)`
    Update,
    /// `update_posts_by_pk(pk_columns, _set, …)`
    UpdateByPk,
    /// `update_posts_many(updates)`
    UpdateMany,
    /// `delete_posts(where)`
    Delete,
    /// `delete_posts_by_pk(id)`
    DeleteByPk,
}

impl Root {
    /// Fields of `Query`.
    pub const QUERIES: [Root; 4] = [Root::Select, Root::ByPk, Root::Aggregate, Root::Connection];
    /// Fields of `Mutation`.
    pub const MUTATIONS: [Root; 7] = [
        Root::Insert,
        Root::InsertOne,
        Root::Update,
        Root::UpdateByPk,
        Root::UpdateMany,
        Root::Delete,
        Root::DeleteByPk,
    ];

    /// The field's name for the relation that GraphQL calls `base`.
    #[must_use]
    pub fn name(self, base: &str) -> String {
        let (before, after) = match self {
            Root::Select => ("", ""),
            Root::ByPk => ("", "_by_pk"),
            Root::Aggregate => ("", "_aggregate"),
            Root::Connection => ("", "_connection"),
            Root::Insert => ("insert_", ""),
            Root::InsertOne => ("insert_", "_one"),
            Root::Update => ("update_", ""),
            Root::UpdateByPk => ("update_", "_by_pk"),
            Root::UpdateMany => ("update_", "_many"),
            Root::Delete => ("delete_", ""),
            Root::DeleteByPk => ("delete_", "_by_pk"),
        };
        format!("{before}{base}{after}")
    }

    /// Whether the field names a row by its primary key.
    #[must_use]
    pub fn is_by_key(self) -> bool {
        match self {
            Root::ByPk | Root::UpdateByPk | Root::DeleteByPk => true,
            Root::Select
            | Root::Aggregate
            | Root::Connection
            | Root::Insert
            | Root::InsertOne
            | Root::Update
            | Root::UpdateMany
            | Root::Delete => false,
        }
    }
}

macro_rules! type_kinds {
    ($($kind:ident = $suffix:literal, $what:literal;)*) => {
        /// Types that a model gives besides its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TypeKind {
            $(#[doc = $what] $kind,)*
        }

        impl TypeKind {
            /// Every kind.
            pub const ALL: &[TypeKind] = &[$(TypeKind::$kind),*];

            /// The type's name for the relation that GraphQL calls `base`.
            #[must_use]
            pub fn name(self, base: &str) -> String {
                let suffix = match self { $(TypeKind::$kind => $suffix,)* };
                format!("{base}_{suffix}")
            }
        }
    };
}

type_kinds! {
    Aggregate = "aggregate", "Aggregates and the rows they are about.";
    AggregateFields = "aggregate_fields", "The aggregates.";
    AvgFields = "avg_fields", "Averages, by column.";
    SumFields = "sum_fields", "Sums, by column.";
    MinFields = "min_fields", "Smallest values, by column.";
    MaxFields = "max_fields", "Largest values, by column.";
    Connection = "connection", "Rows with cursors.";
    Edge = "edge", "A row with its cursor.";
    BoolExp = "bool_exp", "Which rows.";
    AggregateBoolExp = "aggregate_bool_exp", "Which rows, by an aggregate of those that hang on them.";
    AggregateBoolExpCount = "aggregate_bool_exp_count", "Which rows, by the number of those that hang on them.";
    OrderBy = "order_by", "In which order.";
    AggregateOrderBy = "aggregate_order_by", "In which order, by an aggregate of the rows that hang on a row.";
    SelectColumn = "select_column", "Columns that may be read.";
    InsertInput = "insert_input", "A row to insert.";
    ObjRelInsertInput = "obj_rel_insert_input", "A row to insert before the one that refers to it.";
    ArrRelInsertInput = "arr_rel_insert_input", "Rows to insert after the one that they refer to.";
    OnConflict = "on_conflict", "What to do when a row is there already.";
    Constraint = "constraint", "Unique constraints.";
    UpdateColumn = "update_column", "Columns that may be changed.";
    SetInput = "set_input", "Values to set.";
    IncInput = "inc_input", "Numbers to add.";
    AppendInput = "append_input", "JSON to add at the end.";
    PrependInput = "prepend_input", "JSON to add at the start.";
    DeleteKeyInput = "delete_key_input", "Members to remove from JSON.";
    DeleteElemInput = "delete_elem_input", "Elements to remove from JSON.";
    DeleteAtPathInput = "delete_at_path_input", "Paths to remove from JSON.";
    PkColumnsInput = "pk_columns_input", "The primary key of a row.";
    Updates = "updates", "One of several changes.";
    MutationResponse = "mutation_response", "How many rows were written, and the rows.";
}

/// Types that every GraphQL API has, whatever the schema.
pub const FIXED_TYPES: &[&str] = &[
    "Query",
    "Mutation",
    "subscription_root",
    "order_by",
    "cursor_ordering",
    "PageInfo",
    "search_mode",
    "search_input",
    "jsonb_cast_exp",
    "_Any",
    "_Entity",
    "_Service",
    "federation__FieldSet",
    "link__Import",
];

/// Root fields that every GraphQL API may have, whatever the schema.
pub const FIXED_ROOTS: &[&str] = &["_service", "_entities", "node"];

/// Members of a filter that are no column and no relation.
pub const LOGIC: [&str; 3] = ["_and", "_or", "_not"];

/// Text as a name that GraphQL allows: other characters become `_`, and the start is one letter or `_`.
#[must_use]
pub fn name_of(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let starts = text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) && !text.starts_with("__");
    if starts && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let replaced: String = text.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let trimmed = replaced.trim_start_matches('_');
    if trimmed.len() == replaced.len() && !replaced.starts_with(|c: char| c.is_ascii_digit()) {
        Cow::Owned(replaced)
    } else {
        Cow::Owned(format!("_{trimmed}"))
    }
}

/// What GraphQL calls a relation.
#[must_use]
pub fn base(model: &Model) -> Cow<'_, str> {
    name_of(&model.table)
}

/// The constraint that stands for the primary key.
#[must_use]
pub fn key_constraint(model: &Model) -> String {
    format!("{}_pkey", base(model))
}

/// What GraphQL calls a unique constraint.
#[must_use]
pub fn constraint(unique: &Unique) -> Cow<'_, str> {
    name_of(&unique.name)
}

/// The aggregate beside a to-many relation.
#[must_use]
pub fn relation_aggregate(relation: &str) -> String {
    format!("{relation}_aggregate")
}

/// Name of a scalar as the schema's author writes it.
#[must_use]
pub fn scalar_name(schema: &Schema, scalar: Scalar) -> &str {
    match scalar {
        Scalar::Int => "Int",
        Scalar::Float => "Float",
        Scalar::Boolean => "Boolean",
        Scalar::String => "String",
        Scalar::Id => "ID",
        Scalar::BigInt => "BigInt",
        Scalar::Decimal => "Decimal",
        Scalar::Uuid => "UUID",
        Scalar::DateTime => "DateTime",
        Scalar::Date => "Date",
        Scalar::Time => "Time",
        Scalar::Bytes => "Bytes",
        Scalar::Json => "JSON",
        Scalar::Email => "Email",
        Scalar::Url => "URL",
        Scalar::Phone => "Phone",
        Scalar::Enum(id) => schema.enums.get(usize::from(id.0)).map_or("String", |declared| &declared.name),
        Scalar::Object(id) => schema.objects.get(usize::from(id.0)).map_or("JSON", |object| &object.name),
    }
}

/// The filter on a value, or on a list of values.
#[must_use]
pub fn comparison(scalar: &str, list: bool) -> String {
    if list { format!("{scalar}_array_comparison_exp") } else { format!("{scalar}_comparison_exp") }
}

/// The filter on text that is in a full-text index.
#[must_use]
pub fn searchable_comparison(scalar: &str) -> String {
    format!("{scalar}_searchable_comparison_exp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_graphql_allows() {
        for (text, name) in [
            ("posts", "posts"),
            ("_posts", "_posts"),
            ("blog-posts", "blog_posts"),
            ("2fa codes", "_2fa_codes"),
            ("__x", "_x"),
            ("naïve", "na_ve"),
            ("日本", "_"),
            ("Posts2", "Posts2"),
        ] {
            assert_eq!(name_of(text), name, "{text}");
        }
    }

    #[test]
    fn roots() {
        let names: Vec<String> = Root::QUERIES.iter().chain(&Root::MUTATIONS).map(|root| root.name("posts")).collect();
        assert_eq!(
            names,
            [
                "posts",
                "posts_by_pk",
                "posts_aggregate",
                "posts_connection",
                "insert_posts",
                "insert_posts_one",
                "update_posts",
                "update_posts_by_pk",
                "update_posts_many",
                "delete_posts",
                "delete_posts_by_pk",
            ]
        );
    }
}
