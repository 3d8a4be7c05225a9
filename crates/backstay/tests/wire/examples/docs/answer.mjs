// Compares an answer with what a page shows of it. In: two texts. Out: whether they agree, and how an answer is written into a page.
// `…` stands for anything: within a text for some characters, elsewhere for any members or elements. Blanks outside of texts do not count.
// What an error has nothing to say in (`"details":null`, `"hint":null`) may be left out.

/** Whether `found` is what the page shows. JSON is compared by its text, so that the order of members and every digit count. */
export function agrees(shown, found) {
  const pattern = parts(shown.trim()).map(part => part.isText ? literal(part.text, '[^"]*') : literal(part.text.replace(/\s+/g, ''), '[^]*')).join('')
  const told = parts(found.trim()).map(part => part.isText ? part.text : part.text.replace(/\s+/g, '')).join('')
  return new RegExp(`^${pattern}$`, 'u').test(withoutNulls(told, shown))
}

/** Whether text that is not JSON is what the page shows, line by line. */
export function linesAgree(shown, found) {
  const pattern = shown.trimEnd().split('\n').map(line => line.trim() === '…' ? '[^]*' : literal(line.trimEnd(), '.*')).join('\n')
  const told = found.trimEnd().split('\n').map(line => line.trimEnd()).join('\n')
  return new RegExp(`^${pattern}$`, 'u').test(told)
}

const literal = (text, anything) => text.split('…').map(piece => piece.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join(anything)

const parts = text => text.split(/("(?:[^"\\]|\\.)*")/).map((piece, i) => ({ text: piece, isText: i % 2 === 1 }))

function withoutNulls(found, shown) {
  if (!found.startsWith('{"code":')) return found
  return ['details', 'hint'].filter(name => !shown.includes(`"${name}"`)).reduce((text, name) => text.replace(`,"${name}":null`, ''), found)
}

/** The lines that show an answer in a page: rows one a line, an error without its nulls. */
export function shown(status, text) {
  if (text === '') return [`→ ${status}`]
  let rows
  try { rows = JSON.parse(text) } catch { return [`→ ${status}`, ...text.split('\n')] }
  if (Array.isArray(rows) && rows.length > 1 && rows.every(row => row && typeof row === 'object')) {
    return [`→ ${status}`, ...elements(text).map((row, i, all) => `${i ? ' ' : '['}${row}${i === all.length - 1 ? ']' : ','}`)]
  }
  return [`→ ${status}`, withoutNulls(text, '')]
}

/** The elements of the text of an array, each as it was written. */
function elements(text) {
  const found = []
  let depth = 0, begin = 1
  for (const [at, part] of offsets(text)) {
    if (part.startsWith('"')) continue
    if ('[{'.includes(part)) depth += 1
    if (']}'.includes(part)) depth -= 1
    if ((part === ',' && depth === 1) || depth === 0) { found.push(text.slice(begin, at).trim()); begin = at + 1 }
    if (depth === 0) break
  }
  return found
}

const offsets = text => [...text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)].map(match => [match.index, match[0]])
