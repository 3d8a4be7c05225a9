//! Outside systems that are not the main database, one parent file and a folder each. Knows nothing of ours.

pub mod cidr;
pub mod counts;
pub mod http_out;
pub mod mail;
pub mod template;
