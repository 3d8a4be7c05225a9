//! The last step: every rule text gets its checked form. In: a schema whose names are all known. Out: the same schema with
//! expressions, and every mistake in them.

use crate::model::{AccessRule, Audience, Computed, FieldRule, Model, ModelId, Rule, Schema};
use crate::report::Report;
use crate::rule::{self, Kind, Scope, witness};

/// Checks every rule of the schema.
pub(super) fn check(schema: &mut Schema, report: &mut Report) {
    // Rules look names up in the whole schema while a part of it is written.
    let names = schema.clone();
    let mut checker = Checker { names: &names, report };
    for model in &mut schema.models {
        checker.model(model);
    }
    for operation in &mut schema.operations {
        for rule in &mut operation.callable {
            checker.field_rule(rule, None);
        }
    }
}

struct Checker<'a> {
    names: &'a Schema,
    report: &'a mut Report,
}

impl Checker<'_> {
    fn model(&mut self, model: &mut Model) {
        let id = Some(model.id);
        for field in &mut model.fields {
            if let Some(Computed::Expr { expr, .. }) = &mut field.computed {
                self.rule(expr, id, Kind::Computed(field.ty.clone()), false);
            }
            for rule in field.readable.iter_mut().chain(&mut field.writable) {
                self.field_rule(rule, id);
            }
        }
        for unique in &mut model.uniques {
            self.optional(&mut unique.filter, id, Kind::Filter);
        }
        for index in &mut model.indexes {
            self.optional(&mut index.filter, id, Kind::Filter);
        }
        for check in &mut model.checks {
            self.rule(&mut check.rule, id, Kind::RowCheck, false);
        }
        for access in model.allows.iter_mut().chain(&mut model.denies) {
            self.access_rule(access, model.id);
        }
        for access in &model.allows {
            self.new_row_rule(access, model.id);
        }
        for hook in &mut model.hooks {
            self.optional(&mut hook.when, id, Kind::Hook);
        }
    }

    fn access_rule(&mut self, access: &mut AccessRule, model: ModelId) {
        let signed_in = is_signed_in(&access.who);
        if let Some(when) = &mut access.when {
            self.rule(when, Some(model), Kind::Read, signed_in);
        }
        if let Some(check) = &mut access.check {
            self.rule(check, Some(model), Kind::Check, signed_in);
        }
    }

    /// A rule that lets rows in must not be met by the very row that it judges.
    fn new_row_rule(&mut self, access: &AccessRule, model: ModelId) {
        let rule = access.check.as_ref().or(access.when.as_ref()).filter(|_| access.ops.create);
        let model = self.names.models.get(usize::from(model.0));
        let Some((rule, model)) = rule.zip(model) else { return };
        if witness::is_its_own(self.names, model, &rule.expr) {
            self.report.warning(
                "rule-own-witness",
                rule.span,
                format!(
                    "a new `{}` is among the rows that this rule asks about, so it can meet the rule by itself",
                    model.name
                ),
                "leave the new row out, as in `exists(m, m.id != id && …)`, or give CREATE a rule of its own",
            );
        }
    }

    fn field_rule(&mut self, rule: &mut FieldRule, model: Option<ModelId>) {
        let signed_in = is_signed_in(&rule.who);
        if let Some(when) = &mut rule.when {
            self.rule(when, model, Kind::Read, signed_in);
        }
    }

    fn optional(&mut self, rule: &mut Option<Rule>, model: Option<ModelId>, kind: Kind) {
        if let Some(rule) = rule {
            self.rule(rule, model, kind, false);
        }
    }

    fn rule(&mut self, rule: &mut Rule, model: Option<ModelId>, kind: Kind, signed_in: bool) {
        let scope = Scope { schema: self.names, model, kind, signed_in };
        match rule::check(&scope, &rule.source, rule.span) {
            Ok((expr, info)) => {
                rule.expr = expr;
                self.report.extend(info.warnings);
            }
            Err(mistakes) => self.report.extend(mistakes),
        }
    }
}

/// Whether only signed-in callers have one of the roles.
fn is_signed_in(who: &Audience) -> bool {
    match who {
        Audience::Anyone => false,
        Audience::Roles(roles) => !roles.iter().any(|role| role == "anon"),
    }
}
