//! Plans in one line: `table[outputs] where … order … limit …`. A masked column ends in `~`, a gate that is a rule shows as `?`.

use backstay_plan::authorized::{
    CastTarget, Child, Column, Counted, Edge, Gate, Node, Operand, OrderKey, Output, Part, Plan, Predicate, SortBy,
    Source, Summary, Test, WriteColumn, WriteSource,
};
use backstay_plan::request::PathKey;
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, ModelId};

pub(crate) struct Printer<'s>(pub(crate) &'s Schema);

impl Printer<'_> {
    pub(crate) fn plan(&self, plan: &Plan) -> String {
        match plan {
            Plan::Read(read) => self.node(&read.root),
            Plan::Insert(insert) => {
                let mut out =
                    format!("insert {}({})", self.table(insert.model), self.columns(insert.model, &insert.columns));
                out += &format!(" check {}", gate(&insert.check));
                if let Some(conflict) = &insert.conflict {
                    let names = |fields: &[FieldId]| self.names(insert.model, fields);
                    let target = names(&conflict.target);
                    out += &format!(" conflict({target}) set({})", names(&conflict.set));
                    out += &self.filter(&conflict.filter, &[]);
                    if conflict.seen != Gate::Open {
                        out += &format!(" seen {}", gate(&conflict.seen));
                    }
                    out += &format!(" using {} check {}", gate(&conflict.using), gate(&conflict.check));
                }
                out + &self.returning(insert.returning.as_ref())
            }
            Plan::Update(update) => format!(
                "update {}({}){} using {} check {}{}",
                self.table(update.model),
                self.columns(update.model, &update.columns),
                self.filter(&update.filter, &[]),
                gate(&update.using),
                gate(&update.check),
                self.returning(update.returning.as_ref())
            ),
            Plan::Delete(delete) => format!(
                "delete {}{} using {}{}",
                self.table(delete.model),
                self.filter(&delete.filter, &[]),
                gate(&delete.using),
                self.returning(delete.returning.as_ref())
            ),
            Plan::Call(call) => {
                let arguments: Vec<String> =
                    call.arguments.iter().map(|(name, param)| format!("{name}={param:?}")).collect();
                format!("call {}({})", self.0.operations[usize::from(call.operation.0)].name, arguments.join(", "))
            }
        }
    }

    fn returning(&self, node: Option<&Node>) -> String {
        node.map_or_else(String::new, |node| format!(" returning {}", self.node(node)))
    }

    fn columns(&self, model: ModelId, columns: &[WriteColumn]) -> String {
        let one = |column: &WriteColumn| {
            let name = self.name(model, column.field);
            match &column.source {
                WriteSource::Cell(position) => format!("{name}=${position}"),
                WriteSource::Added(position) => format!("{name}+=${position}"),
                WriteSource::Edited(edit, position) => format!("{name} {edit:?} ${position}"),
                WriteSource::Default(_) => format!("{name}=default"),
                WriteSource::Managed(managed) => format!("{name}={managed:?}"),
            }
        };
        columns.iter().map(one).collect::<Vec<_>>().join(",")
    }

    fn table(&self, model: ModelId) -> &str {
        &self.0.models[usize::from(model.0)].table
    }

    fn name(&self, model: ModelId, field: FieldId) -> &str {
        &self.0.models[usize::from(model.0)].fields[usize::from(field.0)].name
    }

    fn names(&self, model: ModelId, fields: &[FieldId]) -> String {
        fields.iter().map(|field| self.name(model, *field)).collect::<Vec<_>>().join(",")
    }

    pub(crate) fn node(&self, node: &Node) -> String {
        let mut out = match &node.source {
            Source::Table => self.table(node.model).to_owned(),
            Source::Touched => "touched".to_owned(),
            Source::Operation(operation, arguments) => {
                format!("{}/{}", self.0.operations[usize::from(operation.0)].name, arguments.len())
            }
        };
        if node.gate != Gate::Open {
            out += gate(&node.gate);
        }
        let outputs: Vec<String> = node.outputs.iter().map(|output| self.output(node, output)).collect();
        if !node.parts.is_empty() {
            let parts: Vec<String> = node.parts.iter().map(|part| self.part(node, part)).collect();
            out += &format!("{{{}}}", parts.join(","));
        }
        out += &format!("{}[{}]", if node.grouped { " group " } else { "" }, outputs.join(","));
        let shown = |child: usize| {
            node.outputs.iter().any(|output| match output {
                Output::Child { child: other, .. } | Output::Spread { child: other } => *other == child,
                Output::Value { .. } | Output::CountRows { .. } | Output::Constant { .. } => false,
            })
        };
        for (position, child) in node.children.iter().enumerate().filter(|(position, _)| !shown(*position)) {
            out += &format!(" with {position}:{}", self.child(child));
        }
        out += &self.filter(&node.filter, &node.children);
        if !node.order.is_empty() {
            let keys: Vec<String> = node.order.iter().map(|key| self.order(node, key)).collect();
            out += &format!(" order {}", keys.join(","));
        }
        out
    }

    fn order(&self, node: &Node, key: &OrderKey) -> String {
        let mut at = node;
        let mut path = String::new();
        for child in &key.through {
            at = &at.children[*child].node;
            path += &format!("{}.", self.table(at.model));
        }
        let sign = if key.descending { "-" } else { "" };
        let nulls = if key.nulls_first == key.descending { "" } else { "!" };
        let by = match &key.by {
            SortBy::Value(operand) => self.operand(operand),
            SortBy::Count(child) => format!("count {}", self.table(at.children[*child].node.model)),
        };
        format!("{sign}{path}{by}{nulls}")
    }

    fn output(&self, node: &Node, output: &Output) -> String {
        match output {
            Output::Value { key, operand, cast, aggregate, aggregate_cast } => {
                let mut value = self.operand(operand);
                value += &cast_text(*cast);
                if let Some(aggregate) = aggregate {
                    value += &format!(".{aggregate:?}").to_lowercase();
                }
                value += &cast_text(*aggregate_cast);
                if *key == value { value } else { format!("{key}={value}") }
            }
            Output::CountRows { key, cast } => format!("{key}=count(){}", cast_text(*cast)),
            Output::Child { key, child } => format!("{key}:{}", self.child(&node.children[*child])),
            Output::Spread { child } => format!("...{}", self.child(&node.children[*child])),
            Output::Constant { key, text } => format!("{key}={text:?}"),
        }
    }

    fn part(&self, node: &Node, part: &Part) -> String {
        match part {
            Part::Constant { key, text } => format!("{key}={text:?}"),
            Part::Rows { key, outputs, .. } => {
                let outputs: Vec<String> = outputs.iter().map(|output| self.output(node, output)).collect();
                format!("{key}:[{}]", outputs.join(","))
            }
            Part::Summary { key, items } => format!("{key}:{}", self.summaries(items)),
            Part::Edges { key, items } => {
                let edge = |edge: &Edge| match edge {
                    Edge::Constant { key, text } => format!("{key}={text:?}"),
                    Edge::Cursor { key } => key.clone(),
                    Edge::Row { key, outputs } => {
                        let outputs: Vec<String> = outputs.iter().map(|output| self.output(node, output)).collect();
                        format!("{key}:[{}]", outputs.join(","))
                    }
                };
                format!("{key}:{{{}}}", items.iter().map(edge).collect::<Vec<_>>().join(","))
            }
            Part::Bounds { key, .. } | Part::Total { key } => key.clone(),
        }
    }

    fn summaries(&self, items: &[Summary]) -> String {
        let one = |item: &Summary| match item {
            Summary::Constant { key, text } => format!("{key}={text:?}"),
            Summary::Count { key, of } => format!("{key}={}", self.counted(of)),
            Summary::Value { key, function, column, cast } => {
                let function = format!("{function:?}").to_lowercase();
                format!("{key}={}.{function}{}", self.column(column), cast_text(*cast))
            }
            Summary::Object { key, items } => format!("{key}:{}", self.summaries(items)),
        };
        format!("{{{}}}", items.iter().map(one).collect::<Vec<_>>().join(","))
    }

    fn counted(&self, of: &Counted) -> String {
        let columns: Vec<String> = of.columns.iter().map(|column| self.column(column)).collect();
        format!("count({}{})", if of.distinct { "distinct " } else { "" }, columns.join(","))
    }

    fn child(&self, child: &Child) -> String {
        let pair = |(left, right): &(Column, Column)| format!("{}={}", self.column(left), self.column(right));
        let pairs = |join: &[(Column, Column)]| join.iter().map(pair).collect::<Vec<_>>().join(",");
        let mut on = pairs(&child.join);
        if let Some(junction) = &child.junction {
            let closed = if junction.gate == Gate::Open { "" } else { gate(&junction.gate) };
            on += &format!(";{}{closed};{}", self.table(junction.model), pairs(&junction.join));
        }
        let kind = if child.to_one { "one" } else { "many" };
        let inner = if child.inner { "!" } else { "" };
        format!("{kind}{inner}<{on}>{}", self.node(&child.node))
    }

    fn column(&self, column: &Column) -> String {
        let masked = if column.mask.is_some() { "~" } else { "" };
        format!("{}{masked}", self.name(column.model, column.field))
    }

    fn operand(&self, operand: &Operand) -> String {
        let mut out = self.column(&operand.column);
        for step in &operand.path {
            out += if step.text { "->>" } else { "->" };
            out += &match &step.key {
                PathKey::Member(name) => name.clone(),
                PathKey::Index(position) => position.to_string(),
                PathKey::Whole => "{}".to_owned(),
            };
        }
        out
    }

    fn filter(&self, filter: &Predicate, children: &[Child]) -> String {
        if *filter == Predicate::True {
            return String::new();
        }
        format!(" where {}", self.predicate(filter, children))
    }

    fn predicate(&self, predicate: &Predicate, children: &[Child]) -> String {
        let each = |inner: &[Predicate], by: &str| {
            let parts: Vec<String> = inner.iter().map(|part| self.predicate(part, children)).collect();
            format!("({})", parts.join(by))
        };
        match predicate {
            Predicate::True => "true".to_owned(),
            Predicate::False => "false".to_owned(),
            Predicate::And(inner) => each(inner, " and "),
            Predicate::Or(inner) => each(inner, " or "),
            Predicate::Not(inner) => format!("not {}", self.predicate(inner, children)),
            Predicate::HasChild { child } => format!("has {}", self.table(children[*child].node.model)),
            Predicate::Related(child) => format!("some {}", self.child(child)),
            Predicate::RelatedCount { level, of, test } => {
                format!("{} of {} {}", self.counted(of), self.child(level), test_text(test))
            }
            Predicate::Test { operand, test } => format!("{} {}", self.operand(operand), test_text(test)),
        }
    }
}

fn test_text(test: &Test) -> String {
    match test {
        Test::Compare(op, _, _) => format!("{op:?}"),
        Test::In(_) => "In".to_owned(),
        Test::Is(value) => format!("Is{value:?}"),
        Test::IsDistinct(_) => "IsDistinct".to_owned(),
        Test::Set(op, _) => format!("{op:?}"),
        Test::Search { .. } => "Search".to_owned(),
    }
}

fn gate(gate: &Gate) -> &'static str {
    match gate {
        Gate::Open => "open",
        Gate::Closed => "closed",
        Gate::When(_) => "?",
    }
}

fn cast_text(cast: Option<CastTarget>) -> String {
    match cast {
        None => String::new(),
        Some(CastTarget::Text) => "::text".to_owned(),
        Some(CastTarget::Exact) => "::exact".to_owned(),
        Some(CastTarget::Scalar(scalar)) => format!("::{scalar:?}").to_lowercase(),
    }
}
