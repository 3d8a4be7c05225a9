//! Requests that showed a difference once. They are asked before the random ones, by every comparison.

use super::grammar::Request;

/// Reads: the target, and the one before a character was put in its way.
const READS: &[(&str, Option<&str>)] = &[
    // Two mistakes of one kind, of which one goes only with the other.
    (
        "/books?select=...authors!books_author_id_fkey(s1:mentor_id),...author_id(s2:id),...authors!editor_id(s3:countrry)&or=(added_at.in.(%221.5%22),sold.is.null)",
        Some(
            "/books?select=...authors!books_author_id_fkey(s1:mentor_id),...author_id(s2:id),...authors!editor_id(s3:country)&or=(added_at.in.(%221.5%22),sold.is.null)",
        ),
    ),
    (
        "/books?select=author_id,...authors!books_author_id_fkey!left(s1:id),...authors!editor_id(s2:menor_id),e3:shelf_books!left()&info-%3Ea-%3E%3E0=gt.x&order=price,id",
        Some(
            "/books?select=author_id,...authors!books_author_id_fkey!left(s1:id),...authors!editor_id(s2:mentor_id),e3:shelf_books!left()&info-%3Ea-%3E%3E0=gt.x&order=price,id",
        ),
    ),
    // Groups whose largest value falls away.
    ("/shelf_books?select=book_id.max()::text,shelf_id&book_id=isdistinct.2", None),
    // Values of an embed that outputs nothing.
    ("/books?select=title,e1:authors!editor_id()&e1.id=eq.x", None),
    // UUIDs and numbers in PostgreSQL's other spellings, and days and times with a digit more.
    ("/books?select=id&isbn=eq.{7D4448409DC011D1B2455FFDCE74FAD2}", None),
    ("/books?select=id&id=eq.99999999999999999999x", None),
    ("/books?select=id&published=eq.2024-002-29", None),
    ("/books?select=id&opens=eq.123456789012345", None),
];

/// Those requests.
pub(super) fn requests() -> Vec<Request> {
    let read = |(target, before): &(&str, Option<&str>)| Request {
        method: "GET",
        target: (*target).to_owned(),
        headers: Vec::new(),
        body: String::new(),
        ordered: false,
        bent_from: before.map(str::to_owned),
    };
    READS.iter().map(read).collect()
}
