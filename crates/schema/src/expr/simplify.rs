//! Builds expressions and computes what is constant on the way. Every result has the same truth, nulls and errors as the
//! plain node. An operation on constants that fails stays as it is, so that it still fails when it is evaluated.

use super::{Arithmetic, Comparison, Expr, Function, Literal, Quantifier, RelationPath, Session, ValueType, Variable};
use crate::rule::constant;

/// Items of a constant list that a macro is unrolled over.
const UNROLL_MAX: usize = 64;

impl Expr {
    /// `true` or `false`.
    #[must_use]
    pub fn bool(value: bool) -> Expr {
        Expr::Literal(Literal::Bool(value))
    }

    /// The constant, if it is one.
    #[must_use]
    pub fn literal(&self) -> Option<&Literal> {
        if let Expr::Literal(literal) = self { Some(literal) } else { None }
    }

    fn is_literal(&self, wanted: &Literal) -> bool {
        self.literal() == Some(wanted)
    }

    /// Whether it is false wherever it stands as a condition.
    fn is_never(&self) -> bool {
        matches!(self.literal(), Some(Literal::Bool(false) | Literal::Null))
    }

    /// Whether the value is true, false or an error, and never null.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        match self {
            Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::IsNull(_)
            | Expr::In { .. }
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. } => true,
            Expr::Literal(literal) => matches!(literal, Literal::Bool(_)),
            Expr::Session(session) => {
                matches!(session, Session::IsAnon | Session::HasRole(_) | Session::HasClaim(_))
            }
            Expr::Call { function, .. } => constant::is_condition(*function),
            Expr::Conditional { then, otherwise, .. } => then.is_condition() && otherwise.is_condition(),
            Expr::Path(_)
            | Expr::Now
            | Expr::List(_)
            | Expr::Arithmetic { .. }
            | Expr::Negate(_)
            | Expr::Item(_)
            | Expr::Count(_) => false,
        }
    }

    /// Whether evaluating it may be an error; yes when in doubt.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        match self {
            Expr::Session(session) => {
                matches!(session, Session::Claim(_) | Session::Email | Session::Verified | Session::Aal)
            }
            Expr::Path(path) => path.ty == ValueType::Dynamic,
            Expr::Arithmetic { ty, .. } if *ty != ValueType::String => true,
            Expr::Call { function: Function::Abs, .. } | Expr::Negate(_) => true,
            Expr::Literal(_)
            | Expr::Now
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::IsNull(_)
            | Expr::In { .. }
            | Expr::List(_)
            | Expr::Arithmetic { .. }
            | Expr::Conditional { .. }
            | Expr::Call { .. }
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. }
            | Expr::Item(_)
            | Expr::Count(_) => self.parts().into_iter().any(Expr::can_fail),
        }
    }

    /// The boolean as a condition: null becomes false.
    #[must_use]
    pub fn into_condition(self) -> Expr {
        if self.is_condition() {
            return self;
        }
        Expr::compare(Comparison::Equal, ValueType::Bool, self, Expr::bool(true))
    }

    /// Conjunction of any number of conditions; true of none.
    #[must_use]
    pub fn and(operands: Vec<Expr>) -> Expr {
        let mut kept: Vec<Expr> = Vec::with_capacity(operands.len());
        let flat =
            operands.into_iter().flat_map(|operand| if let Expr::And(inner) = operand { inner } else { vec![operand] });
        for operand in flat {
            if operand.is_never() {
                return Expr::bool(false);
            }
            if !operand.is_literal(&Literal::Bool(true)) && !kept.contains(&operand) {
                kept.push(operand);
            }
        }
        match kept.len() {
            0 => Expr::bool(true),
            1 => kept.remove(0).into_condition(),
            _ => Expr::And(kept),
        }
    }

    /// Disjunction of any number of conditions; false of none.
    #[must_use]
    pub fn or(operands: Vec<Expr>) -> Expr {
        let mut kept: Vec<Expr> = Vec::with_capacity(operands.len());
        let flat =
            operands.into_iter().flat_map(|operand| if let Expr::Or(inner) = operand { inner } else { vec![operand] });
        for operand in flat {
            if operand.is_literal(&Literal::Bool(true)) {
                return Expr::bool(true);
            }
            if !operand.is_never() && !kept.contains(&operand) {
                kept.push(operand);
            }
        }
        match kept.len() {
            0 => Expr::bool(false),
            1 => kept.remove(0).into_condition(),
            _ => Expr::Or(kept),
        }
    }

    /// Negation of a condition.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "the constructor of `Expr::Not`, beside `and` and `or`")]
    pub fn not(operand: Expr) -> Expr {
        if operand.is_never() {
            return Expr::bool(true);
        }
        if operand.is_literal(&Literal::Bool(true)) {
            return Expr::bool(false);
        }
        if let Expr::Not(inner) = operand { inner.into_condition() } else { Expr::Not(Box::new(operand)) }
    }

    /// Comparison of two values of type `ty`.
    #[must_use]
    pub fn compare(op: Comparison, ty: ValueType, left: Expr, right: Expr) -> Expr {
        match (left.literal(), right.literal()) {
            (Some(Literal::Null), _) | (_, Some(Literal::Null)) => Expr::bool(op == Comparison::NotEqual),
            (Some(left), Some(right)) => Expr::bool(constant::compare(op, left, right)),
            _ => Expr::Compare { op, ty, left: Box::new(left), right: Box::new(right) },
        }
    }

    /// `operand == null`.
    #[must_use]
    pub fn is_null(operand: Expr) -> Expr {
        match operand.literal() {
            Some(literal) => Expr::bool(*literal == Literal::Null),
            None => Expr::IsNull(Box::new(operand)),
        }
    }

    /// `needle in haystack`.
    #[must_use]
    pub fn is_in(ty: ValueType, needle: Expr, haystack: Expr) -> Expr {
        if needle.is_literal(&Literal::Null) || haystack.is_literal(&Literal::Null) {
            return Expr::bool(false);
        }
        let Expr::List(mut items) = haystack else {
            return Expr::In { ty, needle: Box::new(needle), haystack: Box::new(haystack) };
        };
        items.retain(|item| !item.is_literal(&Literal::Null));
        if items.is_empty() {
            return Expr::bool(false);
        }
        if let Some(needle) = needle.literal() {
            let equal = |item: &Expr| item.literal().map(|item| constant::compare(Comparison::Equal, needle, item));
            if items.iter().any(|item| equal(item) == Some(true)) {
                return Expr::bool(true);
            }
            items.retain(|item| equal(item).is_none());
            if items.is_empty() {
                return Expr::bool(false);
            }
        }
        Expr::In { ty, needle: Box::new(needle), haystack: Box::new(Expr::List(items)) }
    }

    /// Arithmetic with a result of type `ty`.
    #[must_use]
    pub fn arithmetic(op: Arithmetic, ty: ValueType, left: Expr, right: Expr) -> Expr {
        if left.is_literal(&Literal::Null) || right.is_literal(&Literal::Null) {
            return Expr::Literal(Literal::Null);
        }
        if let (Some(left), Some(right)) = (left.literal(), right.literal())
            && let Ok(value) = constant::arithmetic(op, left, right)
        {
            return Expr::Literal(value);
        }
        Expr::Arithmetic { op, ty, left: Box::new(left), right: Box::new(right) }
    }

    /// `-operand`.
    #[must_use]
    pub fn negate(operand: Expr) -> Expr {
        match operand.literal().map(constant::negate) {
            Some(Ok(value)) => Expr::Literal(value),
            Some(Err(_)) | None => Expr::Negate(Box::new(operand)),
        }
    }

    /// `test ? then : otherwise`.
    #[must_use]
    pub fn conditional(ty: ValueType, test: Expr, then: Expr, otherwise: Expr) -> Expr {
        if test.is_literal(&Literal::Bool(true)) {
            return then;
        }
        if test.is_never() {
            return otherwise;
        }
        Expr::Conditional { ty, test: Box::new(test), then: Box::new(then), otherwise: Box::new(otherwise) }
    }

    /// A function of scalars.
    #[must_use]
    pub fn call(function: Function, args: Vec<Expr>) -> Expr {
        if args.iter().any(|arg| arg.is_literal(&Literal::Null)) {
            return if constant::is_condition(function) { Expr::bool(false) } else { Expr::Literal(Literal::Null) };
        }
        if function == Function::Size
            && let [Expr::List(items)] = args.as_slice()
            && let Ok(len) = i64::try_from(items.len())
        {
            return Expr::Literal(Literal::Int(len));
        }
        let literals: Option<Vec<Literal>> = args.iter().map(|arg| arg.literal().cloned()).collect();
        match literals.map(|literals| constant::call(function, &literals)) {
            Some(Ok(value)) => Expr::Literal(value),
            Some(Err(_)) | None => Expr::Call { function, args },
        }
    }

    /// A macro over related rows.
    #[must_use]
    pub fn quantified(quantifier: Quantifier, over: RelationPath, variable: Variable, body: Expr) -> Expr {
        match quantifier {
            Quantifier::Exists | Quantifier::ExistsOne if body.is_never() => Expr::bool(false),
            Quantifier::All if body.is_literal(&Literal::Bool(true)) => Expr::bool(true),
            Quantifier::Exists | Quantifier::All | Quantifier::ExistsOne => {
                Expr::Quantified { quantifier, over, variable, body: Box::new(body) }
            }
        }
    }

    /// A macro over a list of scalars; over a constant list it is written out.
    #[must_use]
    pub fn quantified_list(quantifier: Quantifier, over: Expr, ty: ValueType, variable: Variable, body: Expr) -> Expr {
        if over.is_literal(&Literal::Null) {
            return Expr::bool(false);
        }
        if let Expr::List(items) = &over
            && items.len() <= UNROLL_MAX
            && !over.can_fail()
        {
            let each = || items.iter().map(|item| body.with_item(variable, item)).collect();
            match quantifier {
                Quantifier::Exists => return Expr::or(each()),
                Quantifier::All => return Expr::and(each()),
                Quantifier::ExistsOne if items.is_empty() => return Expr::bool(false),
                Quantifier::ExistsOne => {}
            }
        }
        Expr::QuantifiedList { quantifier, over: Box::new(over), ty, variable, body: Box::new(body) }
    }

    /// The expression with `item` in place of a list variable.
    fn with_item(&self, variable: Variable, item: &Expr) -> Expr {
        if *self == Expr::Item(variable) {
            return item.clone();
        }
        self.rebuild(&mut |part| part.with_item(variable, item))
    }

    /// The expression with each direct part replaced by `part`, computing what became constant.
    #[must_use]
    pub fn rebuild(&self, part: &mut dyn FnMut(&Expr) -> Expr) -> Expr {
        match self {
            Expr::Literal(_) | Expr::Path(_) | Expr::Session(_) | Expr::Now | Expr::Item(_) | Expr::Count(_) => {
                self.clone()
            }
            Expr::Not(operand) => Expr::not(part(operand)),
            Expr::And(operands) => Expr::and(operands.iter().map(part).collect()),
            Expr::Or(operands) => Expr::or(operands.iter().map(part).collect()),
            Expr::Compare { op, ty, left, right } => Expr::compare(*op, *ty, part(left), part(right)),
            Expr::IsNull(operand) => Expr::is_null(part(operand)),
            Expr::In { ty, needle, haystack } => Expr::is_in(*ty, part(needle), part(haystack)),
            Expr::List(items) => Expr::List(items.iter().map(part).collect()),
            Expr::Arithmetic { op, ty, left, right } => Expr::arithmetic(*op, *ty, part(left), part(right)),
            Expr::Negate(operand) => Expr::negate(part(operand)),
            Expr::Conditional { ty, test, then, otherwise } => {
                Expr::conditional(*ty, part(test), part(then), part(otherwise))
            }
            Expr::Call { function, args } => Expr::call(*function, args.iter().map(part).collect()),
            Expr::Quantified { quantifier, over, variable, body } => {
                Expr::quantified(*quantifier, over.clone(), *variable, part(body))
            }
            Expr::QuantifiedList { quantifier, over, ty, variable, body } => {
                Expr::quantified_list(*quantifier, part(over), *ty, *variable, part(body))
            }
        }
    }

    /// The direct parts.
    #[must_use]
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Expr::Literal(_) | Expr::Path(_) | Expr::Session(_) | Expr::Now | Expr::Item(_) | Expr::Count(_) => {
                Vec::new()
            }
            Expr::Not(operand) | Expr::IsNull(operand) | Expr::Negate(operand) => vec![operand],
            Expr::And(parts) | Expr::Or(parts) | Expr::List(parts) | Expr::Call { args: parts, .. } => {
                parts.iter().collect()
            }
            Expr::Compare { left, right, .. } | Expr::Arithmetic { left, right, .. } => vec![left, right],
            Expr::In { needle, haystack, .. } => vec![needle, haystack],
            Expr::Conditional { test, then, otherwise, .. } => vec![test, then, otherwise],
            Expr::Quantified { body, .. } => vec![body],
            Expr::QuantifiedList { over, body, .. } => vec![over, body],
        }
    }
}
