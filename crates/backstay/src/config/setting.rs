//! What a setting is: a name, a type, a default, and the doc comment that its reference entry is made of.
//! The `section!` macro turns one struct into all of it, so that code, file, environment and documentation cannot disagree.

use super::units::{Interval, Secret, Size};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Stands in an [`Entry::path`] where the person who writes the settings chooses a name.
pub(crate) const NAME: &str = "<name>";

/// How the text of a setting is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A path; relative ones start at the folder of the file that names them.
    Path,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number,
    /// `30s` and its like.
    Duration,
    /// `10MiB` and its like.
    Size,
    /// A list of texts; separated by commas in the environment.
    List,
    /// Text that is never printed.
    Secret,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// One line of the reference: a section or a key.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Names from the top, such as `["server", "body_max"]`.
    pub path: Vec<&'static str>,
    /// Lines of the doc comment.
    pub docs: Vec<&'static str>,
    /// What it holds; `None` for a section.
    pub value: Option<Value>,
}

/// Type and default of a key.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// How text is read.
    pub kind: Kind,
    /// The default in TOML; `None` when the key is unset.
    pub default: Option<String>,
}

/// A type that can stand in the configuration.
pub(crate) trait Setting {
    /// Adds this setting, and those below it, to the reference.
    fn describe(&self, path: &[&'static str], docs: &[&'static str], into: &mut Vec<Entry>);
}

/// A type of one value.
pub(crate) trait Scalar {
    /// How its text is read.
    const KIND: Kind;
    /// Itself in TOML.
    fn toml(&self) -> String;
}

impl<T: Scalar> Setting for T {
    fn describe(&self, path: &[&'static str], docs: &[&'static str], into: &mut Vec<Entry>) {
        let value = Value { kind: T::KIND, default: Some(self.toml()) };
        into.push(Entry { path: path.to_vec(), docs: docs.to_vec(), value: Some(value) });
    }
}

impl<T: Scalar> Setting for Option<T> {
    fn describe(&self, path: &[&'static str], docs: &[&'static str], into: &mut Vec<Entry>) {
        let value = Value { kind: T::KIND, default: self.as_ref().map(Scalar::toml) };
        into.push(Entry { path: path.to_vec(), docs: docs.to_vec(), value: Some(value) });
    }
}

/// Sections of one kind under names of the operator's choice.
impl<T: Setting + Default> Setting for BTreeMap<String, T> {
    fn describe(&self, path: &[&'static str], docs: &[&'static str], into: &mut Vec<Entry>) {
        into.push(Entry { path: path.to_vec(), docs: docs.to_vec(), value: None });
        let below: Vec<&'static str> = path.iter().copied().chain([NAME]).collect();
        T::default().describe(&below, docs, into);
    }
}

impl Entry {
    /// Whether these are the names of this entry.
    pub(crate) fn is_at(&self, names: &[impl AsRef<str>]) -> bool {
        self.path.len() == names.len()
            && self.path.iter().zip(names).all(|(own, name)| *own == NAME || *own == name.as_ref())
    }
}

macro_rules! scalar {
    ($($ty:ty, $kind:expr, $self:ident => $toml:expr;)+) => {
        $(impl Scalar for $ty {
            const KIND: Kind = $kind;
            fn toml(&$self) -> String { $toml }
        })+
    };
}

scalar! {
    String, Kind::Text, self => quoted(self);
    PathBuf, Kind::Path, self => quoted(&self.display().to_string());
    bool, Kind::Boolean, self => self.to_string();
    u8, Kind::Number, self => self.to_string();
    u16, Kind::Number, self => self.to_string();
    u32, Kind::Number, self => self.to_string();
    u64, Kind::Number, self => self.to_string();
    Interval, Kind::Duration, self => quoted(&self.to_string());
    Size, Kind::Size, self => quoted(&self.to_string());
    Vec<String>, Kind::List, self => format!("[{}]", self.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "));
    Secret, Kind::Secret, self => quoted("…");
}

/// A TOML string.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Declares a section: the struct, its defaults and its reference entries.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub(crate) struct $name:ident {
            $( $(#[doc = $doc:literal])+ pub $key:ident: $ty:ty = $default:expr, )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct $name {
            $( $(#[doc = $doc])+ pub $key: $ty, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $key: $default, )+ }
            }
        }

        impl $crate::config::setting::Setting for $name {
            fn describe(&self, path: &[&'static str], _: &[&'static str], into: &mut Vec<$crate::config::setting::Entry>) {
                let entry = $crate::config::setting::Entry { path: path.to_vec(), docs: vec![$($about),+], value: None };
                into.push(entry);
                $(
                    let below: Vec<&'static str> = path.iter().copied().chain([stringify!($key)]).collect();
                    $crate::config::setting::Setting::describe(&self.$key, &below, &[$($doc),+], into);
                )+
            }
        }
    };
}

/// Declares a closed set of words.
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        pub(crate) enum $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
        pub(crate) enum $name {
            $( $(#[doc = $doc])+ #[serde(rename = $word)] $variant, )+
        }

        impl $crate::config::setting::Scalar for $name {
            const KIND: $crate::config::setting::Kind = $crate::config::setting::Kind::Choice(&[$($word),+]);
            fn toml(&self) -> String {
                $crate::config::setting::quoted(match self { $( Self::$variant => $word, )+ })
            }
        }
    };
}

pub(crate) use {choice, section};
