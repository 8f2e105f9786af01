/** Every command. The modules of a command are loaded when it is named, or when the words or flags of all are needed. */
import * as Effect from "effect/Effect"
import type * as Command from "../arguments/Command.ts"
import type { Environment } from "../output/runCommand.ts"

type Load = () => Promise<{ readonly command: Command.Work<Environment> }>

/** In the order of the overview. */
const table: ReadonlyArray<readonly [name: string, summary: string, load: Load]> = [
  ["ls", "List directories on the server", () => import("./ls.ts")],
  ["get", "Download files and trees", () => import("./get.ts")],
  ["put", "Upload files and trees", () => import("./put.ts")],
  ["mirror", "Make one tree equal to another", () => import("./mirror.ts")],
  ["apply", "Carry out a plan that mirror saved", () => import("./apply.ts")],
  ["cat", "Print files from the server", () => import("./cat.ts")],
  ["rm", "Remove files, links and directories on the server", () => import("./rm.ts")],
  ["mv", "Rename or move files and directories on the server", () => import("./mv.ts")],
  ["mkdir", "Create directories on the server", () => import("./mkdir.ts")],
  ["stat", "Show details of files and directories on the server", () => import("./stat.ts")],
  ["doctor", "Examine a server, and explain what it can and can't do", () => import("./doctor.ts")],
  ["demo", "Try it: needs no server and no network", () => import("./demo.ts")],
  ["serve", "Serve a folder over FTP, for trials and tests", () => import("./serve.ts")]
]

/** What is said of each, in the order of the overview. */
export const headings: ReadonlyArray<Command.Heading> = table.map(([name, summary]) => ({ name, summary }))

/** All of them, in the same order. */
export const all: Effect.Effect<ReadonlyArray<Command.Command<Environment>>> = Effect.suspend(() =>
  Effect.forEach(table, loaded)
)

/** The one of that name, in an array that is empty if there is none. */
export const named = (name: string | undefined): Effect.Effect<ReadonlyArray<Command.Command<Environment>>> =>
  Effect.forEach(
    table.filter(([known]) => known === name),
    loaded
  )

const loaded = ([name, summary, load]: (typeof table)[number]): Effect.Effect<Command.Command<Environment>> =>
  Effect.map(Effect.promise(load), ({ command }) => ({ name, summary, ...command }))
