//! Operators and their values: `not.gte.5`, `in.(1,2)`, `like(any).{a*,b*}`, `fts(english).word`.

use super::builder::Builder;
use super::field::DELIMITER;
use super::scan::{Scanner, Step};
use backstay_plan::Refusal;
use backstay_plan::fault::ValueProblem;
use backstay_plan::request::{CompareOp, Condition, FieldRef, Input, IsValue, Operator, Quantity, SearchSyntax, SetOp};
use std::borrow::Cow;

const OPERATOR: &str = "operator (eq, gt, ...)";
const IS_VALUE: &str = "isVal: (null, not_null, true, false, unknown)";

/// Where a filter stands, which decides where its value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The value of a query parameter: up to its end.
    Parameter,
    /// A term of a logic tree: up to `,` or `)`, or quoted, or an array literal.
    Term,
}

/// What an operator word stands for.
#[derive(Debug, Clone, Copy)]
enum Word {
    In,
    Is,
    IsDistinct,
    Neq,
    Set(SetOp),
    Search(SearchSyntax),
    Compare(CompareOp),
}

const WORDS: [(&str, Word); 25] = [
    ("eq", Word::Compare(CompareOp::Eq)),
    ("neq", Word::Neq),
    ("gt", Word::Compare(CompareOp::Gt)),
    ("gte", Word::Compare(CompareOp::Gte)),
    ("lt", Word::Compare(CompareOp::Lt)),
    ("lte", Word::Compare(CompareOp::Lte)),
    ("like", Word::Compare(CompareOp::Like)),
    ("ilike", Word::Compare(CompareOp::Ilike)),
    ("match", Word::Compare(CompareOp::Match)),
    ("imatch", Word::Compare(CompareOp::Imatch)),
    ("in", Word::In),
    ("is", Word::Is),
    ("isdistinct", Word::IsDistinct),
    ("cs", Word::Set(SetOp::Contains)),
    ("cd", Word::Set(SetOp::ContainedBy)),
    ("ov", Word::Set(SetOp::Overlaps)),
    ("sl", Word::Set(SetOp::StrictlyLeft)),
    ("sr", Word::Set(SetOp::StrictlyRight)),
    ("nxr", Word::Set(SetOp::NotExtendRight)),
    ("nxl", Word::Set(SetOp::NotExtendLeft)),
    ("adj", Word::Set(SetOp::Adjacent)),
    ("fts", Word::Search(SearchSyntax::Raw)),
    ("plfts", Word::Search(SearchSyntax::Plain)),
    ("phfts", Word::Search(SearchSyntax::Phrase)),
    ("wfts", Word::Search(SearchSyntax::Web)),
];

/// Takes `[not.]operator.value` for `field`.
pub(super) fn condition(
    scanner: &mut Scanner<'_>,
    field: FieldRef,
    place: Place,
    builder: &mut Builder<'_>,
) -> Step<Condition> {
    let negated =
        scanner
            .attempt(|scanner| {
                if scanner.eat_word("not") { scanner.expect(b'.', DELIMITER) } else { Err(scanner.fail(OPERATOR)) }
            })
            .is_ok();
    let operator = operator(scanner, place, builder)?;
    builder.count_condition();
    builder.check_path(field.path.len());
    let test = Condition::Test { field, operator };
    Ok(if negated { Condition::Not(Box::new(test)) } else { test })
}

fn operator(scanner: &mut Scanner<'_>, place: Place, builder: &mut Builder<'_>) -> Step<Operator> {
    let rest = scanner.rest();
    let length = rest.bytes().take_while(u8::is_ascii_lowercase).count();
    let name = rest.get(..length).unwrap_or_default();
    let Some((_, word)) = WORDS.iter().find(|(known, _)| *known == name) else {
        let known = WORDS.iter().filter(|(known, _)| rest.starts_with(known)).map(|(known, _)| known.len()).max();
        return Err(match known {
            Some(length) => scanner.fail_at(scanner.position().saturating_add(length), DELIMITER),
            None => scanner.fail(OPERATOR),
        });
    };
    // A word without what must follow it is given up as a whole, and the place where it broke off is reported.
    scanner
        .attempt(|scanner| {
            scanner.take(length);
            let (quantity, language) = match word {
                Word::Compare(_) => (quantity(scanner)?, None),
                Word::Search(_) => (Quantity::One, language(scanner)?),
                Word::In | Word::Is | Word::IsDistinct | Word::Neq | Word::Set(_) => (Quantity::One, None),
            };
            scanner.expect(b'.', DELIMITER)?;
            Ok((quantity, language))
        })
        .and_then(|(quantity, language)| {
            Ok(match word {
                Word::Compare(op) => comparison(scanner, *op, quantity, place, builder),
                Word::Neq => comparison(scanner, CompareOp::Neq, Quantity::One, place, builder),
                Word::In => Operator::In(builder_list(list(scanner)?, builder)),
                Word::Is => Operator::Is(is_value(scanner)?),
                Word::IsDistinct => Operator::IsDistinct(builder.keep(Input::Text(value(scanner, place).into_owned()))),
                Word::Set(op) => Operator::Set(*op, builder.keep(Input::Text(value(scanner, place).into_owned()))),
                Word::Search(syntax) => {
                    let query = builder.keep(Input::Text(value(scanner, place).into_owned()));
                    Operator::Search { syntax: *syntax, language, query }
                }
            })
        })
}

fn builder_list(elements: Vec<String>, builder: &mut Builder<'_>) -> backstay_plan::request::Slot {
    builder.check_list(elements.len());
    builder.keep(Input::List(elements))
}

fn quantity(scanner: &mut Scanner<'_>) -> Step<Quantity> {
    if scanner.peek() != Some(b'(') {
        return Ok(Quantity::One);
    }
    scanner.take(1);
    let quantity = if scanner.eat_word("any") {
        Quantity::Any
    } else if scanner.eat_word("all") {
        Quantity::All
    } else {
        return Err(scanner.fail("\"any\" or \"all\""));
    };
    scanner.expect(b')', "\")\"")?;
    Ok(quantity)
}

fn language(scanner: &mut Scanner<'_>) -> Step<Option<String>> {
    if scanner.peek() != Some(b'(') {
        return Ok(None);
    }
    scanner.take(1);
    let language = scanner.identifier("letter or digit")?.to_owned();
    scanner.expect(b')', "\")\"")?;
    Ok(Some(language))
}

fn comparison(
    scanner: &mut Scanner<'_>,
    op: CompareOp,
    quantity: Quantity,
    place: Place,
    builder: &mut Builder<'_>,
) -> Operator {
    let text = value(scanner, place);
    let is_pattern = matches!(op, CompareOp::Like | CompareOp::Ilike);
    let stars = |text: String| if is_pattern && text.contains('*') { text.replace('*', "%") } else { text };
    let input = match quantity {
        Quantity::One => Input::Text(stars(text.into_owned())),
        Quantity::Any | Quantity::All => match super::array::elements(&text) {
            Some(elements) => {
                builder.check_list(elements.len());
                Input::List(elements.into_iter().map(stars).collect())
            }
            None => {
                builder.refuse(Refusal::BadValue {
                    ty: "text[]".into(),
                    value: text.into_owned(),
                    problem: ValueProblem::Syntax,
                });
                Input::List(Vec::new())
            }
        },
    };
    Operator::Compare(op, quantity, builder.keep(input))
}

/// Takes the value of an operator.
fn value<'a>(scanner: &mut Scanner<'a>, place: Place) -> Cow<'a, str> {
    match place {
        Place::Parameter => {
            let rest = scanner.rest();
            Cow::Borrowed(scanner.take(rest.len()))
        }
        Place::Term => {
            if let Some(quoted) = scanner.quoted_before(b",)") {
                return quoted;
            }
            if let Some(array) = array_literal(scanner) {
                return Cow::Borrowed(array);
            }
            Cow::Borrowed(scanner.until(b",)"))
        }
    }
}

/// Takes `{…}` without braces inside, if it comes next.
fn array_literal<'a>(scanner: &mut Scanner<'a>) -> Option<&'a str> {
    let rest = scanner.rest();
    let inside = rest.strip_prefix('{')?;
    let close = inside.find(['{', '}']).filter(|at| inside.as_bytes().get(*at) == Some(&b'}'))?;
    Some(scanner.take(close.saturating_add(2)))
}

/// Takes `(a,"b",…)`; nothing but blanks between the parentheses is the empty list.
fn list(scanner: &mut Scanner<'_>) -> Step<Vec<String>> {
    scanner.spaced(b'(', "\"(\"")?;
    let mut elements = Vec::new();
    loop {
        let element = match scanner.quoted_before(b",)") {
            Some(quoted) => quoted,
            None => Cow::Borrowed(scanner.until(b",)")),
        };
        elements.push(element.into_owned());
        if !scanner.eat(b',') {
            break;
        }
    }
    scanner.spaced(b')', "\")\"")?;
    if let [only] = elements.as_slice()
        && only.is_empty()
    {
        elements.clear();
    }
    Ok(elements)
}

fn is_value(scanner: &mut Scanner<'_>) -> Step<IsValue> {
    const VALUES: [(&str, IsValue); 5] = [
        ("null", IsValue::Null),
        ("not_null", IsValue::NotNull),
        ("true", IsValue::True),
        ("false", IsValue::False),
        ("unknown", IsValue::Unknown),
    ];
    let rest = scanner.rest().as_bytes();
    let common = |word: &str| word.bytes().zip(rest).take_while(|(a, b)| *a == b.to_ascii_lowercase()).count();
    for (word, value) in VALUES {
        if common(word) == word.len() {
            scanner.take(word.len());
            return Ok(value);
        }
    }
    let furthest = VALUES.iter().map(|(word, _)| common(word)).max().unwrap_or(0);
    Err(scanner.fail_at(scanner.position().saturating_add(furthest), IS_VALUE))
}
