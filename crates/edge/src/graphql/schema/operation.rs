//! Custom operations as root fields: those that the roles may call.

use super::define::{self, FieldOf};
use super::{Builder, Shape};
use apollo_compiler::Node;
use apollo_compiler::ast::{InputValueDefinition, Type, Value};
use backstay_plan::authorized::Gate;
use backstay_schema::model::{Argument, Operation, OperationBody, ReturnType, Scalar};

impl Builder<'_> {
    pub(super) fn operations(&mut self, queries: &mut Vec<FieldOf>, mutations: &mut Vec<FieldOf>) {
        for operation in &self.schema.operations {
            let allowed = self.view.operation(operation).is_some_and(|gate| gate != Gate::Closed);
            // A function cannot be called yet, by any protocol.
            if !allowed || matches!(operation.body, OperationBody::Function(_)) {
                continue;
            }
            let Some(field) = self.operation(operation) else { continue };
            if operation.read_only { queries.push(field) } else { mutations.push(field) }
        }
    }

    /// `None` when it answers rows that the roles cannot see.
    fn operation(&mut self, operation: &Operation) -> Option<FieldOf> {
        let mut arguments = Vec::with_capacity(operation.arguments.len());
        for argument in &operation.arguments {
            arguments.push(self.argument(argument));
        }
        let ty = match &operation.returns {
            ReturnType::Models(id) => {
                self.shapes.get(usize::from(id.0)).filter(|shape| Shape::is_visible(shape))?;
                // An argument of the operation's own stands before ours.
                let ours = self.list_arguments(*id);
                let is_free = |input: &Node<InputValueDefinition>| {
                    input.name != "distinct_on"
                        && !operation.arguments.iter().any(|own| input.name == own.name.as_str())
                };
                arguments.extend(ours.into_iter().filter(is_free));
                define::list_of(self.names.object_name(*id)).non_null()
            }
            ReturnType::Model(id) => {
                self.shapes.get(usize::from(id.0)).filter(|shape| Shape::is_visible(shape))?;
                define::named(self.names.object_name(*id))
            }
            ReturnType::Scalar(ty) => self.value(ty, true),
            ReturnType::Object { object, list } => {
                let value = self.scalar(Scalar::Object(*object));
                if *list { value.list() } else { value }
            }
            ReturnType::Void => define::named("Boolean"),
        };
        Some(define::field(&operation.name, ty).about(operation.description.as_deref()).with(arguments))
    }

    fn argument(&mut self, argument: &Argument) -> Node<InputValueDefinition> {
        let is_optional = argument.ty.nullable || argument.default.is_some();
        let ty = self.value(&argument.ty, is_optional);
        let default = argument.default.as_ref().and_then(|value| literal(value, &ty));
        define::input_default(&argument.name, ty, default, None)
    }
}

/// A JSON value as GraphQL writes it; `None` where a type is not known to take it so.
fn literal(value: &serde_json::Value, ty: &Type) -> Option<Value> {
    match value {
        serde_json::Value::Null => Some(Value::Null),
        serde_json::Value::Bool(value) => Some(Value::Boolean(*value)),
        serde_json::Value::Number(number) => match number.as_i64().and_then(|value| i32::try_from(value).ok()) {
            Some(value) => Some(Value::Int(value.into())),
            None => Some(Value::Float(number.as_f64()?.into())),
        },
        serde_json::Value::String(text) if is_built_in(ty) => Some(Value::String(text.clone())),
        // An enum's value, or a scalar of ours: its text says which in the description of the operation.
        serde_json::Value::String(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    }
}

fn is_built_in(ty: &Type) -> bool {
    matches!(ty.inner_named_type().as_str(), "String" | "ID")
}
