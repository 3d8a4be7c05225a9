//! Outside systems that are not the main database, one trait file and a folder each. Knows nothing of ours.
