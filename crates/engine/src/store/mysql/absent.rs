//! Stands for the MySQL and MariaDB store in a program that was built without the feature `mysql`.

mod settings;

use super::absent;
pub(crate) use super::absent as carrying;
pub use absent::{Address, BadAddress};
pub use settings::{Facts, Settings};

/// A store that nobody opened.
pub type Mysql = absent::Server<Facts>;
