/**
 * What each word of the command line is. As Node's `parseArgs` splits them, which takes longer to load than a short
 * command has for all its words.
 *
 *     -rP2 --json --pin=x a -- -b   ──►   -r   -P with 2   --json   --pin with x   a   -b
 */
import type * as Flag from "./Flag.ts"

export type Token =
  | {
      readonly kind: "option"
      /** With its one or two dashes. */
      readonly rawName: string
      readonly value?: string | undefined
      /** Whether the value was part of the word. */
      readonly inlineValue?: boolean | undefined
    }
  | { readonly kind: "positional"; readonly value: string }

/** An option that is none of the flags counts as a switch, for a later step to refuse. */
export const split = (words: ReadonlyArray<string>, flags: ReadonlyArray<Flag.Description>): ReadonlyArray<Token> => {
  const hasValue = (rawName: string): boolean =>
    flags.some(({ alias, name, value }) => value !== undefined && (rawName === `--${name}` || rawName === `-${alias}`))
  const tokens: Array<Token> = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      tokens.push(...rest.map((value) => ({ kind: "positional", value }) as const))
      break
    }
    const equals = word.indexOf("=", "--x".length)
    if (word === "-" || !word.startsWith("-")) {
      tokens.push({ kind: "positional", value: word })
    } else if (!word.startsWith("--")) {
      shortOptions(word, hasValue, rest, tokens)
    } else if (equals === -1) {
      tokens.push(alone(word, hasValue, rest))
    } else {
      tokens.push({ kind: "option", rawName: word.slice(0, equals), value: word.slice(equals + 1), inlineValue: true })
    }
  }
  return tokens
}

/** Each character is one, until one has a value: that is what is left of the word. */
const shortOptions = (
  word: string,
  hasValue: (rawName: string) => boolean,
  rest: Array<string>,
  tokens: Array<Token>
): void => {
  for (let at = 1; at < word.length; at += 1) {
    const rawName = `-${word.charAt(at)}`
    if (at < word.length - 1 && hasValue(rawName)) {
      tokens.push({ kind: "option", rawName, value: word.slice(at + 1), inlineValue: true })
      return
    }
    tokens.push(alone(rawName, hasValue, rest))
  }
}

/** The value of an option is the next word, whatever it looks like. */
const alone = (rawName: string, hasValue: (rawName: string) => boolean, rest: Array<string>): Token =>
  hasValue(rawName) ? { kind: "option", rawName, value: rest.shift() } : { kind: "option", rawName }
