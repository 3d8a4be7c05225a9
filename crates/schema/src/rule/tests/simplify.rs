//! What the constructors of expressions compute at load: each result has the truth of the plain node, and is written as short.

use super::*;
use crate::expr::{
    Arithmetic, Comparison, Expr, Function, Literal, Path, Quantifier, RelationPath, Root, Session, ValueType, Variable,
};
use crate::model::{FieldId, RelationshipId};

/// The column of `Task` at a position.
fn column(field: u16, ty: ValueType) -> Expr {
    let field = FieldId(field);
    Expr::Path(Path { root: Root::Row, hops: Vec::new(), model: ModelId(0), field, json: Vec::new(), ty, list: false })
}

fn title() -> Expr {
    column(1, ValueType::String)
}

fn points() -> Expr {
    column(8, ValueType::Int)
}

fn done() -> Expr {
    column(12, ValueType::Bool)
}

fn meta() -> Expr {
    column(19, ValueType::Dynamic)
}

fn null() -> Expr {
    Expr::Literal(Literal::Null)
}

fn int(value: i64) -> Expr {
    Expr::Literal(Literal::Int(value))
}

fn text(value: &str) -> Expr {
    Expr::Literal(Literal::String(value.to_owned()))
}

fn is(left: Expr, right: Expr) -> Expr {
    Expr::compare(Comparison::Equal, ValueType::Int, left, right)
}

/// A condition that is known only at run time.
fn one() -> Expr {
    is(points(), int(1))
}

fn two() -> Expr {
    is(points(), int(2))
}

#[track_caller]
fn written(expr: &Expr, expected: &str) {
    assert_eq!(print(&schema(), expr), expected);
}

#[test]
fn connectives() {
    let (yes, no) = (Expr::bool(true), Expr::bool(false));
    written(&Expr::and(vec![]), "true");
    written(&Expr::or(vec![]), "false");
    written(&Expr::and(vec![yes.clone(), one()]), "(Equal Int points 1)");
    written(&Expr::and(vec![one(), null()]), "false");
    written(&Expr::and(vec![one(), no.clone(), two()]), "false");
    written(&Expr::and(vec![one(), two(), one()]), "(and (Equal Int points 1) (Equal Int points 2))");
    written(
        &Expr::and(vec![Expr::And(vec![one(), two()]), done()]),
        "(and (Equal Int points 1) (Equal Int points 2) done)",
    );
    written(
        &Expr::and(vec![Expr::Or(vec![one(), two()]), done()]),
        "(and (or (Equal Int points 1) (Equal Int points 2)) done)",
    );
    written(&Expr::and(vec![done()]), "(Equal Bool done true)");
    written(&Expr::or(vec![no, one()]), "(Equal Int points 1)");
    written(&Expr::or(vec![null(), one()]), "(Equal Int points 1)");
    written(&Expr::or(vec![one(), yes, two()]), "true");
    written(&Expr::or(vec![one(), two(), two()]), "(or (Equal Int points 1) (Equal Int points 2))");
    written(
        &Expr::or(vec![Expr::Or(vec![one(), two()]), done()]),
        "(or (Equal Int points 1) (Equal Int points 2) done)",
    );
    written(
        &Expr::or(vec![Expr::And(vec![one(), two()]), done()]),
        "(or (and (Equal Int points 1) (Equal Int points 2)) done)",
    );
    written(&Expr::or(vec![done()]), "(Equal Bool done true)");
    written(&Expr::not(null()), "true");
    written(&Expr::not(Expr::bool(false)), "true");
    written(&Expr::not(Expr::bool(true)), "false");
    written(&Expr::not(done()), "(not done)");
    written(&Expr::not(Expr::not(done())), "(Equal Bool done true)");
    written(&Expr::not(Expr::not(one())), "(Equal Int points 1)");
}

#[test]
fn comparisons_and_lists() {
    let compare = |op, left, right| Expr::compare(op, ValueType::Int, left, right);
    written(&compare(Comparison::Equal, null(), points()), "false");
    written(&compare(Comparison::NotEqual, points(), null()), "true");
    written(&compare(Comparison::Less, points(), null()), "false");
    written(&compare(Comparison::Less, int(1), int(2)), "true");
    written(&compare(Comparison::Less, int(2), int(2)), "false");
    written(&Expr::is_null(null()), "true");
    written(&Expr::is_null(int(0)), "false");
    written(&Expr::is_null(points()), "(isnull points)");
    let is_in = |needle, haystack| Expr::is_in(ValueType::Int, needle, haystack);
    written(&is_in(null(), Expr::List(vec![points()])), "false");
    written(&is_in(points(), null()), "false");
    written(&is_in(points(), Expr::List(vec![])), "false");
    written(&is_in(points(), Expr::List(vec![null()])), "false");
    written(&is_in(points(), Expr::List(vec![null(), int(3)])), "(in Int points [3])");
    written(&is_in(int(3), Expr::List(vec![points(), int(3)])), "true");
    written(&is_in(int(3), Expr::List(vec![int(4), int(5)])), "false");
    written(&is_in(int(3), Expr::List(vec![int(4), points()])), "(in Int 3 [points])");
    written(&is_in(int(3), meta()), "(in Int 3 meta)");
}

#[test]
fn arithmetic_choices_and_calls() {
    let sum = |left, right| Expr::arithmetic(Arithmetic::Add, ValueType::Int, left, right);
    written(&sum(null(), points()), "null");
    written(&sum(points(), null()), "null");
    written(&sum(int(1), int(2)), "3");
    written(&sum(int(1), points()), "(Add Int 1 points)");
    // What fails stays, so that it fails when it is evaluated.
    written(&sum(int(i64::MAX), int(1)), "(Add Int 9223372036854775807 1)");
    written(&Expr::negate(int(3)), "-3");
    written(&Expr::negate(null()), "null");
    written(&Expr::negate(int(i64::MIN)), "(neg -9223372036854775808)");
    written(&Expr::negate(points()), "(neg points)");
    let choice = |test| Expr::conditional(ValueType::Int, test, int(1), int(2));
    written(&choice(Expr::bool(true)), "1");
    written(&choice(Expr::bool(false)), "2");
    written(&choice(null()), "2");
    written(&choice(done()), "(if Int done 1 2)");
    written(&Expr::call(Function::Contains, vec![title(), null()]), "false");
    written(&Expr::call(Function::Trim, vec![null()]), "null");
    written(&Expr::call(Function::Size, vec![Expr::List(vec![points(), int(1)])]), "2");
    written(&Expr::call(Function::Size, vec![text("añ")]), "2");
    written(&Expr::call(Function::Size, vec![title()]), "(Size title)");
    written(&Expr::call(Function::Least, vec![Expr::List(vec![points()])]), "(Least [points])");
    written(&Expr::call(Function::Abs, vec![int(i64::MIN)]), "(Abs -9223372036854775808)");
    written(&Expr::call(Function::Abs, vec![int(-2)]), "2");
}

#[test]
fn macros() {
    let over = |quantifier, body| Expr::quantified(quantifier, members(), Variable(0), body);
    for (quantifier, body, expected) in [
        (Quantifier::Exists, Expr::bool(false), "false"),
        (Quantifier::Exists, null(), "false"),
        (Quantifier::ExistsOne, Expr::bool(false), "false"),
        (Quantifier::All, Expr::bool(true), "true"),
        (Quantifier::Exists, Expr::bool(true), "(Exists project.members* $0 true)"),
        (Quantifier::ExistsOne, Expr::bool(true), "(ExistsOne project.members* $0 true)"),
        (Quantifier::All, Expr::bool(false), "(All project.members* $0 false)"),
        (Quantifier::All, null(), "(All project.members* $0 null)"),
    ] {
        written(&over(quantifier, body), expected);
    }
    let item = || is(Expr::Item(Variable(0)), points());
    let list = |quantifier, over| Expr::quantified_list(quantifier, over, ValueType::Int, Variable(0), item());
    written(&list(Quantifier::All, null()), "false");
    written(&list(Quantifier::Exists, Expr::List(vec![])), "false");
    written(&list(Quantifier::All, Expr::List(vec![])), "true");
    written(&list(Quantifier::ExistsOne, Expr::List(vec![])), "false");
    written(&list(Quantifier::ExistsOne, Expr::List(vec![int(1)])), "(ExistsOne Int [1] $0 (Equal Int $0 points))");
    written(
        &list(Quantifier::Exists, Expr::List(vec![int(1), int(2)])),
        "(or (Equal Int 1 points) (Equal Int 2 points))",
    );
    // An item that may fail is not copied into each comparison, and a long list is not written out.
    written(
        &list(Quantifier::Exists, Expr::List(vec![Expr::negate(points())])),
        "(Exists Int [(neg points)] $0 (Equal Int $0 points))",
    );
    let numbers = |count: i64| Expr::List((0..count).map(int).collect());
    assert!(matches!(list(Quantifier::Exists, numbers(64)), Expr::Or(_)));
    assert!(matches!(list(Quantifier::Exists, numbers(65)), Expr::QuantifiedList { .. }));
    // Only its own variable is replaced, also within other macros.
    let both = Expr::and(vec![is(Expr::Item(Variable(0)), int(1)), is(Expr::Item(Variable(1)), points())]);
    let inner = Expr::quantified_list(Quantifier::Exists, meta(), ValueType::Int, Variable(1), both);
    let outer = Expr::quantified_list(Quantifier::All, Expr::List(vec![points()]), ValueType::Int, Variable(0), inner);
    written(&outer, "(Exists Int meta $1 (and (Equal Int points 1) (Equal Int $1 points)))");
}

fn members() -> RelationPath {
    RelationPath { root: Root::Row, hops: vec![RelationshipId(0)], relation: RelationshipId(3) }
}

fn claim() -> Expr {
    Expr::Session(Session::Claim(vec!["org".to_owned()]))
}

fn tags() -> Expr {
    let Expr::Path(path) = column(21, ValueType::String) else { return null() };
    Expr::Path(Path { list: true, ..path })
}

fn tags_within() -> Expr {
    let Expr::Path(path) = tags() else { return null() };
    Expr::Path(Path { json: vec!["k".to_owned()], ..path })
}

fn call(function: Function, args: Vec<Expr>) -> Expr {
    Expr::Call { function, args }
}

fn sum(ty: ValueType, left: Expr, right: Expr) -> Expr {
    Expr::Arithmetic { op: Arithmetic::Add, ty, left: Box::new(left), right: Box::new(right) }
}

fn choice(then: Expr, otherwise: Expr) -> Expr {
    let (test, then, otherwise) = (Box::new(done()), Box::new(then), Box::new(otherwise));
    Expr::Conditional { ty: ValueType::Bool, test, then, otherwise }
}

fn exists(body: Expr) -> Expr {
    Expr::Quantified { quantifier: Quantifier::Exists, over: members(), variable: Variable(0), body: Box::new(body) }
}

fn exists_in(over: Expr, body: Expr) -> Expr {
    let (over, body) = (Box::new(over), Box::new(body));
    Expr::QuantifiedList { quantifier: Quantifier::Exists, over, ty: ValueType::Int, variable: Variable(0), body }
}

/// What is known of an expression: whether it is a condition, may fail, is a list, and its type.
type Known = (bool, bool, bool, Option<ValueType>);

#[track_caller]
fn check_known((expr, is_condition, can_fail, is_list, ty): (Expr, bool, bool, bool, Option<ValueType>)) {
    let found: Known = (expr.is_condition(), expr.can_fail(), expr.is_list(), expr.value_type());
    assert_eq!(found, (is_condition, can_fail, is_list, ty), "{expr:?}");
    let condition = if is_condition { expr.clone() } else { is_true(expr.clone()) };
    assert_eq!(expr.clone().into_condition(), condition);
    if expr.literal().is_none() {
        assert_eq!(expr.rebuild(&mut Expr::clone), expr, "the same parts give the same expression");
    }
}

#[test]
fn what_is_known_of_values() {
    use ValueType as T;
    for row in [
        (null(), false, false, false, None),
        (Expr::bool(true), true, false, false, Some(T::Bool)),
        (int(1), false, false, false, Some(T::Int)),
        (Expr::Literal(Literal::Float(1.0)), false, false, false, Some(T::Float)),
        (text("a"), false, false, false, Some(T::String)),
        (Expr::Literal(Literal::Timestamp(1)), false, false, false, Some(T::Timestamp)),
        (Expr::Literal(Literal::Duration(1)), false, false, false, Some(T::Duration)),
        (points(), false, false, false, Some(T::Int)),
        (done(), false, false, false, Some(T::Bool)),
        (meta(), false, true, false, Some(T::Dynamic)),
        (tags(), false, false, true, Some(T::String)),
        (tags_within(), false, false, false, Some(T::String)),
        (Expr::Session(Session::Uid), false, false, false, Some(T::String)),
        (Expr::Session(Session::Role), false, false, false, Some(T::String)),
        (Expr::Session(Session::Roles), false, false, true, Some(T::String)),
        (Expr::Session(Session::Email), false, true, false, Some(T::String)),
        (Expr::Session(Session::Aal), false, true, false, Some(T::String)),
        (Expr::Session(Session::RequestIp), false, false, false, Some(T::String)),
        (Expr::Session(Session::RequestMethod), false, false, false, Some(T::String)),
        (Expr::Session(Session::RequestApi), false, false, false, Some(T::String)),
        (Expr::Session(Session::Verified), false, true, false, Some(T::Bool)),
        (Expr::Session(Session::IsAnon), true, false, false, Some(T::Bool)),
        (Expr::Session(Session::HasClaim(vec![])), true, false, false, Some(T::Bool)),
        (Expr::Session(Session::HasRole(String::new())), true, false, false, Some(T::Bool)),
        (claim(), false, true, false, Some(T::Dynamic)),
        (Expr::Now, false, false, false, Some(T::Timestamp)),
    ] {
        check_known(row);
    }
}

#[test]
fn what_is_known_of_what_has_parts() {
    use ValueType as T;
    for row in [
        (Expr::Not(Box::new(done())), true, false, false, Some(T::Bool)),
        (Expr::Not(Box::new(claim())), true, true, false, Some(T::Bool)),
        (Expr::And(vec![one(), two()]), true, false, false, Some(T::Bool)),
        (Expr::And(vec![one(), claim()]), true, true, false, Some(T::Bool)),
        (Expr::Or(vec![claim(), two()]), true, true, false, Some(T::Bool)),
        (one(), true, false, false, Some(T::Bool)),
        (is(points(), claim()), true, true, false, Some(T::Bool)),
        (is(claim(), points()), true, true, false, Some(T::Bool)),
        (Expr::is_null(points()), true, false, false, Some(T::Bool)),
        (Expr::is_null(claim()), true, true, false, Some(T::Bool)),
        (Expr::is_in(T::Int, points(), claim()), true, true, false, Some(T::Bool)),
        (Expr::is_in(T::Int, claim(), tags()), true, true, false, Some(T::Bool)),
        (Expr::List(vec![]), false, false, true, None),
        (Expr::List(vec![null(), int(1)]), false, false, true, Some(T::Int)),
        (Expr::List(vec![int(1), claim()]), false, true, true, Some(T::Int)),
        (sum(T::Int, points(), int(1)), false, true, false, Some(T::Int)),
        (sum(T::String, title(), title()), false, false, false, Some(T::String)),
        (sum(T::String, title(), claim()), false, true, false, Some(T::String)),
        (Expr::Negate(Box::new(points())), false, true, false, Some(T::Int)),
        (choice(done(), one()), false, false, false, Some(T::Bool)),
        (choice(one(), done()), false, false, false, Some(T::Bool)),
        (choice(one(), claim()), false, true, false, Some(T::Bool)),
        (choice(one(), two()), true, false, false, Some(T::Bool)),
        (call(Function::Abs, vec![points()]), false, true, false, Some(T::Int)),
        (call(Function::Trim, vec![title()]), false, false, false, Some(T::String)),
        (exists(one()), true, false, false, Some(T::Bool)),
        (exists_in(tags(), claim()), true, true, false, Some(T::Bool)),
        (exists_in(claim(), one()), true, true, false, Some(T::Bool)),
        (Expr::Item(Variable(0)), false, false, false, Some(T::Dynamic)),
        (Expr::Count(members()), false, false, false, Some(T::Int)),
    ] {
        check_known(row);
    }
    for (function, is_condition, ty) in [
        (Function::Size, false, Some(T::Int)),
        (Function::StartsWith, true, Some(T::Bool)),
        (Function::EndsWith, true, Some(T::Bool)),
        (Function::Contains, true, Some(T::Bool)),
        (Function::Matches, true, Some(T::Bool)),
        (Function::LowerAscii, false, Some(T::String)),
        (Function::UpperAscii, false, Some(T::String)),
        (Function::Trim, false, Some(T::String)),
        (Function::Abs, false, Some(T::Int)),
        (Function::Least, false, Some(T::Int)),
        (Function::Greatest, false, Some(T::Int)),
    ] {
        let expr = call(function, vec![points()]);
        assert_eq!((expr.is_condition(), expr.value_type()), (is_condition, ty), "{function:?}");
    }
}

/// A condition out of a boolean that may be null; of a constant, what it comes to.
fn is_true(expr: Expr) -> Expr {
    Expr::compare(Comparison::Equal, ValueType::Bool, expr, Expr::bool(true))
}
