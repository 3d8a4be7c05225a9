//! Aggregates over rows: `posts_aggregate` with its counts, sums, averages and bounds.

use super::{Builder, define};
use backstay_plan::request::Aggregate;
use backstay_schema::graphql::TypeKind;
use backstay_schema::model::{Field, FieldType, ModelId, Scalar};

impl Builder<'_> {
    pub(super) fn aggregate(&mut self, id: ModelId) {
        if !self.offer.aggregates {
            return;
        }
        self.scalars.insert("Int".to_owned());
        let columns: Vec<&Field> = self.shape(id).queryable().collect();
        let counted = vec![
            define::input("columns", define::list_of(&self.kind(id, TypeKind::SelectColumn))),
            define::input("distinct", define::named("Boolean")),
        ];
        let mut fields = vec![define::field("count", define::named("Int").non_null()).with(counted)];
        for (name, kind, function) in [
            ("sum", TypeKind::SumFields, Aggregate::Sum),
            ("avg", TypeKind::AvgFields, Aggregate::Avg),
            ("min", TypeKind::MinFields, Aggregate::Min),
            ("max", TypeKind::MaxFields, Aggregate::Max),
        ] {
            let typed = columns.iter().filter_map(|field| Some((field.name.as_str(), result(function, &field.ty)?)));
            let typed: Vec<(&str, FieldType)> = typed.collect();
            if typed.is_empty() {
                continue;
            }
            let mut of = Vec::with_capacity(typed.len());
            for (column, ty) in typed {
                let ty = self.value(&ty, true);
                of.push(define::field(column, ty));
            }
            let kind = self.kind(id, kind);
            self.add(define::object(&kind, None, of));
            fields.push(define::field(name, define::named(&kind)));
        }
        let all = self.kind(id, TypeKind::AggregateFields);
        self.add(define::object(&all, Some("Aggregates of the rows."), fields));
        let rows = define::list_of(self.names.object_name(id)).non_null();
        let fields = vec![
            define::field("aggregate", define::named(&all)),
            define::field("nodes", rows).about(Some("The rows themselves.")),
        ];
        self.add(define::object(&self.kind(id, TypeKind::Aggregate), None, fields));
    }
}

/// The type of an aggregate of a column; none where the column has no such aggregate.
pub(crate) fn result(function: Aggregate, column: &FieldType) -> Option<FieldType> {
    match function {
        Aggregate::Sum => sum(column),
        Aggregate::Avg => average(column),
        Aggregate::Min | Aggregate::Max => bound(column),
        Aggregate::Count => Some(nullable(Scalar::Int)),
    }
}

fn nullable(scalar: Scalar) -> FieldType {
    FieldType { scalar, list: false, nullable: true, items_nullable: false }
}

/// Sums are wider than what they are made of, so that they do not overflow.
fn sum(ty: &FieldType) -> Option<FieldType> {
    match ty.scalar {
        _ if ty.list => None,
        Scalar::Int => Some(nullable(Scalar::BigInt)),
        Scalar::BigInt | Scalar::Decimal => Some(nullable(Scalar::Decimal)),
        Scalar::Float => Some(nullable(Scalar::Float)),
        Scalar::Boolean
        | Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_)
        | Scalar::Object(_) => None,
    }
}

fn average(ty: &FieldType) -> Option<FieldType> {
    sum(ty).map(|_| nullable(if ty.scalar == Scalar::Float { Scalar::Float } else { Scalar::Decimal }))
}

/// What has a smallest and a largest value.
fn bound(ty: &FieldType) -> Option<FieldType> {
    let ordered = ty.list || !matches!(ty.scalar, Scalar::Boolean | Scalar::Json | Scalar::Object(_));
    ordered.then(|| FieldType { nullable: true, ..ty.clone() })
}
