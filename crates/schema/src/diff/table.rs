//! What changes in one table that stays: columns that can be added as they are, or a rebuild that says why.

use super::catalog::{Column, Index, Table, Type, is_column};
use super::change::{Change, Copy, Reason, Source};
use crate::model::{DefaultValue, Field, Model};

/// What has to be done to a table.
pub(super) struct TableDiff {
    /// Steps, without those of indexes.
    pub(super) changes: Vec<Change>,
    /// Whether the table is made anew, with its indexes.
    pub(super) rebuilt: bool,
}

/// Compares a table after renames with what the schema wants.
pub(super) fn of_table(model: &Model, was: &Table, table: &Table) -> TableDiff {
    let mut because = Vec::new();
    let mut additions = Vec::new();
    for column in &table.columns {
        match was.column(&column.name) {
            Some(before) => changed(&table.name, before, column, default_of(model, column), &mut because),
            None if default_of(model, column).is_none() && can_be_added(table, column) => additions.push(column),
            None => because.push(added(&table.name, column, default_of(model, column))),
        }
    }
    for column in was.columns.iter().filter(|column| table.column(&column.name).is_none()) {
        because.push(dropped(&table.name, column));
    }
    constraints(was, table, &additions, &mut because);
    if because.is_empty() {
        let add = |column: &&Column| Change::AddColumn { table: table.name.clone(), column: column.name.clone() };
        return TableDiff { changes: additions.iter().map(add).collect(), rebuilt: false };
    }
    let added = additions.iter().map(|column| safe(format!("add column {}", column.name)));
    let because = added.chain(because).collect();
    let fields = model.fields.iter().filter(|field| is_column(field) && field.computed.is_none());
    let copy = fields.filter_map(|field| copy_of(was, table, field)).collect();
    TableDiff { changes: vec![Change::RebuildTable { table: table.name.clone(), copy, because }], rebuilt: true }
}

fn safe(text: String) -> Reason {
    Reason { text, loses: None }
}

fn default_of<'a>(model: &'a Model, column: &Column) -> Option<&'a DefaultValue> {
    let field = model.fields.iter().find(|field| field.column == column.name)?;
    field.default.as_ref().filter(|default| fills(default))
}

/// Whether a default can be given to rows that are there already.
fn fills(default: &DefaultValue) -> bool {
    match default {
        DefaultValue::Constant(value) => !value.is_null(),
        DefaultValue::Now | DefaultValue::UuidV4 | DefaultValue::UuidV7 | DefaultValue::Ulid => true,
        DefaultValue::Increment | DefaultValue::AuthUid => false,
    }
}

/// Whether `ALTER TABLE … ADD COLUMN` can add it: nullable, not generated, in no key or unique constraint, and in no foreign
/// key of several columns.
fn can_be_added(table: &Table, column: &Column) -> bool {
    let name = &column.name;
    let in_unique = table.uniques.iter().any(|unique| unique.columns.iter().any(|(column, _)| column == name));
    let in_long_key = table.foreign_keys.iter().any(|key| key.columns.len() > 1 && key.columns.contains(name));
    !column.required && column.generated.is_none() && !table.key.contains(name) && !in_unique && !in_long_key
}

fn added(table: &str, column: &Column, default: Option<&DefaultValue>) -> Reason {
    let name = &column.name;
    match default {
        Some(_) => safe(format!("add column {name}, filled with its default")),
        None if !column.required => safe(format!("add column {name}")),
        None => Reason {
            text: format!("add required column {name}"),
            loses: Some(format!("nothing if {table} is empty; else it is refused, because {name} has no default")),
        },
    }
}

fn dropped(table: &str, column: &Column) -> Reason {
    let loses = column.generated.is_none().then(|| format!("the values of {table}.{}", column.name));
    Reason { text: format!("drop column {}", column.name), loses }
}

fn changed(table: &str, was: &Column, column: &Column, default: Option<&DefaultValue>, because: &mut Vec<Reason>) {
    let name = &column.name;
    if was.generated != column.generated {
        let text = format!("change how {name} is computed");
        let is_lost = was.generated.is_none() && column.generated.is_some();
        because.push(Reason { text, loses: is_lost.then(|| format!("the stored values of {table}.{name}")) });
    }
    if (was.ty, was.list) != (column.ty, column.list) {
        let text = format!("change {name} from {} to {}", type_text(was), type_text(column));
        let loses = (!widens(was, column)).then(|| match (was.list, column.list) {
            (true, false) => format!("all items of {table}.{name} but the first, and values that do not convert"),
            (true, true) | (false, _) => format!("values of {table}.{name} that do not convert"),
        });
        because.push(Reason { text, loses });
    }
    if was.db_types != column.db_types {
        because.push(Reason {
            text: format!("change the database type of {name}"),
            loses: Some(format!("values of {table}.{name} that do not convert")),
        });
    }
    match (was.required, column.required) {
        (true, false) => because.push(safe(format!("let {name} be null"))),
        (false, true) if default.is_some() => {
            because.push(safe(format!("require {name}, with its default in place of null")));
        }
        (false, true) => because.push(Reason {
            text: format!("require {name}"),
            loses: Some(format!("nothing, unless rows of {table} have no {name}: then it is refused")),
        }),
        (true, true) | (false, false) => {}
    }
    values(table, was, column, because);
    if was.checks != column.checks {
        because.push(safe(format!("change the checks of {name}")));
    }
}

fn values(table: &str, was: &Column, column: &Column, because: &mut Vec<Reason>) {
    let name = &column.name;
    let missing = |from: &Column, other: &Column| -> Vec<String> {
        from.values.iter().filter(|value| !other.values.contains(value)).cloned().collect()
    };
    match (was.values.is_empty(), column.values.is_empty()) {
        (true, true) => {}
        (false, true) => because.push(safe(format!("let {name} hold any text"))),
        (true, false) => because.push(Reason {
            text: format!("limit {name} to {}", column.values.join(", ")),
            loses: Some(format!("nothing, unless rows of {table} hold another {name}: then it is refused")),
        }),
        (false, false) => {
            let (added, removed) = (missing(column, was), missing(was, column));
            if !added.is_empty() {
                because.push(safe(format!("let {name} be {}", added.join(", "))));
            }
            if !removed.is_empty() {
                because.push(Reason {
                    text: format!("stop {name} from being {}", removed.join(", ")),
                    loses: Some(format!("nothing, unless rows of {table} hold such a {name}: then it is refused")),
                });
            }
        }
    }
}

/// Whether every value of the old type is one of the new type.
fn widens(was: &Column, column: &Column) -> bool {
    if was.list || column.list {
        return column.ty == Type::Json && !column.list;
    }
    match (was.ty, column.ty) {
        (Type::Int, Type::BigInt | Type::Float | Type::Decimal) | (Type::BigInt | Type::Float, Type::Decimal) => true,
        (_, Type::Text) => column.values.is_empty() && was.ty != Type::Bytes,
        (from, to) => from == to,
    }
}

fn type_text(column: &Column) -> String {
    let name = if column.values.is_empty() { format!("{:?}", column.ty) } else { "an enum".to_owned() };
    if column.list { format!("[{name}]") } else { name }
}

/// Keys, unique constraints, foreign keys and checks of the table.
fn constraints(was: &Table, table: &Table, additions: &[&Column], because: &mut Vec<Reason>) {
    let is_added = |name: &String| additions.iter().any(|column| column.name == *name);
    if was.key != table.key || was.counts != table.counts {
        because.push(Reason {
            text: format!("change the primary key to {}", table.key.join(", ")),
            loses: Some(format!(
                "nothing, unless rows of {} are equal in it or lack it: then it is refused",
                table.name
            )),
        });
    }
    for unique in table.uniques.iter().filter(|unique| !was.uniques.contains(unique)) {
        let is_renamed = was.uniques.iter().any(|other| other.columns == unique.columns);
        let columns = columns_text(unique);
        let loses = (!is_renamed)
            .then(|| format!("nothing, unless rows of {} are equal in {columns}: then it is refused", table.name));
        let verb = if is_renamed { "rename the unique constraint of" } else { "make unique:" };
        because.push(Reason { text: format!("{verb} {columns}"), loses });
    }
    for unique in &was.uniques {
        if !table.uniques.iter().any(|other| other.columns == unique.columns) {
            because.push(safe(format!("let {} repeat", columns_text(unique))));
        }
    }
    for key in table.foreign_keys.iter().filter(|key| !was.foreign_keys.contains(key)) {
        if !key.columns.iter().all(is_added) {
            because.push(safe(format!("make {} refer to {}", key.columns.join(", "), key.table)));
        }
    }
    for key in &was.foreign_keys {
        if !table.foreign_keys.iter().any(|other| other.columns == key.columns) {
            because.push(safe(format!("let {} refer to nothing", key.columns.join(", "))));
        }
    }
    if was.partition != table.partition {
        because.push(safe(match &table.partition {
            None => "put its partitions together".to_owned(),
            Some(of) => format!("divide it into {} partitions by {}", of.count, of.columns.join(", ")),
        }));
    }
    if was.checks != table.checks {
        because.push(safe("change the checks of rows".to_owned()));
    }
}

fn columns_text(index: &Index) -> String {
    index.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Where the values of a field come from when its table is made anew.
fn copy_of(was: &Table, table: &Table, field: &Field) -> Option<Copy> {
    let column = table.column(&field.column)?;
    let default = field.default.clone().filter(fills);
    let from = match (was.column(&field.column), default) {
        (Some(before), default) => {
            let (from, to) = ((before.ty, before.list), (column.ty, column.list));
            Source::Column {
                name: before.name.clone(),
                convert: (from != to).then_some((from, to)),
                instead_of_null: default.filter(|_| column.required && !before.required),
            }
        }
        (None, Some(default)) => Source::Default(default),
        (None, None) => Source::Null,
    };
    Some(Copy { column: field.column.clone(), from })
}
