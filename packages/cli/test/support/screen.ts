import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Screen } from "../../src/output/Screen.ts"

/** A screen that shows nothing and is no terminal, but for what is said otherwise. */
export const layer = (parts: Partial<Screen>): Layer.Layer<Screen> =>
  Layer.succeed(Screen, {
    outIsTerminal: false,
    errorIsTerminal: false,
    canAsk: false,
    unicode: true,
    size: Effect.succeed({ columns: 80, rows: 24 }),
    write: () => Effect.void,
    line: () => Effect.void,
    progress: () => Effect.void,
    notice: () => Effect.void,
    ask: () => Effect.succeed(""),
    askSecret: () => Effect.succeed(Redacted.make("")),
    ...parts
  })
