//! What every store must do, whatever the database: one suite, one line of test an adapter.
