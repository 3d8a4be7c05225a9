//! What holds for any text a caller may send: nothing panics, stored forms are canonical, searches stay inside their quotes.

use crate::fixture::{OPEN, roles, schema};
use backstay_plan::Refusal;
use backstay_plan::bind::{self, Context, Prepared, Progress};
use backstay_plan::limits::Limits;
use backstay_plan::principal::Principal;
use backstay_plan::request::{Input, SearchSyntax, Slot};
use backstay_plan::value::{Cast, Param, Value};
use backstay_schema::Schema;
use backstay_schema::model::{EnumId, FieldType, Scalar};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use std::sync::LazyLock;

static FIXTURE: LazyLock<(Schema, Prepared)> = LazyLock::new(|| {
    let schema = schema(OPEN);
    let prepared = Prepared::new(&schema).expect("validators");
    (schema, prepared)
});

fn bound(input: Input, cast: Cast) -> Result<Value, Refusal> {
    let (schema, prepared) = &*FIXTURE;
    let who = Principal::with_roles(roles("user"));
    let (limits, inputs) = (Limits::default(), [input]);
    let context = Context { schema, prepared, limits: &limits, inputs: &inputs, who: &who, now_micros: 0 };
    bind::param(&Param::Input { slot: Slot(0), cast }, &context, &Progress::NONE)
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Int),
        Just(Scalar::BigInt),
        Just(Scalar::Float),
        Just(Scalar::Decimal),
        Just(Scalar::Boolean),
        Just(Scalar::String),
        Just(Scalar::Uuid),
        Just(Scalar::DateTime),
        Just(Scalar::Date),
        Just(Scalar::Time),
        Just(Scalar::Bytes),
        Just(Scalar::Json),
        Just(Scalar::Enum(EnumId(0))),
    ]
}

/// Anything, and things that look like values.
fn raw() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r"[-+ ]?[0-9]{0,22}(\.[0-9]{0,8})?(e-?[0-9]{1,3})?",
        r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{0,8})?)?(Z|[-+][0-9]{2}(:?[0-9]{2})?)?",
        r"\{([a-z0-9 ]|NULL|,|\\.|\x22[a-z,]*\x22){0,12}\}",
        r"(\\x)?[0-9a-f]{0,9}",
        r"[\[\]{}:, \x22a1]{0,12}",
    ]
}

proptest! {
    /// What was read once reads as itself.
    #[test]
    fn stored_forms_are_canonical(scalar in scalar(), list in any::<bool>(), raw in raw()) {
        let ty = FieldType { scalar, list, nullable: true, items_nullable: true };
        let stored = bound(Input::Text(raw.clone()), Cast::Field(ty.clone()));
        if let Ok(Value::Text(text)) = stored {
            let input = if list { Input::Json(text.clone()) } else { Input::Text(text.clone()) };
            prop_assert_eq!(bound(input, Cast::Field(ty)), Ok(Value::Text(text)), "{}", raw);
        }
    }

    /// JSON keeps its value when blanks go.
    #[test]
    fn json_keeps_its_value(raw in raw()) {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(&raw);
        match (bound(Input::Text(raw.clone()), Cast::Json), parsed) {
            (Ok(Value::Text(text)), Ok(parsed)) => {
                let again: serde_json::Value = serde_json::from_str(&text).expect("minified JSON");
                prop_assert_eq!(again, parsed);
            }
            (Ok(other), parsed) => prop_assert!(false, "{other:?} {parsed:?}"),
            (Err(_), parsed) => prop_assert!(parsed.is_err(), "{raw}"),
        }
    }

    /// Only letters, digits and blanks stand in quotes, and only our operators outside them.
    #[test]
    fn searches_are_quoted(syntax in prop_oneof![
        Just(SearchSyntax::Raw), Just(SearchSyntax::Plain), Just(SearchSyntax::Phrase), Just(SearchSyntax::Web)
    ], raw in prop_oneof![any::<String>(), r"([a-z]{1,4}|[&|!()\x22'*: -]|<->|OR){0,20}"]) {
        let model = backstay_schema::model::ModelId(1);
        if let Ok(Value::Text(text)) = bound(Input::Text(raw), Cast::Search { syntax, model, field: None }) {
            for (position, part) in text.split('"').enumerate() {
                if position % 2 == 1 {
                    prop_assert!(part.chars().all(|c| c.is_alphanumeric() || c == ' '), "{}", text);
                } else {
                    let left = part.replace("AND", "").replace("OR", "").replace("NOT", "");
                    prop_assert!(left.chars().all(|c| matches!(c, ' ' | '(' | ')' | '*')), "{}", text);
                }
            }
            prop_assert!(text.matches('"').count() % 2 == 0, "{}", text);
        }
    }
}
