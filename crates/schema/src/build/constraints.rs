//! What limits or orders the rows of a model: unique constraints, indexes, row checks, full-text search.

use std::collections::HashSet;

use super::relations::{Plan, Role};
use super::{Context, find_field, unchecked};
use crate::Whose;
use crate::declare::{FieldDecl, TypeDecl};
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::model::{FieldId, Index, Model, RowCheck, Scalar, Schema, SearchIndex, SortDirection, Unique};
use crate::report::Report;
use crate::system::reserved;

/// Access methods that some database has.
const METHODS: [&str; 6] = ["btree", "hash", "gin", "gist", "spgist", "brin"];

/// Adds the constraints of every model.
pub(super) fn add(context: &mut Context<'_>, schema: &mut Schema, plan: &Plan) {
    let Context { models: decls, report, whose, .. } = context;
    for (model, decl) in schema.models.iter_mut().zip(decls.iter()) {
        field_constraints(model, decl, report);
        type_constraints(model, decl, report);
        model.search = search(model, decl, report);
        for check in decl.directives("check") {
            let Some(rule) = check.text("expr") else { continue };
            let name = format!("{}_check{}", model.table, model.checks.len().saturating_add(1));
            let message = check.text("message").map(|(message, _)| message.to_owned());
            model.checks.push(RowCheck { name, rule: unchecked(rule), message });
        }
    }
    for relation in &plan.fields {
        let Role::Owner(owner) = &relation.role else { continue };
        let Some(model) = schema.models.get_mut(usize::from(relation.model.0)) else { continue };
        let columns: Vec<FieldId> = owner
            .columns
            .iter()
            .filter_map(|(name, _)| model.fields.iter().find(|field| field.name == *name).map(|field| field.id))
            .collect();
        let known = |list: &[FieldId]| list.len() == columns.len() && list.iter().all(|id| columns.contains(id));
        let covered = known(&model.key) || model.uniques.iter().any(|unique| known(&unique.fields));
        if owner.unique && !covered && columns.len() == owner.columns.len() {
            let name = constraint_name(model, &columns, "key");
            model.uniques.push(Unique { name, fields: columns, filter: None });
        } else if decls[usize::from(relation.model.0)].fields.get(relation.at).is_some_and(|field| field.has("index")) {
            let name = constraint_name(model, &columns, "idx");
            let fields = columns.into_iter().map(|id| (id, SortDirection::Ascending)).collect();
            model.indexes.push(Index { name, fields, unique: false, filter: None, using: None });
        }
    }
    if *whose == Whose::Application {
        refuse_reserved_names(schema, report);
    }
    refuse_same_names(schema, report);
}

/// `<table>_<columns>_<suffix>`.
fn constraint_name(model: &Model, columns: &[FieldId], suffix: &str) -> String {
    let names: Vec<&str> = columns
        .iter()
        .filter_map(|id| model.fields.get(usize::from(id.0)))
        .map(|field| field.column.as_str())
        .collect();
    format!("{}_{}_{suffix}", model.table, names.join("_"))
}

fn field_constraints(model: &mut Model, decl: &TypeDecl, report: &mut Report) {
    for field in &decl.fields {
        let Some(id) = model.fields.iter().find(|column| column.name == field.name).map(|column| column.id) else {
            continue;
        };
        let uniques: Vec<&Applied> = field.directives.iter().filter(|applied| applied.name == "unique").collect();
        let mut first = true;
        for applied in uniques {
            if !std::mem::take(&mut first) {
                report.error("duplicate-directive", applied.span, "`@unique` stands here twice");
                continue;
            }
            if !fits_field(applied, field, report) {
                continue;
            }
            add_unique(model, applied, vec![id], report);
        }
        for applied in field.directives.iter().filter(|applied| applied.name == "index") {
            if fits_field(applied, field, report) {
                add_index(model, applied, vec![(id, SortDirection::Ascending)], report);
            }
        }
    }
}

/// On a field, a constraint names no fields, and the field can be compared.
fn fits_field(applied: &Applied, field: &FieldDecl, report: &mut Report) -> bool {
    if let Some(value) = applied.get("fields") {
        let message = format!("on a field, `@{}` takes no `fields`", applied.name);
        report.error_help("argument-location", value.span, message, "put the directive on the type".to_owned());
        return false;
    }
    if field.ty.list_depth > 0 && applied.name == "unique" {
        let message = format!("a list cannot be unique: `{}`", field.name);
        report.error("directive-type", applied.span, message);
        return false;
    }
    true
}

fn type_constraints(model: &mut Model, decl: &TypeDecl, report: &mut Report) {
    for applied in decl.directives("unique") {
        let Some(names) = needs_fields(applied, report) else { continue };
        let found: Vec<FieldId> =
            names.iter().filter_map(|(name, span)| find_field(model, name, *span, report)).collect();
        if found.len() == names.len() && !repeats(&found, applied, report) {
            add_unique(model, applied, found, report);
        }
    }
    for applied in decl.directives("index") {
        let Some(names) = needs_fields(applied, report) else { continue };
        let found: Vec<(FieldId, SortDirection)> =
            names.iter().filter_map(|(text, span)| directed(model, text, *span, report)).collect();
        let ids: Vec<FieldId> = found.iter().map(|(id, _)| *id).collect();
        if found.len() == names.len() && !repeats(&ids, applied, report) {
            add_index(model, applied, found, report);
        }
    }
}

fn needs_fields<'a>(applied: &'a Applied, report: &mut Report) -> Option<Vec<(&'a str, Span)>> {
    let fields = applied.texts("fields").filter(|fields| !fields.is_empty());
    if fields.is_none() {
        let message = format!("on a type, `@{}` needs the argument `fields`", applied.name);
        report.error("missing-argument", applied.span, message);
    }
    fields
}

fn repeats(ids: &[FieldId], applied: &Applied, report: &mut Report) -> bool {
    let twice = ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id));
    if twice {
        report.error("repeated-field", applied.span, format!("`@{}` names a field twice", applied.name));
    }
    twice
}

/// `"b desc"`: a field and its direction.
fn directed(model: &Model, text: &str, span: Span, report: &mut Report) -> Option<(FieldId, SortDirection)> {
    let mut words = text.split_whitespace();
    let id = find_field(model, words.next().unwrap_or_default(), span, report)?;
    let direction = match words.next() {
        None | Some("asc") => SortDirection::Ascending,
        Some("desc") => SortDirection::Descending,
        Some(other) => {
            let message = format!("`{other}` is not a direction");
            report.error_help("invalid-argument", span, message, "write `asc` or `desc`".to_owned());
            return None;
        }
    };
    if let Some(rest) = words.next() {
        report.error("invalid-argument", span, format!("`{rest}` has no place here"));
        return None;
    }
    Some((id, direction))
}

fn add_unique(model: &mut Model, applied: &Applied, fields: Vec<FieldId>, report: &mut Report) {
    comparable(model, &fields, applied, report);
    let name = given_name(applied, report).unwrap_or_else(|| constraint_name(model, &fields, "key"));
    model.uniques.push(Unique { name, fields, filter: applied.text("where").map(unchecked) });
}

fn add_index(model: &mut Model, applied: &Applied, fields: Vec<(FieldId, SortDirection)>, report: &mut Report) {
    let ids: Vec<FieldId> = fields.iter().map(|(id, _)| *id).collect();
    let using = applied.text("using").map(|(method, span)| {
        if !METHODS.contains(&method) {
            let message = format!("`{method}` is not an access method; it may be {}", METHODS.join(", "));
            report.error_help("invalid-argument", span, message, crate::report::did_you_mean(method, METHODS));
        }
        method.to_owned()
    });
    if using.is_none() {
        comparable(model, &ids, applied, report);
    }
    let name = given_name(applied, report).unwrap_or_else(|| constraint_name(model, &ids, "idx"));
    let unique = applied.flag("unique", false);
    model.indexes.push(Index { name, fields, unique, filter: applied.text("where").map(unchecked), using });
}

fn given_name(applied: &Applied, report: &mut Report) -> Option<String> {
    let (name, span) = applied.text("name")?;
    if name.is_empty() || name.len() > 63 {
        report.error("invalid-name", span, "a constraint name has 1 to 63 bytes");
    }
    Some(name.to_owned())
}

fn comparable(model: &Model, fields: &[FieldId], applied: &Applied, report: &mut Report) {
    for field in fields.iter().filter_map(|id| model.fields.get(usize::from(id.0))) {
        if matches!(field.ty.scalar, Scalar::Json | Scalar::Object(_)) {
            let message = format!("`@{}` cannot compare the JSON of `{}`", applied.name, field.name);
            report.error("directive-type", applied.span, message);
        }
        if matches!(field.computed, Some(crate::model::Computed::Function(_))) {
            let message = format!("`@{}` cannot rest on `{}`, which a function computes", applied.name, field.name);
            report.error("conflicting-directives", applied.span, message);
        }
    }
}

fn search(model: &Model, decl: &TypeDecl, report: &mut Report) -> Option<SearchIndex> {
    let mut fields: Vec<(FieldId, f64)> = Vec::new();
    let mut language: Option<String> = None;
    let on_type = decl.directive("searchable");
    if let Some(applied) = on_type {
        let names = needs_fields(applied, report)?;
        let weights = applied.items("weights").unwrap_or_default();
        if !weights.is_empty() && weights.len() != names.len() {
            let message = format!("`@searchable` has {} weight(s) for {} field(s)", weights.len(), names.len());
            report.error("invalid-argument", applied.span, message);
        }
        for (at, (name, span)) in names.iter().enumerate() {
            let Some(id) = find_field(model, name, *span, report) else { continue };
            fields.push((id, weight(weights.get(at).copied(), report)));
            searchable_type(model, id, *span, report);
        }
        language = applied.text("lang").map(|(lang, _)| lang.to_owned());
    }
    for field in &decl.fields {
        let Some(applied) = field.directive("searchable") else { continue };
        if let Some(value) = applied.get("fields") {
            report.error("argument-location", value.span, "on a field, `@searchable` takes no `fields`");
        }
        let Some(id) = model.fields.iter().find(|column| column.name == field.name).map(|column| column.id) else {
            continue;
        };
        searchable_type(model, id, applied.span, report);
        if fields.iter().any(|(known, _)| *known == id) {
            report.error("repeated-field", applied.span, format!("`{}` is searchable twice", field.name));
            continue;
        }
        let weights = applied.items("weights").unwrap_or_default();
        fields.push((id, weight(weights.first().copied(), report)));
        if let Some((lang, span)) = applied.text("lang") {
            match &language {
                Some(first) if first != lang => {
                    report.error("conflicting-arguments", span, format!("one index has one language; it is `{first}`"));
                }
                Some(_) | None => language = Some(lang.to_owned()),
            }
        }
    }
    (!fields.is_empty()).then(|| SearchIndex { fields, language: language.unwrap_or_else(|| "english".to_owned()) })
}

fn weight(value: Option<&crate::declare::Value>, report: &mut Report) -> f64 {
    let Some(value) = value else { return 1.0 };
    let number: Option<f64> = value.kind.digits().and_then(|digits| digits.parse().ok());
    match number.filter(|number| *number > 0.0) {
        Some(number) => number,
        None => {
            report.error("invalid-argument", value.span, "a weight is more than 0");
            1.0
        }
    }
}

fn searchable_type(model: &Model, id: FieldId, span: Span, report: &mut Report) {
    let Some(field) = model.fields.get(usize::from(id.0)) else { return };
    if !matches!(field.ty.scalar, Scalar::String | Scalar::Email | Scalar::Url | Scalar::Phone) || field.ty.list {
        report.error("directive-type", span, format!("`{}` is not a text, so it cannot be searched", field.name));
    }
    if field.private || field.write_only {
        report.error(
            "conflicting-directives",
            span,
            format!("`{}` may not be read, so it cannot be searched", field.name),
        );
    }
}

/// Constraints and indexes of Backstay's own tables are in the same database.
fn refuse_reserved_names(schema: &Schema, report: &mut Report) {
    for model in schema.models.iter().filter(|model| reserved(&model.table).is_none()) {
        let uniques = model.uniques.iter().map(|unique| unique.name.as_str());
        for name in uniques.chain(model.indexes.iter().map(|index| index.name.as_str())) {
            if let Some(prefix) = reserved(name) {
                let message = format!("`{name}`: names of Backstay's own constraints start with `{prefix}`");
                let help = format!("give it another `name`, such as `app_{name}`");
                report.error_help("reserved-constraint-name", model.span, message, help);
            }
        }
    }
}

/// Constraint and index names are used once in a database.
fn refuse_same_names(schema: &Schema, report: &mut Report) {
    let mut seen: HashSet<&str> = HashSet::new();
    for model in &schema.models {
        let uniques = model.uniques.iter().map(|unique| unique.name.as_str());
        for name in uniques.chain(model.indexes.iter().map(|index| index.name.as_str())) {
            if !seen.insert(name) {
                let message = format!("there are two constraints or indexes called `{name}`");
                report.error_help("duplicate-constraint", model.span, message, "give one another `name`".to_owned());
            }
        }
    }
}
