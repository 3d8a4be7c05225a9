// The statements on PostgreSQL: named, so that each connection prepares them once.
import pg from 'pg'

/** Statements on the database at an address. */
export function connect(connectionString) {
  const pool = new pg.Pool({ connectionString, max: 10 })
  const run = (name, text) => async value => (await pool.query({ name, text, values: [value] })).rows
  return {
    posts: run('posts', 'SELECT id, title, body, author_id, rank FROM posts ORDER BY rank DESC, id LIMIT $1'),
    authors: run('authors', 'SELECT id, name FROM authors WHERE id = ANY($1)'),
    comments: run('comments', `SELECT c.id, c.text, c.post_id FROM unnest($1::int[]) AS p(id)
      CROSS JOIN LATERAL (SELECT id, text, post_id FROM comments WHERE post_id = p.id ORDER BY id DESC LIMIT 3) c`),
  }
}
