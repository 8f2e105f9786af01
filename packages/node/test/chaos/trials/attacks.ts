/** What an attacker's server does instead of what it should. */
import type { Dice } from "../dice.ts"
import * as PlainServer from "./plainServer.ts"

/** How often an answer is an attack, in one server; some are honest until late. */
const LIKELY = [0.02, 0.1, 0.3] as const

const MANY_DIGITS = "9".repeat(60_000)

/** ESC, BEL, C1, a right-to-left override, NUL, DEL. */
const NASTY = "\u001b]0;x\u0007\u009b2J\u00e2\u0080\u00ae\u0000\u007f"

/** Code points as bytes: what is sent need not be UTF-8. */
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1")

/** An answer to any command. */
const answers: ReadonlyArray<(dice: Dice, verb: string) => PlainServer.Answer> = [
  // Numbers.
  () => ({ bytes: `213 ${MANY_DIGITS}x\r\n` }),
  (dice) => ({
    bytes: `213 ${dice.pick(["-5", "5.0", "1e308", "0x10", "99999999999999999999", "00000000000000000001"])}\r\n`
  }),
  (dice) => ({ bytes: `${dice.pick(["000", "999", "226", "1", "2260", "-226", "٢٢٦"])} What?\r\n` }),
  // Addresses.
  (dice) => ({
    bytes: `227 Entering (${dice.pick(["10,255,255,1,4,5", "127,0,0,1,0,0", "999,1,1,1,999,999", "1,2,3", MANY_DIGITS])})\r\n`
  }),
  (dice) => ({
    bytes: `229 Entering (${dice.pick(["|||0|", "|||99999|", "|1|10.255.255.1|21|", `|||${MANY_DIGITS}|`, "||||"])})\r\n`
  }),
  // The next step of something that has none.
  (dice) => ({ bytes: `${dice.pick([331, 332, 350, 314, 399])} And now?\r\n` }),
  // More than was asked for.
  (dice) => ({ bytes: "150 Soon.\r\n".repeat(dice.between(2, 5000)) }),
  (dice) => ({ bytes: "226 Done.\r\n".repeat(dice.between(2, 5000)) }),
  (dice) => ({ bytes: `226-${"x".repeat(dice.between(1, 2_000_000))}` }),
  (dice) => ({ bytes: `226-Many\r\n${" line\r\n".repeat(dice.between(1, 200_000))}` }),
  // Text that a terminal would obey.
  (dice) => ({ bytes: `${dice.pick([220, 226, 250, 257, 421, 450, 550])} ${NASTY}\r\n` }),
  () => ({ bytes: `257 "/${NASTY}"\r\n` }),
  (dice) => ({ bytes: `257 "${dice.pick(["", "../..", "/a\rb", "unended", '/""', "a".repeat(100_000)])}"\r\n` }),
  () => ({ bytes: Uint8Array.from({ length: 4000 }, (_, at) => at * 7) }),
  // Time.
  (dice) => ({ bytes: "226 Done, but slowly.\r\n", drip: dice.pick([1, 20, 400]) }),
  () => ({ bytes: "" }),
  (dice) => ({ bytes: dice.pick(["", "22", "226", "226 Do", "421 Bye.\r\n"]), ends: true })
]

const fact = (dice: Dice): string =>
  dice.pick([
    "type=file;size=5;",
    "type=dir;",
    "type=dir;unique=1;",
    `size=${MANY_DIGITS};`,
    "type=OS.unix=slink:/etc;",
    "type=;;;=;",
    ""
  ])

/** Names that no directory has, or no client should believe. */
const name = (dice: Dice): string =>
  dice.pick([
    "a",
    "../../up",
    "/etc/passwd",
    "..",
    ".",
    "",
    "a/b",
    "a\\b",
    "file.ftp-effect.part",
    "CON",
    "a\u0000b",
    NASTY,
    " ",
    "\u00ff\u00fe",
    "x".repeat(5000)
  ])

const line = (dice: Dice): string =>
  dice.pick([
    `${fact(dice)} ${name(dice)}\r\n`,
    `drwxr-xr-x 1 a a ${dice.pick(["5", MANY_DIGITS, "-1"])} Jan 99 99:99 ${name(dice)}\r\n`,
    `lrwxrwxrwx 1 a a 5 Jan 1 2020 ${name(dice)} -> ${name(dice)}\r\n`,
    `${name(dice)}\n`,
    `${NASTY}\r\n`
  ])

const LINES_AT_ONCE = 20

const listing = function* (dice: Dice, isEndless: boolean): Iterable<Uint8Array> {
  for (let left = isEndless ? Number.POSITIVE_INFINITY : dice.between(0, 5); left > 0; left--) {
    yield bytesOf(Array.from({ length: LINES_AT_ONCE }, () => line(dice)).join(""))
  }
}

const PIECE = new Uint8Array(64 * 1024)

const content = function* (bytes: number): Iterable<Uint8Array> {
  for (let left = bytes; left > 0; left -= PIECE.byteLength) {
    yield PIECE.subarray(0, Math.min(left, PIECE.byteLength))
  }
}

/** A server that attacks by chance. */
export const make = (dice: Dice): PlainServer.Script => {
  const likely = dice.pick(LIKELY)
  return {
    answer: (verb) => {
      if (!dice.chance(likely)) {
        return undefined
      }
      const attack = answers[dice.below(answers.length)]
      return attack?.(dice, verb)
    },
    data: (verb) =>
      verb === "RETR"
        ? content(dice.pick([PlainServer.SIZE, PlainServer.SIZE, 0, 5, PlainServer.SIZE + 1, Number.POSITIVE_INFINITY]))
        : listing(dice, dice.chance(likely))
  }
}
