// Express 5 over Sequelize 6, as its guide has it: models, an association, a pool of sixteen.
import express from 'express'
import { DataTypes, Sequelize } from 'sequelize'
import { database, port, verified } from './token.mjs'

const db = new Sequelize(database, { logging: false, pool: { max: 16 } })
const plain = { timestamps: false, underscored: true }
const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }
const Author = db.define('author', { id, name: DataTypes.TEXT }, { ...plain, tableName: 'authors' })
const Post = db.define('post', { id, title: DataTypes.TEXT, body: DataTypes.TEXT, author_id: DataTypes.INTEGER, rank: DataTypes.INTEGER }, { ...plain, tableName: 'posts' })
Post.belongsTo(Author, { foreignKey: 'author_id', as: 'author' })
const order = [['rank', 'DESC'], ['id', 'ASC']]

const app = express()
app.get('/health/ready', (_, res) => res.send('ok'))
app.use((req, res, next) => (verified(req.headers.authorization) ? next() : res.sendStatus(401)))
app.use(express.json())
app.get('/rest/v1/posts', async (req, res) => {
  const { id, select, limit = '20' } = req.query
  if (id) return res.json(await Post.findAll({ where: { id: Number(id.slice(3)) } }))
  const embed = select?.includes('author')
    ? { attributes: ['id', 'title'], include: [{ model: Author, as: 'author', attributes: ['id', 'name'] }] }
    : {}
  res.json(await Post.findAll({ order, limit: Number(limit), ...embed }))
})
app.post('/rest/v1/posts', async (req, res) => { await Post.create(req.body); res.sendStatus(201) })
app.listen(port, '127.0.0.1')
