//! Calls of custom operations: by name and by the names of their arguments.

use super::{Resolved, Rows, Scope, input};
use crate::bind;
use crate::fault::Refusal;
use crate::request::Call;
use crate::value::{Cast, Param, Value};
use backstay_schema::model::{Argument, Operation, OperationBody, ReturnType};

impl Scope<'_> {
    pub(super) fn call(&mut self, call: &Call) -> Result<Resolved, Refusal> {
        let operation = self
            .schema
            .operations
            .iter()
            .find(|operation| operation.name == call.operation && takes(operation, call))
            .ok_or_else(|| Refusal::UnknownOperation {
                name: call.operation.clone(),
                arguments: call.arguments.iter().map(|(name, _)| name.clone()).collect(),
                suggestion: None,
            })?;
        if call.read_only && !operation.read_only {
            return Err(Refusal::NotReadOnly { name: operation.name.clone() });
        }
        if let OperationBody::Function(_) = operation.body {
            return Err(Refusal::NotImplemented { reason: format!("operation '{}' is a function", operation.name) });
        }
        let arguments = operation
            .arguments
            .iter()
            .map(|argument| Ok((argument.name.clone(), argument_param(self.schema, argument, call)?)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        match operation.returns {
            ReturnType::Models(model) | ReturnType::Model(model) => {
                let rows = Rows::Operation(operation.id, arguments);
                Ok(Resolved::Read { root: self.root(self.model_of(model), rows, &call.level)?, total: call.total })
            }
            ReturnType::Scalar(_) | ReturnType::Object { .. } | ReturnType::Void => {
                Ok(Resolved::Call { operation: operation.id, arguments })
            }
        }
    }
}

/// Whether the operation takes exactly these arguments: each is known, and each required one is given.
fn takes(operation: &Operation, call: &Call) -> bool {
    let given = |argument: &Argument| call.arguments.iter().any(|(name, _)| *name == argument.name);
    operation.arguments.iter().all(|argument| argument.default.is_some() || argument.ty.nullable || given(argument))
        && call.arguments.iter().all(|(name, _)| operation.arguments.iter().any(|argument| argument.name == *name))
}

fn argument_param(schema: &backstay_schema::Schema, argument: &Argument, call: &Call) -> Result<Param, Refusal> {
    if let Some((_, slot)) = call.arguments.iter().find(|(name, _)| *name == argument.name) {
        let default = argument.default.as_ref().map(ToString::to_string);
        return Ok(input(*slot, Cast::Argument { ty: argument.ty.clone(), default }));
    }
    match &argument.default {
        Some(default) => Ok(Param::Constant(bind::constant(schema, &argument.ty, default)?)),
        None => Ok(Param::Constant(Value::Null)),
    }
}
