// Every method of the official client, unchanged, against a real server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PostgrestClient } from '@supabase/postgrest-js'
import { start, store } from '../server.mjs'

let server, db, service
const client = token => new PostgrestClient(server.rest, { headers: { apikey: server.anon, Authorization: `Bearer ${token}` }, schema: 'public' })
const ok = async (request, status) => {
  const answer = await request
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  if (status !== undefined) assert.equal(answer.status, status)
  return answer
}
const ids = rows => rows.map(row => row.id)

before(async () => {
  server = await start(new URL('../fixtures/library.graphql', import.meta.url).pathname)
  db = client(server.anon)
  service = client(server.service)
  await ok(service.from('authors').insert([{ id: 1, name: 'Ursula', born: '1929-10-21' }, { id: 2, name: 'Jorge' }, { id: 3, name: 'Nobody' }]), 201)
  await ok(service.from('books').insert([
    { id: 1, title: 'The Left Hand of Darkness', isbn: 'i1', pages: 304, price: 12.5, tags: ['sf', 'classic'], meta: { shelf: 3, loc: { row: 'a' } }, author_id: 1 },
    { id: 2, title: 'The Dispossessed', isbn: 'i2', pages: 387, price: 10, tags: ['sf'], meta: { shelf: 4 }, author_id: 1 },
    { id: 3, title: 'Ficciones', isbn: 'i3', pages: 174, price: 9.99, genre: 'essay', tags: ['classic', 'short'], meta: { shelf: 10 }, author_id: 2 },
    { id: 4, title: 'Untitled (a "draft"), v1', isbn: null, pages: null, price: null, genre: 'poetry', inPrint: false },
  ].map(b => ({ genre: 'novel', tags: null, meta: null, author_id: null, inPrint: true, ...b }))), 201)
  await ok(service.from('readers').insert([{ id: 1, nick: 'r1' }, { id: 2, nick: 'r2' }]))
  await ok(service.from('loans').insert([{ reader_id: 1, book_id: 1 }, { reader_id: 1, book_id: 3 }, { reader_id: 2, book_id: 1 }]))
})
after(async () => { assert.equal(await server.stop(), 0, 'the server stops cleanly') })

test('select: columns, alias, cast, json path', async () => {
  const { data } = await ok(db.from('books').select('id, name:title, pages::text, meta->shelf, row:meta->loc->>row').eq('id', 1))
  assert.deepEqual(data, [{ id: 1, name: 'The Left Hand of Darkness', pages: '304', shelf: 3, row: 'a' }])
})
test('select: default is every column, in declaration order', async () => {
  const { data } = await ok(db.from('authors').select().order('id').limit(1))
  assert.deepEqual(data, [{ id: 1, name: 'Ursula', born: '1929-10-21' }])
})
test('select: head and count', async () => {
  const { count, data, status } = await ok(db.from('books').select('*', { count: 'exact', head: true }))
  assert.deepEqual([count, data, status], [4, null, 200])
  for (const kind of ['planned', 'estimated']) assert.equal((await ok(db.from('books').select('id', { count: kind }).limit(1))).count, 4)
  assert.equal((await db.from('books').select('id', { count: 'exact' }).limit(1)).status, 206)
})

const filters = [
  ['eq', q => q.eq('id', 2), [2]], ['neq', q => q.neq('id', 2), [1, 3, 4]], ['gt', q => q.gt('pages', 304), [2]], ['gte', q => q.gte('pages', 304), [1, 2]],
  ['lt', q => q.lt('pages', 304), [3]], ['lte', q => q.lte('pages', 304), [1, 3]], ['like', q => q.like('title', 'The%'), [1, 2]], ['ilike', q => q.ilike('title', '%DIS%'), [2]],
  ['likeAllOf', q => q.likeAllOf('title', ['The%', '%Hand%']), [1]], ['likeAnyOf', q => q.likeAnyOf('title', ['Fic%', '%Hand%']), [1, 3]],
  ['ilikeAllOf', q => q.ilikeAllOf('title', ['the%', '%hand%']), [1]], ['ilikeAnyOf', q => q.ilikeAnyOf('title', ['fic%', '%HAND%']), [1, 3]],
  ['regexMatch', q => q.regexMatch('title', '^The D'), [2]], ['regexIMatch', q => q.regexIMatch('title', '^the d'), [2]],
  ['is null', q => q.is('pages', null), [4]], ['is true', q => q.is('inPrint', true), [1, 2, 3]], ['isDistinct', q => q.isDistinct('genre', 'novel'), [3, 4]],
  ['in', q => q.in('id', [1, 3, 99]), [1, 3]], ['in with commas and parentheses', q => q.in('title', ['Ficciones', 'a,b(c)']), [3]],
  ['in with a quote is only not a crash', q => q.in('isbn', ['a"b,c', 'i1']), null], ['notIn', q => q.notIn('id', [1, 3]), [2, 4]], ['in empty', q => q.in('id', []), []],
  ['contains array', q => q.contains('tags', ['sf']), [1, 2]], ['containedBy', q => q.containedBy('tags', ['sf', 'classic', 'x']), [1, 2]],
  ['overlaps', q => q.overlaps('tags', ['short', 'sf']), [1, 2, 3]], ['contains object', q => q.contains('meta', { loc: { row: 'a' } }), [1]],
  ['textSearch', q => q.textSearch('title', 'darkness'), [1]], ['textSearch plain', q => q.textSearch('title', 'left hand', { type: 'plain' }), [1]],
  ['textSearch phrase', q => q.textSearch('title', 'left hand', { type: 'phrase', config: 'english' }), [1]],
  ['textSearch web', q => q.textSearch('title', 'darkness or dispossessed', { type: 'websearch' }), [1, 2]],
  ['match', q => q.match({ genre: 'novel', pages: 387 }), [2]], ['not', q => q.not('pages', 'is', null), [1, 2, 3]], ['not in', q => q.not('id', 'in', '(1,2)'), [3, 4]],
  ['filter', q => q.filter('pages', 'gt', 200), [1, 2]], ['or', q => q.or('id.eq.1,and(genre.eq.essay,pages.lt.200)'), [1, 3]],
  ['json arrow', q => q.gt('meta->shelf', 3), [2, 3]], ['json text arrow', q => q.eq('meta->loc->>row', 'a'), [1]], ['decimal compares as a number', q => q.lt('price', 10), [3]],
]
for (const [name, filter, expected] of filters) test(`filter: ${name}`, async () => {
  const { data } = await ok(filter(db.from('books').select('id')).order('id'))
  if (expected !== null) assert.deepEqual(ids(data), expected)
})

test('order, limit, range, several order calls', async () => {
  assert.deepEqual(ids((await ok(db.from('books').select('id').order('pages', { ascending: false, nullsFirst: false }))).data), [2, 1, 3, 4])
  assert.deepEqual(ids((await ok(db.from('books').select('id').order('genre').order('pages', { ascending: false }))).data), [3, 2, 1, 4])
  assert.deepEqual(ids((await ok(db.from('books').select('id').order('id').range(1, 2))).data), [2, 3])
  assert.deepEqual(ids((await ok(db.from('books').select('id').order('id').limit(2))).data), [1, 2])
})
test('embeds: to-one, to-many, many-to-many, inner, filters, order and limit inside', async () => {
  assert.deepEqual((await ok(db.from('books').select('id, author:authors(name)').eq('id', 3))).data, [{ id: 3, author: { name: 'Jorge' } }])
  assert.deepEqual((await ok(db.from('authors').select('name, books(id)').order('id').order('id', { referencedTable: 'books', ascending: false }))).data,
    [{ name: 'Ursula', books: [{ id: 2 }, { id: 1 }] }, { name: 'Jorge', books: [{ id: 3 }] }, { name: 'Nobody', books: [] }])
  assert.deepEqual((await ok(db.from('readers').select('nick, books(id)').order('id'))).data, [{ nick: 'r1', books: [{ id: 1 }, { id: 3 }] }, { nick: 'r2', books: [{ id: 1 }] }])
  assert.deepEqual(ids((await ok(db.from('authors').select('id, books!inner(id)').gt('books.pages', 200))).data), [1])
  assert.deepEqual((await ok(db.from('authors').select('id, books(id)').eq('id', 1).limit(1, { referencedTable: 'books' }))).data, [{ id: 1, books: [{ id: 1 }] }])
  assert.deepEqual((await ok(db.from('authors').select('id, books(id)').eq('id', 1).or('id.eq.2,id.eq.99', { referencedTable: 'books' }))).data, [{ id: 1, books: [{ id: 2 }] }])
  assert.deepEqual((await ok(db.from('authors').select('id, books(count)').eq('id', 1))).data, [{ id: 1, books: [{ count: 2 }] }])
  assert.deepEqual((await ok(db.from('books').select('id, ...authors(writer:name)').eq('id', 1))).data, [{ id: 1, writer: 'Ursula' }])
})
test('aggregates', async () => {
  const { data } = await ok(db.from('books').select('genre, pages.sum(), count()').order('genre'))
  assert.deepEqual(data, [{ genre: 'essay', sum: 174, count: 1 }, { genre: 'novel', sum: 691, count: 2 }, { genre: 'poetry', sum: null, count: 1 }])
})
test('single and maybeSingle', async () => {
  assert.deepEqual((await ok(db.from('authors').select('name').eq('id', 1).single())).data, { name: 'Ursula' })
  const none = await db.from('authors').select().eq('id', 99).single()
  assert.deepEqual([none.status, none.error.code], [406, 'PGRST116'])
  assert.equal((await ok(db.from('authors').select().eq('id', 99).maybeSingle())).data, null)
  assert.equal((await db.from('authors').select().maybeSingle()).error.code, 'PGRST116')
})
test('csv and stripNulls', async () => {
  assert.equal((await ok(db.from('authors').select('id,name,born').order('id').csv())).data, 'id,name,born\n1,Ursula,1929-10-21\n2,Jorge,\n3,Nobody,')
  assert.deepEqual((await ok(db.from('authors').select('id,born').order('id').limit(2).stripNulls())).data, [{ id: 1, born: '1929-10-21' }, { id: 2 }])
})
test('insert: one, many with defaults, returning, rollback', async () => {
  assert.equal((await ok(db.from('authors').insert({ name: 'Temp' }).rollback())).status, 201)
  assert.equal((await ok(db.from('authors').select('id', { count: 'exact' }))).count, 3, 'rolled back')
  const many = await ok(db.from('books').insert([{ title: 'a' }, { title: 'b', genre: 'essay' }], { defaultToNull: false, count: 'exact' }).select('title,genre,inPrint').rollback())
  assert.deepEqual(many.data, [{ title: 'a', genre: 'novel', inPrint: true }, { title: 'b', genre: 'essay', inPrint: true }])
  assert.equal(many.count, 2)
  const nulls = await db.from('books').insert([{ title: 'a' }, { title: 'b', genre: 'essay' }]).rollback()
  assert.deepEqual([nulls.status, nulls.error.code], [400, '23502'])
  assert.equal((await ok(db.from('books').insert({ title: 'now', added: new Date(0).toISOString() }).select('added').rollback().single())).data.added, '1970-01-01T00:00:00+00:00')
})
test('upsert: merge, ignore, on another key', async () => {
  const merged = await ok(db.from('books').upsert({ id: 1, title: 'LHoD' }).select('id,title,pages').rollback())
  assert.deepEqual([merged.status, merged.data], [200, [{ id: 1, title: 'LHoD', pages: 304 }]])
  const ignored = await ok(db.from('books').upsert({ id: 1, title: 'LHoD' }, { ignoreDuplicates: true }).select().rollback())
  assert.deepEqual(ignored.data, [])
  const other = await ok(db.from('books').upsert({ isbn: 'i2', title: 'D' }, { onConflict: 'isbn' }).select('id,title').rollback())
  assert.deepEqual(other.data, [{ id: 2, title: 'D' }])
  assert.equal((await db.from('books').upsert({ title: 'x' }, { onConflict: 'title' })).error.code, '42P10')
})
test('update: filter, returning, guard, maxAffected', async () => {
  assert.deepEqual((await ok(db.from('books').update({ pages: 305 }).eq('id', 1).select('pages').rollback())).data, [{ pages: 305 }])
  assert.deepEqual((await ok(db.from('books').update({ pages: 305 }).eq('id', 99).select())).data, [])
  const guard = await db.from('books').update({ pages: 1 })
  assert.deepEqual([guard.status, guard.error.code], [400, '21000'])
  const most = await db.from('books').update({ pages: 1 }).gt('id', 0).maxAffected(2)
  assert.deepEqual([most.status, most.error.code], [400, 'PGRST124'])
  assert.equal((await ok(db.from('books').update({ pages: 9 }, { count: 'exact' }).lt('id', 3).rollback())).count, 2)
})
test('delete: returning with an embed', async () => {
  assert.deepEqual((await ok(db.from('readers').delete().eq('id', 1).select('id, loans(book_id)').rollback())).data, [{ id: 1, loans: [{ book_id: 1 }, { book_id: 3 }] }])
  assert.equal((await ok(db.from('readers').delete({ count: 'exact' }).gt('id', 0).rollback())).count, 2)
})
test('errors: constraint, cast, unknown names, permission of the key', async () => {
  const cases = [
    [db.from('books').insert({ title: 'x', isbn: 'i1' }), 409, '23505'], [db.from('books').insert({ title: 'x', author_id: 99 }), 409, '23503'],
    [db.from('books').insert({ title: null }), 400, '23502'], [db.from('books').insert({ title: 'x', pages: 0 }), 400, '23514'],
    [db.from('books').insert({ title: 'x', nope: 1 }), 400, 'PGRST204'], [db.from('books').select('nope'), 400, '42703'], [db.from('nope').select(), 404, 'PGRST205'],
    [db.from('books').select().eq('id', 'abc'), 400, '22P02'], [db.from('books').select('id,readers(id),nope(id)'), 400, 'PGRST200'],
    [db.from('authors').delete().eq('id', 1), 409, '23503'], [db.schema('private').from('books').select(), 406, 'PGRST106'],
    [db.from('books').select('title.nope()'), 400, 'PGRST100'], [db.from('books').select().filter('id', 'nope', 1), 400, 'PGRST100'],
  ]
  for (const [request, status, code] of cases) {
    const answer = await request
    assert.deepEqual([answer.status, answer.error?.code], [status, code], JSON.stringify(answer.error))
    assert.deepEqual(Object.keys(answer.error).filter(k => ['code', 'message', 'details', 'hint'].includes(k)).sort(), ['code', 'details', 'hint', 'message'])
  }
})
test('rpc: post, get, head, rows with filters, scalar, unknown', async () => {
  assert.deepEqual(ids((await ok(db.rpc('long_books', { min_pages: 300 }).select('id').order('id'))).data), [1, 2])
  assert.deepEqual(ids((await ok(db.rpc('long_books', { min_pages: 100 }, { get: true }).select('id').lt('pages', 200))).data), [3])
  assert.deepEqual((await ok(db.rpc('long_books', {}).select('id, authors(name)').eq('id', 1).single())).data, { id: 1, authors: { name: 'Ursula' } })
  assert.equal((await ok(db.rpc('long_books', { min_pages: 300 }, { head: true, count: 'exact' }))).count, 2)
  assert.equal((await ok(db.rpc('add', { a: 2, b: 40 }))).data, 42)
  const unknown = await db.rpc('nope', { a: 1 })
  assert.deepEqual([unknown.status, unknown.error.code], [404, 'PGRST202'])
})
test('bigint and unicode survive', async () => {
  const { data } = await ok(db.from('authors').insert({ id: 2147483647, name: '圍棋 “quoted” \\ \u{1F600}' }).select().rollback().single())
  assert.deepEqual(data, { id: 2147483647, name: '圍棋 “quoted” \\ \u{1F600}', born: null })
  assert.equal((await db.from('authors').insert({ id: 2147483648, name: 'x' })).error.code, '22003')
})
