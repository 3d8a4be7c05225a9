// A real SMTP server on loopback that keeps what it is given, and reads codes and links out of it.
import { SMTPServer } from 'smtp-server'
import { simpleParser } from 'mailparser'

/** `{ url, mails, waitFor(to, predicate), code(mail), link(mail), stop() }`. `url` is what `mail.url` takes. */
export async function mailbox() {
  const mails = []
  const waiting = new Set()
  const server = new SMTPServer({
    authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false,
    onData(stream, session, done) {
      simpleParser(stream).then(mail => {
        mails.push({
          to: session.envelope.rcptTo.map(one => one.address), from: session.envelope.mailFrom.address,
          subject: mail.subject, text: mail.text, html: mail.html || '', headers: mail.headers, at: Date.now(), read: false,
        })
        for (const wake of waiting) wake()
        done()
      }, done)
    },
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address()

  /** The next unread mail to an address that fits; fails when none comes within the time. */
  async function waitFor(to, fits = () => true, milliseconds = 10_000) {
    const find = () => mails.find(mail => !mail.read && mail.to.includes(to) && fits(mail))
    let mail = find()
    if (!mail) {
      mail = await new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(wake)
          reject(new Error(`no mail to ${to} came; there are ${JSON.stringify(mails.map(one => [one.to, one.subject, one.read]))}`))
        }, milliseconds)
        const wake = () => {
          const found = find()
          if (!found) return
          clearTimeout(timer)
          waiting.delete(wake)
          resolve(found)
        }
        waiting.add(wake)
      })
    }
    mail.read = true
    return mail
  }

  return {
    url: `smtp://127.0.0.1:${port}`, mails, waitFor,
    code: mail => mail.text.match(/(?<!\d)\d{6}(?!\d)/)?.[0],
    link: mail => mail.text.match(/https?:\/\/\S+\/verify\?\S+/)?.[0].replace(/[>)\]]+$/, ''),
    stop: () => new Promise(resolve => { server.close(resolve) }),
  }
}
