//! Functions and macros. The parser has already expanded macros into comprehensions; their shapes are recognised here.

use super::check::{Binding, Checker, Type, Typed};
use super::names::{Place, nearest};
use super::{Finding, Kind, Range, constant, literal};
use crate::expr::{Comparison, Expr, Function, Literal, Path, Quantifier, Root, Session, ValueType, Variable};
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr as Tree, IdedExpr, LiteralValue, operators};

const BOOL: Type = Type::Value(ValueType::Bool, None);
const TEXT: Type = Type::Value(ValueType::String, None);
const INT: Type = Type::Value(ValueType::Int, None);

/// Names that a macro variable may not take.
const RESERVED: [&str; 7] = ["auth", "request", "now", "new", "old", "math", "__result__"];
/// Largest compiled regular expression, bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

const FUNCTIONS: [&str; 17] = [
    "size",
    "startsWith",
    "endsWith",
    "contains",
    "matches",
    "lowerAscii",
    "upperAscii",
    "trim",
    "hasRole",
    "isOwner",
    "has",
    "exists",
    "all",
    "exists_one",
    "timestamp",
    "duration",
    "math.abs",
];

impl Checker<'_> {
    pub(super) fn call(&mut self, tree: &IdedExpr, call: &CallExpr) -> Option<Typed> {
        if call.target.is_none()
            && let Some(result) = self.operator(tree, call)
        {
            return result;
        }
        let range = self.range(tree);
        let name = call.func_name.as_str();
        let args = call.args.as_slice();
        match (name, call.target.as_deref(), args) {
            ("abs" | "least" | "greatest", Some(target), _) if matches!(&target.expr, Tree::Ident(math) if math == "math") => {
                self.math(name, args, range)
            }
            ("size", Some(operand), []) | ("size", None, [operand]) => self.size(operand, range),
            ("startsWith", Some(text), [part]) => self.text_test(Function::StartsWith, text, part, range),
            ("endsWith", Some(text), [part]) => self.text_test(Function::EndsWith, text, part, range),
            ("contains", Some(text), [part]) => self.text_test(Function::Contains, text, part, range),
            ("matches", Some(text), [pattern]) | ("matches", None, [text, pattern]) => {
                self.matches(text, pattern, range)
            }
            ("lowerAscii", Some(text), []) => self.text_change(Function::LowerAscii, text, range),
            ("upperAscii", Some(text), []) => self.text_change(Function::UpperAscii, text, range),
            ("trim", Some(text), []) => self.text_change(Function::Trim, text, range),
            ("timestamp" | "duration", None, [text]) => self.time_literal(name, text, range),
            ("hasRole", None, [role]) => self.has_role(role, range),
            ("isOwner", None, []) => self.is_owner(range),
            _ => self.unknown_call(call, range),
        }
    }

    fn unknown_call(&mut self, call: &CallExpr, range: Range) -> Option<Typed> {
        let name = call.func_name.as_str();
        let help = match name {
            "now" => Some("`now` is written without brackets".to_owned()),
            "uid" | "role" | "email" | "jwt" => Some(format!("write `auth.{name}` without brackets")),
            "lower" | "toLowerCase" | "toLower" => Some("write x.lowerAscii()".to_owned()),
            "upper" | "toUpperCase" | "toUpper" => Some("write x.upperAscii()".to_owned()),
            "length" | "len" | "count" => Some("write size(x)".to_owned()),
            "includes" | "indexOf" => Some("write x.contains('…'), or `'…' in list`".to_owned()),
            "any" | "some" => Some("write list.exists(x, …)".to_owned()),
            "every" => Some("write list.all(x, …)".to_owned()),
            "existsOne" => Some("write list.exists_one(x, …)".to_owned()),
            "min" => Some("write math.least(a, b)".to_owned()),
            "max" => Some("write math.greatest(a, b)".to_owned()),
            "int" | "uint" | "double" | "string" | "bool" | "bytes" | "dyn" | "type" => {
                Some("there are no casts; compare values of one type".to_owned())
            }
            "exists" | "all" | "exists_one" => Some(format!("write list.{name}(x, condition on x)")),
            "has" => Some("write has(auth.claims.org)".to_owned()),
            "matches" | "startsWith" | "endsWith" | "contains" => Some(format!("write text.{name}('…')")),
            "lowerAscii" | "upperAscii" | "trim" => Some(format!("write text.{name}()")),
            "size" => Some("write size(x)".to_owned()),
            "timestamp" => Some("write timestamp(\"2024-12-31T00:00:00Z\")".to_owned()),
            "duration" => Some("write duration(\"24h\")".to_owned()),
            "hasRole" => Some("write hasRole('name')".to_owned()),
            "isOwner" => Some("write isOwner()".to_owned()),
            "getFullYear" | "getMonth" | "getDate" | "getHours" | "getDayOfWeek" | "getMinutes" => {
                Some("compare with timestamp(\"…\") or a duration".to_owned())
            }
            _ => nearest(name, FUNCTIONS.into_iter()).map(|near| format!("did you mean `{near}`?")),
        };
        let message = if FUNCTIONS.contains(&name) {
            format!("`{name}` is not called like this")
        } else {
            format!("`{name}` is not a function of the rule language")
        };
        let finding = Finding::error("rule-unsupported", range, message);
        self.refuse(match help {
            Some(help) => finding.help(help),
            None => finding,
        })
    }

    /// A text operand; claims and JSON values are read as text.
    fn text_operand(&mut self, tree: &IdedExpr, of: &str) -> Option<Typed> {
        let typed = self.value(tree)?;
        let typed =
            if matches!(typed.ty, Type::Value(ValueType::Dynamic, _)) { self.adapt(typed, TEXT)? } else { typed };
        if matches!(typed.ty, Type::Value(ValueType::String, _)) {
            return Some(typed);
        }
        let message = format!("{of} need text, and this is {}", self.describe(typed.ty));
        self.refuse(Finding::error("rule-type", typed.range, message))
    }

    fn text_test(&mut self, function: Function, text: &IdedExpr, part: &IdedExpr, range: Range) -> Option<Typed> {
        let name = "startsWith, endsWith and contains";
        if function == Function::Contains
            && let Some(finding) = self.list_contains(text, part)
        {
            return self.refuse(finding);
        }
        let text = self.text_operand(text, name);
        let part = self.text_operand(part, name);
        let expr = Expr::call(function, vec![text?.expr, part?.expr]);
        Some(Typed { expr, ty: BOOL, nullable: false, range })
    }

    /// `list.contains(x)`, which people write for `x in list`.
    fn list_contains(&mut self, list: &IdedExpr, part: &IdedExpr) -> Option<Finding> {
        let range = self.range(list).to(self.range(part));
        if !matches!(list.expr, Tree::Ident(_) | Tree::Select(_)) {
            return None;
        }
        let (name, part) = (self.text(self.range(list)).to_owned(), self.text(self.range(part)).to_owned());
        match self.quiet_place(list)? {
            Place::Column { path, .. } if path.list => Some(
                Finding::error("rule-type", range, format!("`{name}` is a list, and contains() looks inside text"))
                    .help(format!("write `{part} in {name}`")),
            ),
            Place::Fact(Session::Roles) => Some(
                Finding::error("rule-type", range, format!("`{name}` is a list, and contains() looks inside text"))
                    .help(format!("write `{part} in {name}`")),
            ),
            Place::Column { .. }
            | Place::Row { .. }
            | Place::Rows { .. }
            | Place::Item(..)
            | Place::Auth
            | Place::Request
            | Place::Claims(_)
            | Place::Fact(_)
            | Place::Now => None,
        }
    }

    fn text_change(&mut self, function: Function, text: &IdedExpr, range: Range) -> Option<Typed> {
        let text = self.text_operand(text, "text functions")?;
        let nullable = text.nullable;
        Some(Typed { expr: Expr::call(function, vec![text.expr]), ty: TEXT, nullable, range })
    }

    fn matches(&mut self, text: &IdedExpr, pattern: &IdedExpr, range: Range) -> Option<Typed> {
        let text = self.text_operand(text, "regular expressions");
        let Some(regex) = string_constant(pattern) else {
            return self.refuse(Finding::error(
                "rule-unsupported",
                self.range(pattern),
                "the pattern of matches() must be a constant text",
            ));
        };
        let compiled = regex::RegexBuilder::new(&regex).size_limit(PATTERN_BYTES_MAX).build();
        let compiled = match compiled {
            Ok(compiled) => compiled,
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let finding =
                    Finding::error("rule-literal", self.range(pattern), format!("not a regular expression: {reason}"));
                return self.refuse(finding);
            }
        };
        let text = text?;
        let expr = match text.expr.literal() {
            Some(Literal::String(known)) => Expr::bool(compiled.is_match(known)),
            _ => Expr::call(Function::Matches, vec![text.expr, Expr::Literal(Literal::String(regex))]),
        };
        Some(Typed { expr, ty: BOOL, nullable: false, range })
    }

    fn size(&mut self, operand: &IdedExpr, range: Range) -> Option<Typed> {
        if let Some(Place::Rows { over, .. }) = self.quiet_rows(operand) {
            return Some(Typed { expr: Expr::Count(over), ty: INT, nullable: false, range });
        }
        let typed = self.value(operand)?;
        match typed.ty {
            Type::Value(ValueType::String, _) | Type::List(..) => {
                let nullable = typed.nullable;
                Some(Typed { expr: Expr::call(Function::Size, vec![typed.expr]), ty: INT, nullable, range })
            }
            Type::Value(ValueType::Dynamic, _) => self.refuse(
                Finding::error(
                    "rule-dynamic",
                    typed.range,
                    "the type of this is known only at run time, so it has no size",
                )
                .help("compare it with a field or a constant, or use `x in …`"),
            ),
            Type::Null | Type::Value(..) => {
                let message =
                    format!("size() needs text, a list or a relation, and this is {}", self.describe(typed.ty));
                self.refuse(Finding::error("rule-type", typed.range, message))
            }
        }
    }

    fn math(&mut self, name: &str, args: &[IdedExpr], range: Range) -> Option<Typed> {
        let function = match name {
            "abs" => Function::Abs,
            "least" => Function::Least,
            _ => Function::Greatest,
        };
        let is_right_count = if function == Function::Abs { args.len() == 1 } else { args.len() >= 2 };
        if !is_right_count {
            let wanted = if function == Function::Abs { "one number" } else { "two numbers or more" };
            return self.refuse(Finding::error("rule-type", range, format!("math.{name} takes {wanted}")));
        }
        let values: Vec<Option<Typed>> = args.iter().map(|arg| self.value(arg)).collect();
        let values: Option<Vec<Typed>> = values.into_iter().collect();
        let values = values?;
        let is_float = values.iter().any(|value| matches!(value.ty, Type::Value(ValueType::Float, _)));
        let target = if is_float { ValueType::Float } else { ValueType::Int };
        let mut exprs = Vec::with_capacity(values.len());
        let mut nullable = false;
        for value in values {
            let value = match value.ty {
                Type::Value(ValueType::Int | ValueType::Float, _) => self.adapt(value, Type::Value(target, None))?,
                Type::Null | Type::Value(..) | Type::List(..) => value,
            };
            if !matches!(value.ty, Type::Value(ty, _) if ty == target) {
                let message = format!("math.{name} needs numbers of one type, and this is {}", self.describe(value.ty));
                return self.refuse(Finding::error("rule-type", value.range, message));
            }
            nullable |= value.nullable;
            exprs.push(value.expr);
        }
        let literals: Option<Vec<Literal>> = exprs.iter().map(|expr| expr.literal().cloned()).collect();
        if literals.is_some_and(|literals| constant::call(function, &literals).is_err()) {
            return self.refuse(Finding::error("rule-constant", range, "this has no value: it overflows"));
        }
        Some(Typed { expr: Expr::call(function, exprs), ty: Type::Value(target, None), nullable, range })
    }

    fn time_literal(&mut self, name: &str, text: &IdedExpr, range: Range) -> Option<Typed> {
        let Some(written) = string_constant(text) else {
            return self.refuse(Finding::error(
                "rule-unsupported",
                self.range(text),
                format!("{name}() takes a constant text"),
            ));
        };
        let (found, ty) = if name == "timestamp" {
            (literal::timestamp(&written).map(Literal::Timestamp), ValueType::Timestamp)
        } else {
            (literal::duration(&written).map(Literal::Duration), ValueType::Duration)
        };
        let Some(found) = found else {
            let help = if name == "timestamp" {
                "write it like timestamp(\"2024-12-31T23:59:59Z\"), between the years 1 and 9999".to_owned()
            } else {
                let days = written.strip_suffix('d').and_then(|days| days.parse::<i64>().ok());
                let hours = days.and_then(|days| days.checked_mul(24));
                hours.map_or_else(
                    || "write it like duration(\"168h\"): h, m, s, ms and us are units".to_owned(),
                    |hours| format!("days are not a unit; write duration(\"{hours}h\")"),
                )
            };
            let finding = Finding::error("rule-literal", self.range(text), format!("'{written}' is not a {name}"));
            return self.refuse(finding.help(help));
        };
        Some(Typed { expr: Expr::Literal(found), ty: Type::Value(ty, None), nullable: false, range })
    }

    fn has_role(&mut self, role: &IdedExpr, range: Range) -> Option<Typed> {
        if self.scope.kind.is_row_only() {
            return self.refuse(Finding::error(
                "rule-scope",
                range,
                "hasRole() cannot be used here: only this row's fields can",
            ));
        }
        let role_range = self.range(role);
        let Some(role) = string_constant(role) else {
            let finding = Finding::error("rule-unsupported", role_range, "hasRole() takes a constant text");
            return self.refuse(finding.help("write `x in auth.roles` for a role that a field holds"));
        };
        self.check_role(&role, role_range);
        self.uses.session = true;
        Some(Typed { expr: Expr::Session(Session::HasRole(role)), ty: BOOL, nullable: false, range })
    }

    fn is_owner(&mut self, range: Range) -> Option<Typed> {
        if self.scope.kind.is_row_only() {
            return self.refuse(Finding::error(
                "rule-scope",
                range,
                "isOwner() cannot be used here: only this row's fields can",
            ));
        }
        let model = self.scope.model.and_then(|id| self.model(id));
        let owner = model.and_then(|model| Some((model.id, model.fields.get(usize::from(model.owner?.0))?)));
        let Some((model, field)) = owner else {
            let finding = Finding::error("rule-unknown-name", range, "this model declares no owner field");
            return self.refuse(finding.help("compare the field itself: `ownerId == auth.uid`"));
        };
        if ValueType::of(field.ty.scalar) != ValueType::String || field.ty.list {
            let message = format!("the owner field `{}` must be text, like `auth.uid`", field.name);
            return self.refuse(Finding::error("rule-type", range, message));
        }
        let (id, ty) = (field.id, ValueType::String);
        self.uses.fields.insert((model, id));
        self.uses.session = true;
        let path = Path { root: Root::Row, hops: Vec::new(), model, field: id, json: Vec::new(), ty, list: false };
        let expr = Expr::compare(Comparison::Equal, ty, Expr::Path(path), Expr::Session(Session::Uid));
        Some(Typed { expr, ty: BOOL, nullable: false, range })
    }

    /// `x.exists(v, body)` and its like, as the parser expanded them.
    pub(super) fn comprehension(&mut self, tree: &IdedExpr, macros: &ComprehensionExpr) -> Option<Typed> {
        let range = self.range(tree);
        let Some((quantifier, body)) = shape(macros) else {
            return self.refuse(
                Finding::error("rule-unsupported", range, "map() and filter() are not part of the rule language")
                    .help("use exists(), all() or exists_one() with the whole condition"),
            );
        };
        let name = macros.iter_var.as_str();
        if RESERVED.contains(&name) {
            return self.refuse(
                Finding::error("rule-syntax", range, format!("`{name}` cannot name a macro's variable"))
                    .help("choose another name"),
            );
        }
        let variable = Variable(u8::try_from(self.variables.len()).unwrap_or(u8::MAX));
        if let Some(Place::Rows { over, model }) = self.quiet_rows(&macros.iter_range) {
            let body = self.body(body, name, Binding::Row(model))?;
            let expr = Expr::quantified(quantifier, over, variable, body.expr);
            return Some(Typed { expr, ty: BOOL, nullable: false, range });
        }
        let over = self.value(&macros.iter_range)?;
        let (ty, scalar) = match over.ty {
            Type::List(ValueType::Dynamic, _) | Type::Value(ValueType::Dynamic, _) => {
                return self.refuse(
                    Finding::error("rule-dynamic", over.range, "the type of these items is known only at run time")
                        .help("write `x in …` to look for a value"),
                );
            }
            Type::List(ty, scalar) => (ty, scalar),
            Type::Null | Type::Value(..) => {
                let message =
                    format!("a macro ranges over a relation or a list, and this is {}", self.describe(over.ty));
                return self.refuse(Finding::error("rule-type", over.range, message));
            }
        };
        if self.scope.kind == Kind::Filter {
            return self.refuse(Finding::error(
                "rule-scope",
                range,
                "macros cannot be used in the condition of an index",
            ));
        }
        let body = self.body(body, name, Binding::Item(ty, scalar))?;
        let expr = Expr::quantified_list(quantifier, over.expr, ty, variable, body.expr);
        Some(Typed { expr, ty: BOOL, nullable: false, range })
    }

    fn body(&mut self, tree: &IdedExpr, name: &str, binding: Binding) -> Option<Typed> {
        self.variables.push((name.to_owned(), binding));
        let typed = self.value(tree);
        self.variables.pop();
        self.condition(typed?, "a macro")
    }

    /// The relation that a path names, without a word about anything else.
    fn quiet_rows(&mut self, tree: &IdedExpr) -> Option<Place> {
        let is_path = matches!(&tree.expr, Tree::Ident(_) | Tree::Select(_));
        if !is_path {
            return None;
        }
        self.quiet_place(tree).filter(|place| matches!(place, Place::Rows { .. }))
    }
}

pub(super) fn string_constant(tree: &IdedExpr) -> Option<String> {
    if let Tree::Literal(LiteralValue::String(text)) = &tree.expr { Some(text.inner().to_owned()) } else { None }
}

/// Which macro a comprehension came from, by its start value and step.
fn shape(macros: &ComprehensionExpr) -> Option<(Quantifier, &IdedExpr)> {
    if macros.iter_var2.is_some() {
        return None;
    }
    let Tree::Call(step) = &macros.loop_step.expr else { return None };
    let args = step.args.as_slice();
    match (&macros.accu_init.expr, step.func_name.as_str(), args) {
        (Tree::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR, [_, body]) => Some((Quantifier::Exists, body)),
        (Tree::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND, [_, body]) => Some((Quantifier::All, body)),
        (Tree::Literal(LiteralValue::Int(_)), operators::CONDITIONAL, [body, ..]) => {
            Some((Quantifier::ExistsOne, body))
        }
        _ => None,
    }
}
