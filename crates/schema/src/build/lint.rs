//! What is legal and cannot work, or was probably not meant: models nobody may use, rows that cannot be inserted, names
//! that a request or a rule cannot say.

use crate::Whose;
use crate::declare::TypeDecl;
use crate::model::{ForeignKey, Model, Schema};
use crate::report::Report;

/// Query parameters of REST, which a filter on a field of that name cannot be told from.
const PARAMETERS: [&str; 9] = ["select", "order", "limit", "offset", "columns", "on_conflict", "and", "or", "not"];
/// Words that mean something else in a rule.
const RULE_WORDS: [&str; 6] = ["auth", "request", "now", "new", "old", "in"];

/// Adds the findings about the whole schema.
pub(super) fn check(decls: &[TypeDecl], schema: &Schema, (whose, report): (Whose, &mut Report)) {
    for model in &schema.models {
        if !model.generated {
            if whose == Whose::Application {
                reachable(model, report);
            }
            names(model, report);
        }
    }
    required_cycles(schema, report);
    if decls.is_empty() && schema.operations.is_empty() && !report.has_errors() {
        let span = crate::diagnostic::Span::default();
        report.warning("empty-schema", span, "the schema has no model", "write `type Note @model { text: String! }`");
    }
}

fn reachable(model: &Model, report: &mut Report) {
    let doors = model.doors;
    let shown = doors.rest || doors.graphql || doors.grpc || doors.realtime;
    if model.allows.is_empty() {
        let message = format!("nobody but the service role may use `{}`", model.name);
        report.warning("unreachable-model", model.span, message, "add `@access(roles: […], ops: […])`");
    } else if !shown {
        let message = format!("no API shows `{}`", model.name);
        report.warning(
            "unreachable-model",
            model.span,
            message,
            "leave one of `rest`, `graphql`, `grpc`, `realtime` on",
        );
    }
}

fn names(model: &Model, report: &mut Report) {
    for field in &model.fields {
        if PARAMETERS.contains(&field.name.as_str()) {
            let message = format!(
                "REST reads `?{}=` as its own parameter, so `{}` cannot be filtered by",
                field.name, field.name
            );
            report.warning("parameter-name", field.span, message, "choose another name");
        }
        if RULE_WORDS.contains(&field.name.as_str()) {
            let message = format!("`{}` means something else in a rule, so rules cannot name this field", field.name);
            report.warning("rule-word", field.span, message, "choose another name");
        }
    }
}

/// Whether a row cannot exist before the row that the key refers to.
fn is_required(schema: &Schema, key: &ForeignKey) -> bool {
    let Some(model) = schema.models.get(usize::from(key.from.0)) else { return false };
    key.from_fields.iter().filter_map(|id| model.fields.get(usize::from(id.0))).all(|field| !field.ty.nullable)
}

/// Models whose rows each need a row of the next first: no row can be the first.
fn required_cycles(schema: &Schema, report: &mut Report) {
    let edges: Vec<&ForeignKey> = schema.foreign_keys.iter().filter(|key| is_required(schema, key)).collect();
    let name = |key: &ForeignKey| schema.models.get(usize::from(key.to.0)).map_or("", |model| model.name.as_str());
    let mut reported: Vec<bool> = vec![false; schema.models.len()];
    for edge in &edges {
        let start = usize::from(edge.from.0);
        if edge.from == edge.to {
            let message = format!("the first row of `{}` could only refer to itself", name(edge));
            report.warning("cyclic-required-relations", edge.span, message, "make the relation nullable");
            continue;
        }
        if reported.get(start).copied().unwrap_or(true) {
            continue;
        }
        if let Some(path) = path_back(&edges, edge) {
            for key in &path {
                if let Some(flag) = reported.get_mut(usize::from(key.from.0)) {
                    *flag = true;
                }
            }
            let from = schema.models.get(start).map_or("", |model| model.name.as_str());
            let steps: Vec<String> = path.iter().map(|key| format!("`{}`", name(key))).collect();
            let message = format!("no row can be inserted: `{from}` needs {}", steps.join(", which needs "));
            report.error_help(
                "cyclic-required-relations",
                edge.span,
                message,
                "make one of these relations nullable".to_owned(),
            );
        }
    }
}

/// The shortest way along required keys that starts with `first` and ends where it started.
fn path_back<'s>(edges: &[&'s ForeignKey], first: &'s ForeignKey) -> Option<Vec<&'s ForeignKey>> {
    let mut paths: Vec<Vec<&ForeignKey>> = vec![vec![first]];
    let mut seen = vec![first.to];
    let mut at = 0;
    while let Some(path) = paths.get(at).cloned() {
        let last = path.last()?;
        if last.to == first.from {
            return Some(path);
        }
        for edge in edges.iter().filter(|edge| edge.from == last.to && edge.from != edge.to) {
            if edge.to == first.from || !seen.contains(&edge.to) {
                seen.push(edge.to);
                let mut longer = path.clone();
                longer.push(edge);
                paths.push(longer);
            }
        }
        at = at.saturating_add(1);
    }
    None
}
