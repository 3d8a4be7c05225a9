//! Why a request gets what it gets: the rules that were looked at, what they came to, the SQL, and how the database runs it.
//! Nothing of the request is run.

pub mod text;

use crate::answer::{Answer, Timings};
use crate::ask::{Ask, Asked, Reading};
use crate::compiled::Loaded;
use crate::engine::Engine;
use crate::fault::Failure;
use crate::prepare::{self, Context};
use crate::steps;
use crate::store::Slotted;
use backstay_compile::Statement;
use backstay_compile::statement::{Sql, Step};
use backstay_plan::access::{Decision, ModelView, View};
use backstay_plan::authorized::{Child, Gate, Node, Plan};
use backstay_plan::principal::RoleSet;
use backstay_plan::value::Value;
use backstay_plan::{Principal, Refusal, Request};
use backstay_schema::Schema;
use backstay_schema::model::{Model, ModelId, Op};
use bytes::Bytes;
use std::fmt;
use std::sync::{Arc, PoisonError};

/// Why a request gets what it gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What the caller may do with each relation of the request.
    pub relations: Vec<RelationRules>,
    /// The rule that chooses rows, at each level of the request.
    pub predicates: Vec<Rule>,
    /// The statements, in order.
    pub statements: Vec<Explained>,
    /// Why the request would be refused; then there are no predicates and statements.
    pub refused: Option<Refusal>,
}

/// What a caller may do with a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationRules {
    /// Relation name.
    pub relation: String,
    /// Each operation.
    pub operations: Vec<Rule>,
    /// Each field that not every row shows.
    pub fields: Vec<Rule>,
}

/// A subject and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Operation, field or level.
    pub subject: String,
    /// `always`, `never`, or the condition that is left after the caller's roles were folded in.
    pub decision: String,
}

/// A statement and how it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What it is for.
    pub purpose: &'static str,
    /// Its text.
    pub sql: String,
    /// Its values.
    pub values: Vec<String>,
    /// The database's query plan, indented by level.
    pub query_plan: Vec<String>,
}

impl Engine {
    /// Explains a request without running it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn explain(&self, request: &Request, who: &Principal) -> Result<Explanation, Failure> {
        self.explain_in(&self.inner().loaded(), request, who).await
    }

    /// Explains a read of Backstay's own tables without running it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn explain_ask(&self, ask: Ask<Reading>) -> Result<Explanation, Failure> {
        let inner = self.inner();
        let Asked { mut request, late } = ask.into();
        steps::put_times(&mut request, late, inner.clock.now_micros());
        self.explain_in(&inner.spaces().system, &request, &Principal::with_roles(RoleSet::service())).await
    }

    async fn explain_in(
        &self,
        loaded: &Arc<Loaded>,
        request: &Request,
        who: &Principal,
    ) -> Result<Explanation, Failure> {
        let inner = self.inner();
        let schema = &loaded.schema;
        let view = View::new(schema, &who.identity.roles);
        let compiled = match prepare::compiled(loaded, &request.action, who, &loaded.limits) {
            Ok(compiled) => compiled,
            Err(refusal) => {
                let named =
                    named_relation(request).and_then(|name| schema.models.iter().find(|model| model.table == name));
                let relations = named.map(|model| relation_rules(&view, model)).into_iter().collect();
                return Ok(Explanation {
                    relations,
                    predicates: Vec::new(),
                    statements: Vec::new(),
                    refused: Some(refusal),
                });
            }
        };
        let mut models = Vec::new();
        let mut predicates = Vec::new();
        walk(schema, compiled.plan.plan(), &mut models, &mut predicates);
        let relations =
            models.iter().filter_map(|id| model_of(schema, *id)).map(|model| relation_rules(&view, model)).collect();
        let context = Context {
            who,
            now_micros: inner.clock.now_micros(),
            limits: &loaded.limits,
            ids: &inner.ids,
            hash: inner.hash,
        };
        let (values, refused) = match prepare::bound(&compiled, request, &context) {
            Ok(bound) => (bound.texts, None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        let values_of = |position: usize| values.get(position).map_or(&[][..], Vec::as_slice);
        let parts = parts(&compiled.statement);
        let asked: Vec<_> = parts.iter().enumerate().map(|(at, (_, sql))| (*sql, values_of(at))).collect();
        let query_plans = inner.store.query_plans(&asked).await?;
        let explained = asked.iter().zip(&parts).zip(query_plans);
        let statements = explained
            .map(|(((sql, values), (purpose, _)), query_plan)| {
                let values = values.iter().map(show).collect();
                Explained { purpose, sql: sql.text.clone(), values, query_plan }
            })
            .collect();
        Ok(Explanation { relations, predicates, statements, refused })
    }
}

impl Engine {
    /// What the requests since the last call come to. Empty unless the engine was opened with `explain`.
    #[must_use]
    pub fn explained(&self) -> Vec<Explanation> {
        let Some(explained) = &self.inner().explained else { return Vec::new() };
        std::mem::take(&mut explained.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps what each of several requests comes to.
    pub(crate) async fn keep_explanations<'r>(
        &self,
        requests: impl Iterator<Item = (&'r Request, &'r Principal)>,
    ) -> Result<Vec<Answer>, Failure> {
        let mut answers = Vec::new();
        for (request, who) in requests {
            answers.push(self.keep_explanation(request, who).await?);
        }
        Ok(answers)
    }

    /// Keeps what a request comes to, and answers that there are no rows.
    pub(crate) async fn keep_explanation(&self, request: &Request, who: &Principal) -> Result<Answer, Failure> {
        let explanation = self.explain(request, who).await?;
        let refused = explanation.refused.clone();
        if let Some(explained) = &self.inner().explained {
            explained.lock().unwrap_or_else(PoisonError::into_inner).push(explanation);
        }
        match refused {
            Some(refusal) => Err(Failure::Refused(refusal)),
            None => {
                let body = Bytes::from_static(b"[]");
                Ok(Answer {
                    body,
                    rows: 0,
                    total: None,
                    affected: 0,
                    inserted: 0,
                    cache: None,
                    timings: Timings::default(),
                })
            }
        }
    }
}

fn named_relation(request: &Request) -> Option<&str> {
    use backstay_plan::request::Action;
    match &request.action {
        Action::Read(read) => Some(&read.relation),
        Action::Insert(insert) => Some(&insert.relation),
        Action::Update(update) => Some(&update.relation),
        Action::Delete(delete) => Some(&delete.relation),
        Action::Written(written) => Some(&written.relation),
        Action::Call(_) => None,
    }
}

fn model_of(schema: &Schema, id: ModelId) -> Option<&Model> {
    schema.models.get(usize::from(id.0))
}

fn relation_rules(view: &View<'_>, model: &Model) -> RelationRules {
    let schema = view.schema();
    let ModelView { read, create, update, delete, fields } = view.model(model.id);
    let gate = |op: Op, gate: Option<&Gate>| match gate {
        _ if !model.ops.contains(op) => "never: switched off".to_owned(),
        None => "never: no rule".to_owned(),
        Some(gate) => text::gate(schema, gate),
    };
    let updated = update.as_ref().map(|gates| match gates.using == gates.check {
        true => text::gate(schema, &gates.using),
        false => format!("{}; new row: {}", text::gate(schema, &gates.using), text::gate(schema, &gates.check)),
    });
    let rule = |subject: &str, decision: String| Rule { subject: subject.to_owned(), decision };
    let operations = vec![
        rule("read", gate(Op::Read, read.as_ref())),
        rule("create", gate(Op::Create, create.as_ref())),
        rule("update", updated.unwrap_or_else(|| gate(Op::Update, None))),
        rule("delete", gate(Op::Delete, delete.as_ref())),
    ];
    let mut hidden = Vec::new();
    for (field, decided) in model.fields.iter().zip(fields) {
        for (what, decision) in [("read", &decided.read), ("create", &decided.create), ("update", &decided.update_new)]
        {
            let decision = match decision {
                Decision::Always => continue,
                Decision::Never => "never".to_owned(),
                Decision::PerRow(expr) => text::expr(schema, expr),
            };
            hidden.push(rule(&format!("{} ({what})", field.name), decision));
        }
    }
    RelationRules { relation: model.table.clone(), operations, fields: hidden }
}

fn walk(schema: &Schema, plan: &Plan, models: &mut Vec<ModelId>, predicates: &mut Vec<Rule>) {
    let mut note = |id: ModelId, what: &str, gate: &Gate| {
        let relation = model_of(schema, id).map_or("", |model| model.table.as_str());
        predicates.push(Rule { subject: format!("{relation} {what}"), decision: text::gate(schema, gate) });
        if !models.contains(&id) {
            models.push(id);
        }
    };
    let mut asked = Vec::new();
    let returning = match plan {
        Plan::Read(read) => Some(&read.root),
        Plan::Insert(insert) => {
            note(insert.model, "new rows", &insert.check);
            if let Some(conflict) = &insert.conflict {
                note(insert.model, "rows that are there", &conflict.using);
                note(insert.model, "merged rows", &conflict.check);
            }
            insert.returning.as_ref()
        }
        Plan::Update(update) => {
            note(update.model, "rows to change", &update.using);
            note(update.model, "changed rows", &update.check);
            asked = update.filter.related();
            update.returning.as_ref()
        }
        Plan::Delete(delete) => {
            note(delete.model, "rows to remove", &delete.using);
            asked = delete.filter.related();
            delete.returning.as_ref()
        }
        Plan::Call(_) => None,
    };
    walk_below(schema, asked, models, predicates);
    if let Some(node) = returning {
        walk_node(schema, node, models, predicates);
    }
}

fn walk_node(schema: &Schema, node: &Node, models: &mut Vec<ModelId>, predicates: &mut Vec<Rule>) {
    let relation = model_of(schema, node.model).map_or("", |model| model.table.as_str());
    predicates.push(Rule { subject: format!("{relation} rows"), decision: text::gate(schema, &node.gate) });
    if !models.contains(&node.model) {
        models.push(node.model);
    }
    walk_below(schema, node.below(), models, predicates);
}

fn walk_below<'n>(
    schema: &Schema,
    children: impl IntoIterator<Item = &'n Child>,
    models: &mut Vec<ModelId>,
    predicates: &mut Vec<Rule>,
) {
    for Child { node, junction, .. } in children {
        if let Some(junction) = junction {
            let relation = model_of(schema, junction.model).map_or("", |model| model.table.as_str());
            predicates.push(Rule { subject: format!("{relation} rows"), decision: text::gate(schema, &junction.gate) });
        }
        walk_node(schema, node, models, predicates);
    }
}

fn parts(statement: &Statement) -> Vec<(&'static str, &Sql)> {
    match statement {
        Statement::Read(read) => vec![("read", &read.sql)],
        Statement::Write(program) => {
            let steps = program.steps.iter().map(|step| (purpose(step), prepare::sql_of(step)));
            let around =
                program.steps.iter().flat_map(prepare::around).map(|sql| ("change or find the row beside it", sql));
            steps.chain(around).collect()
        }
    }
}

fn purpose(step: &Step) -> &'static str {
    match step {
        Step::SelectKeys(_) => "find the rows",
        Step::Insert { .. } => "insert each row",
        Step::Mutate { .. } => "change the rows",
        Step::Verify { .. } => "refuse if this finds a row",
        Step::Validate { .. } => "read what the value rules are about",
        Step::VerifyCollision(_) => "refuse a row that collides if this finds one",
        Step::Effect(_) => "make account and profile agree",
        Step::Protect(_) => "see who holds the protected role",
        Step::CountConflicts(_) => "count the rows that are there",
        Step::Represent(_) => "read the answer",
    }
}

fn show(slotted: &Slotted) -> String {
    match slotted {
        Slotted::Value(Value::Null) => "null".to_owned(),
        Slotted::Value(Value::Bool(truth)) => truth.to_string(),
        Slotted::Value(Value::Int(number)) => number.to_string(),
        Slotted::Value(Value::Float(number)) => number.to_string(),
        Slotted::Value(Value::Text(text)) => format!("{text:?}"),
        Slotted::Value(Value::Blob(bytes)) => format!("{} bytes", bytes.len()),
        Slotted::Cell(position) => format!("cell {} of the row", position + 1),
        Slotted::Keys => "the keys touched".to_owned(),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(refusal) = &self.refused {
            writeln!(out, "refused: {refusal}\n")?;
        }
        for relation in &self.relations {
            writeln!(out, "rules of {}", relation.relation)?;
            for rule in relation.operations.iter().chain(&relation.fields) {
                writeln!(out, "  {:<24} {}", rule.subject, rule.decision)?;
            }
            writeln!(out)?;
        }
        if !self.predicates.is_empty() {
            writeln!(out, "rows, after folding")?;
        }
        for rule in &self.predicates {
            writeln!(out, "  {:<24} {}", rule.subject, rule.decision)?;
        }
        for statement in &self.statements {
            writeln!(out, "\n{}\n  {}", statement.purpose, statement.sql)?;
            for (position, value) in statement.values.iter().enumerate() {
                writeln!(out, "  ?{} = {value}", position + 1)?;
            }
            for line in &statement.query_plan {
                writeln!(out, "  | {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::store::conformance::{Who, insert, read, sqlite};
    use crate::store::sqlite::Settings;
    use serde_json::json;

    const SCHEMA: &str = r#"
type Project @model(table: "projects")
  @access(ops: [READ], when: "ownerId == auth.uid || members.exists(m, m.userId == auth.uid && size(m.note) < 5)")
  @access(roles: ["user"], ops: [CREATE], check: "ownerId == auth.uid") {
  id: Int! @id(auto: INCREMENT)
  ownerId: String
  budget: Int @readable(roles: ["user"], when: "ownerId == auth.uid")
  members: [Member!]
}
type Member @model(table: "members") {
  id: Int! @id(auto: INCREMENT)
  userId: String!
  note: String
  project: Project
}
"#;

    #[tokio::test]
    async fn says_why_and_how() {
        let dir = tempfile::tempdir().unwrap();
        let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
        let text = engine.explain(&read("projects", "id,budget", "id=1"), &Who::user("u")).await.unwrap().to_string();
        for expected in [
            "budget (read)            ownerId == auth.uid",
            "delete                   never: no rule",
            "projects rows            ownerId == auth.uid || members.exists(m, m.userId == auth.uid && size(m.note) < 5)",
            "SELECT",
            "| SEARCH",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
        let refused = insert("projects", &json!([{"ownerId": "x"}]), "");
        let text = engine.explain(&refused, &Who::anyone()).await.unwrap().to_string();
        assert!(text.starts_with("refused: permission denied for table projects"), "{text}");
    }
}
