/** Every command. The modules of a command are loaded when it is named, or when something is said of all commands. */
import * as Effect from "effect/Effect"
import type * as Command from "../arguments/Command.ts"
import type { Environment } from "../output/runCommand.ts"

type Module = { readonly command: Command.Command<Environment> }

/** In the order of the overview. */
const modules: ReadonlyMap<string, () => Promise<Module>> = new Map<string, () => Promise<Module>>([
  ["ls", () => import("./ls.ts")],
  ["get", () => import("./get.ts")],
  ["put", () => import("./put.ts")],
  ["mirror", () => import("./mirror.ts")],
  ["apply", () => import("./apply.ts")],
  ["cat", () => import("./cat.ts")],
  ["rm", () => import("./rm.ts")],
  ["mv", () => import("./mv.ts")],
  ["mkdir", () => import("./mkdir.ts")],
  ["stat", () => import("./stat.ts")],
  ["doctor", () => import("./doctor.ts")],
  ["demo", () => import("./demo.ts")],
  ["serve", () => import("./serve.ts")]
])

const load = (module: () => Promise<Module>) => Effect.map(Effect.promise(module), ({ command }) => command)

/** All of them, in the order of the overview. */
export const all: Effect.Effect<ReadonlyArray<Command.Command<Environment>>> = Effect.suspend(() =>
  Effect.forEach(modules.values(), load)
)

/** The one of that name, in an array that is empty if there is none. */
export const named = (name: string | undefined): Effect.Effect<ReadonlyArray<Command.Command<Environment>>> =>
  Effect.suspend(() => {
    const module = name === undefined ? undefined : modules.get(name)
    return module === undefined ? Effect.succeed([]) : Effect.map(load(module), (command) => [command])
  })
