//! Rows of a CSV, JSON or NDJSON file, one at a time, in bounded memory. In: bytes. Out: cells with their line, or why a row is none.
//! Knows nothing of models: names and types are checked by whoever takes the rows.

use crate::cli::RowFormat;
use crate::problem::Problem;
use backstay_plan::request::Cell;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::cell::Cell as Counter;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::rc::Rc;

/// Longest row, so that a file without line ends cannot fill the memory.
const ROW_BYTES_MAX: u64 = 16 << 20;

/// A row and where it begins.
#[derive(Debug)]
pub(crate) struct Row {
    /// Line of the file, from 1.
    pub line: u64,
    /// Names and values, in the order of the file.
    pub cells: Vec<(String, Cell)>,
}

/// A row that cannot be read; the ones after it can.
#[derive(Debug)]
pub(crate) struct BadRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Who takes the rows; its error ends the reading.
pub(crate) type Taker<'a> = dyn FnMut(Result<Row, BadRow>) -> Result<(), Problem> + 'a;

/// Reads every row.
///
/// # Errors
/// What the taker answers, or a file that cannot be read on.
pub(crate) fn read(input: impl Read, format: RowFormat, take: &mut Taker<'_>) -> Result<(), Problem> {
    match format {
        RowFormat::Csv => csv(input, take),
        RowFormat::Json => json(input, take),
        RowFormat::Ndjson => ndjson(input, take),
    }
}

fn csv(input: impl Read, take: &mut Taker<'_>) -> Result<(), Problem> {
    let mut input = skip_mark(input)?;
    // The parser leaves the LF of a CRLF to the next row, so its count is one behind in such files.
    let first = input.fill_buf().map_err(|error| Problem::new(format!("the file cannot be read: {error}")))?;
    let behind = u64::from(first.windows(2).find(|pair| pair[1] == b'\n').is_some_and(|pair| pair[0] == b'\r'));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(|name| name.trim().to_owned()).collect(),
        Err(error) => return Err(Problem::new(format!("the header line cannot be read: {error}"))),
    };
    if headers.iter().all(String::is_empty) {
        return Err(Problem::new("the file is empty").help("the first line of a CSV file names the fields"));
    }
    if let Some(twice) = headers.iter().enumerate().find(|(at, name)| headers[..*at].contains(name)) {
        return Err(Problem::new(format!("line 1 names `{}` twice", twice.1)));
    }
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line() + behind;
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                take(Err(BadRow { line, reason: "it is not UTF-8 text".to_owned() }))?;
                continue;
            }
            Err(error) => return Err(Problem::new(format!("line {line}: {error}"))),
        }
        let line = record.position().map_or(line, |position| position.line() + behind);
        if record.len() != headers.len() {
            let reason = format!("it has {} cells, the header line has {}", record.len(), headers.len());
            take(Err(BadRow { line, reason }))?;
            continue;
        }
        let cells = headers.iter().zip(&record).map(|(name, text)| (name.clone(), text_cell(text)));
        take(Ok(Row { line, cells: cells.collect() }))?;
    }
}

/// An empty cell takes the default of the field, or NULL.
fn text_cell(text: &str) -> Cell {
    if text.is_empty() { Cell::Absent } else { Cell::Text(text.into()) }
}

fn ndjson(input: impl Read, take: &mut Taker<'_>) -> Result<(), Problem> {
    let mut input = skip_mark(input)?;
    let mut text = Vec::new();
    for line in 1_u64.. {
        text.clear();
        let read = (&mut input)
            .take(ROW_BYTES_MAX)
            .read_until(b'\n', &mut text)
            .map_err(|error| Problem::new(format!("line {line}: {error}")))?;
        if read == 0 {
            break;
        }
        if u64::try_from(read).is_ok_and(|read| read == ROW_BYTES_MAX) && text.last() != Some(&b'\n') {
            return Err(Problem::new(format!("line {line} is longer than {} MiB", ROW_BYTES_MAX >> 20)));
        }
        let row = text.trim_ascii();
        if row.is_empty() {
            continue;
        }
        take(object(row).map(|cells| Row { line, cells }).map_err(|reason| BadRow { line, reason }))?;
    }
    Ok(())
}

fn json(input: impl Read, take: &mut Taker<'_>) -> Result<(), Problem> {
    let lines = Rc::new(Counter::new(1));
    let input = CountLines { inner: skip_mark(input)?, lines: Rc::clone(&lines) };
    let mut stopped = None;
    let mut parser = serde_json::Deserializer::from_reader(input);
    let visitor = Rows { take, stopped: &mut stopped, lines };
    let read = parser.deserialize_seq(visitor).and_then(|()| parser.end());
    match (stopped, read) {
        (Some(problem), _) => Err(problem),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(Problem::new(format!("the file is not a JSON array of objects: {error}"))
            .help("a file with one object a line is read with --format ndjson")),
    }
}

/// The members of a JSON object, values as their text.
fn object(text: &[u8]) -> Result<Vec<(String, Cell)>, String> {
    let mut parser = serde_json::Deserializer::from_slice(text);
    let members = parser.deserialize_any(Members).and_then(|members| parser.end().map(|()| members));
    members.map_err(|error| {
        let text = error.to_string();
        // It was parsed by itself, so its own line means nothing.
        text.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Cell)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(String, Cell)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            let cell = match value.get() {
                "null" => Cell::Null,
                text => Cell::Json(text.into()),
            };
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = cell,
                None => members.push((name, cell)),
            }
        }
        Ok(members)
    }
}

struct Rows<'a, 'b> {
    take: &'a mut Taker<'b>,
    stopped: &'a mut Option<Problem>,
    lines: Rc<Counter<u64>>,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some((line, element)) = seq.next_element_seed(Element(&self.lines))? {
            let row = object(element.get().as_bytes())
                .map(|cells| Row { line, cells })
                .map_err(|reason| BadRow { line, reason });
            if let Err(problem) = (self.take)(row) {
                *self.stopped = Some(problem);
                // The rest has to be read to satisfy the parser; its rows go nowhere.
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
        }
        Ok(())
    }
}

/// One element of the array and the line on which it begins.
struct Element<'a>(&'a Counter<u64>);

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = (u64, Box<RawValue>);

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Self::Value, D::Error> {
        let line = self.0.get();
        let element = <Box<RawValue> as serde::Deserialize>::deserialize(parser)?;
        Ok((line, element))
    }
}

/// Counts the lines that went through. The JSON parser reads byte by byte, so the count is exact.
struct CountLines<R> {
    inner: R,
    lines: Rc<Counter<u64>>,
}

impl<R: Read> Read for CountLines<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(into)?;
        let ends = into.get(..read).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        self.lines.set(self.lines.get().saturating_add(u64::try_from(ends).unwrap_or(0)));
        Ok(read)
    }
}

/// Leaves out the byte order mark that some programs put in front of UTF-8.
fn skip_mark(input: impl Read) -> Result<impl BufRead, Problem> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let first = input.fill_buf().map_err(|error| Problem::new(format!("the file cannot be read: {error}")))?;
    if first.starts_with(&[0xEF, 0xBB, 0xBF]) {
        input.consume(3);
    }
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::cli::RowFormat;
    use crate::problem::Problem;
    use backstay_plan::request::Cell;

    fn shown(cell: &Cell) -> String {
        match cell {
            Cell::Absent => "absent".to_owned(),
            Cell::Null => "null".to_owned(),
            Cell::Json(text) => text.to_string(),
            Cell::Text(text) => format!("'{text}'"),
        }
    }

    #[track_caller]
    fn check(format: RowFormat, text: &str, expected: &[&str]) {
        check_bytes(format, text.as_bytes(), expected);
    }

    #[track_caller]
    fn check_bytes(format: RowFormat, bytes: &[u8], expected: &[&str]) {
        let mut found = Vec::new();
        let outcome = read(bytes, format, &mut |row| {
            found.push(match row {
                Ok(row) => {
                    let cells: Vec<String> =
                        row.cells.iter().map(|(name, cell)| format!("{name}={}", shown(cell))).collect();
                    format!("{}: {}", row.line, cells.join(" "))
                }
                Err(bad) => format!("{}! {}", bad.line, bad.reason),
            });
            Ok(())
        });
        if let Err(problem) = outcome {
            found.push(format!("stop: {}", problem.message));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn csv() {
        check(RowFormat::Csv, "a,b\n1,x\n,\"y, z\"\n", &["2: a='1' b='x'", "3: a=absent b='y, z'"]);
        check(RowFormat::Csv, "\u{feff}a\r\n1\r\n2\r\n", &["2: a='1'", "3: a='2'"]);
        check(
            RowFormat::Csv,
            "a,b\n1\n\"two\nlines\",3\n4,5\n",
            &["2! it has 1 cells, the header line has 2", "3: a='two\nlines' b='3'", "5: a='4' b='5'"],
        );
        check(RowFormat::Csv, "a,a\n1,2\n", &["stop: line 1 names `a` twice"]);
        check(RowFormat::Csv, "", &["stop: the file is empty"]);
        check_bytes(RowFormat::Csv, b"a\n\xff\n1\n", &["2! it is not UTF-8 text", "3: a='1'"]);
    }

    #[test]
    fn ndjson() {
        check(RowFormat::Ndjson, "{\"a\":1,\"b\":null}\n\n {\"a\":[1, 2]} ", &["1: a=1 b=null", "3: a=[1, 2]"]);
        check(RowFormat::Ndjson, "{\"a\":1,\"a\":2}", &["1: a=2"]);
        check(
            RowFormat::Ndjson,
            "{\"a\":\n[1]\n{\"a\":1} x\n{}",
            &[
                "1! EOF while parsing a value",
                "2! invalid type: sequence, expected a JSON object",
                "3! trailing characters",
                "4: ",
            ],
        );
    }

    #[test]
    fn json() {
        check(
            RowFormat::Json,
            "[\n  {\"a\":1},\n  {\"a\":\n \"x\"}, 7,\n {}]\n",
            &["2: a=1", "3: a=\"x\"", "4! invalid type: integer `7`, expected a JSON object", "5: "],
        );
        check(RowFormat::Json, "[]", &[]);
        check(
            RowFormat::Json,
            "{\"a\":1}",
            &["stop: the file is not a JSON array of objects: invalid type: map, expected an array at line 1 column 1"],
        );
        check(
            RowFormat::Json,
            "[{\"a\":1},",
            &["1: a=1", "stop: the file is not a JSON array of objects: EOF while parsing a value at line 1 column 9"],
        );
        check(
            RowFormat::Json,
            "",
            &["stop: the file is not a JSON array of objects: EOF while parsing a value at line 1 column 0"],
        );
    }

    #[test]
    fn the_taker_can_stop() {
        for (format, text) in
            [(RowFormat::Csv, "a\n1\n2\n"), (RowFormat::Json, "[{},{}]"), (RowFormat::Ndjson, "{}\n{}")]
        {
            let mut taken = 0;
            let outcome = read(text.as_bytes(), format, &mut |_| {
                taken += 1;
                Err(Problem::new("enough"))
            });
            assert_eq!((taken, outcome.unwrap_err().message.as_str()), (1, "enough"));
        }
    }
}
