// What a browser does for a login: keeps cookies by origin, follows redirects, fills forms in. It stops at the application.

/** `{ visit(url), jar }`; `visit` gives the address at which it stopped, with the answer when there is one. */
export function browser({ stop = url => url.hostname === 'app.example.org', login, consent = true } = {}) {
  const jar = new Map()
  const cookies = origin => jar.get(origin) ?? jar.set(origin, new Map()).get(origin)

  async function ask(url, options = {}) {
    const own = cookies(url.origin)
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { ...options, redirect: 'manual', headers: { accept: 'text/html', ...options.headers, ...(cookie ? { cookie } : {}) } })
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...marks] = line.split('; ')
      const at = pair.indexOf('=')
      const gone = marks.some(mark => /^max-age=0$/i.test(mark) || (/^expires=/i.test(mark) && new Date(mark.slice(8)) < new Date()))
      if (gone) own.delete(pair.slice(0, at)); else own.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return answer
  }

  async function visit(start, options) {
    let url = new URL(start)
    for (let hop = 0; hop < 20; hop += 1) {
      if (stop(url)) return { url }
      const answer = await ask(url, options)
      options = undefined
      const next = answer.headers.get('location')
      if (next) { url = new URL(next, url); continue }
      const page = await answer.text()
      const form = /<form[^>]*action="([^"]+)"/.exec(page)
      if (!form || !login || answer.status !== 200) return { url, answer, page }
      const prompt = /name="prompt" value="(\w+)"/.exec(page)[1]
      if (prompt === 'consent' && !consent) { url = new URL(/href="([^"]+\/abort)"/.exec(page)[1], url); continue }
      const body = new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'x' } : { prompt })
      url = new URL(form[1], url)
      options = { method: 'POST', body }
    }
    throw new Error(`too many redirects, the last one to ${url}`)
  }
  return { visit, jar }
}
