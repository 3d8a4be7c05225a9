//! Settings of GraphQL: names, who may ask about the types, which documents run, how much one may ask for.

use super::setting::{choice, section};
use super::units::{Interval, Size};
use backstay_plan::limits::DocumentLimits;
use std::path::PathBuf;

choice! {
    /// What a model's own type is called.
    pub(crate) enum TypeNames {
        /// As in the schema file: `BlogPost`.
        Schema = "schema",
        /// As its relation: `blog_posts`. Clients that take the names of types for those of root fields need it.
        Relation = "relation",
    }
}

choice! {
    /// What scalars are called.
    pub(crate) enum ScalarNames {
        /// As in the schema file: `DateTime`.
        Schema = "schema",
        /// As in PostgreSQL: `timestamptz`.
        Pg = "pg",
    }
}

choice! {
    /// Which text about GraphQL over HTTP the statuses follow.
    pub(crate) enum StatusMode {
        /// What clients and the audit of `graphql-http` expect.
        Audit = "audit",
        /// The draft of August 2026: 422 for what does not fit the types, 294 for data beside errors.
        Draft2026 = "draft2026",
    }
}

section! {
    /// GraphQL at `/graphql`. `docs/graphql.md` tells more.
    pub(crate) struct Graphql {
        /// Whether there is GraphQL at all.
        pub enabled: bool = true,
        /// What a model's own type is called.
        pub type_names: TypeNames = TypeNames::Schema,
        /// What scalars are called.
        pub scalar_names: ScalarNames = ScalarNames::Schema,
        /// Whether every `BigInt` and `Decimal` is answered as text, and not only what a double cannot hold.
        pub stringify_numeric: bool = false,
        /// Which text about GraphQL over HTTP the statuses follow.
        pub status_mode: StatusMode = StatusMode::Audit,
        /// Roles that may ask about the types: `*` for all, `anon`, `user`, `service_role`, or application roles. They see what they may use, and nothing else.
        pub introspection: Vec<String> = vec!["*".to_owned()],
        /// Whether browsers get GraphiQL at `/graphql`. Unset is only under `backstay dev`.
        pub graphiql: Option<bool> = None,
        /// Whether a gateway can compose this API with others (Apollo Federation).
        pub federation: bool = false,
        /// Room for documents that clients name by their hash after sending them once. `0B` keeps none.
        pub persisted_max: Size = Size::mebibytes(4),
        /// The only documents that may run: a JSON file from hash to text, or Apollo's manifest. Unset is any document.
        pub trusted_documents: Option<PathBuf> = None,
        /// Bounds of one document.
        pub limits: GraphqlLimits = GraphqlLimits::default(),
    }
}

section! {
    /// Bounds of one document, checked before anything runs. A breach is answered with `limit-exceeded` and the bound's name.
    pub(crate) struct GraphqlLimits {
        /// Text of the document.
        pub document_max: Size = Size::kibibytes(64),
        /// Lexical tokens of the document.
        pub tokens_max: u32 = bounds().tokens_max,
        /// Nesting of fields.
        pub depth_max: u16 = bounds().depth_max,
        /// Nesting of fields that ask about the types.
        pub introspection_depth_max: u16 = bounds().introspection_depth_max,
        /// Fields with an alias.
        pub aliases_max: u16 = bounds().aliases_max,
        /// Fields at the root of an operation.
        pub root_fields_max: u16 = bounds().root_fields_max,
        /// Directives.
        pub directives_max: u16 = bounds().directives_max,
        /// Cost of an operation, or of all operations of a batch: 1 for a field, times the limit of each list around it; 5 for an aggregate or a nested row.
        pub complexity_max: u32 = bounds().complexity_max,
        /// Requests of one batch; 0 takes none.
        pub batch_max: u16 = bounds().batch_max,
        /// Variables of one request.
        pub variables_max: Size = Size::mebibytes(1),
        /// Largest answer.
        pub answer_max: Size = Size::mebibytes(16),
        /// Longest run of one request.
        pub timeout: Interval = Interval::seconds(10),
    }
}

fn bounds() -> DocumentLimits {
    DocumentLimits::default()
}

impl GraphqlLimits {
    /// As the plan checks them.
    #[must_use]
    pub(crate) fn plan(&self) -> DocumentLimits {
        let bytes = |size: Size| u32::try_from(size.bytes()).unwrap_or(u32::MAX);
        DocumentLimits {
            bytes_max: bytes(self.document_max),
            tokens_max: self.tokens_max,
            depth_max: self.depth_max,
            introspection_depth_max: self.introspection_depth_max,
            aliases_max: self.aliases_max,
            root_fields_max: self.root_fields_max,
            directives_max: self.directives_max,
            complexity_max: self.complexity_max,
            batch_max: self.batch_max,
            variables_bytes_max: bytes(self.variables_max),
            answer_bytes_max: bytes(self.answer_max),
            time_ms_max: u32::try_from(self.timeout.duration().as_millis()).unwrap_or(u32::MAX),
        }
    }
}
