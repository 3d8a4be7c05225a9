//! Functions: those that the servers have, written in place, and those that the migration makes.

use super::{bytewise, function, json};
use crate::ast::{Function, Term};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use crate::render::statement::{list, parenthesised, term};
use crate::render::text::Text;

/// Pieces of syntax around arguments.
enum Part {
    Word(&'static str),
    Arg(usize),
}

use Part::{Arg, Word};

fn parts(out: &mut Text, parts: &[Part], args: &[Term]) {
    for part in parts {
        match part {
            Word(word) => out.syntax(word),
            Arg(at) => args.get(*at).into_iter().for_each(|arg| term(out, arg)),
        }
    }
}

fn named(out: &mut Text, name: &'static str, args: &[Term]) {
    out.syntax(name);
    parenthesised(out, |out| list(out, args, ", ", term));
}

/// Writes a call.
pub(super) fn call(out: &mut Text, of: Function, args: &[Term]) {
    match (of, args) {
        // JSON is text, and so are UUIDs; a counted column counts by itself.
        (Function::Json | Function::TextAsUuid | Function::Counted, _) => parts(out, &[Arg(0)], args),
        (Function::JsonElement, [json, position]) => json::element(out, json, position),
        (Function::JsonElement, _) => {}
        (Function::ListLength, _) => named(out, "json_length", args),
        (Function::JsonQuote, _) => parts(out, &[Word("coalesce(json_quote("), Arg(0), Word("), 'null')")], args),
        (Function::Length, _) => named(out, "char_length", args),
        (Function::Lower, _) => bytewise(out, |out| named(out, "bs_lower_ascii", args)),
        (Function::Upper, _) => bytewise(out, |out| named(out, "bs_upper_ascii", args)),
        (Function::Least, _) => named(out, "least", args),
        (Function::Greatest, _) => named(out, "greatest", args),
        (Function::Coalesce, _) => named(out, "coalesce", args),
        (Function::LastInserted, _) => out.syntax("last_insert_id()"),
        (Function::TextAsBytes, _) => parts(out, &[Word("CAST("), Arg(0), Word(" AS BINARY)")], args),
        (Function::Store(of), args) => store(out, of, args),
    }
}

fn store(out: &mut Text, of: StoreFunction, args: &[Term]) {
    match (of, args) {
        (StoreFunction::Like, _) => {
            parts(out, &[Word("("), Arg(0), Word(" LIKE "), Arg(1), Word(" ESCAPE '\\')")], args)
        }
        (StoreFunction::Ilike, _) => {
            parts(out, &[Word("(lower("), Arg(0), Word(") LIKE lower("), Arg(1), Word(") ESCAPE '\\')")], args)
        }
        // Case is worked into the pattern.
        (StoreFunction::Regex | StoreFunction::RegexIgnoreCase, _) => {
            parts(out, &[Word("("), Arg(0), Word(" REGEXP "), Arg(1), Word(")")], args);
        }
        (StoreFunction::JsonContains, _) => named(out, "json_contains", args),
        (StoreFunction::JsonOverlaps, _) => named(out, "json_overlaps", args),
        (StoreFunction::JsonGet, [json, key]) => json::extract(out, json, key),
        (StoreFunction::JsonText, [json, key]) => bytewise(out, |out| json::extract_text(out, json, key)),
        (StoreFunction::Bytes, [value]) => json::wire_text(out, value, DataType::one(Base::Bytes)),
        (StoreFunction::Float, [value]) => json::wire_text(out, value, DataType::one(Base::Float)),
        (StoreFunction::Timestamp, [value]) => json::wire_text(out, value, DataType::one(Base::Instant)),
        (StoreFunction::JsonAs, _) => named(out, StoreFunction::JsonAs.name(), args),
        (StoreFunction::Trim, _) => bytewise(out, |out| named(out, StoreFunction::Trim.name(), args)),
        (StoreFunction::Lower, _) => named(out, "lower", args),
        (StoreFunction::StartsWith, [text, start]) => located(out, text, start, " = 1)"),
        (StoreFunction::Contains, [text, part]) => located(out, text, part, " > 0)"),
        (StoreFunction::EndsWith, _) => parts(
            out,
            &[Word("(right("), Arg(0), Word(", char_length("), Arg(1), Word(")) = "), Arg(1), Word(")")],
            args,
        ),
        (StoreFunction::DecimalAdd, _) => parts(out, &[Word("("), Arg(0), Word(" + "), Arg(1), Word(")")], args),
        (StoreFunction::Micros, _) => {
            parts(out, &[Word("timestampdiff(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', "), Arg(0), Word(")")], args)
        }
        (StoreFunction::Cursor, _) => parts(
            out,
            &[
                Word("replace(replace(replace(replace(to_base64("),
                Arg(0),
                Word("), char(10), ''), '=', ''), '+', '-'), '/', '_')"),
            ],
            args,
        ),
        (
            StoreFunction::Add
            | StoreFunction::Subtract
            | StoreFunction::Multiply
            | StoreFunction::Divide
            | StoreFunction::Remainder
            | StoreFunction::Abs,
            args,
        ) => arithmetic(out, of, args),
        // The rest are functions that `ddl` makes.
        (of, args) => named(out, of.name(), args),
    }
}

/// Arithmetic that yields NULL. There is one function for each type of numbers, and a definition can call none of them.
fn arithmetic(out: &mut Text, of: StoreFunction, args: &[Term]) {
    let doubles = args.iter().any(|arg| matches!(arg, Term::Typed(_, ty) if ty.base == Base::Float));
    if out.is_definition() {
        return in_words(out, of, args, doubles);
    }
    named(out, if doubles { of_doubles(of) } else { of.name() }, args);
}

fn in_words(out: &mut Text, of: StoreFunction, args: &[Term], doubles: bool) {
    let divides = matches!(of, StoreFunction::Divide | StoreFunction::Remainder);
    let sign = sign_of(of, doubles);
    let value = |out: &mut Text| {
        out.syntax(if matches!(of, StoreFunction::Abs) { "abs(" } else { "(" });
        parts(out, if doubles { &[Arg(0)] } else { &[Word("CAST("), Arg(0), Word(" AS DECIMAL(65,0))")] }, args);
        if args.len() > 1 {
            parts(out, &[Word(sign), Arg(1)], args);
        }
        out.syntax(")");
    };
    out.syntax("(CASE WHEN ");
    if divides {
        parts(out, &[Arg(1), Word(" <> 0")], args);
    }
    if !doubles {
        out.syntax(if divides { " AND " } else { "" });
        value(out);
        out.syntax(" BETWEEN -9223372036854775808 AND 9223372036854775807");
    } else if !divides {
        out.syntax("TRUE");
    }
    out.syntax(" THEN ");
    value(out);
    out.syntax(" END)");
}

fn sign_of(of: StoreFunction, doubles: bool) -> &'static str {
    if of == StoreFunction::Subtract {
        " - "
    } else if of == StoreFunction::Multiply {
        " * "
    } else if of == StoreFunction::Divide {
        if doubles { " / " } else { " DIV " }
    } else if of == StoreFunction::Remainder {
        " % "
    } else {
        " + "
    }
}

fn located(out: &mut Text, text: &Term, part: &Term, test: &'static str) {
    out.syntax("(");
    function(out, "locate", &[part, text]);
    out.syntax(test);
}

fn of_doubles(of: StoreFunction) -> &'static str {
    if of == StoreFunction::Subtract {
        "bs_sub_double"
    } else if of == StoreFunction::Multiply {
        "bs_mul_double"
    } else if of == StoreFunction::Divide {
        "bs_div_double"
    } else if of == StoreFunction::Remainder {
        "bs_rem_double"
    } else if of == StoreFunction::Abs {
        "bs_abs_double"
    } else {
        "bs_add_double"
    }
}
