// The examples that a newcomer runs do what their pages say.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cli, scratch, send, start, startDev } from '../server.mjs'

const examples = fileURLToPath(new URL('../../../../../examples/', import.meta.url))
const installed = fileURLToPath(new URL('../node_modules', import.meta.url))

/** A copy of an example in a folder of its own, so that the one in the repository stays clean. */
const copy = name => {
  const dir = scratch()
  cpSync(join(examples, name), dir, { recursive: true, filter: path => !/\.backstay|\.cache|movies\.ndjson$/.test(path) })
  return dir
}

describe('learning portal', () => {
  const id = n => `0198b2f0-0001-7000-8000-0000000000${n}`
  let server, ana, ben, tomas, grace
  before(async () => {
    server = await startDev(copy('learning-portal'))
    const token = (role, n) => cli('token', '--data', server.data, '--role', role, '--sub', id(n)).trim()
    ana = token('learner', '04'); ben = token('learner', '05'); tomas = token('teacher', '02'); grace = token('admin', '01')
  })
  after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

  test('a visitor sees published courses and not the notes of the staff', async () => {
    const courses = await send(server, null, 'GET', '/courses?select=title,level,credits&order=title')
    assert.equal(courses.status, 200)
    assert.ok(courses.json.length >= 3)
    const notes = await send(server, null, 'GET', '/courses?select=title,staffNotes')
    assert.deepEqual([notes.status, notes.json.code], [401, '42501'])
  })
  test('a learner sees herself, and cannot probe what is hidden', async () => {
    const self = await send(server, ana, 'GET', '/learners')
    assert.deepEqual(self.json.map(row => row.id), [id('04')])
    assert.ok(!('scores' in self.json[0]))
    assert.equal((await send(server, ana, 'GET', '/learners?scores=not.is.null')).status, 403)
  })
  test('a grade that is not released is null and cannot be filtered by', async () => {
    const released = await send(server, ana, 'GET', '/submissions?select=text,grade,passed,assignment(title)')
    assert.ok(released.json.some(row => row.grade !== null))
    const held = await send(server, ben, 'GET', '/submissions?select=text,grade,passed,feedback')
    assert.ok(held.json.length > 0)
    for (const row of held.json) assert.deepEqual([row.grade, row.passed, row.feedback], [null, null, null])
    assert.deepEqual((await send(server, ben, 'GET', '/submissions?grade=lt.50')).json, [])
  })
  test('a teacher sees who is in a course, by name only', async () => {
    const courses = await send(server, tomas, 'GET', `/courses?select=title,enrolments(progress,learner(name))&teacherId=eq.${id('02')}`)
    assert.equal(courses.status, 200, courses.text)
    assert.ok(courses.json.some(course => course.enrolments.some(e => e.learner?.name)))
    assert.equal((await send(server, tomas, 'GET', '/learners?select=psp')).status, 403)
  })
  test('an administrator sees everything', async () => {
    const all = await send(server, grace, 'GET', '/learners?select=name,role,scores,psp&order=name')
    assert.ok(all.json.length >= 10)
    assert.ok(all.json.some(row => row.scores !== null))
  })
  test('validation speaks in the words of the schema', async () => {
    const bad = await send(server, tomas, 'POST', '/courses', { body: { slug: 'no spaces', title: 'Topology', summary: 'Doughnuts.' } })
    assert.deepEqual([bad.status, bad.json.code], [400, '23514'])
    assert.match(JSON.stringify(bad.json), /small letters and digits/)
    const draft = await send(server, ana, 'POST', '/enrolments', { body: { courseId: '0198b2f0-0002-7000-8000-000000000006' } })
    assert.deepEqual([draft.status, draft.json.code], [403, '42501'])
    const poetry = await send(server, ana, 'POST', '/enrolments', { body: { courseId: '0198b2f0-0002-7000-8000-000000000003' }, headers: { Prefer: 'return=representation' } })
    assert.equal(poetry.status, 201, poetry.text)
    assert.equal(poetry.json[0].learnerId, id('04'))
  })
  test('search, computed fields and operations answer', async () => {
    const search = await send(server, null, 'GET', '/courses?select=label&or=(title.wfts.matrices,summary.wfts.matrices)')
    assert.equal(search.status, 200, search.text)
    assert.ok(search.json.length > 0 && search.json[0].label.includes('('))
    assert.equal((await send(server, null, 'GET', '/announcements?select=title&body=plfts.library')).status, 200)
    const statistics = await send(server, ana, 'GET', '/rpc/courseStatistics?minLearners=2')
    assert.ok(statistics.json.length > 0, statistics.text)
  })
})

describe('movies', () => {
  let server, data
  before(async () => {
    const dir = copy('movies')
    // The package is installed with the other test dependencies; the script then needs no network.
    mkdirSync(join(dir, '.cache'))
    symlinkSync(installed, join(dir, '.cache', 'node_modules'))
    data = scratch()
    const load = () => execFileSync('node', [join(dir, 'fetch.mjs'), '--import', process.env.BACKSTAY_BIN, '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] })
    load()
    assert.throws(load, 'a second import finds its keys taken, is refused, and changes nothing')
    server = await start(join(dir, 'schema.graphql'), { data })
  })
  after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

  test('every row of the data set is there, nulls and odd titles too', async () => {
    const count = await send(server, null, 'GET', '/movies?select=count(),title.count(),releaseDate.count()')
    assert.equal(count.json[0].count, 3201)
    assert.equal((await send(server, null, 'GET', '/movies?title=eq.300&select=title')).json[0].title, '300')
    assert.ok((await send(server, null, 'GET', '/movies?title=is.null&select=id')).json.length > 0)
  })
  test('the three questions of its page', async () => {
    const genres = await send(server, null, 'GET', '/movies?select=majorGenre,films:count(),meanProfit:profit.avg()&productionBudget=gt.0&worldwideGross=not.is.null&majorGenre=not.is.null')
    assert.ok(genres.json.length >= 8, genres.text)
    const disputed = await send(server, null, 'GET', '/movies?select=title,rottenTomatoesRating,imdbRating,imdbVotes&imdbVotes=gte.50000&or=(and(rottenTomatoesRating.lt.35,imdbRating.gte.7),and(rottenTomatoesRating.gt.90,imdbRating.lt.6.5))&order=imdbVotes.desc&limit=10')
    assert.ok(disputed.json.length > 0, disputed.text)
    const best = await send(server, null, 'GET', '/rpc/bestDirectors?minFilms=5')
    assert.equal(best.json.length, 20)
    assert.ok(best.json[0].meanRating >= best.json[19].meanRating)
  })
  test('a visitor may not write', async () => {
    const write = await send(server, null, 'POST', '/movies', { body: { id: 1 } })
    assert.deepEqual([write.status, write.json.code], [401, '42501'])
  })
})
