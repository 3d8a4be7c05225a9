// GraphQL Yoga 5 over better-sqlite3, with its own caches of parsed and validated documents.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { loaders, port, resolvers, typeDefs, verified } from './store.mjs'

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), context: () => ({ loaders: loaders() }), logging: false, graphiql: false, landingPage: false })
createServer((request, answer) => {
  if (request.url === '/health/ready') return answer.end('ok')
  if (!verified(request.headers.authorization)) { answer.statusCode = 401; return answer.end() }
  return yoga(request, answer)
}).listen(port, '127.0.0.1')
