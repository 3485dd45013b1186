'use strict'
// A plugin of Haraka that takes every message but those to UNKNOWN, and notes the recipient in TAKEN.
const fs = require('node:fs')

const { UNKNOWN, TAKEN } = process.env
const addressOf = (recipient) => `${recipient.user}@${recipient.host}`

exports.hook_rcpt = (next, connection, [recipient]) =>
  addressOf(recipient) === UNKNOWN ? next(DENY, '5.1.1 No such user') : next(OK)

exports.hook_queue = (next, connection) => {
  fs.appendFileSync(TAKEN, `${addressOf(connection.transaction.rcpt_to[0])}\n`)
  next(OK)
}
