//! Random GraphQL documents that fit a world: nested rows, filters through relations, orders, aggregates, pages, writes.

use crate::dice::Dice;
use crate::worlds::World;
use backstay_plan::access::{Decision, View};
use backstay_schema::Schema;
use backstay_schema::model::{Field, Model, Op, Relationship, Scalar};
use serde_json::{Value, json};

const TEXTS: &[&str] = &["d", "aaa", "zzz", "mmm", "One", "me", "x", "%m%", "^a", ""];
const NUMBERS: &[&str] = &["1", "77", "900", "-3", "5", "0", "2"];
const DIRECTIONS: &[&str] =
    &["asc", "desc", "asc_nulls_first", "desc_nulls_last", "asc_nulls_last", "desc_nulls_first"];

/// A schema as one caller knows it.
pub(crate) struct Known<'s> {
    pub(crate) schema: &'s Schema,
    pub(crate) view: View<'s>,
}

impl<'s> Known<'s> {
    fn models(&self) -> Vec<&'s Model> {
        let schema: &'s Schema = self.schema;
        schema.models.iter().filter(|model| model.doors.graphql && self.view.allows(model.id, Op::Read)).collect()
    }

    fn columns(&self, model: &'s Model) -> Vec<&'s Field> {
        let readable = |field: &&Field| self.view.field(model.id, field.id).read != Decision::Never;
        model.fields.iter().filter(readable).collect()
    }

    fn relations(&self, model: &Model) -> Vec<(&'s str, &'s Relationship, &'s Model)> {
        let from = self.schema.relationships.iter().filter(|relationship| relationship.from == model.id);
        from.filter_map(|relationship| {
            let to = self.models().into_iter().find(|to| to.id == relationship.to)?;
            Some((relationship.field_name.as_deref()?, relationship, to))
        })
        .collect()
    }
}

/// The body of a request.
pub(crate) fn body(dice: &mut Dice, world: &World, known: &Known<'_>) -> Value {
    if dice.one_in(6) {
        return write(dice, world, known);
    }
    let mut fields = Vec::new();
    while fields.is_empty() || dice.one_in(4) {
        let models = known.models();
        let model = *dice.of(&models);
        let (name, arguments) = (&model.table, arguments(dice, known, model, true));
        fields.push(match dice.next() % 5 {
            0 => format!("{name}_aggregate{arguments} {{ {} }}", aggregate(dice, known, model)),
            1 => format!("{name}_connection{} {{ {} }}", page(dice, known, model), connection(dice, known, model)),
            _ => format!("{name}{arguments} {{ {} }}", selection(dice, known, model, 0)),
        });
    }
    let fields: Vec<String> = fields.iter().enumerate().map(|(at, field)| format!("f{at}: {field}")).collect();
    json!({ "query": format!("{{ {} }}", fields.join(" ")) })
}

/// A body of REST as a value of a variable; some are no JSON on purpose, which here is the document's business.
fn json_of(body: &str) -> Option<Value> {
    serde_json::from_str(body).ok()
}

fn nothing() -> Value {
    json!({ "query": "{ __typename }" })
}

/// A change, an insert or a removal.
fn write(dice: &mut Dice, world: &World, known: &Known<'_>) -> Value {
    let table = dice.of(world.tables);
    let Some(model) = known.models().into_iter().find(|model| model.table == table.name) else {
        return nothing();
    };
    let name = &model.table;
    let answer = format!("affected_rows returning {{ {} }}", selection(dice, known, model, 0));
    let filter = filter(dice, known, model, 0);
    match dice.next() % 3 {
        0 if !table.patches.is_empty() => {
            let Some(set) = json_of(dice.pick(table.patches)) else { return nothing() };
            let query = format!(
                "mutation($set: {name}_set_input!) {{ update_{name}(where: {filter}, _set: $set) {{ {answer} }} }}"
            );
            json!({ "query": query, "variables": { "set": set } })
        }
        1 if !table.inserts.is_empty() => {
            let Some(objects) = json_of(dice.of(table.inserts).1) else { return nothing() };
            let query = format!(
                "mutation($objects: [{name}_insert_input!]!) {{ insert_{name}(objects: $objects) {{ {answer} }} }}"
            );
            json!({ "query": query, "variables": { "objects": objects } })
        }
        _ if table.removable => {
            json!({ "query": format!("mutation {{ delete_{name}(where: {filter}) {{ {answer} }} }}") })
        }
        _ => json!({ "query": format!("{{ {name}(where: {filter}) {{ __typename }} }}") }),
    }
}

fn selection(dice: &mut Dice, known: &Known<'_>, model: &Model, depth: u8) -> String {
    let mut items = vec!["__typename".to_owned()];
    let (columns, relations) = (columns(known, model), known.relations(known_model(known, model)));
    while items.len() < 2 || dice.one_in(2) {
        if depth < 2 && !relations.is_empty() && dice.one_in(3) {
            let (name, relationship, to) = *dice.of(&relations);
            let at = items.len();
            if relationship.cardinality.is_to_one() {
                items.push(format!("r{at}: {name} {{ {} }}", selection(dice, known, to, depth + 1)));
            } else if dice.one_in(3) {
                let arguments = arguments(dice, known, to, false);
                items.push(format!("r{at}: {name}_aggregate{arguments} {{ {} }}", aggregate(dice, known, to)));
            } else {
                let arguments = arguments(dice, known, to, false);
                items.push(format!("r{at}: {name}{arguments} {{ {} }}", selection(dice, known, to, depth + 1)));
            }
        } else {
            items.push(format!("c{}: {}", items.len(), dice.of(&columns).name));
        }
    }
    items.join(" ")
}

fn known_model<'s>(known: &Known<'s>, model: &Model) -> &'s Model {
    &known.schema.models[usize::from(model.id.0)]
}

fn columns<'s>(known: &Known<'s>, model: &Model) -> Vec<&'s Field> {
    known.columns(known_model(known, model))
}

fn is_number(field: &Field) -> bool {
    !field.ty.list && matches!(field.ty.scalar, Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal)
}

fn aggregate(dice: &mut Dice, known: &Known<'_>, model: &Model) -> String {
    let columns = columns(known, model);
    let mut items = vec!["count".to_owned()];
    let numbers: Vec<&&Field> = columns.iter().filter(|field| is_number(field)).collect();
    let ordered: Vec<&&Field> = columns
        .iter()
        .filter(|field| {
            !field.ty.list && !matches!(field.ty.scalar, Scalar::Boolean | Scalar::Json | Scalar::Object(_))
        })
        .collect();
    if !numbers.is_empty() && dice.one_in(2) {
        items.push(format!("{} {{ {} }}", dice.pick(&["sum", "avg"]), dice.of(&numbers).name));
    }
    if !ordered.is_empty() && dice.one_in(2) {
        items.push(format!("{} {{ {} }}", dice.pick(&["min", "max"]), dice.of(&ordered).name));
    }
    let column = &dice.of(&columns).name;
    items.push(format!("d: count(columns: [{column}], distinct: {})", dice.one_in(2)));
    let nodes =
        if dice.one_in(2) { format!("nodes {{ {} }}", selection(dice, known, model, 2)) } else { String::new() };
    format!("aggregate {{ {} }} {nodes}", items.join(" "))
}

fn connection(dice: &mut Dice, known: &Known<'_>, model: &Model) -> String {
    let node = selection(dice, known, model, 1);
    format!(
        "edges {{ cursor node {{ {node} }} }} totalCount \
         pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}"
    )
}

fn page(dice: &mut Dice, known: &Known<'_>, model: &Model) -> String {
    let size = dice.pick(&["first: 1", "first: 2", "last: 1", "last: 2", "first: 0"]);
    let filter = filter(dice, known, model, 0);
    format!("({size}, where: {filter}, order_by: {})", order(dice, known, model))
}

fn arguments(dice: &mut Dice, known: &Known<'_>, model: &Model, root: bool) -> String {
    let mut items = Vec::new();
    if dice.one_in(2) || root {
        items.push(format!("where: {}", filter(dice, known, model, 0)));
    }
    if dice.one_in(3) {
        items.push(format!("order_by: {}", order(dice, known, model)));
    } else if dice.one_in(6) {
        items.push(format!("distinct_on: [{}]", dice.of(&columns(known, model)).name));
    }
    if dice.one_in(4) {
        items.push(format!("{}: {}", dice.pick(&["limit", "offset"]), dice.pick(&["0", "1", "2"])));
    }
    if items.is_empty() { String::new() } else { format!("({})", items.join(", ")) }
}

fn order(dice: &mut Dice, known: &Known<'_>, model: &Model) -> String {
    let direction = dice.pick(DIRECTIONS);
    let relations = known.relations(known_model(known, model));
    if !relations.is_empty() && dice.one_in(3) {
        let (name, relationship, to) = *dice.of(&relations);
        return if relationship.cardinality.is_to_one() {
            format!("{{{name}: {{{}: {direction}}}}}", dice.of(&columns(known, to)).name)
        } else {
            format!("{{{name}_aggregate: {{count: {direction}}}}}")
        };
    }
    format!("{{{}: {direction}}}", dice.of(&columns(known, model)).name)
}

fn filter(dice: &mut Dice, known: &Known<'_>, model: &Model, depth: u8) -> String {
    if depth < 3 {
        match dice.next() % 8 {
            0 => {
                let word = dice.pick(&["_and", "_or"]);
                let (one, other) = (filter(dice, known, model, depth + 1), filter(dice, known, model, depth + 1));
                return format!("{{{word}: [{one}, {other}]}}");
            }
            1 => return format!("{{_not: {}}}", filter(dice, known, model, depth + 1)),
            2 | 3 => {
                let relations = known.relations(known_model(known, model));
                if !relations.is_empty() {
                    let (name, relationship, to) = *dice.of(&relations);
                    let inner = filter(dice, known, to, depth + 1);
                    return if relationship.cardinality.is_to_one() || dice.one_in(2) {
                        format!("{{{name}: {inner}}}")
                    } else {
                        let least = dice.pick(&["0", "1", "2"]);
                        format!("{{{name}_aggregate: {{count: {{predicate: {{_gt: {least}}}, filter: {inner}}}}}}}")
                    };
                }
            }
            _ => {}
        }
    }
    let field = *dice.of(&columns(known, model));
    format!("{{{}: {{{}}}}}", field.name, comparison(dice, known, field))
}

fn comparison(dice: &mut Dice, known: &Known<'_>, field: &Field) -> String {
    if dice.one_in(5) {
        return format!("_is_null: {}", dice.one_in(2));
    }
    let op = dice.pick(&["_eq", "_neq", "_gt", "_gte", "_lt", "_lte"]);
    if field.ty.list {
        return dice.pick(&["_contains: [\"a\"]", "_overlaps: [\"b\", \"mmm\"]", "_is_null: true"]).to_owned();
    }
    match field.ty.scalar {
        Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal => {
            let (one, other) = (dice.pick(NUMBERS), dice.pick(NUMBERS));
            if dice.one_in(4) { format!("_in: [{one}, {other}]") } else { format!("{op}: {one}") }
        }
        Scalar::Boolean => format!("_eq: {}", dice.one_in(2)),
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone => {
            let text = dice.pick(TEXTS);
            match dice.next() % 4 {
                0 => format!("{}: \"{text}\"", dice.pick(&["_like", "_nlike", "_ilike", "_regex"])),
                1 => format!("{}: [\"{text}\", \"d\"]", dice.pick(&["_in", "_nin"])),
                _ => format!("{op}: \"{text}\""),
            }
        }
        Scalar::Enum(id) => {
            let values = &known.schema.enums[usize::from(id.0)].values;
            format!("_eq: {}", dice.of(values))
        }
        Scalar::DateTime => format!("{op}: \"2020-01-01T00:00:00Z\""),
        Scalar::Json | Scalar::Object(_) => "_contains: {n: 1}".to_owned(),
        Scalar::Uuid | Scalar::Date | Scalar::Time | Scalar::Bytes => "_is_null: false".to_owned(),
    }
}
