//! Type-checked rule expressions (CEL subset). In: produced by `rule`. Out: read by the SQL compiler and the in-memory evaluator.
//!
//! Truth: a comparison or function with a null operand is false, `x == null` tests for null, and connectives are two-valued.
//! An error (division by zero, overflow, a claim of another type) is a third value that `&&` and `||` absorb like Kleene's
//! unknown, that `!` keeps, and that denies when it reaches the top.
//!
//! Null comes before errors: an operation with a null operand is null (false, if it answers a condition) even when another
//! operand is an error, so `1 / 0 == null_column` is false. A null boolean counts as false where a condition stands.
//! `in` is the disjunction of its comparisons; a null list contains nothing, and every macro over one is false.
//! `exists_one` is an error when any row's condition is one. `rule::constant` holds what each operator computes.

use crate::model::{FieldId, ModelId, RelationshipId, Scalar};

mod simplify;

/// A checked expression. Every operand was checked to have the type its node needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A constant.
    Literal(Literal),
    /// A value reached from a row.
    Path(Path),
    /// A value of the caller's session, known before the database is asked.
    Session(Session),
    /// The time of the request.
    Now,
    /// Logical negation.
    Not(Box<Expr>),
    /// Conjunction, at least two.
    And(Vec<Expr>),
    /// Disjunction, at least two.
    Or(Vec<Expr>),
    /// Comparison of two values of one comparable type.
    Compare {
        /// Operator.
        op: Comparison,
        /// Type both sides are compared as.
        ty: ValueType,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// `x == null` (`x != null` is its negation).
    IsNull(Box<Expr>),
    /// `needle in [a, b]` or `needle in list`.
    In {
        /// Type of needle and items.
        ty: ValueType,
        /// Value looked for.
        needle: Box<Expr>,
        /// A [`Expr::List`], a list column, or a list of the session.
        haystack: Box<Expr>,
    },
    /// A list literal.
    List(Vec<Expr>),
    /// Arithmetic on numbers, times and durations; `+` on text concatenates.
    Arithmetic {
        /// Operator.
        op: Arithmetic,
        /// Result type.
        ty: ValueType,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// Negation of a number.
    Negate(Box<Expr>),
    /// `test ? then : otherwise`.
    Conditional {
        /// Result type.
        ty: ValueType,
        /// Condition.
        test: Box<Expr>,
        /// Value when true.
        then: Box<Expr>,
        /// Value when false.
        otherwise: Box<Expr>,
    },
    /// A function of scalars.
    Call {
        /// Which.
        function: Function,
        /// Arguments, the receiver first.
        args: Vec<Expr>,
    },
    /// `rel.exists(v, body)` and its like over a to-many relation.
    Quantified {
        /// Which macro.
        quantifier: Quantifier,
        /// Rows ranged over.
        over: RelationPath,
        /// Name of the variable inside `body`.
        variable: Variable,
        /// Condition on each row.
        body: Box<Expr>,
    },
    /// `list.exists(v, body)` and its like over a scalar list.
    QuantifiedList {
        /// Which macro.
        quantifier: Quantifier,
        /// List ranged over.
        over: Box<Expr>,
        /// Item type.
        ty: ValueType,
        /// Name of the variable inside `body`.
        variable: Variable,
        /// Condition on each item.
        body: Box<Expr>,
    },
    /// The scalar variable of an enclosing [`Expr::QuantifiedList`].
    Item(Variable),
    /// `size(rel)` over a to-many relation.
    Count(RelationPath),
}

impl Expr {
    /// The type of the value, or of the items of a list. `None` for null; [`ValueType::Dynamic`] where the use decides:
    /// the type that the enclosing node names, text in text functions, else the type of the operand beside it.
    #[must_use]
    pub fn value_type(&self) -> Option<ValueType> {
        match self {
            Expr::Literal(literal) => literal.value_type(),
            Expr::Path(path) => Some(path.ty),
            Expr::Session(session) => Some(session.value_type()),
            Expr::Now => Some(ValueType::Timestamp),
            Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::IsNull(_)
            | Expr::In { .. }
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. } => Some(ValueType::Bool),
            Expr::List(items) => items.iter().find_map(Expr::value_type),
            Expr::Arithmetic { ty, .. } | Expr::Conditional { ty, .. } => Some(*ty),
            Expr::Negate(operand) => operand.value_type(),
            Expr::Call { function, args } => match function {
                Function::Size => Some(ValueType::Int),
                Function::StartsWith | Function::EndsWith | Function::Contains | Function::Matches => {
                    Some(ValueType::Bool)
                }
                Function::LowerAscii | Function::UpperAscii | Function::Trim => Some(ValueType::String),
                Function::Abs | Function::Least | Function::Greatest => args.iter().find_map(Expr::value_type),
            },
            Expr::Item(_) => Some(ValueType::Dynamic),
            Expr::Count(_) => Some(ValueType::Int),
        }
    }

    /// Whether the value is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        match self {
            Expr::Path(path) => path.list && path.json.is_empty(),
            Expr::Session(session) => *session == Session::Roles,
            Expr::List(_) => true,
            Expr::Literal(_)
            | Expr::Now
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::IsNull(_)
            | Expr::In { .. }
            | Expr::Arithmetic { .. }
            | Expr::Negate(_)
            | Expr::Conditional { .. }
            | Expr::Call { .. }
            | Expr::Quantified { .. }
            | Expr::QuantifiedList { .. }
            | Expr::Item(_)
            | Expr::Count(_) => false,
        }
    }
}

impl Literal {
    /// Its type; `None` for null.
    #[must_use]
    pub fn value_type(&self) -> Option<ValueType> {
        match self {
            Literal::Null => None,
            Literal::Bool(_) => Some(ValueType::Bool),
            Literal::Int(_) => Some(ValueType::Int),
            Literal::Float(_) => Some(ValueType::Float),
            Literal::String(_) => Some(ValueType::String),
            Literal::Timestamp(_) => Some(ValueType::Timestamp),
            Literal::Duration(_) => Some(ValueType::Duration),
        }
    }
}

impl Session {
    /// The type of the fact, or of its items.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match self {
            Session::Uid
            | Session::Role
            | Session::Roles
            | Session::Email
            | Session::Aal
            | Session::RequestIp
            | Session::RequestMethod
            | Session::RequestApi => ValueType::String,
            Session::Verified | Session::IsAnon | Session::HasClaim(_) | Session::HasRole(_) => ValueType::Bool,
            Session::Claim(_) => ValueType::Dynamic,
        }
    }
}

/// Constants.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// 64-bit integer.
    Int(i64),
    /// Double.
    Float(f64),
    /// Text.
    String(String),
    /// `timestamp("…")`, microseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// `duration("…")`, microseconds.
    Duration(i64),
}

/// Types that expressions compute with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Boolean.
    Bool,
    /// 64-bit integer.
    Int,
    /// Double (also decimals, compared as numbers).
    Float,
    /// Text: strings, ids, UUIDs, enums, e-mails, URLs.
    String,
    /// Instant.
    Timestamp,
    /// Calendar date.
    Date,
    /// Time of day.
    Time,
    /// Span of time, microseconds.
    Duration,
    /// Bytes.
    Bytes,
    /// A claim or JSON value, whose type is known only at run time.
    Dynamic,
}

impl ValueType {
    /// The type that values of a column compute as.
    #[must_use]
    pub fn of(scalar: Scalar) -> ValueType {
        match scalar {
            Scalar::Int | Scalar::BigInt => ValueType::Int,
            Scalar::Float | Scalar::Decimal => ValueType::Float,
            Scalar::Boolean => ValueType::Bool,
            Scalar::String
            | Scalar::Id
            | Scalar::Uuid
            | Scalar::Email
            | Scalar::Url
            | Scalar::Phone
            | Scalar::Enum(_) => ValueType::String,
            Scalar::DateTime => ValueType::Timestamp,
            Scalar::Date => ValueType::Date,
            Scalar::Time => ValueType::Time,
            Scalar::Bytes => ValueType::Bytes,
            Scalar::Json | Scalar::Object(_) => ValueType::Dynamic,
        }
    }
}

/// Where a path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// The row the rule is about: a bare name, or `new.x` in a check.
    Row,
    /// The row as it was before an update: `old.x` in a check.
    Old,
    /// The variable of an enclosing [`Expr::Quantified`].
    Variable(Variable),
}

/// A macro variable, numbered from the outermost one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variable(pub u8);

/// A value reached from a row through to-one relations.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Where it starts.
    pub root: Root,
    /// To-one relations followed; a missing row on the way gives null.
    pub hops: Vec<RelationshipId>,
    /// Model that holds the column.
    pub model: ModelId,
    /// The column.
    pub field: FieldId,
    /// Keys inside a JSON column; empty for the column itself.
    pub json: Vec<String>,
    /// Type of the value, or of the items of a list column.
    pub ty: ValueType,
    /// Whether the value is a list.
    pub list: bool,
}

/// Rows reached from a row: to-one relations, then one to-many relation.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationPath {
    /// Where it starts.
    pub root: Root,
    /// To-one relations followed first.
    pub hops: Vec<RelationshipId>,
    /// The to-many relation.
    pub relation: RelationshipId,
}

/// Facts about the caller and the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Session {
    /// `auth.uid`: text, null when anonymous.
    Uid,
    /// `auth.role`: the application role, else the wire role.
    Role,
    /// `auth.roles`: list of text.
    Roles,
    /// `auth.email`.
    Email,
    /// `auth.verified`.
    Verified,
    /// `auth.isAnon`.
    IsAnon,
    /// `auth.aal`.
    Aal,
    /// `auth.claims.a.b`.
    Claim(Vec<String>),
    /// `has(auth.claims.a.b)`.
    HasClaim(Vec<String>),
    /// `hasRole('x')`.
    HasRole(String),
    /// `request.ip`.
    RequestIp,
    /// `request.method`.
    RequestMethod,
    /// `request.api`.
    RequestApi,
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`, the negation of `==`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`; also text concatenation, time plus duration.
    Add,
    /// `-`; also time minus time or duration.
    Subtract,
    /// `*`
    Multiply,
    /// `/`; truncates on integers, an error on zero.
    Divide,
    /// `%`; an error on zero.
    Remainder,
}

/// Functions of scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// Characters of a text, or items of a list.
    Size,
    /// `a.startsWith(b)`
    StartsWith,
    /// `a.endsWith(b)`
    EndsWith,
    /// `a.contains(b)`
    Contains,
    /// `a.matches(re)`, unanchored, linear time; the pattern is a literal.
    Matches,
    /// ASCII letters to lower case.
    LowerAscii,
    /// ASCII letters to upper case.
    UpperAscii,
    /// Without white space at both ends.
    Trim,
    /// `math.abs(x)`
    Abs,
    /// `math.least(a, …)`
    Least,
    /// `math.greatest(a, …)`
    Greatest,
}

/// Macros over rows and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// At least one.
    Exists,
    /// Every one (true over nothing).
    All,
    /// Exactly one.
    ExistsOne,
}
