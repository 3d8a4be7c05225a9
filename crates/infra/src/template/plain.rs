//! The text of an HTML mail, for programs that show no HTML. In: HTML. Out: lines; links keep their address. Not a browser: what is
//! hidden by style sheets is not known, what is hidden by `display:none` in the element is.

/// Elements whose content is not text.
const SILENT: &[&str] = &["head", "noscript"];
/// Elements whose content is no markup either.
const RAW: &[&str] = &["style", "script", "title", "textarea"];
/// Elements that begin and end a line.
const LINES: &[&str] = &["br", "div", "li", "tr", "table", "ul", "ol", "hr", "blockquote"];
/// Elements with an empty line around.
const PARAGRAPHS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6"];
/// Elements without content.
const VOID: &[&str] = &["br", "hr", "img", "meta", "link", "input", "area", "base", "col", "wbr"];

#[derive(Default)]
struct Writer {
    out: String,
    /// Line ends that are due before the next word.
    breaks: usize,
    blank: bool,
    /// Address of the link that is open, and where its text began.
    link: Option<(String, usize)>,
}

/// Takes the text out of HTML.
#[must_use]
pub fn text_of(html: &str) -> String {
    let mut writer = Writer::default();
    // Elements inside of something hidden that are still open.
    let mut hidden: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if hidden.is_empty() {
            writer.words(&rest[..at]);
        }
        let tail = &rest[at..];
        if let Some(comment) = tail.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = tag_end(tail) else {
            rest = tail;
            break;
        };
        let tag = &tail[1..end];
        rest = &tail[end + 1..];
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let is_void = VOID.contains(&name.as_str()) || tag.ends_with('/');
        if !tag.starts_with('/') && RAW.contains(&name.as_str()) {
            rest = after_raw(rest, &name);
        } else if tag.starts_with('/') {
            if let Some(open) = hidden.iter().rposition(|open| *open == name) {
                hidden.truncate(open);
            } else if hidden.is_empty() {
                writer.element(&name, None);
            }
        } else if !hidden.is_empty() {
            if !is_void {
                hidden.push(name);
            }
        } else if !is_void && (SILENT.contains(&name.as_str()) || is_hidden(tag)) {
            hidden.push(name);
        } else if !name.is_empty() {
            writer.element(&name, Some(tag));
        }
    }
    if hidden.is_empty() && !rest.starts_with('<') {
        writer.words(rest);
    }
    let mut out = writer.out;
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

impl Writer {
    fn words(&mut self, text: &str) {
        let text = decoded(text);
        self.blank |= text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            if self.breaks > 0 && !self.out.is_empty() {
                self.out.push_str(if self.breaks > 1 { "\n\n" } else { "\n" });
            } else if self.blank && !self.out.is_empty() {
                self.out.push(' ');
            }
            self.breaks = 0;
            self.out.push_str(word);
            self.blank = true;
        }
        if !text.trim().is_empty() {
            self.blank = text.ends_with(char::is_whitespace);
        }
    }

    /// An element begins (with its tag) or ends.
    fn element(&mut self, name: &str, tag: Option<&str>) {
        if PARAGRAPHS.contains(&name) {
            self.breaks = 2;
        } else if LINES.contains(&name) {
            self.breaks = if name == "br" && self.breaks > 0 { 2 } else { self.breaks.max(1) };
        } else if name == "td" || name == "th" {
            self.blank = true;
        }
        match (name, tag) {
            ("li", Some(_)) => self.words("- "),
            ("img", Some(tag)) => self.words(&attribute(tag, "alt").unwrap_or_default()),
            ("a", Some(tag)) => self.link = attribute(tag, "href").map(|href| (href, self.out.len())),
            ("a", None) => self.close_link(),
            _ => {}
        }
    }

    fn close_link(&mut self) {
        let Some((href, start)) = self.link.take() else { return };
        let href = href.strip_prefix("mailto:").unwrap_or(&href);
        let label = self.out.get(start..).unwrap_or_default().trim();
        if href.is_empty() || href.starts_with('#') || label == href {
            return;
        }
        if label.is_empty() {
            self.words(href);
        } else {
            self.out.push_str(&format!(": {href}"));
            self.blank = true;
        }
    }
}

/// What follows an element whose content is no markup; from its closing tag on.
fn after_raw<'a>(text: &'a str, name: &str) -> &'a str {
    let is_close = |at: usize| {
        let tail = text.get(at + 2..at + 2 + name.len());
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name))
    };
    text.match_indices("</").find(|(at, _)| is_close(*at)).map_or("", |(at, _)| &text[at..])
}

/// The byte of the `>` that ends a tag; one in quotes does not.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '>' => return Some(at),
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
    }
    None
}

fn is_hidden(tag: &str) -> bool {
    attribute(tag, "style").is_some_and(|style| style.replace(' ', "").to_ascii_lowercase().contains("display:none"))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.match_indices(name).find_map(|(at, _)| {
        let before_is_blank = tag[..at].ends_with(char::is_whitespace);
        let value = tag[at + name.len()..].trim_start().strip_prefix('=')?;
        before_is_blank.then(|| value.trim_start())
    })?;
    let value = match at.chars().next()? {
        quote @ ('"' | '\'') => at[1..].split(quote).next()?,
        _ => at.split(|c: char| c.is_whitespace() || c == '>').next()?,
    };
    Some(decoded(value))
}

fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let end = tail.find(';').filter(|end| *end <= 8);
        match end.and_then(|end| entity(&tail[..end]).map(|c| (c, end))) {
            Some((text, end)) => {
                out.push_str(&text);
                rest = &tail[end + 1..];
            }
            None => {
                out.push('&');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<String> {
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    if let Some(number) = number {
        return char::from_u32(number).filter(|c| !c.is_control()).map(String::from);
    }
    let text = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => " ",
        "zwnj" | "shy" | "zwj" => "",
        "copy" => "©",
        "middot" => "·",
        "ndash" => "–",
        "mdash" => "—",
        "hellip" => "…",
        _ => return None,
    };
    Some(text.to_owned())
}
