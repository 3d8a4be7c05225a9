// Reads a page of documentation. In: Markdown. Out: its fenced blocks, its links, and the exchanges of an `http` block. Runs nothing.
//
// An exchange is a request and its answer, as a reader sees them:
//
//     # as editor:ana
//     POST /notes
//     Prefer: return=representation
//     {"title": "One"}
//     → 201
//     [{"id": 1, "title": "One"}]
//
// A blank line ends it. `# as role:subject` says who calls, with claims as JSON behind it where they matter; without it nobody is signed in.

/** The fenced blocks of a page: `{ lang, words, lines, first }`; `first` is the number of the first line inside, counted from 0. */
export function blocks(text) {
  const found = []
  let open
  text.split('\n').forEach((line, number) => {
    if (open && line.trim() === '```') { found.push(open); open = undefined } else if (open) open.lines.push(line)
    else if (line.startsWith('```')) {
      const [lang = '', ...words] = line.slice(3).trim().split(/\s+/)
      open = { lang, words, lines: [], first: number + 1 }
    }
  })
  if (open) throw new Error(`the block that begins at line ${open.first} has no end`)
  return found
}

/** Addresses of the links of a page, outside of fenced blocks. */
export const links = text => [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to)

/** The anchors that the headings of a page make, as GitHub makes them. */
export const anchors = text => [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
  heading.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-'))

/** The exchanges of an `http` block, each with the lines it takes up. */
export function exchanges(block) {
  const found = []
  let chunk
  block.lines.forEach((line, i) => {
    if (line.trim() === '') chunk = undefined
    else {
      if (!chunk) found.push(chunk = { from: i, lines: [] })
      chunk.lines.push(line)
    }
  })
  return found.map(({ from, lines }) => ({ ...exchange(lines), at: block.first + from, lines })).filter(e => e.method)
}

const header = /^([A-Z][A-Za-z-]*): ?(.*)$/

function exchange(lines) {
  const told = lines.filter(line => line.startsWith('#'))
  const rest = lines.filter(line => !line.startsWith('#'))
  if (rest.length === 0) return {}
  const [method, ...path] = rest[0].split(' ')
  const arrow = rest.findIndex(line => line.startsWith('→'))
  if (arrow < 0) throw new Error(`${rest[0]}: no line tells the answer (→ 200)`)
  const request = split(rest.slice(1, arrow))
  const [, status, begin] = /^→ ?(\d*) ?(.*)$/.exec(rest[arrow])
  const answer = split(begin ? [begin, ...rest.slice(arrow + 1)] : rest.slice(arrow + 1))
  return { caller: caller(told), method, path: path.join(' '), ...request, answer: { status: Number(status), ...answer } }
}

/** Header lines come first; what follows them is the body. */
function split(lines) {
  const end = lines.findIndex(line => !header.test(line))
  const count = end < 0 ? lines.length : end
  const headers = lines.slice(0, count).map(line => header.exec(line).slice(1))
  return { headers, body: count < lines.length ? lines.slice(count).join('\n') : undefined }
}

function caller(told) {
  const line = told.find(text => text.startsWith('# as '))
  if (!line) return undefined
  const [, role, sub, claims] = /^# as ([\w-]+)(?::([\w-]+))?[^{]*(\{.*\})?/.exec(line)
  return { role, sub, claims: claims ? JSON.parse(claims) : {} }
}
