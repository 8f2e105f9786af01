/** The two trees of a mirror, by the words that name them. */
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { NodeFtp } from "@ftp-effect/node/NodeFtp"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Limits } from "../connection/client.ts"
import * as Remote from "../connection/Remote.ts"
import type { Settings } from "../connection/Settings.ts"
import { usage } from "../errors/CliError.ts"

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
      return yield* usage("mirror needs a URL as its source or its target", "for two folders: cp or rsync")
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
      return { source: tree, target: yield* local(to, services), shown: to, provide: provider(services) }
    }
    const source = Remote.isUrl(from) ? (yield* remote(from)).tree : undefined
    const { services, shown, tree } = yield* remote(to)
    return { source: source ?? (yield* local(from, services)), target: tree, shown, provide: provider(services) }
  })

const provider =
  (services: Context.Context<NodeFtp>) =>
  <A, E>(effect: Effect.Effect<A, E, NodeFtp>): Effect.Effect<A, E> =>
    Effect.provide(effect, services)
