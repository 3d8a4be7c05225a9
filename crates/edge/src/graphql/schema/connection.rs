//! Rows by cursor, in Relay's spelling: `posts_connection`.

use super::{Builder, define};
use apollo_compiler::Node;
use apollo_compiler::ast::InputValueDefinition;
use backstay_schema::graphql::TypeKind;
use backstay_schema::model::ModelId;

impl Builder<'_> {
    /// Cursors end with the primary key, so that only rows that have one can be paged by them.
    pub(super) fn connection(&mut self, id: ModelId) {
        if !self.shape(id).by_key {
            return;
        }
        self.scalars.insert("Int".to_owned());
        let (row, edge) = (self.names.object_name(id).to_owned(), self.kind(id, TypeKind::Edge));
        let fields = vec![
            define::field("cursor", define::named("String").non_null()),
            define::field("node", define::named(&row).non_null()),
        ];
        self.add(define::object(&edge, Some("A row and where it stands."), fields));
        let count = "How many rows there are on all pages.";
        let fields = vec![
            define::field("edges", define::list_of(&edge).non_null()),
            define::field("nodes", define::list_of(&row).non_null()),
            define::field("pageInfo", define::named("PageInfo").non_null()),
            define::field("totalCount", define::named("Int").non_null()).about(Some(count)),
        ];
        self.add(define::object(&self.kind(id, TypeKind::Connection), Some("A page of rows."), fields));
        if !self.out.contains_key("PageInfo") {
            let fields = vec![
                define::field("hasNextPage", define::named("Boolean").non_null()),
                define::field("hasPreviousPage", define::named("Boolean").non_null()),
                define::field("startCursor", define::named("String")),
                define::field("endCursor", define::named("String")),
            ];
            self.add(define::object("PageInfo", Some("What lies before and after a page."), fields));
        }
    }

    /// The arguments of a page.
    pub(super) fn page_arguments(&self, model: ModelId) -> Vec<Node<InputValueDefinition>> {
        vec![
            define::input_about("first", define::named("Int"), Some("Most rows, from the start; 50 unless given.")),
            define::input_about("after", define::named("String"), Some("The cursor after which the page starts.")),
            define::input_about("last", define::named("Int"), Some("Most rows, from the end.")),
            define::input_about("before", define::named("String"), Some("The cursor before which the page ends.")),
            define::input("order_by", define::list_of(&self.kind(model, TypeKind::OrderBy))),
            define::input("where", define::named(&self.kind(model, TypeKind::BoolExp))),
        ]
    }
}
