//! A look beside a writing server: what a copy holds, what is told of a damaged file.

use super::*;
use crate::store::conformance::{Who, expect, insert, sqlite};
use crate::store::sqlite::Settings;
use serde_json::json;

const SCHEMA: &str = r#"
type Note @model(table: "notes") @access(ops: [ALL]) @searchable(fields: ["text"]) {
  id: Int! @id(auto: INCREMENT)
  text: String!
  score: Int @range(min: 0)
  parent: Note @relation
}
"#;

fn copy(look: &Look, to: &Path) -> Result<u64, LookError> {
    look.copy(to, &mut |_| ControlFlow::Continue(()))
}

fn rows_of(look: &Look, table: &str) -> u64 {
    look.tables().unwrap().into_iter().find(|one| one.table == table).unwrap().rows
}

#[tokio::test]
async fn a_copy_is_of_one_moment_and_sound() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    let rows: Vec<_> = (0..200).map(|n| json!({"text": "word ".repeat(500 + n)})).collect();
    expect(engine.run(&insert("notes", &json!(rows), ""), &Who::anyone()).await, "200/200 ");
    let look = Look::live(&dir.path().join("data.db")).unwrap();
    let to = dir.path().join("copy.db");
    let (send, heard) = std::sync::mpsc::channel();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let copying = std::thread::spawn({
        let to = to.clone();
        move || {
            let mut steps = Vec::new();
            let bytes = look.copy(&to, &mut |copying| {
                steps.push(copying);
                if steps.len() == 1 {
                    send.send(()).unwrap();
                    wait.recv().unwrap();
                }
                ControlFlow::Continue(())
            });
            (bytes.unwrap(), steps)
        }
    });
    // Rows that are written while the copy is under way are not in it, and do not make it start over.
    heard.recv().unwrap();
    expect(engine.run(&insert("notes", &json!([{"text": "late"}]), ""), &Who::anyone()).await, "1/1 ");
    go_on.send(()).unwrap();
    let (bytes, steps) = copying.join().unwrap();
    assert_eq!(std::fs::metadata(&to).unwrap().len(), bytes);
    assert_eq!(steps.last().unwrap().done_bytes, bytes);
    assert!(steps.windows(2).all(|pair| pair[0].done_bytes <= pair[1].done_bytes), "{steps:?}");

    let copied = Look::at_rest(&to).unwrap();
    assert_eq!(rows_of(&copied, "notes"), 200);
    assert_eq!(copied.damages(Depth::Full).unwrap(), Vec::<String>::new());
    assert_eq!(copied.dangling().unwrap(), Vec::new());
    assert_eq!(copied.format().unwrap(), crate::open::FORMAT);
    assert_eq!(copied.last_migration().unwrap().unwrap().id, 1);
    assert!(copied.pending(&engine.schema()).unwrap().is_empty());
    let beside: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!beside.iter().any(|name| name.to_string_lossy().starts_with("copy.db-")), "{beside:?}");
    let live = Look::live(&dir.path().join("data.db")).unwrap();
    assert_eq!(rows_of(&live, "notes"), 201);
}

#[tokio::test]
async fn a_watcher_ends_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let _engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    let look = Look::live(&dir.path().join("data.db")).unwrap();
    let stopped = look.copy(&dir.path().join("copy.db"), &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(LookError::Stopped)));
    let refused = copy(&look, &dir.path().join("nowhere/copy.db")).unwrap_err();
    assert!(matches!(refused, LookError::Copy { .. }), "{refused}");
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("odd ?#%.db");
    let refusal = |look: Result<Look, LookError>| {
        let error = look.unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    assert!(refusal(Look::live(&path)).contains("there is no database at"));
    assert!(!path.exists(), "a look made a file");
    std::fs::write(&path, "notes").unwrap();
    assert!(refusal(Look::at_rest(&path)).contains("not a Backstay database"));
}

#[tokio::test]
async fn damages_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    let rows: Vec<_> = (0..200).map(|n| json!({"text": "word ".repeat(500 + n)})).collect();
    expect(engine.run(&insert("notes", &json!(rows), ""), &Who::anyone()).await, "200/200 ");
    // A name that an address of SQLite would take for something else.
    let to = dir.path().join("odd ?#%.db");
    copy(&Look::live(&dir.path().join("data.db")).unwrap(), &to).unwrap();
    assert_eq!(rows_of(&Look::at_rest(&to).unwrap(), "notes"), 200);
    let mut bytes = std::fs::read(&to).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xff);
    std::fs::write(&to, bytes).unwrap();
    let look = Look::at_rest(&to).unwrap();
    assert!(!look.damages(Depth::Full).unwrap().is_empty());
}
