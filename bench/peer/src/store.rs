//! SQLite by hand: one writer thread that commits what is queued in one transaction, and pooled readers used where they are called.

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags, params};
use std::sync::{Mutex, mpsc};
use tokio::sync::oneshot;

/// Writes committed together at the most.
const BATCH_MAX: usize = 256;
const READERS: usize = 4;

/// A row to insert.
#[derive(serde::Deserialize)]
pub(crate) struct Post {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) author_id: i64,
    pub(crate) rank: i64,
}

/// A row as it is answered.
#[derive(serde::Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) id: i64,
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    pub(crate) author_id: i64,
    pub(crate) rank: i64,
}

type Job = (Post, oneshot::Sender<Result<()>>);

/// The database.
pub(crate) struct Store {
    writer: mpsc::SyncSender<Job>,
    readers: Vec<Mutex<Connection>>,
}

impl Store {
    /// Opens an existing database and starts the writer.
    pub(crate) fn open(path: &str) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")?;
        let (writer, jobs) = mpsc::sync_channel::<Job>(1024);
        std::thread::spawn(move || {
            while let Ok(first) = jobs.recv() {
                let mut batch = vec![first];
                batch.extend(jobs.try_iter().take(BATCH_MAX - 1));
                commit(&mut connection, batch);
            }
        });
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let readers = (0..READERS)
            .map(|_| Connection::open_with_flags(path, flags).map(Mutex::new))
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { writer, readers })
    }

    /// Inserts a row; returns after the commit.
    pub(crate) async fn insert(&self, post: Post) -> Result<()> {
        let (answer, done) = oneshot::channel();
        self.writer.try_send((post, answer)).ok().context("the queue is full")?;
        done.await?
    }

    /// One post as a JSON array.
    pub(crate) fn by_id(&self, id: i64) -> Result<String> {
        self.rows("SELECT id, title, body, author_id, rank FROM posts WHERE id = ?1", id, |row, out| {
            write_post(row, out)
        })
    }

    /// The first posts by rank.
    pub(crate) fn list(&self, limit: i64) -> Result<String> {
        let sql = "SELECT id, title, body, author_id, rank FROM posts ORDER BY rank DESC, id LIMIT ?1";
        self.rows(sql, limit, write_post)
    }

    /// The first posts by rank, each with its author.
    pub(crate) fn list_with_author(&self, limit: i64) -> Result<String> {
        let sql = "SELECT json_object('id', p.id, 'title', p.title, 'author', (SELECT json_object('id', a.id, 'name', a.name) \
                   FROM authors a WHERE a.id = p.author_id)) FROM posts p ORDER BY p.rank DESC, p.id LIMIT ?1";
        self.rows(sql, limit, |row, out| {
            out.push_str(row.get_ref(0)?.as_str()?);
            Ok(())
        })
    }

    fn rows(
        &self,
        sql: &str,
        value: i64,
        write: impl Fn(&rusqlite::Row<'_>, &mut String) -> Result<()>,
    ) -> Result<String> {
        let free = self.readers.iter().find_map(|reader| reader.try_lock().ok());
        let reader = match free {
            Some(reader) => reader,
            None => self.readers[0].lock().ok().context("a reader panicked")?,
        };
        let mut statement = reader.prepare_cached(sql)?;
        let mut rows = statement.query(params![value])?;
        let mut out = String::with_capacity(512);
        out.push('[');
        while let Some(row) = rows.next()? {
            if out.len() > 1 {
                out.push(',');
            }
            write(row, &mut out)?;
        }
        out.push(']');
        Ok(out)
    }
}

fn write_post(row: &rusqlite::Row<'_>, out: &mut String) -> Result<()> {
    let line = Line {
        id: row.get(0)?,
        title: row.get_ref(1)?.as_str()?,
        body: row.get_ref(2)?.as_str()?,
        author_id: row.get(3)?,
        rank: row.get(4)?,
    };
    out.push_str(&serde_json::to_string(&line)?);
    Ok(())
}

fn commit(connection: &mut Connection, batch: Vec<Job>) {
    let outcome = write_all(connection, &batch);
    for (_, answer) in batch {
        let result = outcome.as_ref().copied().map_err(|error| anyhow::anyhow!("{error}"));
        // A caller that went away needs no answer.
        let _ = answer.send(result);
    }
}

fn write_all(connection: &mut Connection, batch: &[Job]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    {
        let sql = "INSERT INTO posts (title, body, author_id, rank) VALUES (?1, ?2, ?3, ?4)";
        let mut insert = transaction.prepare_cached(sql)?;
        for (post, _) in batch {
            insert.execute(params![post.title, post.body, post.author_id, post.rank])?;
        }
    }
    transaction.commit()
}
