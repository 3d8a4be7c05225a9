//! MJML to HTML. In: a file and the parts it includes. Out: HTML with the actions of the template where they stood.
//! Actions are hidden from the MJML compiler: quotes and signs in them would break the markup.

use super::go::{Part, parts};
use mrml::prelude::parser::ParserOptions;
use mrml::prelude::render::RenderOptions;
use std::collections::HashMap;

const OPEN: &str = "zbsz";
const CLOSE: &str = "zesz";
const DEPTH_MAX: usize = 8;

/// Compiles one file.
///
/// # Errors
/// What is wrong, in a sentence.
pub(super) fn compile(source: &str, file: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let whole = include(source, &file, 0)?;
    let options = ParserOptions::default();
    let parsed = mrml::parse_with_options(hide(&whole), &options).map_err(|error| chain(&error))?;
    // No list of fonts: a mail that fetches one tells its sender when it was read.
    let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
    let html = parsed.element.render(&options).map_err(|error| chain(&error))?;
    reveal(&html)
}

/// Paths of the files that a file includes.
pub(super) fn included(source: &str) -> Vec<&str> {
    source.match_indices("<mj-include").filter_map(|(at, _)| path_of(&source[at..]).map(|(path, _)| path)).collect()
}

/// The path of the include at the beginning of a text, and the bytes that the element takes.
fn path_of(text: &str) -> Option<(&str, usize)> {
    let end = text.find('>')? + 1;
    let element = &text[..end];
    let start = element.find("path=\"")? + "path=\"".len();
    let length = element[start..].find('"')?;
    let close = text[end..].trim_start().strip_prefix("</mj-include>");
    let taken = if element.ends_with("/>") { end } else { close.map_or(end, |rest| text.len() - rest.len()) };
    Some((element[start..start + length].trim_start_matches("./"), taken))
}

fn include(source: &str, file: &impl Fn(&str) -> Option<String>, depth: usize) -> Result<String, String> {
    if depth > DEPTH_MAX {
        return Err(format!("includes go deeper than {DEPTH_MAX}; does a file include itself?"));
    }
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("<mj-include") {
        let (path, taken) = path_of(&rest[at..]).ok_or("an <mj-include> has no path=\"…\"")?;
        let text =
            file(path).ok_or_else(|| format!("<mj-include path=\"{path}\" />: there is no such file in the folder"))?;
        out.push_str(&rest[..at]);
        out.push_str(&include(&text, file, depth + 1)?);
        rest = &rest[at + taken..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Every action as one plain word.
fn hide(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for (_, part) in parts(source) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Action(action) => {
                out.push_str(OPEN);
                for byte in action.bytes() {
                    out.push_str(&format!("{byte:02x}"));
                }
                out.push_str(CLOSE);
            }
            Part::Open => {}
        }
    }
    out
}

fn reveal(html: &str) -> Result<String, String> {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (hidden, after) = after.split_once(CLOSE).ok_or("an action was lost in MJML")?;
        let bytes: Option<Vec<u8>> = hidden
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect();
        let action = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or("an action was lost in MJML")?;
        out.push_str(before);
        out.push_str(&format!("{{{{{action}}}}}"));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("MJML: {error}");
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
