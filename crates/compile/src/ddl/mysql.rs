//! What tables and rules need of MySQL and MariaDB: functions that they lack, steps of a change of structure, and how long a
//! text in an index may be. Names and meanings are those of [`StoreFunction`], where it has them.

mod functions;
mod search;

pub(super) use functions::PRELUDE;
pub(super) use search::SEARCH;

use crate::ast::{Function, Term};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use crate::lower::Lowering;
use backstay_schema::model::{Field, FieldId, Model};

/// Characters of all texts of one index: it holds 3,072 bytes, of which other columns need a few.
const INDEXED_CHARACTERS: u16 = 760;
/// Bytes of a character.
const CHARACTER_BYTES: u16 = 4;

/// Most characters, or bytes, of a column that stands in a key or an index; `None` for other columns and types.
pub(super) fn indexed_length(lowering: &Lowering<'_>, model: &Model, field: &Field) -> Option<u16> {
    let is_text = |field: &Field| match DataType::of_field(&field.ty) {
        DataType { list: true, .. } => false,
        DataType { base, list: false } => matches!(base, Base::Text | Base::Uuid | Base::Bytes),
    };
    if !is_text(field) || DataType::of_field(&field.ty).base == Base::Uuid {
        return None;
    }
    let uniques = model.uniques.iter().map(|unique| unique.fields.clone());
    let indexes = model.indexes.iter().map(|index| index.fields.iter().map(|(id, _)| *id).collect());
    let keys = lowering.schema().foreign_keys.iter().flat_map(|key| {
        let from = (key.from == model.id).then(|| key.from_fields.clone());
        let to = (key.to == model.id).then(|| key.to_fields.clone());
        from.into_iter().chain(to)
    });
    let all = std::iter::once(model.key.clone()).chain(uniques).chain(indexes).chain(keys);
    let texts = |fields: Vec<FieldId>| {
        fields.contains(&field.id).then(|| fields.iter().filter(|id| is_text(&model.fields[usize::from(id.0)])).count())
    };
    let most = all.filter_map(texts).max()?;
    let length = INDEXED_CHARACTERS / u16::try_from(most.max(1)).unwrap_or(u16::MAX);
    let bytes = DataType::of_field(&field.ty).base == Base::Bytes;
    Some(if bytes { length * CHARACTER_BYTES } else { length })
}

/// Whether a term is a call of one of the functions below, which no constraint or generated column may do.
pub(super) fn calls_made(term: &Term) -> bool {
    if let Term::Call(Function::Store(function), _) = term {
        return is_made(*function) && !is_arithmetic(*function);
    }
    matches!(term, Term::Cast(..) | Term::Call(Function::Lower | Function::Upper, _))
}

/// Whether a definition says it in words of its own.
fn is_arithmetic(function: StoreFunction) -> bool {
    matches!(
        function,
        StoreFunction::Add
            | StoreFunction::Subtract
            | StoreFunction::Multiply
            | StoreFunction::Divide
            | StoreFunction::Remainder
            | StoreFunction::Abs
    )
}

fn is_made(function: StoreFunction) -> bool {
    match function {
        StoreFunction::Like
        | StoreFunction::Ilike
        | StoreFunction::Regex
        | StoreFunction::RegexIgnoreCase
        | StoreFunction::JsonContains
        | StoreFunction::JsonOverlaps
        | StoreFunction::JsonGet
        | StoreFunction::JsonText
        | StoreFunction::Bytes
        | StoreFunction::Float
        | StoreFunction::Timestamp
        | StoreFunction::Lower
        | StoreFunction::StartsWith
        | StoreFunction::EndsWith
        | StoreFunction::Contains
        | StoreFunction::DecimalAdd
        | StoreFunction::Micros
        | StoreFunction::Cursor => false,
        StoreFunction::JsonCompare
        | StoreFunction::JsonSortKey
        | StoreFunction::JsonAs
        | StoreFunction::JsonIs
        | StoreFunction::Cast
        | StoreFunction::Trim
        | StoreFunction::Add
        | StoreFunction::Subtract
        | StoreFunction::Multiply
        | StoreFunction::Divide
        | StoreFunction::Remainder
        | StoreFunction::Abs
        | StoreFunction::TimeAdd
        | StoreFunction::JsonHasAll
        | StoreFunction::JsonHasAny
        | StoreFunction::JsonConcat
        | StoreFunction::JsonDeleteKey
        | StoreFunction::JsonDeleteAt
        | StoreFunction::JsonDeletePath => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{PRELUDE, is_made};
    use crate::functions::StoreFunction;

    #[test]
    fn every_function_that_is_called_is_made() {
        let made = PRELUDE.concat();
        for function in StoreFunction::ALL.iter().filter(|function| is_made(**function)) {
            let head = ["FUNCTION /*!80029 IF NOT EXISTS */ ", function.name(), "("].concat();
            assert!(made.contains(&head), "{}", function.name());
        }
        for function in StoreFunction::ALL.iter().filter(|function| !is_made(**function)) {
            let head = [" ", function.name(), "("].concat();
            assert!(!made.contains(&head), "{}", function.name());
        }
    }
}
