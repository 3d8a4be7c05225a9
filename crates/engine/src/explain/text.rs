//! Folded rules as CEL text.

use backstay_plan::authorized::Gate;
use backstay_schema::Schema;
use backstay_schema::expr::{
    Arithmetic, Comparison, Expr, Function, Literal, Path, Quantifier, RelationPath, Root, Session, Variable,
};
use backstay_schema::model::RelationshipId;

/// A gate in words or CEL.
#[must_use]
pub fn gate(schema: &Schema, gate: &Gate) -> String {
    match gate {
        Gate::Open => "always".to_owned(),
        Gate::Closed => "never".to_owned(),
        Gate::When(rule) => expr(schema, rule),
    }
}

/// An expression as CEL.
#[must_use]
pub fn expr(schema: &Schema, expr: &Expr) -> String {
    Printer { schema }.print(expr, 0)
}

struct Printer<'s> {
    schema: &'s Schema,
}

/// How tightly an expression binds; a looser one inside a tighter one needs parentheses.
fn tightness(expr: &Expr) -> u8 {
    match expr {
        Expr::Conditional { .. } => 1,
        Expr::Or(_) => 2,
        Expr::And(_) => 3,
        Expr::Compare { .. } | Expr::In { .. } | Expr::IsNull(_) => 4,
        Expr::Arithmetic { op: Arithmetic::Add | Arithmetic::Subtract, .. } => 5,
        Expr::Arithmetic { op: Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Remainder, .. } => 6,
        Expr::Not(_) | Expr::Negate(_) => 7,
        Expr::Literal(_)
        | Expr::Path(_)
        | Expr::Session(_)
        | Expr::Now
        | Expr::List(_)
        | Expr::Call { .. }
        | Expr::Quantified { .. }
        | Expr::QuantifiedList { .. }
        | Expr::Item(_)
        | Expr::Count(_) => 8,
    }
}

impl Printer<'_> {
    fn print(&self, expr: &Expr, outer: u8) -> String {
        let own = tightness(expr);
        let text = self.bare(expr, own);
        if own < outer { format!("({text})") } else { text }
    }

    fn bare(&self, expr: &Expr, own: u8) -> String {
        let join = |items: &[Expr], between: &str| {
            items.iter().map(|item| self.print(item, own + 1)).collect::<Vec<_>>().join(between)
        };
        match expr {
            Expr::Literal(literal) => literal_text(literal),
            Expr::Path(path) => self.path(path),
            Expr::Session(session) => session_text(session),
            Expr::Now => "now".to_owned(),
            Expr::Not(inner) => format!("!{}", self.print(inner, own)),
            Expr::And(items) => join(items, " && "),
            Expr::Or(items) => join(items, " || "),
            Expr::Compare { op, left, right, .. } => {
                format!("{} {} {}", self.print(left, own + 1), comparison(*op), self.print(right, own + 1))
            }
            Expr::IsNull(inner) => format!("{} == null", self.print(inner, own + 1)),
            Expr::In { needle, haystack, .. } => {
                format!("{} in {}", self.print(needle, own + 1), self.print(haystack, own + 1))
            }
            Expr::List(items) => format!("[{}]", self.list(items)),
            Expr::Arithmetic { op, left, right, .. } => {
                format!("{} {} {}", self.print(left, own), arithmetic(*op), self.print(right, own + 1))
            }
            Expr::Negate(inner) => format!("-{}", self.print(inner, own)),
            Expr::Conditional { test, then, otherwise, .. } => {
                format!("{} ? {} : {}", self.print(test, 2), self.print(then, 2), self.print(otherwise, 1))
            }
            Expr::Call { function, args } => self.call(*function, args),
            Expr::Quantified { quantifier, over, variable: named, body } => {
                let (over, name) = (self.relation(over), variable(*named));
                format!("{over}.{}({name}, {})", macro_name(*quantifier), self.print(body, 0))
            }
            Expr::QuantifiedList { quantifier, over, variable: named, body, .. } => {
                let (over, name) = (self.print(over, 8), variable(*named));
                format!("{over}.{}({name}, {})", macro_name(*quantifier), self.print(body, 0))
            }
            Expr::Item(named) => variable(*named),
            Expr::Count(over) => format!("size({})", self.relation(over)),
        }
    }

    fn list(&self, items: &[Expr]) -> String {
        items.iter().map(|item| self.print(item, 0)).collect::<Vec<_>>().join(", ")
    }

    fn call(&self, function: Function, args: &[Expr]) -> String {
        let name = match function {
            Function::Size => return format!("size({})", self.list(args)),
            Function::Abs => return format!("math.abs({})", self.list(args)),
            Function::Least => return format!("math.least({})", self.list(args)),
            Function::Greatest => return format!("math.greatest({})", self.list(args)),
            Function::StartsWith => "startsWith",
            Function::EndsWith => "endsWith",
            Function::Contains => "contains",
            Function::Matches => "matches",
            Function::LowerAscii => "lowerAscii",
            Function::UpperAscii => "upperAscii",
            Function::Trim => "trim",
        };
        let (receiver, rest) =
            args.split_first().map_or((String::new(), &[][..]), |(first, rest)| (self.print(first, 8), rest));
        format!("{receiver}.{name}({})", self.list(rest))
    }

    fn path(&self, path: &Path) -> String {
        let mut parts = self.start(path.root, &path.hops);
        let field = self
            .schema
            .models
            .get(usize::from(path.model.0))
            .and_then(|model| model.fields.get(usize::from(path.field.0)));
        parts.extend(field.map(|field| field.name.clone()));
        parts.extend(path.json.iter().cloned());
        parts.join(".")
    }

    fn relation(&self, path: &RelationPath) -> String {
        let mut parts = self.start(path.root, &path.hops);
        parts.extend(self.relationship(path.relation));
        parts.join(".")
    }

    fn start(&self, root: Root, hops: &[RelationshipId]) -> Vec<String> {
        let first = match root {
            Root::Row => None,
            Root::Old => Some("old".to_owned()),
            Root::Variable(named) => Some(variable(named)),
        };
        first.into_iter().chain(hops.iter().filter_map(|hop| self.relationship(*hop))).collect()
    }

    fn relationship(&self, id: RelationshipId) -> Option<String> {
        let relationship = self.schema.relationships.get(usize::from(id.0))?;
        let target = || self.schema.models.get(usize::from(relationship.to.0)).map(|model| model.table.clone());
        relationship.field_name.clone().or_else(target)
    }
}

fn variable(Variable(depth): Variable) -> String {
    const NAMES: [&str; 4] = ["m", "n", "o", "p"];
    NAMES.get(usize::from(depth)).map_or_else(|| format!("v{depth}"), |name| (*name).to_owned())
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(truth) => truth.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => format!("{number:?}"),
        Literal::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Literal::Timestamp(micros) => {
            let instant = chrono::DateTime::<chrono::Utc>::from_timestamp_micros(*micros).unwrap_or_default();
            format!("timestamp(\"{}\")", instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
        }
        Literal::Duration(micros) => format!("duration(\"{}us\")", micros),
    }
}

fn session_text(session: &Session) -> String {
    match session {
        Session::Uid => "auth.uid".to_owned(),
        Session::Role => "auth.role".to_owned(),
        Session::Roles => "auth.roles".to_owned(),
        Session::Email => "auth.email".to_owned(),
        Session::Verified => "auth.verified".to_owned(),
        Session::IsAnon => "auth.isAnon".to_owned(),
        Session::Aal => "auth.aal".to_owned(),
        Session::Claim(path) => format!("auth.claims.{}", path.join(".")),
        Session::HasClaim(path) => format!("has(auth.claims.{})", path.join(".")),
        Session::HasRole(role) => format!("hasRole('{role}')"),
        Session::RequestIp => "request.ip".to_owned(),
        Session::RequestMethod => "request.method".to_owned(),
        Session::RequestApi => "request.api".to_owned(),
    }
}

fn comparison(op: Comparison) -> &'static str {
    match op {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn arithmetic(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Remainder => "%",
    }
}

fn macro_name(quantifier: Quantifier) -> &'static str {
    match quantifier {
        Quantifier::Exists => "exists",
        Quantifier::All => "all",
        Quantifier::ExistsOne => "exists_one",
    }
}
