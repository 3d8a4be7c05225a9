//! What happens around and after writes: webhooks, jobs, functions; caches and rate limits; and the notes about directives
//! whose machinery is not active yet.

use super::columns::op_set;
use super::{Context, find_field, unchecked};
use crate::declare::TypeDecl;
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::duration;
use crate::model::{CachePolicy, CacheScope, FieldId, Hook, HookAction, Model, OpSet, RateKey, RateLimit, Schema};
use crate::report::Report;

/// Directives that are checked and kept, and do nothing yet.
const NOT_ACTIVE: [&str; 6] = ["webhook", "job", "on", "cron", "file", "version"];

/// Adds the hooks and limits of every model.
pub(super) fn add(context: &mut Context<'_>, schema: &mut Schema) {
    let Context { models: decls, report, .. } = context;
    for (model, decl) in schema.models.iter_mut().zip(decls.iter()) {
        for applied in &decl.directives {
            match applied.name.as_str() {
                "webhook" => model.hooks.extend(webhook(model, applied, report)),
                "job" => model.hooks.extend(job(applied, report)),
                "on" => model.hooks.extend(function(applied, report)),
                "cache" => model.cache = cache(applied),
                "rateLimit" => model.rate_limits.extend(rate_limit(applied, report)),
                _other => {}
            }
        }
        note_type(decl, report);
    }
}

fn note_type(decl: &TypeDecl, report: &mut Report) {
    note(&decl.directives, report);
    for field in &decl.fields {
        note(&field.directives, report);
        if let Some(computed) = field.directive("computed").filter(|computed| computed.get("fn").is_some()) {
            report.note(
                "not-active-yet",
                computed.span,
                "`@computed(fn:)` is checked and kept; functions are not active yet",
            );
        }
        if let Some(hash) = field.directive("hash") {
            report.note(
                "not-active-yet",
                hash.span,
                "`@hash` is checked and kept; hashing comes with sign-in and is not active yet",
            );
        }
    }
}

/// Says which directives of a place are not active yet.
pub(super) fn note(directives: &[Applied], report: &mut Report) {
    for applied in directives.iter().filter(|applied| NOT_ACTIVE.contains(&applied.name.as_str())) {
        let message = format!("`@{}` is checked and kept; it is not active yet", applied.name);
        report.note("not-active-yet", applied.span, message);
    }
}

fn operations(applied: &Applied, argument: &str, report: &mut Report) -> OpSet {
    let Some(words) = applied.words(argument) else { return OpSet::default() };
    if words.is_empty() {
        report.error("empty-list", applied.span, format!("`@{}` names no operation", applied.name));
    }
    op_set(&words)
}

fn webhook(model: &Model, applied: &Applied, report: &mut Report) -> Option<Hook> {
    let (url, span) = applied.text("url")?;
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let variable = url.strip_prefix("env:");
    let fits = host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) || variable.is_some_and(is_variable);
    if !fits {
        let message = format!("`{url}` is neither an absolute http or https URL nor `env:NAME`");
        report.error("invalid-url", span, message);
    }
    let fields = applied.texts("fields").map(|names| {
        let found: Vec<FieldId> = names
            .iter()
            .filter_map(|(name, span)| {
                find_field(model, name, *span, report).inspect(|id| refuse_secret(model, *id, *span, report))
            })
            .collect();
        found
    });
    Some(Hook {
        on: operations(applied, "on", report),
        action: HookAction::Webhook {
            url: url.to_owned(),
            fields,
            secret: applied.text("secret").map(|(secret, _)| secret.to_owned()),
        },
        when: applied.text("when").map(unchecked),
        span: applied.span,
    })
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A payload leaves the house: private and write-only fields never do.
fn refuse_secret(model: &Model, id: FieldId, span: Span, report: &mut Report) {
    let Some(field) = model.fields.get(usize::from(id.0)) else { return };
    if field.private || field.write_only {
        let message = format!("`{}` is never sent anywhere, so it cannot be in a payload", field.name);
        report.error("private-in-payload", span, message);
    }
}

fn job(applied: &Applied, report: &mut Report) -> Option<Hook> {
    let queue = applied.text("queue").map(|(name, span)| named(name, span, "queue", report));
    let function = applied.text("fn").map(|(name, span)| named(name, span, "function", report));
    if queue.is_none() && function.is_none() {
        report.error("missing-argument", applied.span, "`@job` needs `queue` or `fn`");
        return None;
    }
    Some(Hook {
        on: operations(applied, "on", report),
        action: HookAction::Job {
            queue: queue.unwrap_or_else(|| "default".to_owned()),
            function: function.unwrap_or_default(),
            delay_ms: milliseconds(applied, "delay"),
        },
        when: applied.text("when").map(unchecked),
        span: applied.span,
    })
}

fn function(applied: &Applied, report: &mut Report) -> Option<Hook> {
    let (name, span) = applied.text("fn")?;
    Some(Hook {
        on: operations(applied, "op", report),
        action: HookAction::Function {
            name: named(name, span, "function", report),
            before: applied.word("run") == Some("BEFORE"),
        },
        when: applied.text("when").map(unchecked),
        span: applied.span,
    })
}

/// A function or queue name: letters, digits, `_`, `-`, `.` and `/`.
pub(super) fn named(name: &str, span: Span, what: &str, report: &mut Report) -> String {
    let fits =
        !name.is_empty() && name.len() <= 128 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    if !fits {
        report.error("invalid-name", span, format!("`{name}` is not a {what} name"));
    }
    name.to_owned()
}

fn milliseconds(applied: &Applied, argument: &str) -> u64 {
    applied.text(argument).and_then(|(text, _)| duration::parse_ms(text)).unwrap_or_default()
}

/// Reads `@cache`.
pub(super) fn cache(applied: &Applied) -> Option<CachePolicy> {
    let scope = match applied.word("scope") {
        Some("USER") => CacheScope::User,
        Some("PUBLIC") => CacheScope::Public,
        Some(_) | None => CacheScope::Role,
    };
    Some(CachePolicy { ttl_ms: milliseconds(applied, "ttl"), scope })
}

/// Reads `@rateLimit`.
pub(super) fn rate_limit(applied: &Applied, report: &mut Report) -> Option<RateLimit> {
    let (max, span) = applied.integer("max")?;
    let max = u64::try_from(max).ok().filter(|max| *max > 0);
    if max.is_none() {
        report.error("invalid-argument", span, "`max` is at least 1");
    }
    let by = match applied.word("by") {
        Some("USER") => RateKey::User,
        Some("KEY") => RateKey::Key,
        Some(_) | None => RateKey::Ip,
    };
    let per_ms = milliseconds(applied, "per");
    if let (Some((_, span)), 0) = (applied.text("per"), per_ms) {
        report.error("invalid-duration", span, "a window of no length limits nothing");
    }
    Some(RateLimit { per_ms, max: max?, by })
}
