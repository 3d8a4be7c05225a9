// What Yoga and Apollo Server share: the types, one DataLoader a request for each relation, and the token check with its key made once.
// The statements are in sqlite.mjs or postgres.mjs, as the database's address says.
import DataLoader from 'dataloader'
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'

const [listen, database, secret] = process.argv.slice(2)
export const port = Number(listen.split(':')[1])
const key = createSecretKey(Buffer.from(secret))

/** Whether the header carries a valid token. */
export function verified(header) {
  try { return Boolean(jwt.verify((header ?? '').slice(7), key, { algorithms: ['HS256'] })) } catch { return false }
}

const { connect } = await import(database.startsWith('postgres://') ? './postgres.mjs' : './sqlite.mjs')
const { posts, authors, comments } = connect(database)

/** What one request shares. */
export const loaders = () => ({
  authors: new DataLoader(async ids => {
    const found = new Map((await authors(ids)).map(row => [row.id, row]))
    return ids.map(id => found.get(id) ?? null)
  }),
  comments: new DataLoader(async ids => {
    const found = new Map(ids.map(id => [id, []]))
    for (const row of await comments(ids)) found.get(row.post_id).push(row)
    return ids.map(id => found.get(id))
  }),
})

export const typeDefs = `
  enum order_by { asc desc }
  input posts_order_by { rank: order_by }
  input comments_order_by { id: order_by }
  type Query { posts(limit: Int!, order_by: [posts_order_by!]): [Post!]! }
  type Author { id: Int! name: String! }
  type Comment { id: Int! text: String! }
  type Post { id: Int! title: String! body: String! rank: Int! author: Author comments(limit: Int!, order_by: [comments_order_by!]): [Comment!]! }
`

export const resolvers = {
  Query: { posts: (_, { limit }) => posts(limit) },
  Post: {
    author: (post, _, context) => context.loaders.authors.load(post.author_id),
    comments: (post, _, context) => context.loaders.comments.load(post.id),
  },
}
