//! The type checker: walks the parsed tree once, collecting every mistake, and builds the typed expression on the way.

use super::source::{Parsed, Text};
use super::{ExprInfo, Finding, Kind, Range, Scope, warning};
use crate::diagnostic::{Diagnostic, Severity};
use crate::expr::{Expr, Literal, ValueType};
use crate::model::{FieldId, FieldType, ModelId, Scalar};
use cel::common::ast::{Expr as Tree, IdedExpr, LiteralValue, SourceInfo};
use std::collections::BTreeSet;

/// An expression with what the checker knows about its value.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) ty: Type,
    pub(super) nullable: bool,
    pub(super) range: Range,
}

/// Types while checking. The scalar is that of the column a value comes from, so that constants beside it can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Value(ValueType, Option<Scalar>),
    List(ValueType, Option<Scalar>),
}

/// What a macro variable stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Binding {
    Row(ModelId),
    Item(ValueType, Option<Scalar>),
}

/// What the expression reads.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) session: bool,
    pub(super) now: bool,
    pub(super) relations: bool,
    pub(super) old: bool,
    pub(super) fields: BTreeSet<(ModelId, FieldId)>,
}

pub(super) struct Checker<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) info: &'a SourceInfo,
    pub(super) source: &'a str,
    pub(super) variables: Vec<(String, Binding)>,
    pub(super) uses: Uses,
    findings: Vec<Finding>,
}

pub(super) fn run(scope: &Scope<'_>, text: &Text<'_>, parsed: &Parsed) -> Result<(Expr, ExprInfo), Vec<Diagnostic>> {
    let mut checker = Checker {
        scope,
        info: &parsed.info,
        source: text.source,
        variables: Vec::new(),
        uses: Uses::default(),
        findings: Vec::new(),
    };
    let typed = checker.value(&parsed.root).and_then(|typed| checker.finish(typed));
    let has_error = checker.findings.iter().any(|finding| finding.severity == Severity::Error);
    let Some(typed) = typed.filter(|_| !has_error) else {
        return Err(checker.findings.into_iter().map(|finding| finding.place(text.span)).collect());
    };
    checker.findings.extend(warning::about(scope, text.source, &typed.expr));
    let (ty, list) = match typed.ty {
        Type::Null => (ValueType::Dynamic, false),
        Type::Value(ty, _) => (ty, false),
        Type::List(ty, _) => (ty, true),
    };
    let info = ExprInfo {
        ty,
        list,
        nullable: typed.nullable,
        uses_session: checker.uses.session,
        uses_now: checker.uses.now,
        uses_relations: checker.uses.relations,
        uses_old: checker.uses.old,
        fields: checker.uses.fields.into_iter().collect(),
        warnings: checker.findings.into_iter().map(|finding| finding.place(text.span)).collect(),
    };
    Ok((typed.expr, info))
}

impl Checker<'_> {
    pub(super) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Reports and gives nothing, for `return self.refuse(…)`.
    pub(super) fn refuse<T>(&mut self, finding: Finding) -> Option<T> {
        self.report(finding);
        None
    }

    /// Tries something and forgets the mistakes it reported.
    pub(super) fn quietly<T>(&mut self, attempt: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.findings.len();
        let result = attempt(self);
        self.findings.truncate(before);
        result
    }

    /// Fits the whole expression to what the rule is for.
    fn finish(&mut self, typed: Typed) -> Option<Typed> {
        match self.scope.kind.clone() {
            Kind::Computed(wanted) => self.finish_computed(typed, &wanted),
            Kind::Read | Kind::Check | Kind::RowCheck | Kind::Filter | Kind::Hook => self.condition(typed, "a rule"),
        }
    }

    fn finish_computed(&mut self, typed: Typed, wanted: &FieldType) -> Option<Typed> {
        let range = typed.range;
        if wanted.list || matches!(wanted.scalar, Scalar::Json | Scalar::Object(_) | Scalar::Decimal | Scalar::Bytes) {
            return self.refuse(
                Finding::error(
                    "rule-unsupported",
                    range,
                    "an expression cannot compute a list, JSON, Decimal or Bytes value",
                )
                .help("use `fn` to compute it in a function, or another type"),
            );
        }
        let target = Type::Value(ValueType::of(wanted.scalar), Some(wanted.scalar));
        if matches!(typed.ty, Type::Value(ValueType::Dynamic, _)) {
            let finding = Finding::error("rule-dynamic", range, "the type of a JSON value is known only at run time");
            return self.refuse(finding.help("compute a condition on it, such as `meta.kind == 'x'`"));
        }
        let typed = self.adapt(typed, target)?;
        let is_other_enum = matches!((typed.ty, wanted.scalar), (Type::Value(_, Some(Scalar::Enum(one))), Scalar::Enum(other)) if one != other);
        if typed.ty == Type::Null || is_other_enum || !same_type(typed.ty, target) {
            let message = format!("this is {}, and the field is {}", self.describe(typed.ty), self.describe(target));
            return self.refuse(Finding::error("rule-type", range, message).help("there are no implicit casts"));
        }
        if typed.nullable && !wanted.nullable {
            let message = "this may be null, and the field is not nullable";
            self.report(Finding::warning("rule-nullable", range, message).help("remove the `!` of the field's type"));
        }
        Some(typed)
    }

    /// Uses a value as a condition; `of` names what needs it.
    pub(super) fn condition(&mut self, typed: Typed, of: &str) -> Option<Typed> {
        let range = typed.range;
        match typed.ty {
            Type::Value(ValueType::Bool, _) => Some(Typed { nullable: false, ..typed }),
            Type::Value(ValueType::Dynamic, _) => {
                let expr = typed.expr.into_condition();
                Some(Typed { expr, ty: Type::Value(ValueType::Bool, None), nullable: false, range })
            }
            Type::Null | Type::Value(..) | Type::List(..) => {
                let message = format!("{of} needs a condition, and this is {}", self.describe(typed.ty));
                self.refuse(Finding::error("rule-type", range, message).help("compare it with something"))
            }
        }
    }

    /// Types any part of the tree.
    pub(super) fn value(&mut self, tree: &IdedExpr) -> Option<Typed> {
        match &tree.expr {
            Tree::Literal(literal) => self.literal(literal, self.range(tree)),
            Tree::Ident(_) => self.name(tree),
            Tree::Select(select) if select.test => self.presence(tree, select),
            Tree::Select(_) => self.name(tree),
            Tree::Call(call) => self.call(tree, call),
            Tree::List(list) => self.list(tree, &list.elements),
            Tree::Comprehension(comprehension) => self.comprehension(tree, comprehension),
            Tree::Map(_) | Tree::Struct(_) => self.refuse(Finding::error(
                "rule-unsupported",
                self.range(tree),
                "maps and messages (`{…}`) are not part of the rule language",
            )),
            Tree::Unspecified => {
                self.refuse(Finding::error("rule-syntax", self.range(tree), "this part of the rule cannot be read"))
            }
        }
    }

    fn literal(&mut self, literal: &LiteralValue, range: Range) -> Option<Typed> {
        let (literal, ty) = match literal {
            LiteralValue::Null => (Literal::Null, Type::Null),
            LiteralValue::Boolean(value) => (Literal::Bool(*value.inner()), Type::Value(ValueType::Bool, None)),
            LiteralValue::Int(value) => (Literal::Int(*value.inner()), Type::Value(ValueType::Int, None)),
            LiteralValue::Double(value) => (Literal::Float(*value.inner()), Type::Value(ValueType::Float, None)),
            LiteralValue::String(value) if value.inner().contains('\0') => {
                return self.refuse(Finding::error("rule-literal", range, "text cannot hold the character U+0000"));
            }
            LiteralValue::String(value) => {
                (Literal::String(value.inner().to_owned()), Type::Value(ValueType::String, None))
            }
            LiteralValue::UInt(_) => {
                return self.refuse(
                    Finding::error("rule-unsupported", range, "unsigned numbers are not part of the rule language")
                        .help("leave the `u` out"),
                );
            }
            LiteralValue::Bytes(_) => {
                return self.refuse(
                    Finding::error("rule-unsupported", range, "byte strings are not part of the rule language")
                        .help("leave the `b` out for text"),
                );
            }
        };
        let nullable = ty == Type::Null;
        Some(Typed { expr: Expr::Literal(literal), ty, nullable, range })
    }

    /// A list literal: items of one type.
    fn list(&mut self, tree: &IdedExpr, elements: &[IdedExpr]) -> Option<Typed> {
        let range = self.range(tree);
        let items: Vec<Option<Typed>> = elements.iter().map(|element| self.value(element)).collect();
        let items: Option<Vec<Typed>> = items.into_iter().collect();
        let mut items = items?.into_iter();
        let Some(first) = items.next() else {
            let ty = Type::List(ValueType::Dynamic, None);
            return Some(Typed { expr: Expr::List(Vec::new()), ty, nullable: false, range });
        };
        let mut exprs = Vec::with_capacity(elements.len());
        let mut pattern = first;
        for item in items {
            let (left, right) = self.unify(pattern.clone(), item, "a list")?;
            exprs.push(right.expr);
            pattern = left;
        }
        exprs.insert(0, pattern.expr);
        let ty = match pattern.ty {
            Type::Value(ty, scalar) => Type::List(ty, scalar),
            Type::Null | Type::List(..) => {
                let message = format!("a list cannot hold {}", self.describe(pattern.ty));
                return self.refuse(Finding::error("rule-type", range, message));
            }
        };
        Some(Typed { expr: Expr::List(exprs), ty, nullable: false, range })
    }

    /// The part of the text that a node was read from; macros stand where they were written.
    pub(super) fn range(&self, tree: &IdedExpr) -> Range {
        let own = self.info.offset_for(tree.id).map(|(start, stop)| Range {
            start: usize::try_from(start).unwrap_or(0),
            end: usize::try_from(stop).unwrap_or(0).saturating_add(1),
        });
        let own = own.unwrap_or(Range { start: 0, end: self.source.len() });
        match &tree.expr {
            Tree::Select(select) => {
                let operand = self.range(&select.operand);
                // The own place of `has(x.y)` is its bracket.
                let own = if select.test { Range { start: operand.end, end: operand.end } } else { own };
                let field = self.source.get(own.end..).and_then(|rest| rest.find(select.field.as_str())).unwrap_or(0);
                operand.to(Range { start: own.start, end: own.end + field + select.field.len() })
            }
            Tree::Call(call) => {
                let mut whole = own;
                if call.target.is_none() && self.source.get(own.start..own.end) == Some("(") {
                    whole.start = own.start.saturating_sub(call.func_name.len());
                }
                for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                    whole = whole.to(self.range(part));
                }
                if matches!(self.source.get(own.start..own.end), Some("(" | "[")) { self.closed(whole) } else { whole }
            }
            Tree::List(list) => self.closed(list.elements.iter().fold(own, |whole, item| whole.to(self.range(item)))),
            Tree::Comprehension(macros) => self.range(&macros.iter_range).to(own).to(self.range(&macros.loop_step)),
            Tree::Unspecified | Tree::Ident(_) | Tree::Literal(_) | Tree::Map(_) | Tree::Struct(_) => own,
        }
    }

    /// The range with the closing bracket that follows it.
    fn closed(&self, range: Range) -> Range {
        let Some(rest) = self.source.get(range.end..) else { return range };
        let trimmed = rest.trim_start();
        if trimmed.starts_with([')', ']']) {
            return Range { start: range.start, end: range.end + rest.len() - trimmed.len() + 1 };
        }
        range
    }

    /// The text of a range.
    pub(super) fn text(&self, range: Range) -> &str {
        self.source.get(range.start..range.end).unwrap_or_default()
    }

    /// A type in words, with an article.
    pub(super) fn describe(&self, ty: Type) -> String {
        match ty {
            Type::Null => "null".to_owned(),
            Type::Value(ValueType::String, Some(Scalar::Enum(id))) => {
                let name = self.scope.schema.enums.get(usize::from(id.0)).map_or("enum", |found| found.name.as_str());
                format!("a value of {name}")
            }
            Type::Value(ValueType::String, Some(Scalar::Uuid)) => "a UUID".to_owned(),
            Type::Value(ty, _) => type_name(ty).to_owned(),
            Type::List(ty, _) => format!("a list ({} each)", type_name(ty)),
        }
    }
}

fn type_name(ty: ValueType) -> &'static str {
    match ty {
        ValueType::Bool => "a Boolean",
        ValueType::Int => "an integer",
        ValueType::Float => "a Float",
        ValueType::String => "a String",
        ValueType::Timestamp => "a DateTime",
        ValueType::Date => "a Date",
        ValueType::Time => "a Time",
        ValueType::Duration => "a duration",
        ValueType::Bytes => "Bytes",
        ValueType::Dynamic => "a claim or JSON value",
    }
}

/// Whether two types compute alike, whatever columns they come from.
pub(super) fn same_type(left: Type, right: Type) -> bool {
    match (left, right) {
        (Type::Null, Type::Null) => true,
        (Type::Value(left, _), Type::Value(right, _)) | (Type::List(left, _), Type::List(right, _)) => left == right,
        (Type::Null | Type::Value(..) | Type::List(..), _) => false,
    }
}
