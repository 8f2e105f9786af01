/** The two trees of a mirror, by the words that name them. */
import { FtpClient } from "@ftp-effect/core/FtpClient"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { NodeFtp } from "@ftp-effect/node/NodeFtp"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Limits } from "../connection/client.ts"
import * as Remote from "../connection/Remote.ts"
import type { Settings } from "../connection/Settings.ts"
import * as Unexplained from "../connection/unexplained.ts"
import { CliError, usage } from "../errors/CliError.ts"
import * as Typed from "../errors/typed.ts"

/** A folder or a URL each. */
export interface Words {
  readonly from: string
  readonly to: string
}

/**
 * The trees, connected to; `provide` gives an effect the services that their client has. `shown` is the target as the user
 * named it, without a password.
 */
export const open = ({ from, to }: Words, settings: Settings, limits: Limits) =>
  Effect.gen(function* () {
    if (!Remote.isUrl(from) && !Remote.isUrl(to)) {
      return yield* usage(
        "mirror needs a URL as its source or its target",
        `${Typed.isHost(to) ? `did you mean ftp://${to}?` : "it looks like ftp://user@host/path."} For two folders: cp or rsync`
      )
    }
    const remote = (word: string) =>
      Effect.gen(function* () {
        const { args, client } = yield* Remote.connect([word], settings, limits)
        const services = yield* client
        const tree = yield* Effect.provide(FtpMirror.remote(args[0].path.replace(/(.)\/+$/, "$1")), services)
        return { services, shown: args[0].shown, tree }
      })
    const local = (word: string, services: Context.Context<NodeFtp>) => Effect.provide(FtpMirror.local(word), services)
    if (!Remote.isUrl(to)) {
      const { services, tree } = yield* remote(from)
      const target = yield* local(to, services)
      return { source: tree, target, shown: to, provide: provider(services, [tree, target]) }
    }
    const source = Remote.isUrl(from) ? (yield* remote(from)).tree : undefined
    const { services, shown, tree } = yield* remote(to)
    const other = source ?? (yield* local(from, services))
    return { source: other, target: tree, shown, provide: provider(services, [other, tree]) }
  })

const provider =
  (services: Context.Context<NodeFtp>, trees: ReadonlyArray<FtpMirror.MirrorTree>) =>
  <A>(effect: Effect.Effect<A, FtpMirror.MirrorError, NodeFtp>): Effect.Effect<A, FtpMirror.MirrorError | CliError> =>
    Effect.catchAll(Effect.provide(effect, services), (error) =>
      Effect.flatMap(
        Effect.exists(trees, (tree) => isFile(error, tree)),
        (isOne): Effect.Effect<never, FtpMirror.MirrorError | CliError> =>
          Effect.fail(isOne && "path" in error ? notATree(error.path ?? "") : error)
      )
    )

/** What fails of a root that is a file: to read it, or to make it if files are copied while trees are read. */
const OF_ROOT: ReadonlySet<string> = new Set(["ReadDirectory", "MakeDirectory"])

/** Whether that could not be read as a tree because it is a file. */
const isFile = (error: FtpMirror.MirrorError, tree: FtpMirror.MirrorTree): Effect.Effect<boolean> =>
  tree._tag === "Remote"
    ? error._tag === "FtpRejected"
      ? Effect.provideService(Unexplained.isFile(error, tree.pathOf("")), FtpClient, tree.client)
      : Effect.succeed(false)
    : error._tag === "FtpLocalFileError" && OF_ROOT.has(error.operation) && error.path === tree.pathOf("")
      ? Effect.map(Effect.option(tree.files.info(error.path)), (found) =>
          Option.exists(Option.flatten(found), ({ type }) => type === "File")
        )
      : Effect.succeed(false)

const notATree = (path: string): CliError =>
  new CliError({
    kind: "Usage",
    message: `${path} is a file, and mirror is for directories`,
    hint: "for one file: ftp-effect get, or ftp-effect put"
  })
