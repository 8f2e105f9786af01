/**
 * What the bundle has in place of `effect/ParseResult` (`scripts/lazyModules.mjs`): it comes with Schema, of which it is
 * a part, when something can't be decoded. A name that is not here fails the bundling.
 */
import type * as ParseResult from "effect/ParseResult"

declare const require: (path: "./wholeSchema.ts") => Pick<typeof ParseResult, "ArrayFormatter" | "Type">

/** The bundler resolves this `require`. */
const whole = () => require("./wholeSchema.ts")

export const ArrayFormatter: Pick<typeof ParseResult.ArrayFormatter, "formatErrorSync"> = {
  formatErrorSync: (error) => whole().ArrayFormatter.formatErrorSync(error)
}

/** A function, as an arrow can't be called with `new`. */
export function Type(...all: ReadonlyArray<unknown>): object {
  return Reflect.construct(whole().Type, all)
}
