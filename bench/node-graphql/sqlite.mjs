// The statements on SQLite, prepared once.
import Database from 'better-sqlite3'

/** Statements on the file at a path. */
export function connect(path) {
  const db = new Database(path, { readonly: true })
  const posts = db.prepare('SELECT id, title, body, author_id, rank FROM posts ORDER BY rank DESC, id LIMIT ?')
  // A list of keys as JSON keeps the statement prepared, whatever its length.
  const authors = db.prepare('SELECT id, name FROM authors WHERE id IN (SELECT value FROM json_each(?))')
  const comments = db.prepare(`SELECT id, text, post_id FROM (
    SELECT id, text, post_id, row_number() OVER (PARTITION BY post_id ORDER BY id DESC) AS n FROM comments WHERE post_id IN (SELECT value FROM json_each(?))
  ) WHERE n <= 3 ORDER BY post_id, id DESC`)
  return {
    posts: limit => posts.all(limit),
    authors: ids => authors.all(JSON.stringify(ids)),
    comments: ids => comments.all(JSON.stringify(ids)),
  }
}
