//! Takes null members out of JSON objects at every depth. Works on the text, so numbers and spacing of values stay as they are.

use bytes::Bytes;

/// The same JSON without members that are null. Nulls in arrays stay. Text that is no JSON comes out in some form, never a panic.
pub(super) fn nulls(json: &[u8]) -> Bytes {
    let mut output = Vec::with_capacity(json.len());
    // One entry for each open object or array: whether it is an object, and whether it has an element already.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'{' | b'[' => {
                begin_element(&mut open, &mut output, false);
                open.push((*byte == b'{', false));
                output.push(*byte);
                at += 1;
            }
            b'}' | b']' => {
                open.pop();
                output.push(*byte);
                at += 1;
            }
            b',' | b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            _ => {
                let end = token_end(json, at);
                let is_member = open.last().is_some_and(|(object, _)| *object);
                let value = skip_blanks(json, end);
                if is_member && json.get(value) == Some(&b':') {
                    let start = skip_blanks(json, value.saturating_add(1));
                    if json.get(start..).is_some_and(|rest| rest.starts_with(b"null")) {
                        at = start.saturating_add(4);
                        continue;
                    }
                    begin_element(&mut open, &mut output, true);
                    output.extend_from_slice(json.get(at..end).unwrap_or_default());
                    output.push(b':');
                    at = start;
                } else {
                    begin_element(&mut open, &mut output, false);
                    output.extend_from_slice(json.get(at..end).unwrap_or_default());
                    at = end;
                }
            }
        }
    }
    Bytes::from(output)
}

/// Writes the comma before an element that is not the first. The value of a member follows its `:` and needs none.
fn begin_element(open: &mut [(bool, bool)], output: &mut Vec<u8>, key: bool) {
    if let Some((object, filled)) = open.last_mut()
        && (!*object || key)
    {
        if *filled {
            output.push(b',');
        }
        *filled = true;
    }
}

/// The end of the string, number or word that begins at `at`; always after it.
fn token_end(json: &[u8], at: usize) -> usize {
    let rest = json.get(at..).unwrap_or_default();
    let length = if rest.first() == Some(&b'"') {
        let mut escaped = false;
        let close = rest.iter().skip(1).position(|byte| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        });
        close.map_or(rest.len(), |close| close.saturating_add(2))
    } else {
        rest.iter().position(|byte| b",]}{[: \n\r\t".contains(byte)).unwrap_or(rest.len())
    };
    at.saturating_add(length.max(1))
}

fn skip_blanks(json: &[u8], at: usize) -> usize {
    let rest = json.get(at..).unwrap_or_default();
    at.saturating_add(rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&nulls(json.as_bytes())), expected);
    }

    #[test]
    fn null_members_go() {
        check("[]", "[]");
        check("{}", "{}");
        check(r#"[{"a":null}]"#, "[{}]");
        check(r#"[{"a":null,"b":1}]"#, r#"[{"b":1}]"#);
        check(r#"[{"b":1,"a":null}]"#, r#"[{"b":1}]"#);
        check(r#"[{"b":1,"a":null,"c":2},{"c":null}]"#, r#"[{"b":1,"c":2},{}]"#);
        check(r#"{"a":{"b":null,"c":{"d":null}},"e":[null,{"f":null}]}"#, r#"{"a":{"c":{}},"e":[null,{}]}"#);
        check(r#"[1,null,"null",[null]]"#, r#"[1,null,"null",[null]]"#);
        check(r#"{"null":"null","x":"a\"b,null"}"#, r#"{"null":"null","x":"a\"b,null"}"#);
        check(r#"{ "a" : null , "b" : 1.50 }"#, r#"{"b":1.50}"#);
        check(r#"{"a\\":null,"b\"":true}"#, r#"{"b\"":true}"#);
        check(r#"{"n":12345678901234567890.10,"m":null}"#, r#"{"n":12345678901234567890.10}"#);
        check("null", "null");
        check(r#"{"a":"#, r#"{"a":"#);
        check(r#"{"a"#, r#"{"a"#);
        check(":", ":");
    }
}
