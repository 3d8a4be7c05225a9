//! Custom operations: the SQL that the schema's author wrote for them, with `:name` where it takes an argument.

use super::value::Typed;
use super::{Lowering, item, not_implemented, select, unary};
use crate::ast::{
    Aggregate, Alias, Authored, AuthoredPart, Command, Function, Query, Select, Table, TableSource, Term, UnaryOp,
};
use crate::datatype::DataType;
use crate::statement::{ReadStatement, Returns, RowShape, Statement, Step, VerifyFailure, WriteProgram};
use backstay_plan::Refusal;
use backstay_plan::authorized::{CallPlan, Gate};
use backstay_plan::value::Param;
use backstay_schema::expr::{Session, ValueType};
use backstay_schema::model::{ModelId, ObjectId, Operation, OperationBody, OperationId, ReturnType};

impl<'a> Lowering<'a> {
    /// A call whose answer is one JSON value.
    pub(super) fn call(&mut self, plan: &CallPlan) -> Result<Statement, Refusal> {
        let operation = self.operation(plan.operation);
        let authored = self.authored(operation, &plan.arguments)?;
        let mut steps = Vec::new();
        steps.extend(self.verify_call(&plan.gate)?);
        if !authored.is_query() {
            if !matches!(operation.returns, ReturnType::Void) || operation.read_only {
                return Err(not_implemented(&[
                    "operation ",
                    &operation.name,
                    ", whose SQL changes rows and answers a value",
                ]));
            }
            let sql = self.sql(&Command::Authored(authored));
            steps.push(Step::Mutate { sql, returns: Returns { keys: false, check: false } });
            return Ok(Statement::Write(WriteProgram { steps, accounts: false }));
        }
        let term = self.answer(operation, authored)?;
        let query = Query::Select(Box::new(Select { items: vec![item(term)], ..Select::default() }));
        let sql = self.sql(&Command::Query(query));
        let read = ReadStatement { sql, shape: RowShape::Value, total: false, unused: Vec::new() };
        if steps.is_empty() {
            return Ok(Statement::Read(read));
        }
        steps.push(Step::Represent(read));
        Ok(Statement::Write(WriteProgram { steps, accounts: false }))
    }

    /// Refuses a call that the caller's session does not allow.
    fn verify_call(&mut self, gate: &Gate) -> Result<Option<Step>, Refusal> {
        let row = super::Row::new(Alias::Bare, ModelId(0));
        let Some(holds) = self.gate(gate, &row)? else { return Ok(None) };
        let filter = Some(unary(UnaryOp::IsNotTrue, holds));
        let query = Query::Select(Box::new(Select { items: vec![item(Term::Int(1))], filter, ..Select::default() }));
        Ok(Some(Step::Verify { sql: self.sql(&Command::Query(query)), failure: VerifyFailure::RowDenied }))
    }

    /// The rows of an operation that answers a model's rows.
    pub(super) fn operation_query(&mut self, id: OperationId, arguments: &[(String, Param)]) -> Result<Query, Refusal> {
        let operation = self.operation(id);
        let authored = self.authored(operation, arguments)?;
        if !authored.is_query() {
            return Err(not_implemented(&["operation ", &operation.name, ", whose SQL changes rows and answers rows"]));
        }
        Ok(Query::Authored(authored))
    }

    fn operation(&self, id: OperationId) -> &'a Operation {
        &self.schema.operations[usize::from(id.0)]
    }

    /// The JSON text of what an operation answers.
    fn answer(&mut self, operation: &Operation, authored: Authored) -> Result<Term, Refusal> {
        let query = Query::Authored(authored);
        match &operation.returns {
            ReturnType::Scalar(ty) => {
                let value = Typed { term: Term::Scalar(Box::new(query)), scalar: ty.scalar, list: ty.list };
                let value = self.json(value);
                Ok(if self.joins_json() { value } else { Term::Call(Function::JsonQuote, vec![value]) })
            }
            ReturnType::Object { object, list } => Ok(self.objects(*object, *list, query)),
            ReturnType::Void => {
                // Its rows are read and dropped.
                let exists = Term::Exists(Box::new(query));
                if self.has_types() {
                    // Nothing that is false from the start, or the rows would not be read.
                    return Ok(super::when(exists, super::typed(Term::Null, DataType::TEXT)));
                }
                Ok(super::when(Term::All(vec![exists, Term::Bool(false)]), Term::Null))
            }
            ReturnType::Models(_) | ReturnType::Model(_) => {
                Err(not_implemented(&["operation ", &operation.name, " as a single value"]))
            }
        }
    }

    fn objects(&mut self, id: ObjectId, list: bool, query: Query) -> Term {
        let alias = self.alias();
        let fields = &self.schema.objects[usize::from(id.0)].fields;
        let members = fields.iter().map(|field| {
            let term = Term::Column(alias.clone(), field.name.clone());
            (field.name.clone(), self.json(Typed { term, scalar: field.ty.scalar, list: field.ty.list }))
        });
        let object = Term::Object(members.collect());
        let value = if list { Term::Aggregate(Aggregate::JsonArray, Box::new(object)) } else { object };
        let rows = select(vec![item(value)], Table { source: TableSource::Query(Box::new(query)), alias }, None);
        // An array of no rows is `[]`; no object at all is `null`.
        let value = self.first_value(rows);
        Term::Call(Function::Coalesce, vec![value, super::constant_text("null")])
    }

    fn authored(&self, operation: &Operation, arguments: &[(String, Param)]) -> Result<Authored, Refusal> {
        let text = match &operation.body {
            OperationBody::Sql(texts) => texts.iter().find(|(dialect, _)| *dialect == self.dialect),
            OperationBody::Function(_) => None,
        };
        let Some((_, text)) = text else {
            return Err(not_implemented(&["operation ", &operation.name, " on this database"]));
        };
        let given =
            |name: &str| arguments.iter().find(|(argument, _)| argument == name).map(|(_, param)| param.clone());
        split(text, |name| given(name).or_else(|| session_argument(name)))
            .ok_or_else(|| not_implemented(&["operation ", &operation.name, ", whose SQL names an unknown argument"]))
    }
}

impl Authored {
    /// Whether the SQL yields rows and changes nothing.
    fn is_query(&self) -> bool {
        let Some(AuthoredPart::Text(text)) = self.0.first() else { return false };
        let word: String = text.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
        ["select", "with", "values"].iter().any(|known| word.eq_ignore_ascii_case(known))
    }
}

/// What every operation may name besides its arguments.
fn session_argument(name: &str) -> Option<Param> {
    match name {
        "auth_uid" => Some(Param::Session { session: Session::Uid, ty: ValueType::String, list: false }),
        "now" => Some(Param::Now),
        _other => None,
    }
}

/// Splits authored SQL at its `:name` placeholders, which do not stand in quotes and comments.
fn split(text: &str, argument: impl Fn(&str) -> Option<Param>) -> Option<Authored> {
    let text = text.trim().trim_end_matches(';');
    let mut parts = Vec::new();
    let mut from = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let rest = &text[at..];
        at += match byte {
            b'\'' | b'"' | b'`' => quoted_len(rest, char::from(*byte)),
            b'[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            b'-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b':' if rest.starts_with("::") => 2,
            b':' => {
                let name_len = rest[1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
                if name_len > 0 {
                    let param = argument(&rest[1..=name_len])?;
                    parts.push(AuthoredPart::Text(text[from..at].to_owned()));
                    parts.push(AuthoredPart::Param(param));
                    from = at + 1 + name_len;
                }
                1 + name_len
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    parts.push(AuthoredPart::Text(text[from..].to_owned()));
    Some(Authored(parts))
}

/// Length of a quoted token, its quotes with it.
fn quoted_len(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::split;
    use crate::ast::AuthoredPart;
    use backstay_plan::value::Param;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let known = |name: &str| (name == "a" || name == "b_1").then_some(Param::Now);
        let shown = split(text, known).map(|authored| {
            let parts = authored.0.iter().map(|part| match part {
                AuthoredPart::Text(text) => text.clone(),
                AuthoredPart::Param(_) => String::from("?"),
            });
            parts.collect::<String>()
        });
        assert_eq!(shown.as_deref(), expected);
    }

    #[test]
    fn placeholders() {
        check("select :a;", Some("select ?"));
        check("select :a+:b_1 ; ", Some("select ?+? "));
        check("select ':a', \":a\", [:a] -- :a\n, :a /* :x */", Some("select ':a', \":a\", [:a] -- :a\n, ? /* :x */"));
        check("select 'it''s :a'", Some("select 'it''s :a'"));
        check("select :x", None);
        check("select :a::int, x::a", Some("select ?::int, x::a"));
        check("select 'ü' || :a", Some("select 'ü' || ?"));
        check("select ':a", Some("select ':a"));
        check("", Some(""));
    }
}
