//! PostgreSQL by hand: a few connections, statements prepared once, several requests on their way on each at once.

use crate::store::{Line, Post};
use anyhow::{Context, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_postgres::{Client, NoTls, Row, Statement};

/// Connections, as many as the product has.
const CONNECTIONS: usize = 8;

struct Link {
    client: Client,
    by_id: Statement,
    list: Statement,
    embed: Statement,
    insert: Statement,
}

/// The database.
pub(crate) struct Store {
    links: Vec<Link>,
    next: AtomicUsize,
}

impl Store {
    /// Connects, and prepares the four statements on every connection.
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let mut links = Vec::new();
        for _ in 0..CONNECTIONS {
            let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
            tokio::spawn(connection);
            let columns = "SELECT id, title, body, author_id, rank FROM posts";
            let embed = "SELECT json_build_object('id', p.id, 'title', p.title, 'author', (SELECT json_build_object('id', a.id, 'name', a.name) \
                         FROM authors a WHERE a.id = p.author_id))::text FROM posts p ORDER BY p.rank DESC, p.id LIMIT $1";
            let insert = "INSERT INTO posts (title, body, author_id, rank) VALUES ($1, $2, $3, $4)";
            links.push(Link {
                by_id: client.prepare(&[columns, " WHERE id = $1"].concat()).await?,
                list: client.prepare(&[columns, " ORDER BY rank DESC, id LIMIT $1"].concat()).await?,
                embed: client.prepare(embed).await?,
                insert: client.prepare(insert).await?,
                client,
            });
        }
        Ok(Self { links, next: AtomicUsize::new(0) })
    }

    fn link(&self) -> Result<&Link> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.links.get(turn % self.links.len().max(1)).context("no connections")
    }

    /// Inserts a row; returns after the commit.
    pub(crate) async fn insert(&self, post: Post) -> Result<()> {
        let link = self.link()?;
        let (author, rank) = (i32::try_from(post.author_id)?, i32::try_from(post.rank)?);
        link.client.execute(&link.insert, &[&post.title, &post.body, &author, &rank]).await?;
        Ok(())
    }

    /// One post as a JSON array.
    pub(crate) async fn by_id(&self, id: i64) -> Result<String> {
        let link = self.link()?;
        array(&link.client.query(&link.by_id, &[&i32::try_from(id)?]).await?, write_post)
    }

    /// The first posts by rank.
    pub(crate) async fn list(&self, limit: i64) -> Result<String> {
        let link = self.link()?;
        array(&link.client.query(&link.list, &[&limit]).await?, write_post)
    }

    /// The first posts by rank, each with its author.
    pub(crate) async fn list_with_author(&self, limit: i64) -> Result<String> {
        let link = self.link()?;
        array(&link.client.query(&link.embed, &[&limit]).await?, |row, out| {
            out.push_str(row.try_get(0)?);
            Ok(())
        })
    }
}

fn array(rows: &[Row], write: impl Fn(&Row, &mut String) -> Result<()>) -> Result<String> {
    let mut out = String::with_capacity(512);
    out.push('[');
    for row in rows {
        if out.len() > 1 {
            out.push(',');
        }
        write(row, &mut out)?;
    }
    out.push(']');
    Ok(out)
}

fn write_post(row: &Row, out: &mut String) -> Result<()> {
    let (id, author_id, rank): (i32, i32, i32) = (row.try_get(0)?, row.try_get(3)?, row.try_get(4)?);
    let line = Line {
        id: id.into(),
        title: row.try_get(1)?,
        body: row.try_get(2)?,
        author_id: author_id.into(),
        rank: rank.into(),
    };
    out.push_str(&serde_json::to_string(&line)?);
    Ok(())
}
