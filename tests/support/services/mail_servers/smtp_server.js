'use strict'
// smtp-server, which takes every message but those to UNKNOWN, and notes the recipient in TAKEN.
const fs = require('node:fs')
const { SMTPServer } = require('smtp-server')

const { UNKNOWN, TAKEN, PORT } = process.env

const refusal = () => Object.assign(new Error('5.1.1 No such user'), { responseCode: 550 })

new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  onRcptTo({ address }, session, done) {
    done(address === UNKNOWN ? refusal() : null)
  },
  onData(stream, session, done) {
    stream.on('end', () => {
      fs.appendFileSync(TAKEN, `${session.envelope.rcptTo[0].address}\n`)
      done(null, 'queued')
    })
    stream.resume()
  },
}).listen(Number(PORT), '127.0.0.1')
