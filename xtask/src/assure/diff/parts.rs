//! Takes random requests apart: which of several mistakes a server tells shows only where the others are left out.

use super::grammar::Request;
use super::tables;
use serde_json::Value;
use std::ops::Range;

/// The request with one part less, for each of its parts: parameters, what stands between commas, casts, members, rows and headers; and with
/// a value that fits in the place of each member, a test that fits every column in the place of each filter, and as it was before it was bent.
pub(super) fn lesser(request: &Request) -> Vec<Request> {
    let mut cuts = cuts(&request.target);
    // What is much goes first.
    cuts.sort_by_key(|cut| std::cmp::Reverse(cut.len()));
    let cuts = cuts.into_iter().map(|cut| Request { target: cut_out(&request.target, cut), ..request.clone() });
    let bodies = bodies(request).into_iter().map(|body| Request { body: body.to_string(), ..request.clone() });
    let headers =
        (0..request.headers.len()).filter(|at| ["Accept", "Range"].contains(&request.headers[*at].0)).map(|at| {
            let mut lesser = request.clone();
            lesser.headers.remove(at);
            lesser
        });
    let straight = request.bent_from.clone().map(|target| Request { target, bent_from: None, ..request.clone() });
    headers.chain(cuts).chain(bodies).chain(untested(request)).chain(straight).collect()
}

/// The request with a filter that has no value, for each of its filters.
fn untested(request: &Request) -> Vec<Request> {
    let Some((path, query)) = request.target.split_once('?') else { return Vec::new() };
    let parameters: Vec<&str> = query.split('&').collect();
    let filters = parameters.iter().enumerate().filter_map(|(at, parameter)| {
        let (name, test) = parameter.split_once('=')?;
        let last = name.rsplit('.').next()?;
        let filters = !["select", "order", "limit", "offset", "columns", "on_conflict"].contains(&last);
        (filters && test != "is.null" && test.contains('.')).then(|| (at, format!("{name}=is.null")))
    });
    filters
        .map(|(at, filter)| {
            let mut parameters = parameters.clone();
            parameters[at] = &filter;
            Request { target: format!("{path}?{}", parameters.join("&")), ..request.clone() }
        })
        .collect()
}

/// A target without a part, and without the parameters of embeds that go with it.
fn cut_out(target: &str, cut: Range<usize>) -> String {
    let part = &target[cut.clone()];
    let rest = [&target[..cut.start], &target[cut.end..]].concat();
    let words = part.split(|character: char| !character.is_ascii_alphanumeric() && character != ':');
    let gone: Vec<&str> = words
        .filter_map(|word| word.split_once(':'))
        .map(|(alias, _)| alias)
        .filter(|alias| alias.strip_prefix('e').is_some_and(|number| number.parse::<u32>().is_ok()))
        .collect();
    let Some((path, query)) = rest.split_once('?').filter(|_| !gone.is_empty()) else { return rest };
    let belongs = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default();
        name.split('.').any(|level| gone.contains(&level))
    };
    let kept: Vec<&str> = query.split('&').filter(|parameter| !belongs(parameter)).collect();
    format!("{path}?{}", kept.join("&"))
}

/// Where a target can be cut.
fn cuts(target: &str) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    let Some(query) = target.find('?').map(|mark| mark + 1) else { return cuts };
    let mut start = query;
    for parameter in target[query..].split('&') {
        let end = start + parameter.len();
        // With the sign that parts it from the next one, or from the last.
        cuts.push(if end < target.len() { start..end + 1 } else { start - 1..end });
        let value = parameter.find('=').map_or(end, |sign| start + sign + 1);
        cuts.extend(elements(target, value..end));
        start = end + 1;
    }
    cuts
}

/// Where what stands between commas can be cut from a value, at every depth of parentheses, and casts.
fn elements(target: &str, value: Range<usize>) -> Vec<Range<usize>> {
    let (mut cuts, mut open) = (Vec::new(), vec![value.start]);
    let mut cast = None;
    for (offset, character) in target[value.clone()].char_indices() {
        let at = value.start + offset;
        let ends = [',', ')', '('].contains(&character);
        if let Some(cast) = cast.take_if(|_| ends) {
            cuts.push(cast..at);
        }
        match character {
            '(' => open.push(at + 1),
            ',' => {
                if let Some(start) = open.last_mut() {
                    cuts.push(*start..at + 1);
                    *start = at + 1;
                }
            }
            ')' => cuts.extend(open.pop().map(|start| last(target, start..at))),
            ':' if cast.is_none() && target[at..].starts_with("::") => cast = Some(at),
            _ => {}
        }
    }
    cuts.extend(cast.map(|cast| cast..value.end));
    cuts.extend(open.pop().filter(|start| *start > value.start).map(|start| last(target, start..value.end)));
    cuts.retain(|cut| !cut.is_empty());
    cuts
}

/// The last element, with the comma before it.
fn last(target: &str, element: Range<usize>) -> Range<usize> {
    if target[..element.start].ends_with(',') { element.start - 1..element.end } else { element }
}

/// A body with one column less, or one that is right, or one row less.
fn bodies(request: &Request) -> Vec<Value> {
    let Ok(body) = serde_json::from_str::<Value>(&request.body) else { return Vec::new() };
    let first = body.as_array().map_or(Some(&body), |rows| rows.first());
    let names: Vec<String> =
        first.and_then(Value::as_object).map(|row| row.keys().cloned().collect()).unwrap_or_default();
    let mut bodies: Vec<Value> = names.iter().map(|name| with(body.clone(), name, None)).collect();
    if let Some(rows) = body.as_array().filter(|rows| rows.len() > 1) {
        bodies.extend((0..rows.len()).map(|left_out| {
            let kept = rows.iter().enumerate().filter(|(at, _)| *at != left_out);
            kept.map(|(_, row)| row.clone()).collect::<Value>()
        }));
    }
    let path = request.target.trim_start_matches('/').split('?').next().unwrap_or_default();
    bodies.extend(names.iter().filter_map(|name| {
        let fitting = tables::fitting(path, name)?;
        Some(with(body.clone(), name, Some(&fitting))).filter(|other| *other != body)
    }));
    bodies
}

/// Every row with another value of a column, or without it.
fn with(mut body: Value, name: &str, value: Option<&Value>) -> Value {
    match &mut body {
        Value::Array(rows) => rows.iter_mut().for_each(|row| *row = with(row.take(), name, value)),
        Value::Object(row) => match value {
            Some(value) => drop(row.insert(name.to_owned(), value.clone())),
            None => drop(row.shift_remove(name)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_less() {
        let request = Request {
            method: "POST",
            target: "/books?select=id,e1:authors(x::text,name)&or=(a.eq.1,and(b.eq.2))&e1.name=eq.b".to_owned(),
            headers: vec![("Prefer", "return=minimal".to_owned()), ("Accept", "text/csv".to_owned())],
            body: r#"[{"a":1,"b":2},{"a":3,"b":4}]"#.to_owned(),
            ordered: false,
            bent_from: Some("/books".to_owned()),
        };
        let mut lesser = lesser(&request).into_iter();
        let headers = lesser.next().map(|lesser| lesser.headers.len());
        assert_eq!(headers, Some(1));
        let found: Vec<String> = lesser.map(|lesser| format!("{} {}", lesser.target, lesser.body)).collect();
        let (path, body) = ("/books?", &request.body);
        let select = "select=id,e1:authors(x::text,name)";
        let or = "or=(a.eq.1,and(b.eq.2))";
        let name = "e1.name=eq.b";
        let mut expected: Vec<String> = [
            or.to_owned(),
            format!("select=id&{or}"),
            format!("{select}&{name}"),
            format!("{select}&{or}"),
            format!("{select}&or=(a.eq.1)&{name}"),
            format!("select=id,e1:authors(name)&{or}&{name}"),
            format!("{select}&or=(and(b.eq.2))&{name}"),
            format!("select=id,e1:authors(x,name)&{or}&{name}"),
            format!("{select}&or=(a.eq.1,and())&{name}"),
            format!("select=id,e1:authors(x::text)&{or}&{name}"),
            format!("select=e1:authors(x::text,name)&{or}&{name}"),
        ]
        .iter()
        .map(|query| format!("{path}{query} {body}"))
        .collect();
        for body in [r#"[{"b":2},{"b":4}]"#, r#"[{"a":1},{"a":3}]"#, r#"[{"a":3,"b":4}]"#, r#"[{"a":1,"b":2}]"#] {
            expected.push(format!("{} {body}", request.target));
        }
        expected.push(format!("{path}{select}&or=is.null&{name} {body}"));
        expected.push(format!("{path}{select}&{or}&e1.name=is.null {body}"));
        expected.push(format!("/books {body}"));
        assert_eq!(found, expected);
    }
}
