// Express 5 over better-sqlite3.
import express from 'express'
import { port, read, verified, write } from './store.mjs'

const app = express()
app.get('/health/ready', (_, res) => res.send('ok'))
app.use((req, res, next) => (verified(req.headers.authorization) ? next() : res.sendStatus(401)))
app.use(express.json())
app.get('/rest/v1/posts', (req, res) => res.json(read(req.query)))
app.post('/rest/v1/posts', (req, res) => { write(req.body); res.sendStatus(201) })
app.listen(port, '127.0.0.1')
