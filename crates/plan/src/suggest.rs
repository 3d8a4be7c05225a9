//! "Perhaps you meant": completes a refusal with a similar name, chosen among what the caller may know of.
//! Refusals leave `resolve` without suggestions, so forgetting this step leaks nothing.

use crate::access::View;
use crate::fault::Refusal;
use backstay_schema::model::{Model, ModelId, Op};

/// Similarity from which a relation or an operation is suggested.
const NAME_SIMILARITY_MIN: f64 = 0.75;
/// Similarity from which one of a relation's few neighbours is suggested.
const NEIGHBOUR_SIMILARITY_MIN: f64 = 0.33;

/// Adds a suggestion to a refusal about a name, where a similar name exists that the role set can see.
#[must_use]
pub fn complete(mut refusal: Refusal, view: &View<'_>) -> Refusal {
    if let Refusal::UnknownRelation { name, suggestion: suggestion @ None } = &mut refusal {
        let known = view.schema().models.iter().filter(|model| is_known(view, model.id));
        *suggestion = most_similar(name, known.map(|model| model.table.as_str()), NAME_SIMILARITY_MIN);
    } else if let Refusal::NoRelationship { from, target, suggestion: suggestion @ None, .. } = &mut refusal {
        *suggestion = neighbour(view, from, target);
    } else if let Refusal::UnknownOperation { name, suggestion: suggestion @ None, .. } = &mut refusal {
        *suggestion = operation(view, name);
    }
    refusal
}

/// The operation of this name with its arguments, else one of a similar name.
fn operation(view: &View<'_>, name: &str) -> Option<String> {
    let callable = view.schema().operations.iter().filter(|operation| view.operation(operation).is_some());
    if let Some(operation) = callable.clone().find(|operation| operation.name == name) {
        let mut names: Vec<&str> = operation.arguments.iter().map(|argument| argument.name.as_str()).collect();
        names.sort_unstable();
        return Some(format!("{name}({})", names.join(", ")));
    }
    most_similar(name, callable.map(|operation| operation.name.as_str()), NAME_SIMILARITY_MIN)
}

/// A relation related to `from` whose name is similar to `target`; none when the name is right and only the hint is wrong.
fn neighbour(view: &View<'_>, from: &str, target: &str) -> Option<String> {
    let schema = view.schema();
    let origin: &Model = schema.models.iter().find(|model| model.table == from)?;
    let known = schema
        .relationships
        .iter()
        .filter(|relationship| relationship.from == origin.id && is_known(view, relationship.to))
        .map(|relationship| schema.models[usize::from(relationship.to.0)].table.as_str());
    if known.clone().any(|name| name == target) {
        return None;
    }
    most_similar(target, known, NEIGHBOUR_SIMILARITY_MIN)
}

/// Whether the role set holds a rule for anything on the model.
fn is_known(view: &View<'_>, model: ModelId) -> bool {
    let shown = view.schema().models[usize::from(model.0)].doors.rest;
    shown && [Op::Read, Op::Create, Op::Update, Op::Delete].into_iter().any(|op| view.allows(model, op))
}

/// The name with the least edits relative to its length; names that share no two letters in a row do not count.
fn most_similar<'n>(wanted: &str, names: impl Iterator<Item = &'n str>, least: f64) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let lower = name.to_lowercase();
        let score = strsim::normalized_levenshtein(&wanted, &lower);
        let better = best.is_none_or(|(best_score, _)| score > best_score);
        if score >= least && better && shares_pair(&wanted, &lower) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

fn shares_pair(a: &str, b: &str) -> bool {
    let pairs = |text: &str| text.chars().zip(text.chars().skip(1)).collect::<Vec<_>>();
    let of_b = pairs(b);
    pairs(a).iter().any(|pair| of_b.contains(pair))
}

#[cfg(test)]
mod tests {
    use super::most_similar;

    #[test]
    fn similar_names() {
        let check = |wanted: &str, least: f64, expected: Option<&str>| {
            let names = ["clients", "projects", "car_model_sales", "car_models"];
            assert_eq!(most_similar(wanted, names.into_iter(), least), expected.map(str::to_owned), "{wanted}");
        };
        check("projectx", 0.75, Some("projects"));
        check("projecxx", 0.75, Some("projects"));
        check("projxxxx", 0.75, None);
        check("PROJECTS", 0.75, Some("projects"));
        check("car_model_sales_202101", 0.33, Some("car_model_sales"));
        check("car_model", 0.33, Some("car_models"));
        check("", 0.33, None);
        check("zzz", 0.33, None);
        let of = |names: [&'static str; 2]| most_similar("axbxc", names.into_iter(), 0.33);
        assert_eq!(of(["axbxd", "axbxe"]).as_deref(), Some("axbxd"), "the first of two that are equally similar");
        assert_eq!(of(["aybyc", "azbzc"]), None, "letters in common, but no two in a row");
    }
}
