//! Random rule text over a schema. Most of it passes the checker; what does not is thrown away.

use crate::random::Random;
use crate::world::{BIG_INTS, COLORS, DATES, FLOATS, INSTANTS, INTS, TEXTS, TIMES, UUIDS};
use backstay_schema::model::{ModelId, Scalar, Schema};

/// Types that values are generated of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Bool,
    Int,
    Float,
    Text,
    Instant,
    Span,
    Date,
    Time,
    Uuid,
    Color,
    Bytes,
}

const COMPARABLE: [Type; 14] = [
    Type::Int,
    Type::Int,
    Type::Int,
    Type::Float,
    Type::Float,
    Type::Text,
    Type::Text,
    Type::Text,
    Type::Instant,
    Type::Span,
    Type::Date,
    Type::Time,
    Type::Uuid,
    Type::Color,
];

/// A name in reach: a row (an empty name is the rule's own), or an item of a list.
#[derive(Clone)]
enum Name {
    Row(String, ModelId),
    Item(String, Type),
}

pub(crate) struct Generator<'a> {
    random: &'a mut Random,
    schema: &'a Schema,
    names: Vec<Name>,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(random: &'a mut Random, schema: &'a Schema, about: ModelId) -> Self {
        Self { random, schema, names: vec![Name::Row(String::new(), about)] }
    }

    /// A condition at most `depth` operators deep.
    pub(crate) fn rule(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.leaf();
        }
        let depth = depth - 1;
        match self.random.below(16) {
            0..=2 => format!("({} && {})", self.rule(depth), self.rule(depth)),
            3..=5 => format!("({} || {})", self.rule(depth), self.rule(depth)),
            6 | 7 => format!("!({})", self.rule(depth)),
            8 => format!("({} ? {} : {})", self.rule(depth), self.rule(depth), self.rule(depth)),
            9..=11 => self.over_rows(depth).unwrap_or_else(|| self.leaf()),
            12 => self.over_items(depth).unwrap_or_else(|| self.leaf()),
            _ => self.test(depth),
        }
    }

    fn leaf(&mut self) -> String {
        match self.random.below(8) {
            0 => self.path(Type::Bool).unwrap_or_else(|| "true".into()),
            1 => (*self.random.pick(&[
                "auth.isAnon",
                "auth.verified",
                "has(auth.claims.org)",
                "has(auth.claims.deep.a)",
                "hasRole('admin')",
            ]))
            .into(),
            2 => "auth.claims.flag".into(),
            _ => self.test(1),
        }
    }

    /// A comparison, membership or text function.
    fn test(&mut self, depth: usize) -> String {
        let ty = *self.random.pick(&COMPARABLE);
        match self.random.below(12) {
            0..=4 => {
                let op = *self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
                let op = if ty == Type::Color && !op.contains("=") { "==" } else { op };
                let right = if self.random.one_in(6) { self.dynamic() } else { self.value(ty, depth) };
                format!("{} {op} {right}", self.value(ty, depth))
            }
            5 => format!("{} == null", self.nullable(depth)),
            6 => format!("{} != null", self.nullable(depth)),
            7 => {
                let items: Vec<String> = (0..1 + self.random.below(3)).map(|_| self.value(ty, depth.min(1))).collect();
                format!("{} in [{}]", self.value(ty, depth), items.join(", "))
            }
            8 => {
                let (ty, list) = *self.random.pick(&[
                    (Type::Text, "auth.roles"),
                    (Type::Text, "auth.claims.orgs"),
                    (Type::Int, "auth.claims.nums"),
                    (Type::Text, "auth.claims.org"),
                ]);
                let list = match self.json_path() {
                    Some(path) if self.random.one_in(2) => path,
                    Some(_) | None => list.to_owned(),
                };
                format!("{} in {list}", self.value(ty, depth))
            }
            9 => match self.list() {
                Some((list, ty)) => format!("{} in {list}", self.value(ty, depth)),
                None => "auth.isAnon".into(),
            },
            10 => {
                let function = *self.random.pick(&["startsWith", "endsWith", "contains"]);
                format!("{}.{function}({})", self.receiver(depth), self.value(Type::Text, depth))
            }
            _ => {
                let pattern = *self.random.pick(&["^a", "b$", "^$", "[a-z]+", "\\\\d", "🙂", "."]);
                format!("{}.matches('{pattern}')", self.receiver(depth))
            }
        }
    }

    fn receiver(&mut self, depth: usize) -> String {
        format!("({})", self.value(Type::Text, depth))
    }

    fn nullable(&mut self, depth: usize) -> String {
        match self.random.below(4) {
            0 => self.dynamic(),
            1 => self.list().map_or_else(|| "auth.uid".into(), |(list, _)| list),
            _ => {
                let ty = *self.random.pick(&COMPARABLE);
                format!("({})", self.value(ty, depth))
            }
        }
    }

    /// A claim or a value inside a JSON column.
    fn dynamic(&mut self) -> String {
        if let Some(path) = self.json_path().filter(|_| self.random.one_in(2)) {
            return path;
        }
        (*self.random.pick(&[
            "auth.claims.org",
            "auth.claims.n",
            "auth.claims.f",
            "auth.claims.at",
            "auth.claims.deep.a",
            "auth.claims.none",
        ]))
        .into()
    }

    fn json_path(&mut self) -> Option<String> {
        let column = self.column(|field, list| field == Scalar::Json && !list)?;
        let step = *self.random.pick(&["", ".a", ".b", ".n", "['x y']", "['1']", ".a.b", ".a.n"]);
        Some(format!("{column}{step}"))
    }

    /// A list column and the type of its items.
    fn list(&mut self) -> Option<(String, Type)> {
        let (ty, scalar) =
            *self.random.pick(&[(Type::Text, Scalar::String), (Type::Int, Scalar::Int), (Type::Float, Scalar::Float)]);
        Some((self.column(|field, list| field == scalar && list)?, ty))
    }

    fn value(&mut self, ty: Type, depth: usize) -> String {
        if depth > 0 && self.random.one_in(3) {
            return self.computed(ty, depth - 1);
        }
        if self.random.below(4) < 3
            && let Some(path) = self.path(ty)
        {
            return path;
        }
        self.literal(ty)
    }

    /// An operation that gives a value of the type.
    fn computed(&mut self, ty: Type, depth: usize) -> String {
        if self.random.one_in(4) && !matches!(ty, Type::Bytes) {
            return format!("({} ? {} : {})", self.rule(depth.min(1)), self.value(ty, depth), self.value(ty, depth));
        }
        let (a, b) = (self.value(ty, depth), self.value(ty, depth));
        match ty {
            Type::Int => match self.random.below(10) {
                0 => format!("size({})", self.value(Type::Text, depth)),
                1 => self.list().map_or_else(|| "size(auth.roles)".into(), |(list, _)| format!("size({list})")),
                2 => self.relation().map_or_else(|| "1".into(), |(relation, _)| format!("size({relation})")),
                3 => format!("math.abs({a})"),
                4 => format!("math.{}({a}, {b})", self.random.pick(&["least", "greatest"])),
                5 => format!("-({a})"),
                6 => format!("({a} + auth.claims.n)"),
                _ => format!("({a} {} {b})", self.random.pick(&["+", "-", "*", "/", "%"])),
            },
            Type::Float => match self.random.below(6) {
                0 => format!("math.abs({a})"),
                1 => format!("math.{}({a}, {b})", self.random.pick(&["least", "greatest"])),
                2 => format!("-({a})"),
                3 => format!("({a} * auth.claims.f)"),
                _ => format!("({a} {} {b})", self.random.pick(&["+", "-", "*", "/"])),
            },
            Type::Text => match self.random.below(5) {
                0 => format!("({a} + auth.claims.org)"),
                1 => format!("({a} + {b})"),
                2 => format!("({a}).lowerAscii()"),
                3 => format!("({a}).upperAscii()"),
                _ => format!("({a}).trim()"),
            },
            Type::Instant => format!("({a} {} {})", self.random.pick(&["+", "-"]), self.value(Type::Span, depth)),
            Type::Span => match self.random.below(3) {
                0 => format!("({a} + {b})"),
                1 => format!("({a} - {b})"),
                _ => format!("({} - {})", self.value(Type::Instant, depth), self.value(Type::Instant, depth)),
            },
            Type::Bool | Type::Date | Type::Time | Type::Uuid | Type::Color | Type::Bytes => a,
        }
    }

    fn literal(&mut self, ty: Type) -> String {
        let quoted = |text: &&str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        match ty {
            Type::Bool => (*self.random.pick(&["true", "false"])).into(),
            Type::Int if self.random.one_in(3) => self.random.pick(&BIG_INTS).to_string(),
            Type::Int => self.random.pick(&INTS).to_string(),
            Type::Float => format!("{:?}", self.random.pick(&FLOATS)),
            Type::Text => match self.random.below(6) {
                0 => (*self.random.pick(&["auth.uid", "auth.email", "auth.aal", "auth.role"])).into(),
                1 => (*self.random.pick(&["request.ip", "request.method", "request.api"])).into(),
                _ => quoted(self.random.pick(&TEXTS)),
            },
            Type::Instant if self.random.one_in(3) => "now".into(),
            Type::Instant => format!("timestamp({})", quoted(self.random.pick(&INSTANTS))),
            Type::Span => {
                format!("duration('{}')", self.random.pick(&["0", "1s", "-1h", "24h", "1us", "2562047h", "-2562047h"]))
            }
            Type::Date => quoted(self.random.pick(&DATES)),
            Type::Time => quoted(self.random.pick(&TIMES)),
            Type::Uuid => quoted(self.random.pick(&UUIDS)),
            Type::Color => quoted(self.random.pick(&COLORS)),
            Type::Bytes => "null".into(),
        }
    }

    /// A column of a type, an item, or a column of a row that a to-one relation leads to.
    fn path(&mut self, ty: Type) -> Option<String> {
        let items: Vec<String> = self
            .names
            .iter()
            .filter_map(|name| match name {
                Name::Item(name, of) if *of == ty => Some(name.clone()),
                Name::Item(..) | Name::Row(..) => None,
            })
            .collect();
        if !items.is_empty() && self.random.one_in(2) {
            return Some(self.random.pick(&items).clone());
        }
        self.column(|scalar, list| !list && type_of(scalar) == Some(ty))
    }

    /// A column that fits, on a row in reach.
    fn column(&mut self, fits: impl Fn(Scalar, bool) -> bool) -> Option<String> {
        for _ in 0..4 {
            let (prefix, model) = self.row();
            let fields = &self.schema.models[usize::from(model.0)].fields;
            let fields: Vec<&str> = fields
                .iter()
                .filter(|field| fits(field.ty.scalar, field.ty.list))
                .map(|field| field.name.as_str())
                .collect();
            if !fields.is_empty() {
                return Some(format!("{prefix}{}", self.random.pick(&fields)));
            }
        }
        None
    }

    /// A row in reach, as the prefix of its columns.
    fn row(&mut self) -> (String, ModelId) {
        let rows: Vec<(String, ModelId)> = self
            .names
            .iter()
            .filter_map(|name| match name {
                Name::Row(name, model) => Some((name.clone(), *model)),
                Name::Item(..) => None,
            })
            .collect();
        let (name, mut model) = self.random.pick(&rows).clone();
        let mut prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
        while self.random.one_in(4) {
            let hops: Vec<(&str, ModelId)> = self.relations(model, true);
            let Some((hop, to)) = (!hops.is_empty()).then(|| *self.random.pick(&hops)) else { break };
            prefix = format!("{prefix}{hop}.");
            model = to;
        }
        (prefix, model)
    }

    fn relations(&self, model: ModelId, to_one: bool) -> Vec<(&'a str, ModelId)> {
        let from = self.schema.relationships.iter().filter(|relation| relation.from == model);
        let wanted = from.filter(|relation| relation.cardinality.is_to_one() == to_one);
        wanted.filter_map(|relation| Some((relation.field_name.as_deref()?, relation.to))).collect()
    }

    /// A to-many relation in reach.
    fn relation(&mut self) -> Option<(String, ModelId)> {
        for _ in 0..3 {
            let (prefix, model) = self.row();
            let relations = self.relations(model, false);
            if !relations.is_empty() {
                let (name, to) = *self.random.pick(&relations);
                return Some((format!("{prefix}{name}"), to));
            }
        }
        None
    }

    fn over_rows(&mut self, depth: usize) -> Option<String> {
        let (relation, to) = self.relation()?;
        let variable = format!("v{}", self.names.len());
        let quantifier = *self.random.pick(&["exists", "all", "exists_one"]);
        self.names.push(Name::Row(variable.clone(), to));
        let body = self.rule(depth);
        self.names.pop();
        Some(format!("{relation}.{quantifier}({variable}, {body})"))
    }

    fn over_items(&mut self, depth: usize) -> Option<String> {
        let (list, ty) = if self.random.one_in(4) { ("auth.roles".into(), Type::Text) } else { self.list()? };
        let variable = format!("v{}", self.names.len());
        let quantifier = *self.random.pick(&["exists", "all", "exists_one"]);
        self.names.push(Name::Item(variable.clone(), ty));
        let body = self.rule(depth);
        self.names.pop();
        Some(format!("{list}.{quantifier}({variable}, {body})"))
    }
}

fn type_of(scalar: Scalar) -> Option<Type> {
    Some(match scalar {
        Scalar::Int | Scalar::BigInt => Type::Int,
        Scalar::Float | Scalar::Decimal => Type::Float,
        Scalar::Boolean => Type::Bool,
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone => Type::Text,
        Scalar::Uuid => Type::Uuid,
        Scalar::DateTime => Type::Instant,
        Scalar::Date => Type::Date,
        Scalar::Time => Type::Time,
        Scalar::Bytes => Type::Bytes,
        Scalar::Enum(_) => Type::Color,
        Scalar::Json | Scalar::Object(_) => return None,
    })
}
