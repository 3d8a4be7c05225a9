// Apollo Server 5 over better-sqlite3, behind Node's own HTTP server.
import { createServer } from 'node:http'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { loaders, port, resolvers, typeDefs, verified } from './store.mjs'

const apollo = new ApolloServer({ typeDefs, resolvers, introspection: false })
await apollo.start()
createServer(async (request, answer) => {
  if (request.url === '/health/ready') return answer.end('ok')
  if (!verified(request.headers.authorization)) { answer.statusCode = 401; return answer.end() }
  let text = ''
  for await (const chunk of request) text += chunk
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, String(value))
  const result = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method.toUpperCase(), headers, search: '', body: JSON.parse(text) },
    context: async () => ({ loaders: loaders() }),
  })
  for (const [name, value] of result.headers) answer.setHeader(name, value)
  answer.statusCode = result.status ?? 200
  return answer.end(result.body.string)
}).listen(port, '127.0.0.1')
