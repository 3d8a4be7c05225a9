//! Operators: which types they take, how constants adopt the type of the other side, and the node each becomes.

use super::check::{Checker, Type, Typed, same_type};
use super::names::{Place, nearest};
use super::{Finding, Kind, Range, constant, literal};
use crate::expr::{Arithmetic, Comparison, Expr, Literal, Root, Session, ValueType};
use crate::model::Scalar;
use cel::common::ast::{CallExpr, Expr as Tree, IdedExpr, LiteralValue, operators};

const BOOL: Type = Type::Value(ValueType::Bool, None);

impl Checker<'_> {
    /// An operator; `None` inside when the call is none.
    pub(super) fn operator(&mut self, tree: &IdedExpr, call: &CallExpr) -> Option<Option<Typed>> {
        let range = self.range(tree);
        let name = call.func_name.as_str();
        Some(match (name, call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [left, right]) => {
                self.connective(name, left, right, range)
            }
            (operators::LOGICAL_NOT, [operand]) => self.negation(operand, range),
            (operators::NEGATE, [operand]) => self.minus(operand, range),
            (operators::CONDITIONAL, [test, then, otherwise]) => self.choice([test, then, otherwise], range),
            (operators::IN, [needle, haystack]) => self.membership(needle, haystack, range),
            (operators::INDEX, _) => self.name(tree),
            (_, [left, right]) => {
                if let Some(op) = comparison(name) {
                    self.comparison(op, left, right, range)
                } else if let Some(op) = arithmetic(name) {
                    self.arithmetic(op, left, right, range)
                } else {
                    return None;
                }
            }
            _ => return None,
        })
    }

    fn connective(&mut self, name: &str, left: &IdedExpr, right: &IdedExpr, range: Range) -> Option<Typed> {
        let word = if name == operators::LOGICAL_AND { "`&&`" } else { "`||`" };
        let left = self.value(left).and_then(|left| self.condition(left, word));
        let right = self.value(right).and_then(|right| self.condition(right, word));
        let operands = vec![left?.expr, right?.expr];
        let expr = if name == operators::LOGICAL_AND { Expr::and(operands) } else { Expr::or(operands) };
        Some(Typed { expr, ty: BOOL, nullable: false, range })
    }

    fn negation(&mut self, operand: &IdedExpr, range: Range) -> Option<Typed> {
        let operand = self.value(operand)?;
        let operand = self.condition(operand, "`!`")?;
        Some(Typed { expr: Expr::not(operand.expr), ty: BOOL, nullable: false, range })
    }

    fn minus(&mut self, operand: &IdedExpr, range: Range) -> Option<Typed> {
        let operand = self.value(operand)?;
        match operand.ty {
            Type::Value(ValueType::Int | ValueType::Float, _) => {}
            Type::Null | Type::Value(..) | Type::List(..) => {
                let message = format!("`-` needs a number, and this is {}", self.describe(operand.ty));
                return self.refuse(Finding::error("rule-type", operand.range, message));
            }
        }
        if operand.expr.literal().is_some_and(|value| constant::negate(value).is_err()) {
            return self.refuse(never_a_value(range));
        }
        Some(Typed { expr: Expr::negate(operand.expr), range, ..operand })
    }

    fn choice(&mut self, [test, then, otherwise]: [&IdedExpr; 3], range: Range) -> Option<Typed> {
        let test = self.value(test).and_then(|test| self.condition(test, "`?`"));
        let (then, otherwise) = (self.value(then), self.value(otherwise));
        let (test, then, otherwise) = (test?, then?, otherwise?);
        let nullable = then.nullable || otherwise.nullable;
        let (then, otherwise) = self.unify(then, otherwise, "`?`")?;
        let branch = if then.ty == Type::Null { &otherwise } else { &then };
        let Type::Value(ty, scalar) = branch.ty else {
            let message = format!("`?` cannot choose between values that are {}", self.describe(branch.ty));
            return self.refuse(Finding::error("rule-type", range, message));
        };
        let expr = Expr::conditional(ty, test.expr, then.expr, otherwise.expr);
        Some(Typed { expr, ty: Type::Value(ty, scalar), nullable, range })
    }

    fn comparison(&mut self, op: Comparison, left: &IdedExpr, right: &IdedExpr, range: Range) -> Option<Typed> {
        let is_equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
        let is_null = |tree: &IdedExpr| matches!(tree.expr, Tree::Literal(LiteralValue::Null));
        let null_test = match (is_null(left), is_null(right)) {
            (true, false) => Some(right),
            (false, true) => Some(left),
            (true, true) | (false, false) => None,
        };
        if let Some(operand) = null_test {
            return if is_equality {
                self.null_test(op, operand, range)
            } else {
                self.value(operand)?;
                self.refuse(
                    Finding::error("rule-never-true", range, "an order comparison with null is never true")
                        .help("ask for null with `== null` or `!= null`"),
                )
            };
        }
        let (left, right) = (self.value(left), self.value(right));
        let (left, right) = (left?, right?);
        let word = comparison_word(op);
        let (left, right) = self.unify(left, right, word)?;
        let (ty, scalar) = match (left.ty, right.ty) {
            (Type::Value(left, scalar), Type::Value(_, other)) => (left, scalar.or(other)),
            (Type::Null, Type::Null) => (ValueType::Bool, None),
            (Type::Null | Type::Value(..) | Type::List(..), _) => {
                return self.refuse(
                    Finding::error("rule-type", range, format!("{word} compares single values, not lists"))
                        .help("search a list with `x in list` or `list.exists(x, …)`"),
                );
            }
        };
        if !is_equality && !self.is_ordered(ty, scalar) {
            let message = format!("{} has no order, so {word} has no meaning", self.describe(left.ty));
            return self.refuse(Finding::error("rule-type", range, message));
        }
        self.check_facts(&left, &right);
        let expr = if left.ty == Type::Null {
            Expr::bool(op == Comparison::Equal)
        } else {
            Expr::compare(op, ty, left.expr, right.expr)
        };
        Some(Typed { expr, ty: BOOL, nullable: false, range })
    }

    fn is_ordered(&self, ty: ValueType, scalar: Option<Scalar>) -> bool {
        match ty {
            ValueType::Int
            | ValueType::Float
            | ValueType::Timestamp
            | ValueType::Date
            | ValueType::Time
            | ValueType::Duration => true,
            ValueType::String => !matches!(scalar, Some(Scalar::Enum(_))),
            ValueType::Bool | ValueType::Bytes | ValueType::Dynamic => false,
        }
    }

    /// `x == null`, where `x` may also be a to-one relation.
    fn null_test(&mut self, op: Comparison, operand: &IdedExpr, range: Range) -> Option<Typed> {
        let operand_range = self.range(operand);
        let value = if matches!(operand.expr, Tree::Ident(_) | Tree::Select(_)) && !is_presence(operand) {
            match self.place(operand)? {
                Place::Row { root, hops, model, .. } if !hops.is_empty() || root == Root::Old => {
                    let key = self.key_of(root, hops, model)?;
                    let ty = Type::Value(key.ty, None);
                    Typed { expr: Expr::Path(key), ty, nullable: true, range: operand_range }
                }
                Place::Rows { .. } => {
                    let name = self.text(operand_range).to_owned();
                    let finding = Finding::error("rule-type", range, format!("`{name}` is a relation and never null"));
                    return self.refuse(finding.help(format!("write `size({name}) == 0`")));
                }
                place @ (Place::Row { .. }
                | Place::Column { .. }
                | Place::Item(..)
                | Place::Auth
                | Place::Request
                | Place::Claims(_)
                | Place::Fact(_)
                | Place::Now) => self.read(place, operand_range)?,
            }
        } else {
            self.value(operand)?
        };
        if value.expr.is_condition() {
            return self.refuse(
                Finding::error("rule-type", range, "a condition is never null")
                    .help("leave the comparison with null out"),
            );
        }
        let test = Expr::is_null(value.expr);
        let expr = if op == Comparison::Equal { test } else { Expr::not(test) };
        Some(Typed { expr, ty: BOOL, nullable: false, range })
    }

    fn membership(&mut self, needle: &IdedExpr, haystack: &IdedExpr, range: Range) -> Option<Typed> {
        let needle_range = self.range(needle);
        let needle = self.value(needle);
        if let Tree::List(list) = &haystack.expr {
            let items: Vec<Option<Typed>> = list.elements.iter().map(|item| self.value(item)).collect();
            let items: Option<Vec<Typed>> = items.into_iter().collect();
            return self.in_items(needle?, items?, range);
        }
        if matches!(haystack.expr, Tree::Ident(_) | Tree::Select(_))
            && !is_presence(haystack)
            && let Place::Rows { .. } = self.place(haystack)?
        {
            let name = self.text(self.range(haystack)).to_owned();
            let sought = self.text(needle_range).to_owned();
            let finding = Finding::error("rule-type", range, format!("`{name}` is a relation, not a list"));
            return self.refuse(finding.help(format!("write `{name}.exists(x, x.… == {sought})`")));
        }
        let haystack = self.value(haystack);
        let (needle, haystack) = (needle?, haystack?);
        if self.scope.kind == Kind::Filter {
            let finding =
                Finding::error("rule-scope", range, "the condition of an index cannot look into a list field");
            return self.refuse(finding.help("compare with constants: `x in ['a', 'b']`"));
        }
        let Type::Value(needle_ty, _) = needle.ty else {
            let message = format!("`in` looks for a single value, and this is {}", self.describe(needle.ty));
            return self.refuse(Finding::error("rule-type", needle.range, message));
        };
        let (ty, item_ty) = match haystack.ty {
            Type::List(item, scalar) => (item, Type::Value(item, scalar)),
            Type::Value(ValueType::Dynamic, _) if needle_ty != ValueType::Dynamic => (needle_ty, needle.ty),
            Type::Value(ValueType::Dynamic, _) => return self.refuse(both_dynamic(range)),
            Type::Null | Type::Value(..) => {
                let message = format!("`in` looks in a list, and this is {}", self.describe(haystack.ty));
                let finding = Finding::error("rule-type", haystack.range, message);
                let is_text = matches!(haystack.ty, Type::Value(ValueType::String, _));
                let help =
                    if is_text { "use x.contains(y) to look for a part of a text" } else { "write `x in [a, b]`" };
                return self.refuse(finding.help(help));
            }
        };
        let item = Typed { expr: haystack.expr.clone(), ty: item_ty, nullable: true, range: haystack.range };
        let (needle, item) = self.unify(needle, item, "`in`")?;
        self.check_facts(&needle, &haystack);
        Some(Typed { expr: Expr::is_in(ty, needle.expr, item.expr), ty: BOOL, nullable: false, range })
    }

    fn in_items(&mut self, needle: Typed, items: Vec<Typed>, range: Range) -> Option<Typed> {
        if items.is_empty() {
            return self.refuse(Finding::error("rule-never-true", range, "nothing is in an empty list"));
        }
        let mut exprs = Vec::with_capacity(items.len());
        let mut needle = needle;
        let mut ty = None;
        for item in items {
            if item.ty == Type::Null {
                return self.refuse(
                    Finding::error("rule-never-true", item.range, "`in` never finds null").help("add `|| x == null`"),
                );
            }
            let item_range = item.range;
            let (left, right) = self.unify(needle, item, "`in`")?;
            let Type::Value(item_ty, _) = right.ty else {
                let message = format!("a list cannot hold {}", self.describe(right.ty));
                return self.refuse(Finding::error("rule-type", item_range, message));
            };
            if ty.is_some_and(|ty| ty != item_ty) {
                return self.refuse(Finding::error("rule-type", item_range, "the items of a list must have one type"));
            }
            self.check_facts(&left, &right);
            ty = Some(item_ty);
            exprs.push(right.expr);
            needle = left;
        }
        let ty = ty.unwrap_or(ValueType::Dynamic);
        Some(Typed { expr: Expr::is_in(ty, needle.expr, Expr::List(exprs)), ty: BOOL, nullable: false, range })
    }

    fn arithmetic(&mut self, op: Arithmetic, left: &IdedExpr, right: &IdedExpr, range: Range) -> Option<Typed> {
        let (left, right) = (self.value(left), self.value(right));
        let (left, right) = (left?, right?);
        let word = arithmetic_word(op);
        let is_time = |typed: &Typed| matches!(typed.ty, Type::Value(ValueType::Timestamp | ValueType::Duration, _));
        let (left, right) =
            if is_time(&left) && is_time(&right) { (left, right) } else { self.unify(left, right, word)? };
        let result = match (left.ty, right.ty) {
            (Type::Value(left, _), Type::Value(right, _)) => arithmetic_type(op, left, right),
            (Type::Null | Type::Value(..) | Type::List(..), _) => None,
        };
        let Some(ty) = result else {
            let message =
                format!("{word} has no meaning for {} and {}", self.describe(left.ty), self.describe(right.ty));
            let finding = Finding::error("rule-type", range, message);
            let has_date = [left.ty, right.ty].iter().any(|ty| matches!(ty, Type::Value(ValueType::Date, _)));
            return self.refuse(if has_date {
                finding.help("arithmetic on times needs DateTime fields")
            } else {
                finding
            });
        };
        if let (Some(left), Some(right)) = (left.expr.literal(), right.expr.literal())
            && constant::arithmetic(op, left, right).is_err()
        {
            return self.refuse(never_a_value(range));
        }
        let nullable = left.nullable || right.nullable;
        let expr = Expr::arithmetic(op, ty, left.expr, right.expr);
        Some(Typed { expr, ty: Type::Value(ty, None), nullable, range })
    }

    /// Brings two values to one type: a constant adopts the type of the other side, and so does a claim or JSON value.
    pub(super) fn unify(&mut self, left: Typed, right: Typed, of: &str) -> Option<(Typed, Typed)> {
        let range = left.range.to(right.range);
        let (left_ty, right_ty) = (left.ty, right.ty);
        let left = self.adapt(left, right_ty)?;
        let right = self.adapt(right, left_ty)?;
        match (left.ty, right.ty) {
            (Type::Null, _) | (_, Type::Null) => Some((left, right)),
            (Type::Value(ValueType::Dynamic, _), Type::Value(ValueType::Dynamic, _)) => {
                self.refuse(both_dynamic(range))
            }
            (Type::Value(_, Some(Scalar::Enum(one))), Type::Value(_, Some(Scalar::Enum(other)))) if one != other => {
                let message = format!("{of} has {} and {}", self.describe(left.ty), self.describe(right.ty));
                self.refuse(Finding::error("rule-type", range, message))
            }
            (one, other) if same_type(one, other) => Some((left, right)),
            (one, other) => {
                let message = format!(
                    "{of} has {} and {}, and there are no implicit casts",
                    self.describe(one),
                    self.describe(other)
                );
                let finding = Finding::error("rule-type", range, message);
                self.refuse(match cast_help(one, other) {
                    Some(help) => finding.help(help),
                    None => finding,
                })
            }
        }
    }

    /// Gives a constant or dynamic value the type of what it meets, where that is possible and its text allows it.
    pub(super) fn adapt(&mut self, typed: Typed, target: Type) -> Option<Typed> {
        let Type::Value(ty, scalar) = target else { return Some(typed) };
        let range = typed.range;
        if let Type::Value(ValueType::Dynamic, _) = typed.ty {
            return match ty {
                ValueType::Dynamic => Some(typed),
                ValueType::Duration | ValueType::Bytes => {
                    let message = format!("a claim or JSON value cannot be {}", self.describe(target));
                    self.refuse(Finding::error("rule-type", range, message))
                }
                ValueType::Bool
                | ValueType::Int
                | ValueType::Float
                | ValueType::String
                | ValueType::Timestamp
                | ValueType::Date
                | ValueType::Time => Some(Typed { ty: Type::Value(ty, None), ..typed }),
            };
        }
        match (&typed.expr, ty) {
            (Expr::Literal(Literal::Int(value)), ValueType::Float) => {
                let value = *value;
                #[expect(clippy::cast_precision_loss, reason = "checked on the next line")]
                let float = value as f64;
                if value.unsigned_abs() > 1 << 53 {
                    let message = format!("{value} has no exact Float");
                    return self.refuse(Finding::error("rule-literal", range, message));
                }
                Some(Typed { expr: Expr::Literal(Literal::Float(float)), ty: target, ..typed })
            }
            (Expr::Literal(Literal::String(text)), ValueType::Date) => {
                let found = literal::date(text);
                self.replace_text(typed, found, target, "'2024-12-31'")
            }
            (Expr::Literal(Literal::String(text)), ValueType::Time) => {
                let found = literal::time(text);
                self.replace_text(typed, found, target, "'23:59:59'")
            }
            (Expr::Literal(Literal::String(text)), ValueType::String) => match scalar {
                Some(Scalar::Uuid) => {
                    let found = literal::uuid(text);
                    self.replace_text(typed, found, target, "'0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d'")
                }
                Some(Scalar::Enum(id)) => {
                    let text = text.clone();
                    let schema = self.scope.schema;
                    let Some(found) = schema.enums.get(usize::from(id.0)) else { return Some(typed) };
                    if found.values.contains(&text) {
                        return Some(Typed { ty: target, ..typed });
                    }
                    let finding =
                        Finding::error("rule-literal", range, format!("`{}` has no value '{text}'", found.name));
                    let near = nearest(&text, found.values.iter().map(String::as_str));
                    let help = near.map_or_else(
                        || format!("its values are {}", found.values.join(", ")),
                        |near| format!("did you mean '{near}'?"),
                    );
                    self.refuse(finding.help(help))
                }
                _ => Some(typed),
            },
            _ => Some(typed),
        }
    }

    fn replace_text(&mut self, typed: Typed, found: Option<String>, target: Type, example: &str) -> Option<Typed> {
        let Some(text) = found else {
            let message = format!("this text is not {}", self.describe(target));
            return self
                .refuse(Finding::error("rule-literal", typed.range, message).help(format!("write it like {example}")));
        };
        Some(Typed { expr: Expr::Literal(Literal::String(text)), ty: target, ..typed })
    }

    /// Warns where a fact of the session is compared with a constant that it never is.
    fn check_facts(&mut self, left: &Typed, right: &Typed) {
        for (fact, constant) in [(left, right), (right, left)] {
            let (Expr::Session(session), Some(Literal::String(text))) = (&fact.expr, constant.expr.literal()) else {
                continue;
            };
            let known: &[&str] = match session {
                Session::Role | Session::Roles => {
                    self.check_role(&text.clone(), constant.range);
                    continue;
                }
                Session::RequestApi => &["REST", "GRAPHQL", "GRPC", "REALTIME", "FUNCTION"],
                Session::RequestMethod => &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
                Session::Aal => &["aal1", "aal2"],
                Session::Uid
                | Session::Email
                | Session::Verified
                | Session::IsAnon
                | Session::Claim(_)
                | Session::HasClaim(_)
                | Session::HasRole(_)
                | Session::RequestIp => continue,
            };
            if !known.contains(&text.as_str()) {
                let finding =
                    Finding::warning("rule-never-true", constant.range, format!("this fact is never '{text}'"));
                let help = format!("it is one of {}", known.join(", "));
                self.report(finding.help(help));
            }
        }
    }

    /// Warns about a role that the schema does not declare.
    pub(super) fn check_role(&mut self, role: &str, range: Range) {
        const WIRE: [&str; 4] = ["user", "anon", "authenticated", "service_role"];
        let schema = self.scope.schema;
        let declared = schema.role_enum.and_then(|id| schema.enums.get(usize::from(id.0)));
        let Some(declared) = declared else { return };
        if declared.values.iter().any(|value| value == role) || WIRE.contains(&role) {
            return;
        }
        let finding =
            Finding::warning("rule-unknown-role", range, format!("`{}` declares no role '{role}'", declared.name));
        let near = nearest(role, declared.values.iter().map(String::as_str).chain(WIRE));
        let help = near.map_or_else(
            || format!("its roles are {}", declared.values.join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        self.report(finding.help(help));
    }
}

fn is_presence(tree: &IdedExpr) -> bool {
    matches!(&tree.expr, Tree::Select(select) if select.test)
}

fn both_dynamic(range: Range) -> Finding {
    Finding::error("rule-dynamic", range, "the types of both sides are known only at run time")
        .help("compare with a field or a constant, so that one side has a type")
}

fn never_a_value(range: Range) -> Finding {
    Finding::error("rule-constant", range, "this has no value: it overflows or divides by zero")
}

fn cast_help(left: Type, right: Type) -> Option<&'static str> {
    let (Type::Value(left, _), Type::Value(right, _)) = (left, right) else { return None };
    match (left, right) {
        (ValueType::Timestamp, ValueType::String) | (ValueType::String, ValueType::Timestamp) => {
            Some("write an instant as timestamp(\"2024-12-31T00:00:00Z\")")
        }
        (ValueType::Duration, ValueType::String | ValueType::Int)
        | (ValueType::String | ValueType::Int, ValueType::Duration) => Some("write a duration as duration(\"24h\")"),
        (ValueType::Timestamp, ValueType::Date) | (ValueType::Date, ValueType::Timestamp) => {
            Some("compare a DateTime with an instant, and a Date with a date such as '2024-12-31'")
        }
        (ValueType::Timestamp, ValueType::Duration) | (ValueType::Duration, ValueType::Timestamp) => {
            Some("subtract first: `now - createdAt < duration(\"24h\")`")
        }
        (ValueType::Int, ValueType::String) | (ValueType::String, ValueType::Int) => {
            Some("write the number without quotes, or the text with them")
        }
        (ValueType::Bool, ValueType::String) | (ValueType::String, ValueType::Bool) => {
            Some("write true or false without quotes")
        }
        _ => None,
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn comparison_word(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => "`==`",
        Comparison::NotEqual => "`!=`",
        Comparison::Less => "`<`",
        Comparison::LessOrEqual => "`<=`",
        Comparison::Greater => "`>`",
        Comparison::GreaterOrEqual => "`>=`",
    }
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}

fn arithmetic_word(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "`+`",
        Arithmetic::Subtract => "`-`",
        Arithmetic::Multiply => "`*`",
        Arithmetic::Divide => "`/`",
        Arithmetic::Remainder => "`%`",
    }
}

fn arithmetic_type(op: Arithmetic, left: ValueType, right: ValueType) -> Option<ValueType> {
    use ValueType as T;
    match (op, left, right) {
        (_, T::Int, T::Int) => Some(T::Int),
        (Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply | Arithmetic::Divide, T::Float, T::Float) => {
            Some(T::Float)
        }
        (Arithmetic::Add, T::String, T::String) => Some(T::String),
        (Arithmetic::Add, T::Timestamp, T::Duration) | (Arithmetic::Add, T::Duration, T::Timestamp) => {
            Some(T::Timestamp)
        }
        (Arithmetic::Subtract, T::Timestamp, T::Duration) => Some(T::Timestamp),
        (Arithmetic::Subtract, T::Timestamp, T::Timestamp) => Some(T::Duration),
        (Arithmetic::Add | Arithmetic::Subtract, T::Duration, T::Duration) => Some(T::Duration),
        _ => None,
    }
}
