/**
 * The secrets that were sent on one control connection, so that they are not shown when the server repeats them:
 *
 *     C: PASS ****                         learned as it is sent
 *     S: 530 PASS s3cret is not right      shown as 530 PASS **** is not right
 *
 * A size, a path or the sense of a refusal may have the same letters, and a program reads them: the reply itself stays
 * as it came, unless nothing but its code is ever read. A short secret stands in nearly every reply, so it is masked in
 * those to the login only. Errors, transcripts and logs take `Reply.toShown`.
 */
import type * as Command from "../protocol/Command.ts"
import * as Reply from "../protocol/Reply.ts"
import type * as ReplyDecoder from "../protocol/ReplyDecoder.ts"
import { MASK, reveal } from "../protocol/Secrecy.ts"
import * as WireText from "../protocol/WireText.ts"

export interface Secrets {
  /** Of a command that is secret: see `Command.isSecret`. */
  readonly learn: (command: Command.Command) => void
  /** `asked` is what the server answers; `undefined` if nothing was asked. */
  readonly conceal: (
    said: Reply.Reply | ReplyDecoder.Malformed,
    asked: { readonly verb: string | undefined } | undefined
  ) => Reply.Reply | ReplyDecoder.Malformed
}

/** A shorter secret stands in nearly every reply. */
const LEAST_LENGTH = 4

const LOGIN: ReadonlySet<string> = new Set(["USER", "PASS", "ACCT"])

export const make = (): Secrets => {
  /** The longest first, as one may be a part of another. */
  let known: ReadonlyArray<string> = []
  /** Those that are masked in any reply. */
  let long: ReadonlyArray<string> = []

  const inReply = (reply: Reply.Reply, secrets: ReadonlyArray<string>, isLogin: boolean): Reply.Reply => {
    if (!holdsAny(reply.lines, secrets)) {
      return reply
    }
    const [first, ...rest] = reply.lines
    const lines = [masked(first, secrets), ...rest.map((line) => masked(line, secrets))] as const
    return isLogin && !Reply.isNegative(reply) ? { code: reply.code, lines } : { ...reply, shown: lines }
  }

  return {
    learn: (command) => {
      const { argument } = command
      const text = argument === undefined ? undefined : reveal(argument)
      if (text !== undefined) {
        known = [...new Set([...known, text, ...secretWords(command.verb, text)])]
          .filter(({ length }) => length > 0)
          .sort((a, b) => b.length - a.length)
        long = known.filter(({ length }) => length >= LEAST_LENGTH)
      }
    },
    conceal: (said, asked) => {
      const isLogin = asked === undefined || (asked.verb !== undefined && LOGIN.has(asked.verb))
      const secrets = isLogin ? known : long
      if (secrets.length === 0) {
        return said
      }
      return "_tag" in said
        ? { ...said, received: maskedExcerpt(said.received, secrets) }
        : inReply(said, secrets, isLogin)
    }
  }
}

/** A password may hold spaces and is repeated whole; the words of `SITE PSWD old new` are repeated one by one. */
const secretWords = (verb: string, text: string): ReadonlyArray<string> =>
  LOGIN.has(verb)
    ? []
    : text
        .trim()
        .split(/[\s=]+/)
        .slice(1)

const holdsAny = (lines: ReadonlyArray<string>, secrets: ReadonlyArray<string>): boolean => {
  for (const line of lines) {
    for (const secret of secrets) {
      if (line.includes(secret)) {
        return true
      }
    }
  }
  return false
}

const masked = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((text, secret) => text.replaceAll(secret, () => MASK), text)

/** What is no reply comes as it is displayed, and is cut off, perhaps in the middle of a secret. */
const maskedExcerpt = (excerpt: string, secrets: ReadonlyArray<string>): string => {
  const displayed = secrets.map(WireText.toDisplay)
  const text = masked(excerpt, displayed)
  for (const secret of displayed) {
    for (let length = secret.length - 1; length >= LEAST_LENGTH; length--) {
      if (text.endsWith(`${secret.slice(0, length)}${CUT}`)) {
        return `${text.slice(0, -length - CUT.length)}${MASK}${CUT}`
      }
    }
  }
  return text
}

/** After an excerpt that is not the whole line. */
const CUT = "..."
