//! Custom operations: fields of `Query` and `Mutation`; and the schedules of the schema definition.

use super::{Context, Named, access, hooks, literal, objects};
use crate::declare::{FieldDecl, OperationDecl};
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::model::{
    Argument, Cron, Dialect, FieldType, Operation, OperationBody, OperationId, ReturnType, Scalar, Schema,
};
use crate::report::did_you_mean;

/// Placeholders that are no arguments.
const SESSION: [&str; 2] = ["auth_uid", "now"];

/// Adds every operation and schedule.
pub(super) fn add(
    context: &mut Context<'_>,
    schema: &mut Schema,
    operations: &[OperationDecl],
    schema_directives: &[Applied],
) {
    for decl in operations {
        if schema.operations.iter().any(|known| known.name == decl.field.name) {
            let message = format!("there are two operations called `{}`", decl.field.name);
            context.report.error("duplicate-field", decl.field.span, message);
            continue;
        }
        let id = OperationId(super::position(schema.operations.len()));
        schema.operations.extend(operation(context, decl, id));
    }
    hooks::note(schema_directives, context.report);
    schema.crons.extend(schema_directives.iter().filter_map(|applied| cron(context, applied)));
}

fn operation(context: &mut Context<'_>, decl: &OperationDecl, id: OperationId) -> Option<Operation> {
    let field = &decl.field;
    for applied in &field.directives {
        let fits = ["query", "mutation", "readable", "visible", "cache", "rateLimit"].contains(&applied.name.as_str());
        if !fits {
            let message = format!("`@{}` does not apply to the operation `{}`", applied.name, field.name);
            context.report.error("directive-on-operation", applied.span, message);
        }
    }
    if field.name.starts_with("__") {
        context.report.error("reserved-name", field.span, format!("`{}` is a reserved name", field.name));
    }
    let arguments = arguments(context, field);
    let returns = returns(context, field);
    let body = body(context, field);
    let callable = access::callable(context, &field.directives);
    if callable.is_empty() {
        let message = format!("only the service role may call `{}`", field.name);
        let help = "add `@visible(to: [\"user\"])`, or `@readable` for everyone";
        context.report.warning("unreachable-operation", field.span, message, help);
    }
    hooks::note(&field.directives, context.report);
    if decl.read_only {
        if let Some(mutation) = field.directive("mutation") {
            let message = "`@mutation` stands on a field of Mutation";
            context.report.error("directive-location", mutation.span, message);
        }
    } else if let Some(cache) = field.directive("cache") {
        context.report.error("directive-location", cache.span, "a mutation cannot be cached");
    }
    let mut rate_limits = Vec::new();
    for applied in field.directives.iter().filter(|applied| applied.name == "rateLimit") {
        rate_limits.extend(hooks::rate_limit(applied, context.report));
    }
    Some(Operation {
        id,
        name: field.name.clone(),
        description: field.description.clone(),
        read_only: decl.read_only,
        arguments,
        returns: returns?,
        body: body?,
        callable,
        rate_limits,
        cache: field.directive("cache").and_then(hooks::cache),
        span: field.span,
    })
}

fn arguments(context: &mut Context<'_>, field: &FieldDecl) -> Vec<Argument> {
    let mut out: Vec<Argument> = Vec::new();
    for decl in &field.arguments {
        if SESSION.contains(&decl.name.as_str()) {
            let message = format!("`:{}` stands for a fact of the session, so no argument is called so", decl.name);
            context.report.error("reserved-name", decl.span, message);
        }
        if out.iter().any(|known| known.name == decl.name) {
            let message = format!("`{}` stands twice in `{}`", decl.name, field.name);
            context.report.error("duplicate-field", decl.span, message);
            continue;
        }
        let Some(ty) = objects::value_type(context, &decl.ty, "an argument") else { continue };
        let place = format!("the default of `{}`", decl.name);
        let default = decl.default.as_ref().and_then(|value| literal::convert(context, value, &ty, &place));
        out.push(Argument { name: decl.name.clone(), ty, default });
    }
    out
}

fn returns(context: &mut Context<'_>, field: &FieldDecl) -> Option<ReturnType> {
    let ty = &field.ty;
    if ty.name == "Void" {
        if ty.list_depth > 0 {
            context.report.error("return-type", ty.span, "there is no list of nothing");
        }
        return Some(ReturnType::Void);
    }
    if ty.list_depth > 1 {
        let message = format!("`{}` cannot answer a list of lists", field.name);
        context.report.error_help("nested-list", ty.span, message, "use `JSON`".to_owned());
        return None;
    }
    let list = ty.list_depth == 1;
    Some(match context.look_up(ty)? {
        Named::Model(model) if list => ReturnType::Models(model),
        Named::Model(model) => ReturnType::Model(model),
        Named::Value(Scalar::Object(object)) => ReturnType::Object { object, list },
        Named::Value(scalar) => {
            ReturnType::Scalar(FieldType { scalar, list, nullable: ty.nullable, items_nullable: ty.items_nullable })
        }
    })
}

fn body(context: &mut Context<'_>, field: &FieldDecl) -> Option<OperationBody> {
    match (field.directive("query"), field.directive("mutation")) {
        (Some(query), None) => sql(context, field, query),
        (None, Some(mutation)) => {
            let (name, span) = mutation.text("fn")?;
            let message = "`@mutation(fn:)` is checked and kept; functions are not active yet";
            context.report.note("not-active-yet", mutation.span, message);
            Some(OperationBody::Function(hooks::named(name, span, "function", context.report)))
        }
        (Some(_), Some(mutation)) => {
            let message = format!("`@query` and `@mutation` both say how `{}` runs", field.name);
            context.report.error("conflicting-directives", mutation.span, message);
            None
        }
        (None, None) => {
            let message = format!("nothing says how `{}` runs", field.name);
            let help = "add `@query(sql: {sqlite: \"…\"})`, or `@mutation(fn: \"…\")` on a mutation".to_owned();
            context.report.error_help("operation-without-body", field.span, message, help);
            None
        }
    }
}

fn sql(context: &mut Context<'_>, field: &FieldDecl, query: &Applied) -> Option<OperationBody> {
    use crate::declare::ValueKind;
    let value = query.get("sql")?;
    let ValueKind::Object(members) = &value.kind else { return None };
    let mut texts: Vec<(Dialect, String)> = Vec::new();
    let mut used: Vec<String> = Vec::new();
    for (name, span, member) in members {
        let ValueKind::String(text) = &member.kind else { continue };
        let dialect = match name.as_str() {
            "postgres" => Dialect::Postgres,
            "mysql" => Dialect::Mysql,
            _sqlite => Dialect::Sqlite,
        };
        if texts.iter().any(|(known, _)| *known == dialect) {
            context.report.error("duplicate-argument", *span, format!("`{name}` stands twice"));
        }
        if text.trim().is_empty() {
            context.report.error("empty-sql", member.span, "the statement is empty");
        }
        for (placeholder, at) in placeholders(text) {
            let known = field.arguments.iter().any(|argument| argument.name == placeholder);
            if !known && !SESSION.contains(&placeholder) {
                let message = format!("`{}` has no argument `{placeholder}`", field.name);
                let names = field.arguments.iter().map(|argument| argument.name.as_str()).chain(SESSION);
                let help = did_you_mean(placeholder, names);
                context.report.error_help(
                    "unknown-placeholder",
                    within(member.span, text, at, placeholder),
                    message,
                    help,
                );
            }
            used.push(placeholder.to_owned());
        }
        texts.push((dialect, text.clone()));
    }
    if texts.is_empty() {
        context.report.error("missing-argument", value.span, "`sql` needs the statement of at least one database");
        return None;
    }
    for decl in field.arguments.iter().filter(|decl| !used.contains(&decl.name)) {
        let message = format!("no statement of `{}` uses `:{}`", field.name, decl.name);
        context.report.warning("unused-argument", decl.span, message, "use it or remove it");
    }
    Some(OperationBody::Sql(texts))
}

/// The place of a placeholder, where the text stands in the source letter for letter.
fn within(span: Span, text: &str, at: usize, name: &str) -> Span {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    if span.end.saturating_sub(span.start) != length {
        return span;
    }
    let start = span.start.saturating_add(u32::try_from(at).unwrap_or(0));
    let end = start.saturating_add(u32::try_from(name.len()).unwrap_or(0)).saturating_add(1);
    Span { start, end, ..span }
}

/// Every `:name` outside quotes and comments, with the offset of its colon; `::type` casts are not placeholders.
pub(crate) fn placeholders(sql: &str) -> Vec<(&str, usize)> {
    let bytes = sql.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = sql.get(at.saturating_add(1)..).unwrap_or_default();
        let skip = match byte {
            b'\'' | b'"' | b'`' => {
                rest.bytes().position(|b| b == *byte).map_or(rest.len(), |end| end.saturating_add(1))
            }
            b'-' if rest.starts_with('-') => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with('*') => rest.find("*/").map_or(rest.len(), |end| end.saturating_add(2)),
            b':' if rest.starts_with(':') => 1,
            b':' => {
                let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
                let name = rest.get(..length).unwrap_or_default();
                if name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
                    out.push((name, at));
                }
                length
            }
            _other => 0,
        };
        at = at.saturating_add(1).saturating_add(skip);
        // A skip may end inside a character only after non-ASCII text, which the next boundary check steps over.
        while at < bytes.len() && !sql.is_char_boundary(at) {
            at = at.saturating_add(1);
        }
    }
    out
}

fn cron(context: &mut Context<'_>, applied: &Applied) -> Option<Cron> {
    let (schedule, span) = applied.text("schedule")?;
    if let Err(reason) = check_schedule(schedule) {
        let message = format!("`{schedule}` is not a schedule: {reason}");
        let help = "write minute, hour, day of month, month, day of week, such as \"0 3 * * *\"".to_owned();
        context.report.error_help("invalid-schedule", span, message, help);
    }
    let (function, span) = applied.text("fn")?;
    Some(Cron {
        schedule: schedule.to_owned(),
        function: hooks::named(function, span, "function", context.report),
        span: applied.span,
    })
}

/// Five fields of numbers, names, ranges, steps and lists.
fn check_schedule(schedule: &str) -> Result<(), String> {
    const FIELDS: [(&str, u32, u32); 5] =
        [("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7)];
    let parts: Vec<&str> = schedule.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!("it has {} fields, not 5", parts.len()));
    }
    for (part, (name, least, most)) in parts.iter().zip(FIELDS) {
        for item in part.split(',') {
            let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
            let step_fits = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
            let number = |text: &str| named_number(text, name).filter(|n| (least..=most).contains(n));
            let range_fits = range == "*"
                || match range.split_once('-') {
                    Some((first, last)) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
                    None => number(range).is_some(),
                };
            if !step_fits || !range_fits {
                return Err(format!("`{item}` is not a {name}"));
            }
        }
    }
    Ok(())
}

fn named_number(text: &str, field: &str) -> Option<u32> {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = text.to_lowercase();
    let found = |names: &[&str], first: u32| {
        names
            .iter()
            .position(|name| *name == lower)
            .and_then(|at| u32::try_from(at).ok())
            .map(|at| at.saturating_add(first))
    };
    match field {
        "day of week" => found(&DAYS, 0),
        "month" => found(&MONTHS, 1),
        _numeric => None,
    }
    .or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{check_schedule, placeholders};

    #[test]
    fn names_in_sql() {
        for (sql, expected) in [
            ("select :a, :b_2", vec!["a", "b_2"]),
            ("select ':no', \":no\", `:no` -- :no\n, :yes", vec!["yes"]),
            ("select /* :no */ x::text, :yes::int", vec!["yes"]),
            ("select 'it''s :no' || :yes", vec!["yes"]),
            ("select ':never closed", vec![]),
            ("select 'é', :é, :ok", vec!["ok"]),
            ("select : , :1", vec![]),
        ] {
            let found: Vec<&str> = placeholders(sql).into_iter().map(|(name, _)| name).collect();
            assert_eq!(found, expected, "{sql}");
        }
    }

    #[test]
    fn schedules() {
        for (schedule, fits) in [
            ("0 3 * * *", true),
            ("*/15 0-6,22 1 jan-mar mon-fri", true),
            ("0 24 * * *", false),
            ("0 3 * *", false),
            ("0 3 * * * *", false),
            ("a * * * *", false),
            ("*/0 * * * *", false),
            ("5-1 * * * *", false),
        ] {
            assert_eq!(check_schedule(schedule).is_ok(), fits, "{schedule}");
        }
    }
}
