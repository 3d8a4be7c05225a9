//! Entities that a gateway asks for: each names a row by its type and key, and becomes the request for that row.

use super::given::Given;
use super::query::by_key;
use super::{Form, Selected, Source, Step, unexpected};
use apollo_compiler::Name;
use apollo_compiler::executable::SelectionSet;

/// The requests of `_entities`, in the order of its representations.
pub(in crate::graphql) fn entities(source: Source<'_>, selected: &Selected<'_>) -> Step<Vec<Form>> {
    let Some(field) = selected.field() else { return Err(unexpected("a field without a name")) };
    let representations = source.arguments(field).take("representations").unwrap_or(Given::Null).items();
    let below = selected.below();
    representations.into_iter().map(|representation| entity(source, representation, &below)).collect()
}

fn entity(source: Source<'_>, representation: Given<'_>, below: &[&SelectionSet]) -> Step<Form> {
    let members = representation.members();
    let named = |name: &str| members.iter().find(|(member, _)| *member == name).map(|(_, value)| value);
    let Some(Given::Text(ty)) = named("__typename") else {
        return Err(unexpected("a representation needs '__typename'"));
    };
    let model = source.names.object(ty).and_then(|id| source.model(id));
    let model = model.filter(|model| !model.keyless).ok_or_else(|| unexpected(format!("'{ty}' is no entity")))?;
    let fields = model.key.iter().filter_map(|id| model.fields.get(usize::from(id.0)));
    let key = fields.map(|field| {
        let value = named(&field.name).cloned();
        Ok((field, value.ok_or_else(|| unexpected(format!("a representation of '{ty}' needs '{}'", field.name)))?))
    });
    let key = key.collect::<Step<Vec<_>>>()?;
    // What is selected of any entity is selected of this one.
    let typed: Vec<SelectionSet> = below
        .iter()
        .map(|set| SelectionSet { ty: Name::new_unchecked(ty), selections: set.selections.clone() })
        .collect();
    let sets: Vec<&SelectionSet> = typed.iter().collect();
    by_key(source, model, &key, &sets)
}
